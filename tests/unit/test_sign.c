/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/sign.c"
#include "test.h"

/* RFC 8410 §10.3 and §10.1 */
#define PRIVATE "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n"
#define PUBLIC_TEXT "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="
#define PUBLIC "-----BEGIN PUBLIC KEY-----\n" PUBLIC_TEXT "\n-----END PUBLIC KEY-----\n"
#define CHAIN "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static char dir[] = "/tmp/test_sign.XXXXXX", path[64];

static void put(const char *text, mode_t mode)
{
	unlink(path);
	CHECK(g_file_set_contents(path, text, -1, NULL));
	CHECK(!chmod(path, mode));
}

/* What a shell makes, as an operator would */
static void shell(const char *command)
{
	char *text = g_strdup_printf("export f=%s; %s", path, command);

	CHECK_INT(system(text), 0);
	g_free(text);
}

static void refused(int err, const char *words)
{
	struct sign_key *key = NULL;
	char why[256] = "";

	CHECK_INT(sign_key_load(&key, path, why, sizeof(why)), err);
	CHECK(key == NULL);
	if (!strstr(why, words) || !strstr(why, path))
		TEST_FAIL("\"%s\" does not say: %s", why, words);
}

static void test_load(void)
{
	struct sign_key *key;
	char why[256];

	put(PRIVATE, 0640);
	CHECK_INT(sign_key_load(&key, path, why, sizeof(why)), 0);
	CHECK_STR(sign_key_public(key), PUBLIC_TEXT);
	sign_key_unref(&key);
	CHECK(key == NULL);
	sign_key_unref(&key);
}

static void test_refuses(void)
{
	put(PRIVATE, 0644);
	refused(-EACCES, "others than its owner and group");
	put(PUBLIC, 0600);
	refused(-EINVAL, "holds no Ed25519 private key");
	put("rubbish", 0600);
	refused(-EINVAL, "holds no Ed25519 private key");
	put("", 0600);
	refused(-EINVAL, "holds no Ed25519 private key");
	unlink(path);
	refused(-ENOENT, "No such file");
	CHECK(!mkfifo(path, 0600));
	refused(-EINVAL, "is not a file");
	unlink(path);
	CHECK(!mkdir(path, 0700));
	refused(-EINVAL, "is not a file");
	rmdir(path);
	shell("openssl ecparam -genkey -name prime256v1 -noout -out $f && chmod 600 $f");
	refused(-EINVAL, "holds no Ed25519 private key");
	shell("openssl genpkey -algorithm ed25519 -aes128 -pass pass:x -out $f && chmod 600 $f");
	refused(-EINVAL, "without passphrase");
}

static void test_sign_and_verify(void)
{
	static const struct { const char *key, *chain; int err; } rows[] = {
		{ PUBLIC_TEXT, CHAIN, 0 },
		{ PUBLIC_TEXT, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdee", -EKEYREJECTED },
		{ "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuI=", CHAIN, -EKEYREJECTED },
		{ "", CHAIN, -EINVAL }, { "AAAA", CHAIN, -EINVAL }, { "not base64 at all!", CHAIN, -EINVAL },
	};
	struct sign_key *key;
	char why[256], sig[SIGN_TEXT], again[SIGN_TEXT];

	put(PRIVATE, 0600);
	CHECK_INT(sign_key_load(&key, path, why, sizeof(why)), 0);
	CHECK_INT(sign_chain(key, CHAIN, sig), 0);
	CHECK_INT(strlen(sig), 88);
	CHECK_INT(sign_chain(key, CHAIN, again), 0);
	CHECK_STR(again, sig);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		CHECK_INT(sign_verify(rows[i].key, rows[i].chain, sig), rows[i].err);
	again[10] ^= 1;
	CHECK(sign_verify(PUBLIC_TEXT, CHAIN, again) < 0);
	CHECK_INT(sign_verify(PUBLIC_TEXT, CHAIN, "AAAA"), -EINVAL);
	CHECK_INT(sign_verify(PUBLIC_TEXT, CHAIN, ""), -EINVAL);
	sign_key_unref(&key);
}

static void test_public_keys(void)
{
	char **keys;

	put(PUBLIC "a comment\n" PUBLIC, 0644);
	CHECK_INT(sign_public_load(&keys, path), 0);
	CHECK_INT(g_strv_length(keys), 2);
	CHECK_STR(keys[1], PUBLIC_TEXT);
	g_strfreev(keys);
	put("nothing", 0644);
	CHECK_INT(sign_public_load(&keys, path), -EINVAL);
	put(PRIVATE, 0600);
	CHECK_INT(sign_public_load(&keys, path), -EINVAL);
	shell("openssl ecparam -genkey -name prime256v1 -noout | openssl pkey -pubout -out $f 2>/dev/null");
	CHECK_INT(sign_public_load(&keys, path), -EINVAL);
	unlink(path);
	CHECK_INT(sign_public_load(&keys, path), -ENOENT);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_load), TEST(test_refuses), TEST(test_sign_and_verify), TEST(test_public_keys) };
	int failed;

	if (!mkdtemp(dir))
		return 1;
	snprintf(path, sizeof(path), "%s/key.pem", dir);
	failed = test_run(tests, G_N_ELEMENTS(tests), argc, argv);
	unlink(path);
	rmdir(dir);
	return failed;
}
