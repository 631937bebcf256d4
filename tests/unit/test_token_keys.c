/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keys of tokens: what is refused, and what happens when files change while they are used.
 */
#include "common/token_keys.c"
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <utime.h>
#include "common/token.h"
#include "test.h"

#define SECRET "0123456789abcdef0123456789abcdef"

static struct {
	char *dir;
	struct settings settings;
	struct settings_token_key rows[TOKEN_KEYS_MAX + 1];
	struct token_keys *keys;
	char why[600];
} box;
static char said[1024];
static int lines;

static void keep(enum log_level level, const char *line, void *arg)
{
	(void)level;
	(void)arg;
	g_strlcpy(said, line, sizeof(said));
	lines++;
}

static char *path_of(const char *name)
{
	return g_build_filename(box.dir, name, NULL);
}

static void put(const char *name, const char *text)
{
	CHECK_INT(fs_write_atomic(box.dir, name, text, strlen(text), 0600, 0), 0);
}

static void begin(void)
{
	char dir[] = "/tmp/recroom-keys-XXXXXX";

	CHECK(mkdtemp(dir));
	memset(&box, 0, sizeof(box));
	box.dir = g_strdup(dir);
	box.settings.token_secret_file = path_of("secret.key");
	box.settings.token_keys = box.rows;
	lines = 0;
	log_set_handler(keep, NULL);
}

static void end(void)
{
	log_set_handler(NULL, NULL);
	token_keys_unref(&box.keys);
	for (size_t i = 0; i < box.settings.ntoken_keys; i++)
		g_free(box.rows[i].file);
	g_free(box.settings.token_secret_file);
	CHECK_INT(fs_remove_tree(box.dir), 0);
	g_free(box.dir);
}

static void add(const char *kid, const char *alg, const char *file, bool sign)
{
	box.rows[box.settings.ntoken_keys++] = (struct settings_token_key){ .kid = (char *)kid, .alg = (char *)alg, .file = path_of(file), .sign = sign };
}

static int open_keys(void)
{
	token_keys_unref(&box.keys);
	return token_keys_open(&box.keys, &box.settings, true, box.why, sizeof(box.why));
}

/* As if a second had gone by. */
static bool look_again(void)
{
	box.keys->looked_us -= LOOK_US;
	return token_keys_reload(box.keys);
}

static char *mint(const char *kid)
{
	struct token t = { .room = "demo", .sub = "s", .exp_s = clock_wall_ms() / 1000 + 60 };
	char *jwt = NULL;

	CHECK_INT(token_mint(&jwt, box.keys, kid, &t, clock_wall_ms() / 1000), 0);
	return jwt;
}

static int verify(const char *jwt)
{
	struct token t;

	return token_verify(&t, box.keys, jwt, clock_wall_ms() / 1000);
}

static const char *signer(void)
{
	struct token_set *s = token_set_get(box.keys);
	static char kid[TOKEN_KID_SIZE];

	g_strlcpy(kid, token_key_kid(token_set_signer(s)), sizeof(kid));
	token_set_unref(s);
	return kid;
}

/* ---- what is refused ---- */

static char *pem_of(EVP_PKEY *pkey, const char *passphrase, bool public)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data = NULL, *text;
	long n;

	CHECK(pkey);
	if (public)
		CHECK_INT(PEM_write_bio_PUBKEY(bio, pkey), 1);
	else
		CHECK_INT(PEM_write_bio_PKCS8PrivateKey(bio, pkey, passphrase ? EVP_aes_128_cbc() : NULL, passphrase, passphrase ? (int)strlen(passphrase) : 0,
							 NULL, NULL), 1);
	n = BIO_get_mem_data(bio, &data);
	text = g_strndup(data, (gsize)n);
	BIO_free(bio);
	EVP_PKEY_free(pkey);
	return text;
}

/* `text` is freed; why NULL: it is taken. */
static void check_key(const char *alg, char *text, bool sign, const char *why)
{
	char *path;

	begin();
	put("key", text);
	add("a", alg, "key", sign);
	path = path_of("key");
	if (!open_keys() != !why)
		TEST_FAIL("%s: expected %s", alg, why ? why : "no complaint");
	if (why) {
		char *all = g_strdup_printf("the key a of tokens in %s cannot be used: %s", path, why);

		CHECK_STR(box.why, all);
		g_free(all);
	}
	g_free(path);
	g_free(text);
	end();
}

