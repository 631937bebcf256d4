/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading objects from a store: ranges of sealed and other ones, only what is needed, and nothing that is not good.
 */
#include <sys/stat.h>
#include "postprocess/sealed.c"
#include "catalog_box.h"
#include "store_memory.h"

#define MASTER "m:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"

static struct {
	struct catalog *c;
	struct master_keys *m;
	struct data_key key;
	unsigned char *plain;
	size_t len;
	struct sealed *s;
	GByteArray *got;
	char why[300];
	struct store_why w;
} box;

static void load_master(void)
{
	char *path = g_strdup_printf("%s/master.key", box_dir);

	CHECK(g_file_set_contents(path, MASTER, -1, NULL) && !chmod(path, 0600));
	CHECK_INT(master_keys_load(&box.m, path, box.why, sizeof(box.why)), 0);
	g_remove(path);
	g_free(path);
}

static void seal(size_t len, GRand *r)
{
	struct envelope *e = NULL;

	box.len = len;
	g_free(box.plain);
	g_free(memory.data);
	box.plain = g_malloc(len + 1);
	for (size_t i = 0; i < len; i++)
		box.plain[i] = (unsigned char)g_rand_int(r);
	CHECK_INT(envelope_create(&e, box.key.key, box.key.id, NULL), 0);
	CHECK_INT(envelope_seal_all(e, box.plain, len, &memory.data, &memory.size), 0);
	envelope_unref(&e);
	g_strlcpy(memory.key_id, box.key.id, sizeof(memory.key_id));
}

static void setup(void)
{
	box.c = box_open();
	box_recording(box.c, "rec_a", "demo", 1000);
	load_master();
	CHECK_INT(data_key_for(box.c, box.m, "rec_a", 1, &box.key, box.why, sizeof(box.why)), 0);
	box.got = g_byte_array_new();
	memory.gets = 0;
	memory.fails = 0;
	memory.piece = 1000;
}

static void teardown(void)
{
	sealed_unref(&box.s);
	g_byte_array_unref(box.got);
	master_keys_unref(&box.m);
	g_clear_pointer(&box.plain, g_free);
	g_clear_pointer(&memory.data, g_free);
	box_close(box.c);
}

static int open_it(const char *key, const char *key_id, bool catalog)
{
	struct sealed_conf conf = { .store = &memory, .key = key, .key_id = key_id, .catalog = catalog ? box.c : NULL, .masters = box.m };

	box.why[0] = '\0';
	sealed_unref(&box.s);
	return sealed_open(&box.s, &conf, box.why, sizeof(box.why));
}

static int keep(const void *data, size_t n, void *arg)
{
	(void)arg;
	g_byte_array_append(box.got, data, (guint)n);
	return 0;
}

static int read_it(int64_t pos, int64_t len)
{
	g_byte_array_set_size(box.got, 0);
	return sealed_read(box.s, pos, len, keep, NULL, &box.w);
}

static void test_ranges(void)
{
	guint32 seed = g_getenv("RECROOM_SEED") ? (guint32)g_ascii_strtoull(g_getenv("RECROOM_SEED"), NULL, 10) : g_random_int();
	GRand *r = g_rand_new_with_seed(seed);

	printf("seed %u\n", seed);
	setup();
	seal(400000, r);
	CHECK_INT(open_it("a/b", box.key.id, true), 0);
	CHECK(sealed_is(box.s));
	CHECK_INT(sealed_size(box.s), 400000);
	CHECK_INT(memory.gets, 1);
	for (int i = 0; i < 200; i++) {
		int64_t pos = g_rand_int_range(r, 0, 400000), len = g_rand_int_range(r, 1, i % 3 ? 500 : 150000);

		len = MIN(len, 400000 - pos);
		memory.piece = (size_t)g_rand_int_range(r, 1, 100000);
		memory.asked = 0;
		CHECK_INT(read_it(pos, len), 0);
		CHECK_INT(box.got->len, len);
		CHECK(!memcmp(box.got->data, box.plain + pos, (size_t)len));
		CHECK(memory.asked <= len + 2 * ENVELOPE_BLOCK);
	}
	CHECK_INT(read_it(0, -1), 0);
	CHECK_INT(box.got->len, 400000);
	CHECK_INT(read_it(400000, -1), 0);
	CHECK_INT(read_it(400000, 1), -ERANGE);
	CHECK_INT(read_it(-1, 1), -ERANGE);
	CHECK_INT(read_it(1, INT64_MAX), -ERANGE);
	g_rand_free(r);
	teardown();
}

