/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keys of sealed objects in the catalog, on both engines: one for an output however many ask, gone for good when it is dropped, wrapped anew.
 */
#include <errno.h>
#include <pthread.h>
#include <sys/stat.h>
#include "common/catalog_key.c"
#include "common/data_key.c"
#include "catalog_box.h"

#define OLD "old:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
#define NEW "new:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=\n"
#define FALSE_OLD "old:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=\n"

static char why[300];

static struct master_keys *masters(const char *text)
{
	char *path = g_strdup_printf("%s/master.key", box_dir);
	struct master_keys *m = NULL;

	CHECK(g_file_set_contents(path, text, -1, NULL) && !chmod(path, 0600));
	CHECK_INT(master_keys_load(&m, path, why, sizeof(why)), 0);
	g_remove(path);
	g_free(path);
	return m;
}

static void test_one_for_an_output(void)
{
	struct catalog *c = box_open();
	struct master_keys *m = masters(OLD);
	struct data_key a, b, found;
	char key_id[ENVELOPE_ID];

	box_recording(c, "rec_a", "demo", 1000);
	CHECK_INT(data_key_for(c, m, "rec_a", 1, &a, why, sizeof(why)), 0);
	CHECK_INT(data_key_for(c, m, "rec_a", 1, &b, why, sizeof(why)), 0);
	CHECK(!memcmp(&a, &b, sizeof(a)));
	CHECK_INT(data_key_for(c, m, "rec_a", 0, &b, why, sizeof(why)), 0);
	CHECK(strcmp(a.id, b.id) && memcmp(a.key, b.key, sizeof(a.key)));
	CHECK_INT(data_key_find(c, m, a.id, &found, why, sizeof(why)), 0);
	CHECK(!memcmp(&a, &found, sizeof(a)));
	g_strlcpy(key_id, a.id, sizeof(key_id));
	CHECK_INT(catalog_key_drop(c, "rec_a", 1), 1);
	CHECK_INT(data_key_find(c, m, key_id, &found, why, sizeof(why)), -ENOENT);
	CHECK(strstr(why, "it was deleted"));
	CHECK_INT(catalog_key_drop(c, "rec_a", -1), 1);
	CHECK_INT(catalog_key_drop(c, "rec_a", -1), 0);
	master_keys_unref(&m);
	box_close(c);
}

static void test_refused(void)
{
	struct catalog *c = box_open();
	struct master_keys *m = masters(OLD), *other = masters(NEW), *wrong = masters(FALSE_OLD);
	struct data_key k;

	CHECK_INT(data_key_for(c, m, "rec_none", 1, &k, why, sizeof(why)), -ENOENT);
	CHECK(strstr(why, "it is gone"));
	CHECK_INT(data_key_for(c, NULL, "rec_a", 1, &k, why, sizeof(why)), -ENOKEY);
	CHECK_INT(data_key_find(c, NULL, "00", &k, why, sizeof(why)), -ENOKEY);
	CHECK(strstr(why, "master_key_file is not set"));
	box_recording(c, "rec_a", "demo", 1000);
	CHECK_INT(data_key_for(c, m, "rec_a", 1, &k, why, sizeof(why)), 0);
	CHECK_INT(data_key_for(c, other, "rec_a", 1, &k, why, sizeof(why)), -ENOKEY);
	CHECK(strstr(why, "wrapped by the master key old, which is not in"));
	CHECK_INT(data_key_for(c, wrong, "rec_a", 1, &k, why, sizeof(why)), -EBADMSG);
	CHECK(strstr(why, "is not the one that wrapped it"));
	/* what is being deleted gets no key any more */
	box_sql("UPDATE recordings SET status = 'deleting'");
	CHECK_INT(data_key_for(c, m, "rec_a", 2, &k, why, sizeof(why)), -ENOENT);
	master_keys_unref(&m);
	master_keys_unref(&other);
	master_keys_unref(&wrong);
	box_close(c);
}

/* A key that was put into another row opens nothing. */
static void test_moved(void)
{
	struct catalog *c = box_open();
	struct master_keys *m = masters(OLD);
	struct data_key a, b;

	box_recording(c, "rec_a", "demo", 1000);
	CHECK_INT(data_key_for(c, m, "rec_a", 1, &a, why, sizeof(why)), 0);
	CHECK_INT(data_key_for(c, m, "rec_a", 2, &b, why, sizeof(why)), 0);
	box_sql("UPDATE keys SET wrapped = (SELECT wrapped FROM keys WHERE output = 1)");
	CHECK_INT(data_key_for(c, m, "rec_a", 1, &a, why, sizeof(why)), 0);
	CHECK_INT(data_key_for(c, m, "rec_a", 2, &b, why, sizeof(why)), -EBADMSG);
	master_keys_unref(&m);
	box_close(c);
}

enum { ASKERS = 4 };
struct asker { pthread_t thread; struct master_keys *m; struct data_key key; int err; };

static void *ask(void *arg)
{
	struct asker *a = arg;
	struct catalog *c = NULL;
	char text[300];

	a->err = catalog_open(&c, box_path);
	if (!a->err)
		do {
			a->err = data_key_for(c, a->m, "rec_a", 1, &a->key, text, sizeof(text));
		} while (a->err == -EBUSY);
	catalog_close(&c);
	return NULL;
}