static void test_bad_secrets(void)
{
	char *long_one = g_strnfill(4097, 'x'), *two = g_strnfill(33, ' ');

	check_key("HS256", g_strdup(""), false, "the secret has 0 bytes, must have 32 to 4096");
	check_key("HS256", g_strdup("\n"), true, "the secret has 0 bytes, must have 32 to 4096");
	check_key("HS256", g_strdup("0123456789abcdef0123456789abcde\n\n"), false, "the secret has 31 bytes, must have 32 to 4096");
	check_key("HS256", two, false, "the secret has 0 bytes, must have 32 to 4096");
	check_key("HS256", long_one, false, "the secret has 4097 bytes, must have 32 to 4096");
	check_key("HS256", pem_of(EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"), NULL, true), false, "this is a key in PEM form, and no secret for HS256");
	check_key("HS256", g_strdup(SECRET "\r\n"), true, NULL);
	check_key("HS256", g_strnfill(TOKEN_KEY_FILE_MAX + 1, 'x'), false, "File too large");
}

static void test_bad_key_pairs(void)
{
	check_key("RS256", pem_of(EVP_RSA_gen(1024), NULL, true), false, "the RSA key has 1024 bits, must have 2048 to 8192");
	check_key("RS256", pem_of(EVP_RSA_gen(2048), NULL, false), true, NULL);
	check_key("RS256", pem_of(EVP_RSA_gen(2048), NULL, true), false, NULL);
	check_key("RS256", pem_of(EVP_RSA_gen(2048), NULL, true), true, "it shall sign, but the file has the public key only");
	check_key("RS256", pem_of(EVP_RSA_gen(2048), "pass", false), true, "there is no key in PEM form without passphrase in it");
	check_key("RS256", pem_of(EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"), NULL, true), false, "RS256 needs an RSA key");
	check_key("RS256", g_strdup(SECRET), false, "there is no key in PEM form without passphrase in it");
	check_key("ES256", g_strdup(""), false, "there is no key in PEM form without passphrase in it");
	check_key("ES256", pem_of(EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384"), NULL, true), false, "the key is of the curve secp384r1, ES256 needs P-256");
	check_key("ES256", pem_of(EVP_PKEY_Q_keygen(NULL, NULL, "EC", "secp256k1"), NULL, false), true, "the key is of the curve secp256k1, ES256 needs P-256");
	check_key("ES256", pem_of(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), NULL, true), false, "ES256 needs an elliptic curve key");
	check_key("ES256", pem_of(EVP_RSA_gen(2048), NULL, true), false, "ES256 needs an elliptic curve key");
	check_key("ES256", pem_of(EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"), NULL, false), true, NULL);
	check_key("ES256", pem_of(EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"), NULL, true), false, NULL);
}

static void test_bad_sets(void)
{
	begin();
	add("a", "HS256", "missing", false);
	CHECK_INT(open_keys(), -ENOENT);
	CHECK(strstr(box.why, "missing cannot be used: No such file"));
	put("missing", SECRET);
	CHECK_INT(open_keys(), 0);
	put("secret.key", "short\n");
	CHECK_INT(open_keys(), -EINVAL);
	CHECK(strstr(box.why, "the key default of tokens in"));
	end();
	begin();
	put("a", SECRET);
	add("default", "HS256", "a", false);
	CHECK_INT(open_keys(), -EINVAL);
	CHECK_STR(box.why, "token_keys: no key signs; give one of them sign = true");
	end();
	begin();
	put("a", SECRET);
	for (int i = 0; i <= TOKEN_KEYS_MAX; i++)
		add("k", "HS256", "a", false);
	CHECK_INT(open_keys(), -EINVAL);
	CHECK_STR(box.why, "token_keys has 33 keys, must have at most 32");
	end();
	CHECK_INT(token_keys_of_secret(&box.keys, "", 0), -EINVAL);
	CHECK_INT(token_keys_of_secret(&box.keys, NULL, 32), -EINVAL);
	CHECK_INT(token_keys_of_secret(&box.keys, SECRET, 31), -EINVAL);
}

static void test_secret_file_is_made(void)
{
	struct token_keys *first;
	struct stat st;
	char *jwt;

	begin();
	CHECK_INT(token_keys_open(&box.keys, &box.settings, false, box.why, sizeof(box.why)), -ENOENT);
	CHECK_INT(open_keys(), 0);
	CHECK(!stat(box.settings.token_secret_file, &st) && (st.st_mode & 07777) == 0660 && st.st_size == 65);
	jwt = mint(NULL);
	first = box.keys;
	box.keys = NULL;
	CHECK_INT(open_keys(), 0);
	CHECK_INT(verify(jwt), 0);
	free(jwt);
	token_keys_unref(&first);
	CHECK_INT(lines, 0);
	CHECK_INT(chmod(box.settings.token_secret_file, 0664), 0);
	CHECK_INT(open_keys(), 0);
	CHECK(lines == 1 && strstr(said, "(mode 0664)"));
	end();
}

/* The secret file stays in use for tokens only while no row of the configuration signs. */
static void test_default_key(void)
{
	char *jwt;

	begin();
	put("a", SECRET);
	add("a", "HS256", "a", false);
	CHECK_INT(open_keys(), 0);
	CHECK_STR(signer(), "default");
	jwt = mint(NULL);
	CHECK_INT(verify(jwt), 0);
	box.rows[0].sign = true;
	CHECK_INT(open_keys(), 0);
	CHECK_STR(signer(), "a");
	CHECK_INT(verify(jwt), -EBADMSG);
	free(jwt);
	end();
}

/* ---- files that change ---- */

static void test_new_file_new_key(void)
{
	char *old, *fresh, sig[65], sig2[65];

	begin();
	CHECK_INT(open_keys(), 0);
	old = mint(NULL);
	url_sign(sig, box.keys, "/x", 1);
	CHECK(!look_again());
	put("secret.key", SECRET "\n");
	CHECK_INT(verify(old), 0);
	CHECK(!token_keys_reload(box.keys));           /* not within the second */
	CHECK(look_again());
	CHECK_INT(verify(old), -EBADMSG);
	fresh = mint(NULL);
	CHECK_INT(verify(fresh), 0);
	url_sign(sig2, box.keys, "/x", 1);
	CHECK(strcmp(sig, sig2));
	CHECK(lines == 1 && !strcmp(said, "tokens: 1 keys read again, default signs"));
	CHECK(!look_again());
	free(old);
	free(fresh);
	end();
}

static void test_broken_file_keeps_the_old_key(void)
{
	char *jwt, *text = NULL;

	begin();
	add("a", "ES256", "a", true);
	CHECK_INT(token_key_generate(TOKEN_ES256, &text, NULL), 0);
	put("a", text);
	CHECK_INT(open_keys(), 0);
	jwt = mint(NULL);
	put("a", "-----BEGIN PRIVATE KEY-----\nhalf");
	for (int i = 0; i < 5; i++)
		CHECK(!look_again());
	CHECK(lines == 1 && strstr(said, "cannot be used: there is no key") && g_str_has_suffix(said, "; the keys of before stay in use"));
	CHECK_INT(verify(jwt), 0);
	CHECK_INT(fs_remove_tree(box.rows[0].file), 0);
	CHECK(!look_again() && !look_again());
	CHECK_INT(lines, 2);
	CHECK_INT(verify(jwt), 0);
	g_free(text);
	CHECK_INT(token_key_generate(TOKEN_ES256, &text, NULL), 0);
	put("a", text);
	CHECK(look_again());
	CHECK_INT(verify(jwt), -EBADMSG);
	g_free(text);
	free(jwt);
	end();
}

static void age(const char *name, int seconds)
{
	time_t at = (time_t)(clock_wall_ms() / 1000 - seconds);
	struct utimbuf t = { at, at };
	char *path = path_of(name);

	CHECK_INT(utime(path, &t), 0);
	g_free(path);
}

/* Two places for keys that sign: the new key goes into the one that is older, signs when everybody has read it, and the other goes on verifying. */
static void test_newest_signs(void)
{
	char *by_a;

	begin();
	put("a", SECRET "a");
	put("b", SECRET "b");
	age("a", 100);
	age("b", 200);
	add("a", "HS256", "a", true);
	add("b", "HS256", "b", true);
	CHECK_INT(open_keys(), 0);
	CHECK_STR(signer(), "a");
	by_a = mint(NULL);
	put("b", SECRET "new");
	CHECK(look_again());
	CHECK_STR(signer(), "a");
	box.keys->sources[1].stamp.modified_ms -= SETTLE_MS;   /* as if that time had gone by */
	CHECK(signer_due(box.keys));
	age("b", SETTLE_MS / 1000 + 1);
	CHECK(look_again());
	CHECK_STR(signer(), "b");
	CHECK(!look_again());
	CHECK_INT(verify(by_a), 0);
	free(by_a);
	end();
}

static void *use(void *arg)
{
	atomic_bool *stop = arg;
	struct token t = { .room = "demo", .sub = "s", .exp_s = clock_wall_ms() / 1000 + 60 }, back;
	char sig[65], *jwt;

	while (!atomic_load(stop)) {
		jwt = NULL;
		if (!token_mint(&jwt, box.keys, NULL, &t, clock_wall_ms() / 1000))
			token_verify(&back, box.keys, jwt, clock_wall_ms() / 1000);
		url_sign(sig, box.keys, "/x", 1);
		token_keys_reload(box.keys);
		free(jwt);
	}
	return NULL;
}

/* For ThreadSanitizer. */
static void test_used_while_it_changes(void)
{
	pthread_t threads[3];
	atomic_bool stop = false;
	char text[64];

	begin();
	CHECK_INT(open_keys(), 0);
	for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
		CHECK_INT(thread_start(&threads[i], "use", use, &stop), 0);
	for (int i = 0; i < 30; i++) {
		snprintf(text, sizeof(text), SECRET "%d", i);
		put("secret.key", text);
		while (atomic_exchange(&box.keys->looking, true))
			sched_yield();
		box.keys->looked_us -= LOOK_US;
		atomic_store(&box.keys->looking, false);
		token_keys_reload(box.keys);
	}
	atomic_store(&stop, true);
	for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
		pthread_join(threads[i], NULL);
	end();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_bad_secrets), TEST(test_bad_key_pairs), TEST(test_bad_sets), TEST(test_secret_file_is_made), TEST(test_default_key),
		TEST(test_new_file_new_key), TEST(test_broken_file_keeps_the_old_key), TEST(test_newest_signs), TEST(test_used_while_it_changes),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
