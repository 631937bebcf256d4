/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp storage` as a user meets it: another master key; a store that is gone for good.
 */
#include <sys/stat.h>
#include "common/catalog_store.h"
#include "common/data_key.h"
#include "common/fsio.h"
#include "common/json.h"
#include "tests/lib/catalog_rows.h"
#include "tests/unit/test.h"
#include "tests/unit/command.h"

#define ID "rec_demo_1760090400123_abcdef"
#define OLD "old:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
#define NEW "new:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=\n"

enum { KEYS = 5 };
static struct catalog *catalog;

static void masters(const char *text)
{
	g_autofree char *path = g_build_filename(dir, "master.key", NULL);

	CHECK(g_file_set_contents(path, text, -1, NULL) && !chmod(path, 0600));
}

static void set_up(void)
{
	g_autofree char *url = NULL, *conf = NULL, *path = NULL;
	struct master_keys *m = NULL;
	struct data_key k;
	char why[300];

	dir = g_dir_make_tmp("recroom-rekey-XXXXXX", NULL);
	url = g_build_filename(dir, "recroom.db", NULL);
	path = g_build_filename(dir, "conf", NULL);
	conf = g_strdup_printf("general: { recordings = \"%s\" }\nstore: { master_key_file = \"%s/master.key\" }\n"
			       "storage: ( { name = \"main\"; kind = \"local\"; directory = \"%s\" } )\n", dir, dir, "/tmp");
	CHECK(g_file_set_contents(path, conf, -1, NULL));
	masters(OLD);
	g_free(path);
	path = g_build_filename(dir, "master.key", NULL);
	CHECK_INT(master_keys_load(&m, path, why, sizeof(why)), 0);
	CHECK_INT(catalog_open(&catalog, url), 0);
	CHECK_INT(add_stopped_recording(catalog, ID, "demo", "x", 1760090400123), 0);
	for (int i = 0; i < KEYS; i++)
		CHECK_INT(data_key_for(catalog, m, ID, i, &k, why, sizeof(why)), 0);
	master_keys_unref(&m);
}

static void tear_down(void)
{
	catalog_close(&catalog);
	fs_remove_tree(dir);
	g_clear_pointer(&dir, g_free);
}

static void check_summary(int done, int left)
{
	json_t *o = summary();

	CHECK_INT(json_num(o, "rewrapped", -1), done);
	CHECK_INT(json_num(o, "left", -1), left);
	CHECK_STR(json_str(o, "master"), "new");
	json_decref(o);
}

static void test_rekey(void)
{
	set_up();
	masters(NEW OLD);
	CHECK_INT(run("storage rekey -c @/conf --json"), 0);
	check_summary(KEYS, 0);
	CHECK_INT(run("storage rekey -c @/conf --json"), 0);
	check_summary(0, 0);
	masters(NEW);
	CHECK_INT(run("storage rekey -c @/conf"), 0);
	CHECK(strstr(out, "no older line of the file is needed"));
	tear_down();
}

/* The line of the old one was taken out too early: nothing is changed, and it says what is missing. */
static void test_too_early(void)
{
	set_up();
	masters(NEW);
	CHECK_INT(run("storage rekey -c @/conf --json"), 1);
	check_summary(0, KEYS);
	CHECK(strstr(err, "wrapped by the master key old, which is not in store.master_key_file"));
	masters(NEW OLD);
	CHECK_INT(run("storage rekey -c @/conf"), 0);
	tear_down();
}

static int stores_known(void)
{
	json_t *names = NULL;
	int n;

	CHECK_INT(catalog_recording_stores(catalog, ID, false, &names), 0);
	n = (int)json_array_size(names);
	json_decref(names);
	return n;
}

/* What it had is known no more; of other stores all is. */
static void test_forget(void)
{
	struct catalog_originals o = { .recording = ID, .store = "gone", .state = "verified", .objects = 3, .bytes = 3 };
	json_t *s;

	set_up();
	CHECK_INT(finish_recording(catalog, ID, ID "/output.webm", 100, NULL), 0);
	for (int i = 0; i < 2; i++)
		CHECK_INT(catalog_copy_put(catalog, &(struct catalog_copy){ .recording = ID, .file = "output.webm", .store = i ? "gone" : "main", .key = "a", .state = "verified",
									    .size = 100 }), 0);
	CHECK_INT(catalog_originals_put(catalog, &o, true), 0);
	CHECK_INT(stores_known(), 2);
	CHECK_INT(run("storage forget main -c @/conf --yes"), 2);
	CHECK(strstr(err, "is in the configuration"));
	CHECK_INT(run("storage forget -c @/conf --yes"), 2);
	CHECK_INT(run("storage forget other -c @/conf --yes"), 3);
	CHECK_INT(run("storage forget gone -c @/conf </dev/null"), 2);
	CHECK_INT(run("storage forget gone -c @/conf --dry-run"), 0);
	CHECK(strstr(out, "store gone: 1 copies of files, originals of 1 recordings; of 0 recordings nothing is anywhere else."));
	CHECK_INT(stores_known(), 2);
	CHECK_INT(run("storage forget gone -c @/conf --yes --json"), 0);
	s = summary();
	CHECK_INT(json_num(s, "copies", -1), 1);
	json_decref(s);
	CHECK_INT(stores_known(), 1);
	tear_down();
}

static void test_refused(void)
{
	set_up();
	CHECK_INT(run("storage rekey -d @"), 3);
	CHECK(strstr(err, "has no storage"));
	CHECK_INT(run("storage nonsense -c @/conf"), 2);
	CHECK_INT(run("storage -c @/conf"), 2);
	masters("new:short\n");
	CHECK_INT(run("storage rekey -c @/conf"), 1);
	CHECK(strstr(err, "line 1 has a key that is not"));
	tear_down();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_rekey), TEST(test_too_early), TEST(test_forget), TEST(test_refused) };

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}