static void test_many_ask(void)
{
	struct catalog *c = box_open();
	struct master_keys *m = masters(OLD);
	struct asker askers[ASKERS] = { { 0 } };

	box_recording(c, "rec_a", "demo", 1000);
	for (int i = 0; i < ASKERS; i++) {
		askers[i].m = m;
		CHECK(!pthread_create(&askers[i].thread, NULL, ask, &askers[i]));
	}
	for (int i = 0; i < ASKERS; i++)
		pthread_join(askers[i].thread, NULL);
	for (int i = 0; i < ASKERS; i++) {
		CHECK_INT(askers[i].err, 0);
		CHECK(!memcmp(&askers[i].key, &askers[0].key, sizeof(struct data_key)));
	}
	master_keys_unref(&m);
	box_close(c);
}

/* ---- another master key ---- */

static int count_pages(struct data_key_rekey *r, void *arg)
{
	(void)r;
	(*(int *)arg)++;
	return 0;
}

static int stop_there(struct data_key_rekey *r, void *arg)
{
	(void)r;
	(void)arg;
	return -ECANCELED;
}

static void test_rekey(void)
{
	enum { KEYS = PAGE + 10 };
	struct catalog *c = box_open();
	struct master_keys *old = masters(OLD), *both = masters(NEW OLD), *newest = masters(NEW);
	struct data_key first, again;
	struct data_key_rekey r = { .step = stop_there };
	json_t *rows = NULL;
	int pages = 0;

	box_recording(c, "rec_a", "demo", 1000);
	CHECK_INT(data_key_for(c, old, "rec_a", 1, &first, why, sizeof(why)), 0);
	for (int i = 2; i <= KEYS; i++)
		CHECK_INT(data_key_for(c, old, "rec_a", i, &again, why, sizeof(why)), 0);
	CHECK_INT(data_key_rekey(c, both, &r), -ECANCELED);            /* stopped after a page, and begun again */
	CHECK_INT(r.done, PAGE);
	r = (struct data_key_rekey){ .step = count_pages, .arg = &pages };
	CHECK_INT(data_key_rekey(c, both, &r), 0);
	CHECK_INT(r.done, KEYS - PAGE);
	CHECK_INT(r.failed, 0);
	CHECK_INT(pages, 1);
	r = (struct data_key_rekey){ 0 };
	CHECK_INT(data_key_rekey(c, both, &r), 0);
	CHECK_INT(r.done + r.failed, 0);
	CHECK_INT(data_key_for(c, newest, "rec_a", 1, &again, why, sizeof(why)), 0);
	CHECK(!memcmp(&first, &again, sizeof(first)));
	CHECK(catalog_keys_count(c, &rows) >= 0);
	CHECK_INT(json_array_size(rows), 1);
	CHECK_STR(json_str(json_array_get(rows, 0), "master"), "new");
	CHECK_INT(json_num(json_array_get(rows, 0), "keys", 0), KEYS);
	json_decref(rows);
	/* a master key that is lost: said, and nothing is changed */
	r = (struct data_key_rekey){ 0 };
	CHECK_INT(data_key_rekey(c, old, &r), 0);
	CHECK_INT(r.done, 0);
	CHECK_INT(r.failed, KEYS);
	CHECK(strstr(r.why, "the master key new, which is not in"));
	master_keys_unref(&old);
	master_keys_unref(&both);
	master_keys_unref(&newest);
	box_close(c);
}

/* From a key to an object and back. */
static void test_object(void)
{
	struct catalog *c = box_open();
	struct master_keys *m = masters(OLD);
	struct envelope *e = NULL;
	struct data_key k;
	unsigned char *sealed, out[200];
	size_t n;

	box_recording(c, "rec_a", "demo", 1000);
	CHECK_INT(data_key_for(c, m, "rec_a", 1, &k, why, sizeof(why)), 0);
	CHECK_INT(envelope_create(&e, k.key, k.id, NULL), 0);
	CHECK_INT(envelope_seal_all(e, "hello", 5, &sealed, &n), 0);
	envelope_unref(&e);
	data_key_wipe(&k);
	CHECK(!k.id[0] && !k.key[0]);
	CHECK_INT(data_key_open(c, m, sealed, &e, why, sizeof(why)), 0);
	CHECK_INT(envelope_unseal(e, 0, sealed, n, out), 5);
	CHECK(!memcmp(out, "hello", 5));
	envelope_unref(&e);
	CHECK_INT(catalog_key_drop(c, "rec_a", -1), 1);
	CHECK_INT(data_key_open(c, m, sealed, &e, why, sizeof(why)), -ENOENT);
	sealed[0] = 'X';
	CHECK_INT(data_key_open(c, m, sealed, &e, why, sizeof(why)), -EBADMSG);
	CHECK(!e && strstr(why, "not a sealed object"));
	g_free(sealed);
	master_keys_unref(&m);
	box_close(c);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_one_for_an_output), TEST(test_refused), TEST(test_moved), TEST(test_many_ask), TEST(test_rekey), TEST(test_object),
	};

	return box_main(tests, G_N_ELEMENTS(tests), argc, argv);
}