/* What is good before the bad block is given, nothing of it and behind it. */
static void test_damaged(void)
{
	GRand *r = g_rand_new_with_seed(1);

	setup();
	seal(300000, r);
	memory.data[2 * ENVELOPE_BLOCK + 7000] ^= 1;
	CHECK_INT(open_it("a/b", box.key.id, true), 0);
	CHECK_INT(read_it(0, -1), -EBADMSG);
	CHECK_INT(box.got->len, envelope_block_begin(2));
	CHECK(!memcmp(box.got->data, box.plain, box.got->len));
	CHECK(strstr(box.w.text, "store mem: a/b: damaged, or changed"));
	CHECK_INT(read_it(envelope_block_begin(3), 100), 0);
	/* the object is another one by now */
	seal(300000, r);
	CHECK_INT(read_it(0, 100), -EBADMSG);
	CHECK_INT(box.got->len, 0);
	g_rand_free(r);
	teardown();
}

static void test_refused(void)
{
	GRand *r = g_rand_new_with_seed(2);
	struct data_key other;

	setup();
	seal(70000, r);
	CHECK_INT(data_key_for(box.c, box.m, "rec_a", 2, &other, box.why, sizeof(box.why)), 0);
	CHECK_INT(open_it("a/b", other.id, true), -EBADMSG);
	CHECK(strstr(box.why, "with another key"));
	CHECK_INT(open_it("a/c", box.key.id, true), -ENOENT);
	CHECK_INT(open_it("a/b", box.key.id, false), -ENOKEY);
	memory.size = ENVELOPE_BLOCK;
	CHECK_INT(open_it("a/b", box.key.id, true), -EBADMSG);
	CHECK(strstr(box.why, "cut off"));
	memory.size = 20;
	CHECK_INT(open_it("a/b", box.key.id, true), -EBADMSG);
	memory.size = 70000;
	memory.data[0] = 'x';
	CHECK_INT(open_it("a/b", box.key.id, true), -EBADMSG);         /* something in the clear in its place */
	CHECK(strstr(box.why, "not a sealed object"));
	seal(70000, r);
	memory.fails = -ETIMEDOUT;
	CHECK_INT(open_it("a/b", box.key.id, true), -ETIMEDOUT);
	CHECK_STR(box.why, "store mem: it broke off");
	memory.fails = 0;
	CHECK_INT(catalog_key_drop(box.c, "rec_a", -1), 2);
	CHECK_INT(open_it("a/b", box.key.id, true), -ENOENT);
	CHECK(!box.s && strstr(box.why, "was deleted"));
	g_rand_free(r);
	teardown();
}

static void test_broken_off(void)
{
	GRand *r = g_rand_new_with_seed(3);

	setup();
	seal(300000, r);
	CHECK_INT(open_it("a/b", box.key.id, true), 0);
	memory.fails = -EIO;
	memory.fails_after = 100000;
	CHECK_INT(read_it(0, -1), -EIO);
	CHECK_INT(box.got->len, envelope_block_begin(1));
	g_rand_free(r);
	teardown();
}

/* Not sealed: as it is; and what one is, by its own word. */
static void test_plain(void)
{
	GRand *r = g_rand_new_with_seed(4);

	setup();
	memory.data = g_memdup2("hello, this is plain", 20);
	memory.size = 20;
	memory.key_id[0] = '\0';
	CHECK_INT(open_it("a/b", NULL, false), 0);
	CHECK(!sealed_is(box.s));
	CHECK_INT(read_it(7, 4), 0);
	CHECK(box.got->len == 4 && !memcmp(box.got->data, "this", 4));
	CHECK_INT(open_it("a/b", "", false), 0);
	CHECK(!sealed_is(box.s));
	memory.size = 0;
	CHECK_INT(open_it("a/b", "", false), 0);
	CHECK_INT(sealed_size(box.s), 0);
	CHECK_INT(read_it(0, -1), 0);
	seal(100, r);
	CHECK_INT(open_it("a/b", "", true), 0);
	CHECK(sealed_is(box.s));
	CHECK_INT(read_it(0, -1), 0);
	CHECK(box.got->len == 100 && !memcmp(box.got->data, box.plain, 100));
	CHECK_INT(open_it("a/b", "", false), -ENOKEY);
	CHECK_INT(open_it("a/c", "", false), -ENOENT);
	g_rand_free(r);
	teardown();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_ranges), TEST(test_damaged), TEST(test_refused), TEST(test_broken_off), TEST(test_plain) };

	return box_main_of(NULL, 0, tests, G_N_ELEMENTS(tests), NULL, 0, argc, argv);
}
