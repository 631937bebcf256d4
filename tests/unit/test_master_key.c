/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The file of master keys, and data keys wrapped and unwrapped.
 */
#include "common/gcm.c"
#include "common/master_key.c"
#include "tests/unit/test.h"

#define A "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define B "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
#define ID "00112233445566778899aabbccddeeff"
#define OTHER_ID "ff112233445566778899aabbccddeeff"

static char dir[] = "/tmp/recroom-master-XXXXXX", *path, why[300];
static const unsigned char DATA[ENVELOPE_KEY] = "thirty-two bytes of a data key.";

static int load(struct master_keys **out, const char *text, mode_t mode)
{
	why[0] = '\0';
	CHECK(g_file_set_contents(path, text, -1, NULL));
	CHECK(!chmod(path, mode));
	return master_keys_load(out, path, why, sizeof(why));
}

static void test_file(void)
{
	struct master_keys *k = NULL;

	CHECK_INT(load(&k, "# both\n\n  new.2-b_:" A "  \r\nold: " B, 0640), 0);
	CHECK_STR(master_keys_newest(k), "new.2-b_");
	CHECK(master_keys_has(k, "old") && !master_keys_has(k, "ol") && !master_keys_has(k, ""));
	for (int i = 0; i < ENVELOPE_KEY; i++) {
		CHECK_INT(k->rows[0].key[i], i);
		CHECK_INT(k->rows[1].key[i], i + 32);
	}
	master_keys_unref(&k);
	CHECK(!k);
	master_keys_unref(&k);
}

static void test_refused(void)
{
	static const struct { const char *text, *part; mode_t mode; int err; } bad[] = {
		{ "a:" A "\n", "others than its owner and group may read", 0604, -EACCES },
		{ "a:" A "\n", "others than its owner and group may read", 0602, -EACCES },
		{ "", "holds no key", 0600, -EINVAL },
		{ "# a:" A "\n\n", "holds no key", 0600, -EINVAL },
		{ "a:" A "\na:" B "\n", "line 2 has an id that another line has", 0600, -EINVAL },
		{ A "\n", "line 1 is not id:key", 0600, -EINVAL },
		{ ":" A "\n", "line 1 is not id:key", 0600, -EINVAL },
		{ "a b:" A "\n", "line 1 is not id:key", 0600, -EINVAL },
		{ "12345678901234567890123456789012345678901234567890123456789012345:" A "\n", "line 1 is not id:key", 0600, -EINVAL },
		{ "\na:\n", "line 2 has a key that is not the base64 of exactly 32 bytes", 0600, -EINVAL },
		{ "a:c2hvcnQ=\n", "line 1 has a key", 0600, -EINVAL },
		{ "a:" A A "\n", "line 1 has a key", 0600, -EINVAL },
		{ "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g\n", "line 1 has a key", 0600, -EINVAL },      /* 33 */
		{ "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdH==\n", "line 1 has a key", 0600, -EINVAL },       /* 31 */
		{ "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBka xwdHh8=\n", "line 1 has a key", 0600, -EINVAL },
	};
	struct master_keys *k = NULL;

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		CHECK_INT(load(&k, bad[i].text, bad[i].mode), bad[i].err);
		CHECK(!k && g_str_has_prefix(why, "master_key_file /tmp/recroom-master-") && strstr(why, bad[i].part));
		CHECK(!strstr(why, "AAECAw"));
	}
}

static void test_odd_files(void)
{
	struct master_keys *k = NULL;
	GString *many = g_string_new(NULL);

	for (int i = 0; i < 33; i++)
		g_string_append_printf(many, "k%d:" A "\n", i);
	CHECK_INT(load(&k, many->str, 0600), -EINVAL);
	CHECK(strstr(why, "line 33 more than 32 keys"));
	g_string_set_size(many, 20000);
	memset(many->str, '#', 20000);
	CHECK_INT(load(&k, many->str, 0600), -EFBIG);
	g_string_free(many, TRUE);
	CHECK(g_file_set_contents(path, "a:" A "\n\0b", 50, NULL) && !chmod(path, 0600));
	CHECK_INT(master_keys_load(&k, path, why, sizeof(why)), -EINVAL);
	CHECK(strstr(why, "is not text"));
	CHECK(!unlink(path) && !mkfifo(path, 0600));
	CHECK_INT(master_keys_load(&k, path, why, sizeof(why)), -EINVAL);
	CHECK(strstr(why, "is not a file"));
	CHECK(!unlink(path));
	CHECK_INT(master_keys_load(&k, path, why, sizeof(why)), -ENOENT);
	CHECK(strstr(why, "No such file") && !k);
}

static void test_wrapping(void)
{
	struct master_keys *old = NULL, *both = NULL;
	char wrapped[MASTER_WRAPPED], again[MASTER_WRAPPED];
	unsigned char key[ENVELOPE_KEY];

	CHECK_INT(load(&old, "old:" A "\n", 0600), 0);
	CHECK_INT(load(&both, "new:" B "\nold:" A "\n", 0600), 0);
	CHECK_INT(master_key_wrap(old, ID, DATA, wrapped), 0);
	CHECK_INT(master_key_wrap(old, ID, DATA, again), 0);
	CHECK(strlen(wrapped) == 80 && strcmp(wrapped, again));
	CHECK_INT(master_key_unwrap(both, "old", ID, wrapped, key), 0);
	CHECK(!memcmp(key, DATA, sizeof(key)));
	CHECK_INT(master_key_unwrap(both, "new", ID, wrapped, key), -EBADMSG);
	CHECK_INT(master_key_unwrap(both, "old", OTHER_ID, wrapped, key), -EBADMSG);
	CHECK_INT(master_key_unwrap(both, "lost", ID, wrapped, key), -ENOKEY);
	CHECK_INT(master_key_unwrap(both, "old", ID, "", key), -EBADMSG);
	CHECK_INT(master_key_unwrap(both, "old", ID, A, key), -EBADMSG);
	CHECK_INT(master_key_wrap(both, ID, DATA, again), 0);
	CHECK_INT(master_key_unwrap(old, "new", ID, again, key), -ENOKEY);
	for (size_t i = 0; i < 80; i += 13) {
		wrapped[i] = wrapped[i] == 'A' ? 'B' : 'A';
		CHECK_INT(master_key_unwrap(old, "old", ID, wrapped, key), -EBADMSG);
		CHECK_INT(master_key_wrap(old, ID, DATA, wrapped), 0);
	}
	master_keys_unref(&old);
	master_keys_unref(&both);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_file), TEST(test_refused), TEST(test_odd_files), TEST(test_wrapping) };
	int failed;

	if (!mkdtemp(dir))
		return 1;
	path = g_build_filename(dir, "master.key", NULL);
	failed = test_run(tests, G_N_ELEMENTS(tests), argc, argv);
	unlink(path);
	rmdir(dir);
	g_free(path);
	return failed;
}
