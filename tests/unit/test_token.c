/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a token must be: forged ones of all kinds, and ones made and read by libjwt, which knows nothing of ours. Keys and their files: test_token_keys.
 */
#include "config.h"
#include "common/token.c"
#ifdef HAVE_LIBJWT
#include <jwt.h>
#endif
#include <openssl/pem.h>
#include "common/settings.h"
#include "common/fsio.h"
#include "test.h"
#include "token_forge.h"

#define KEY "0123456789abcdef0123456789abcdef"
#define NOW 1760000000

static struct token_keys *key(const char *text)
{
	struct token_keys *k = NULL;

	CHECK_INT(token_keys_of_secret(&k, text, strlen(text)), 0);
	return k;
}

static char *forge(const char *header, const char *claims, const char *sig)
{
	return forge_with(header, claims, KEY, strlen(KEY), sig);
}

static void test_base64url(void)
{
	static const struct { const char *bytes, *text; } rows[] = {
		{ "", "" }, { "f", "Zg" }, { "fo", "Zm8" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg" }, { "\xff\xfe\xfd", "__79" }, { "\xfb\xf0", "-_A" },
	};
	static const char *const bad[] = { "Z", "Zh", "Zm9", "Zg==", "Zg=", "Z g", "Zm9v\n", "+_A", "/_A", "Zm9vA", "Zm9\xc3" };
	char out[8];
	size_t n;

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char *text = base64url_encode(rows[i].bytes, strlen(rows[i].bytes));

		CHECK_STR(text, rows[i].text);
		CHECK_INT(base64url_decode(out, sizeof(out), &n, text, strlen(text)), 0);
		CHECK(n == strlen(rows[i].bytes) && !memcmp(out, rows[i].bytes, n));
		g_free(text);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
		if (base64url_decode(out, sizeof(out), &n, bad[i], strlen(bad[i])) != -EINVAL)
			TEST_FAIL("\"%s\" was taken", bad[i]);
	CHECK_INT(base64url_decode(out, 2, &n, "Zm9v", 4), -EFBIG);
}

static void test_round_trip(void)
{
	struct token t = { .room = "demo", .sub = "call_demo_1_abcdef/user1", .name = "Änn \"x\"", .host = true, .grants = GRANT_RECORD | GRANT_DOWNLOAD,
			   .exp_s = NOW + 60 }, back;
	struct token_keys *k = key(KEY);
	const char *why = NULL;
	char *jwt = NULL;

	CHECK_INT(token_mint(&jwt, k, NULL, &t, NOW), 0);
	CHECK(g_str_has_prefix(jwt, "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImRlZmF1bHQifQ."));
	CHECK_INT(token_verify(&back, k, jwt, NOW), 0);
	CHECK_STR(back.room, t.room);
	CHECK_STR(back.sub, t.sub);
	CHECK_STR(back.name, t.name);
	CHECK(back.host);
	CHECK_INT(back.grants, t.grants);
	CHECK_INT(back.exp_s, t.exp_s);
	CHECK_INT(token_verify(&back, k, jwt, NOW + 60 + TOKEN_LEEWAY_S - 1), 0);
	CHECK_INT(token_verify_why(&back, k, jwt, NOW + 60 + TOKEN_LEEWAY_S, &why), -ETIME);
	CHECK_STR(why, "The token has expired.");
	CHECK_STR(back.room, "");
	CHECK_INT(token_verify(&back, k, jwt, NOW - TOKEN_LEEWAY_S), 0);
	CHECK_INT(token_verify_why(&back, k, jwt, NOW - TOKEN_LEEWAY_S - 1, &why), -ETIME);
	CHECK_STR(why, "The token is not valid yet; is a clock wrong?");
	free(jwt);
	CHECK_INT(token_mint(&jwt, k, "other", &t, NOW), -ENOENT);
	strcpy(t.name, "\xff");
	CHECK_INT(token_mint(&jwt, k, NULL, &t, NOW), -EINVAL);
	token_keys_unref(&k);
}

static void test_every_changed_character_is_refused(void)
{
	struct token t = { .room = "demo", .sub = "c/user1", .exp_s = NOW + 60 }, back;
	struct token_keys *k = key(KEY), *other = key("another key of at least 32 bytes!");
	char *jwt = NULL, *cut;

	CHECK_INT(token_mint(&jwt, k, NULL, &t, NOW), 0);
	CHECK_INT(token_verify(&back, other, jwt, NOW), -EBADMSG);
	for (char *p = jwt; *p; p++) {
		for (char bit = 1; bit > 0 && bit <= 64; bit = (char)(bit << 1)) {
			*p = (char)(*p ^ bit);
			if (token_verify(&back, k, jwt, NOW) != -EBADMSG)
				TEST_FAIL("a change at %d was taken", (int)(p - jwt));
			*p = (char)(*p ^ bit);
		}
	}
	for (size_t n = 0; n < strlen(jwt); n++) {
		cut = g_strndup(jwt, n);
		CHECK_INT(token_verify(&back, k, cut, NOW), -EBADMSG);
		g_free(cut);
	}
	CHECK_INT(token_verify(&back, k, jwt, NOW), 0);
	free(jwt);
	token_keys_unref(&k);
	token_keys_unref(&other);
}

#define HS256 "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define WHO "\"room\":\"demo\",\"sub\":\"c/user1\",\"name\":\"A\""
#define BASE WHO ",\"iss\":\"janus-recroom\""
#define GUEST "{" BASE ",\"role\":\"guest\",\"exp\":1760000060"
#define GOOD "{" BASE ",\"role\":\"host\",\"exp\":1760000060}"

static const struct { const char *header, *claims, *sig; int err; } forged[] = {
	{ HS256, GUEST "}", NULL, 0 },
	/* times */
	{ HS256, GUEST ",\"nbf\":1760000000,\"iat\":1760000000}", NULL, 0 },
	{ HS256, GUEST ",\"nbf\":1760000030,\"iat\":1760000030}", NULL, 0 },
	{ HS256, GUEST ",\"nbf\":1760000031}", NULL, -ETIME },
	{ HS256, GUEST ",\"iat\":1760000031}", NULL, -ETIME },
	{ HS256, GUEST ",\"nbf\":\"0\"}", NULL, -EBADMSG },
	{ HS256, GUEST ",\"iat\":null}", NULL, -EBADMSG },
	{ HS256, GUEST ",\"nbf\":0.5}", NULL, -EBADMSG },
	{ HS256, "{" BASE ",\"role\":\"guest\",\"exp\":1759999971}", NULL, 0 },
	{ HS256, "{" BASE ",\"role\":\"guest\",\"exp\":1759999970}", NULL, -ETIME },
	{ HS256, "{" BASE ",\"role\":\"guest\",\"exp\":1760000060.5}", NULL, -EBADMSG },
	{ HS256, "{" BASE ",\"role\":\"guest\",\"exp\":1760000060.0}", NULL, -EBADMSG },
	{ HS256, "{" BASE ",\"role\":\"guest\",\"exp\":\"1760000060\"}", NULL, -EBADMSG },
	{ HS256, "{" BASE ",\"role\":\"guest\",\"exp\":1e300}", NULL, -EBADMSG },
	{ HS256, "{" BASE ",\"role\":\"guest\",\"exp\":9223372036854775807}", NULL, -EBADMSG },
	{ HS256, "{" BASE ",\"role\":\"guest\",\"exp\":99999999999999999999}", NULL, -EBADMSG },
	{ HS256, "{" BASE ",\"role\":\"guest\",\"exp\":-1}", NULL, -EBADMSG },
	{ HS256, "{" BASE ",\"role\":\"guest\",\"exp\":true}", NULL, -EBADMSG },
	{ HS256, "{" BASE ",\"role\":\"guest\"}", NULL, -EBADMSG },
	/* who */
	{ HS256, "{\"room\":\"demo\",\"sub\":\"x\",\"iss\":\"janus-recroom\",\"role\":\"guest\",\"exp\":1760000060}", NULL, 0 },
	{ HS256, "{" BASE ",\"role\":\"admin\",\"exp\":1760000060}", NULL, -EBADMSG },
	{ HS256, "{" BASE ",\"role\":[\"host\"],\"exp\":1760000060}", NULL, -EBADMSG },
	{ HS256, "{" BASE ",\"exp\":1760000060}", NULL, -EBADMSG },
	{ HS256, "{" WHO ",\"iss\":\"other\",\"role\":\"guest\",\"exp\":1760000060}", NULL, -EBADMSG },
	{ HS256, "{" WHO ",\"iss\":[\"janus-recroom\"],\"role\":\"guest\",\"exp\":1760000060}", NULL, -EBADMSG },
	{ HS256, "{" WHO ",\"role\":\"guest\",\"exp\":1760000060}", NULL, -EBADMSG },
	{ HS256, "{\"room\":\"../x\",\"sub\":\"c\",\"iss\":\"janus-recroom\",\"role\":\"guest\",\"exp\":1760000060}", NULL, -EBADMSG },
	{ HS256, "{\"room\":\"*\",\"sub\":\"c\",\"iss\":\"janus-recroom\",\"role\":\"host\",\"exp\":1760000060}", NULL, -EBADMSG },
	{ HS256, "{\"room\":\"\",\"sub\":\"c\",\"iss\":\"janus-recroom\",\"role\":\"host\",\"exp\":1760000060}", NULL, -EBADMSG },
	{ HS256, "{\"sub\":\"c\",\"iss\":\"janus-recroom\",\"role\":\"host\",\"exp\":1760000060}", NULL, -EBADMSG },
	{ HS256, "{\"room\":7,\"sub\":\"c\",\"iss\":\"janus-recroom\",\"role\":\"guest\",\"exp\":1760000060}", NULL, -EBADMSG },
	{ HS256, "{\"room\":[\"demo\"],\"sub\":\"c\",\"iss\":\"janus-recroom\",\"role\":\"guest\",\"exp\":1760000060}", NULL, -EBADMSG },
	{ HS256, "{\"room\":\"demo\",\"sub\":\"\",\"iss\":\"janus-recroom\",\"role\":\"guest\",\"exp\":1760000060}", NULL, -EBADMSG },
	{ HS256, "{\"room\":\"demo\",\"iss\":\"janus-recroom\",\"role\":\"guest\",\"exp\":1760000060}", NULL, -EBADMSG },
	{ HS256, "{\"room\":\"demo\",\"sub\":\"a\\nb\",\"iss\":\"janus-recroom\",\"role\":\"guest\",\"exp\":1760000060}", NULL, -EBADMSG },
	{ HS256, "{\"room\":\"demo\",\"sub\":\"a\\u0000b\",\"iss\":\"janus-recroom\",\"role\":\"guest\",\"exp\":1760000060}", NULL, -EBADMSG },
	{ HS256, "{\"room\":\"demo\",\"sub\":\"a\",\"name\":5,\"iss\":\"janus-recroom\",\"role\":\"guest\",\"exp\":1760000060}", NULL, -EBADMSG },
	{ HS256, "{\"room\":\"demo\",\"sub\":\"a\",\"name\":\"\\u001b[2J\",\"iss\":\"janus-recroom\",\"role\":\"guest\",\"exp\":1760000060}", NULL, -EBADMSG },
	/* grants and audience of the wrong type */
	{ HS256, GUEST ",\"grants\":\"record\"}", NULL, -EBADMSG },
	{ HS256, GUEST ",\"grants\":{\"record\":true}}", NULL, -EBADMSG },
	{ HS256, GUEST ",\"grants\":[\"record\",7]}", NULL, -EBADMSG },
	{ HS256, GUEST ",\"aud\":\"somebody\"}", NULL, 0 },
	{ HS256, GUEST ",\"aud\":5}", NULL, -EBADMSG },
	{ HS256, GUEST ",\"aud\":[\"x\",5]}", NULL, -EBADMSG },
	/* a member twice, and what is no object */
	{ HS256, GUEST ",\"exp\":1760000061}", NULL, -EBADMSG },
	{ HS256, "{" BASE ",\"role\":\"guest\",\"role\":\"host\",\"exp\":1760000060}", NULL, -EBADMSG },
	{ HS256, GUEST ",\"x\":{\"a\":1,\"a\":2}}", NULL, -EBADMSG },
	{ "{\"alg\":\"HS256\",\"alg\":\"HS256\"}", GOOD, NULL, -EBADMSG },
	{ HS256, "[]", NULL, -EBADMSG }, { HS256, "", NULL, -EBADMSG }, { HS256, "null", NULL, -EBADMSG }, { HS256, GOOD " x", NULL, -EBADMSG },
	{ "[]", GOOD, NULL, -EBADMSG }, { "\"HS256\"", GOOD, NULL, -EBADMSG },
	/* signature and algorithm */
	{ HS256, GOOD, "", -EBADMSG }, { HS256, GOOD, "AAAA", -EBADMSG }, { HS256, GOOD, "!", -EBADMSG },
	{ "{\"alg\":\"none\"}", GOOD, "", -EBADMSG }, { "{\"alg\":\"none\"}", GOOD, NULL, -EBADMSG }, { "{\"alg\":\"None\"}", GOOD, NULL, -EBADMSG },
	{ "{\"alg\":\"hs256\"}", GOOD, NULL, -EBADMSG }, { "{\"alg\":\"HS512\"}", GOOD, NULL, -EBADMSG }, { "{\"alg\":\"RS256\"}", GOOD, NULL, -EBADMSG },
	{ "{}", GOOD, NULL, -EBADMSG }, { "{\"alg\":256}", GOOD, NULL, -EBADMSG }, { "{\"alg\":[\"HS256\"]}", GOOD, NULL, -EBADMSG },
	/* the rest of the header */
	{ "{\"alg\":\"HS256\",\"kid\":\"default\"}", GOOD, NULL, 0 },
	{ "{\"alg\":\"HS256\",\"kid\":\"other\"}", GOOD, NULL, -EBADMSG },
	{ "{\"alg\":\"HS256\",\"kid\":\"\"}", GOOD, NULL, -EBADMSG },
	{ "{\"alg\":\"HS256\",\"kid\":null}", GOOD, NULL, -EBADMSG },
	{ "{\"alg\":\"HS256\",\"kid\":7}", GOOD, NULL, -EBADMSG },
	{ "{\"alg\":\"HS256\",\"typ\":7}", GOOD, NULL, -EBADMSG },
	{ "{\"alg\":\"HS256\",\"crit\":[\"exp\"]}", GOOD, NULL, -EBADMSG },
	{ "{\"alg\":\"HS256\",\"crit\":[]}", GOOD, NULL, -EBADMSG },
	{ "{\"alg\":\"HS256\",\"crit\":null}", GOOD, NULL, -EBADMSG },
	{ "{\"alg\":\"HS256\",\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"},\"jku\":\"http://127.0.0.1/\"}", GOOD, NULL, 0 },
};

static void test_forged_tokens(void)
{
	struct token_keys *k = key(KEY);
	struct token back;

	for (size_t i = 0; i < G_N_ELEMENTS(forged); i++) {
		char *jwt = forge(forged[i].header, forged[i].claims, forged[i].sig);
		const char *why = NULL;
		int err = token_verify_why(&back, k, jwt, NOW, &why);

		if (err != forged[i].err || !err != !why)
			TEST_FAIL("row %zu, %s %s: %d (%s), expected %d", i, forged[i].header, forged[i].claims, err, why ? why : "", forged[i].err);
		g_free(jwt);
	}
	token_keys_unref(&k);
}

static void test_no_tokens(void)
{
	static const char *const bad[] = { NULL, "", ".", "..", "...", "a.b", "a.b.c", "a.b.c.d", " a.b.c", "eyJhbGciOiJub25lIn0.e30.", "Bearer a.b.c" };
	struct token_keys *k = key(KEY);
	struct token back;
	const char *why;
	char *huge = g_strnfill(TOKEN_MAX + 1, 'a');

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
		CHECK_INT(token_verify(&back, k, bad[i], NOW), -EBADMSG);
	huge[10] = huge[20] = '.';
	CHECK_INT(token_verify_why(&back, k, huge, NOW, &why), -EBADMSG);
	CHECK_STR(why, "The token is too long.");
	g_free(huge);
	token_keys_unref(&k);
}

static void test_grants(void)
{
	static const struct { const char *claim; unsigned grants; } rows[] = {
		{ "", 0 }, { ",\"grants\":[\"download\",\"publish\"]", GRANT_DOWNLOAD | GRANT_PUBLISH }, { ",\"grants\":[]", GRANT_ONLY },
		{ ",\"grants\":[\"download\",\"fly\"]", GRANT_DOWNLOAD | GRANT_ONLY }, { ",\"grants\":[\"Record\"]", GRANT_ONLY },
		{ ",\"grants\":[\"only\",\"record\"]", GRANT_RECORD | GRANT_ONLY },
	};
	struct token_keys *k = key(KEY);
	struct token back, again;
	char *jwt, *claims;

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		claims = g_strdup_printf("%s%s}", GUEST, rows[i].claim);
		jwt = forge(HS256, claims, NULL);
		CHECK_INT(token_verify(&back, k, jwt, NOW), 0);
		CHECK_INT(back.grants, rows[i].grants);
		g_free(claims);
		g_free(jwt);
		CHECK_INT(token_mint(&jwt, k, NULL, &back, NOW), 0);
		CHECK_INT(token_verify(&again, k, jwt, NOW), 0);
		CHECK_INT(again.grants, rows[i].grants);
		free(jwt);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(grants); i++)
		CHECK(grant_find(grant_name(grants[i].bit)) == grants[i].bit);
	CHECK(!grant_name(0) && !grant_name(3) && !grant_find("") && !grant_find("fly"));
	token_keys_unref(&k);
}

/* ---- keys in files ---- */

static struct {
	char *dir;
	struct settings settings;
	struct settings_token_key rows[3];
	struct token_keys *keys;
	char *rsa, *ec, *rsa_public, *ec_public;       /* PEM */
} box;

static char *put(const char *name, const char *text)
{
	CHECK_INT(fs_write_atomic(box.dir, name, text, strlen(text), 0600, 0), 0);
	return g_build_filename(box.dir, name, NULL);
}

/* hs: HS256, the key KEY; rs and es: the public keys, or all of them. */
static void open_box(const char *audience, bool private)
{
	char dir[] = "/tmp/recroom-token-XXXXXX", why[300] = "";

	CHECK(mkdtemp(dir));
	box.dir = g_strdup(dir);
	CHECK_INT(token_key_generate(TOKEN_RS256, &box.rsa, &box.rsa_public), 0);
	CHECK_INT(token_key_generate(TOKEN_ES256, &box.ec, &box.ec_public), 0);
	box.rows[0] = (struct settings_token_key){ .kid = (char *)"hs", .alg = (char *)"HS256", .file = put("hs", KEY "\n") };
	box.rows[1] = (struct settings_token_key){ .kid = (char *)"rs", .alg = (char *)"RS256", .file = put("rs", private ? box.rsa : box.rsa_public) };
	box.rows[2] = (struct settings_token_key){ .kid = (char *)"es", .alg = (char *)"ES256", .file = put("es", private ? box.ec : box.ec_public) };
	box.settings = (struct settings){ .token_secret_file = g_build_filename(dir, "secret.key", NULL), .token_keys = box.rows,
					  .ntoken_keys = G_N_ELEMENTS(box.rows), .token_audience = (char *)audience };
	if (token_keys_open(&box.keys, &box.settings, true, why, sizeof(why)))
		TEST_FAIL("%s", why);
}

static void close_box(void)
{
	token_keys_unref(&box.keys);
	for (size_t i = 0; i < G_N_ELEMENTS(box.rows); i++)
		g_free(box.rows[i].file);
	g_free(box.settings.token_secret_file);
	g_free(box.rsa);
	g_free(box.rsa_public);
	g_free(box.ec);
	g_free(box.ec_public);
	CHECK_INT(fs_remove_tree(box.dir), 0);
	g_free(box.dir);
}

static void test_each_algorithm(void)
{
	struct token t = { .room = "demo", .sub = "s", .name = "n", .host = true, .exp_s = NOW + 60 }, back;
	char *jwt = NULL;

	open_box("", true);
	for (size_t i = 0; i < G_N_ELEMENTS(box.rows); i++) {
		for (int again = 0; again < 20; again++) {     /* numbers of an ES256 signature have other lengths each time */
			CHECK_INT(token_mint(&jwt, box.keys, box.rows[i].kid, &t, NOW), 0);
			CHECK_INT(token_verify(&back, box.keys, jwt, NOW), 0);
			free(jwt);
		}
	}
	CHECK_INT(token_mint(&jwt, box.keys, NULL, &t, NOW), 0);
	CHECK_INT(token_verify(&back, box.keys, jwt, NOW), 0);     /* the secret file's, which is there besides */
	free(jwt);
	close_box();
	open_box("", false);
	CHECK_INT(token_mint(&jwt, box.keys, "rs", &t, NOW), -EPERM);
	CHECK_INT(token_mint(&jwt, box.keys, "es", &t, NOW), -EPERM);
	close_box();
}

static EVP_PKEY *private_of(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)strlen(pem));
	EVP_PKEY *k = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

	BIO_free(bio);
	return k;
}

/* What somebody could try who knows the public keys and the configuration. */
static void test_confused_keys(void)
{
	const struct { const char *header, *secret; } rows[] = {
		{ "{\"alg\":\"HS256\",\"kid\":\"rs\"}", box.rsa_public }, { "{\"alg\":\"HS256\",\"kid\":\"es\"}", box.ec_public },
		{ "{\"alg\":\"HS256\",\"kid\":\"hs\"}", box.rsa_public }, { "{\"alg\":\"HS256\"}", box.rsa_public }, { "{\"alg\":\"HS256\"}", KEY },
		{ "{\"alg\":\"HS256\",\"kid\":\"es\"}", KEY }, { "{\"alg\":\"HS256\",\"kid\":\"rs\"}", KEY }, { "{\"alg\":\"ES256\",\"kid\":\"hs\"}", KEY },
		{ "{\"alg\":\"RS256\",\"kid\":\"hs\"}", KEY }, { "{\"alg\":\"RS256\",\"kid\":\"es\"}", KEY }, { "{\"alg\":\"none\",\"kid\":\"es\"}", KEY },
		{ "{\"alg\":\"HS256\",\"kid\":\"hs\",\"crit\":[\"b64\"],\"b64\":false}", KEY }, { "{\"alg\":\"HS256\",\"kid\":\"HS\"}", KEY },
		{ "{\"alg\":\"HS256\",\"kid\":\"default\"}", KEY }, { "{\"alg\":\"HS256\",\"kid\":\"../hs\"}", KEY },
	};
	struct token back;
	char *jwt;

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		jwt = forge_with(rows[i].header, GOOD, rows[i].secret, strlen(rows[i].secret), NULL);
		if (token_verify(&back, box.keys, jwt, NOW) != -EBADMSG)
			TEST_FAIL("row %zu, %s was taken", i, rows[i].header);
		g_free(jwt);
	}
	jwt = forge_with("{\"alg\":\"HS256\",\"kid\":\"hs\"}", GOOD, KEY, strlen(KEY), NULL);
	CHECK_INT(token_verify(&back, box.keys, jwt, NOW), 0);
	g_free(jwt);
}

/* Signatures of zeroes, of the wrong length, and in DER. */
static void test_bad_signatures(void)
{
	static const char *const headers[] = { "{\"alg\":\"ES256\",\"kid\":\"es\"}", "{\"alg\":\"RS256\",\"kid\":\"rs\"}" };
	static const size_t lengths[] = { 1, 32, 63, 64, 65, 70, 255, 256, 384, 1000 };
	unsigned char zero[1000] = { 0 };
	struct token back;

	for (size_t i = 0; i < G_N_ELEMENTS(headers); i++) {
		for (size_t n = 0; n < G_N_ELEMENTS(lengths); n++) {
			char *sig = base64url_encode(zero, lengths[n]), *jwt = forge_with(headers[i], GOOD, KEY, strlen(KEY), sig);

			CHECK_INT(token_verify(&back, box.keys, jwt, NOW), -EBADMSG);
			g_free(jwt);
			g_free(sig);
		}
	}
}

#ifdef HAVE_LIBJWT
/* libjwt signs and reads the same tokens, and what it takes too much is refused here. */
static void test_libjwt_agrees(void)
{
	static const struct { const char *kid; jwt_alg_t alg; int err; } rows[] = {
		{ "hs", JWT_ALG_HS256, 0 }, { "rs", JWT_ALG_RS256, 0 }, { "es", JWT_ALG_ES256, 0 },
		{ "hs", JWT_ALG_HS384, -EBADMSG }, { "rs", JWT_ALG_RS512, -EBADMSG }, { "rs", JWT_ALG_HS256, -EBADMSG },
	};
	struct token t = { .room = "demo", .sub = "s", .exp_s = NOW + 60 }, back;

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		bool hmac = rows[i].alg == JWT_ALG_HS256 || rows[i].alg == JWT_ALG_HS384;
		const char *key_text = rows[i].kid[0] == 'h' ? KEY : hmac ? box.rsa_public : rows[i].kid[0] == 'r' ? box.rsa : box.ec;
		const char *public_text = rows[i].kid[0] == 'h' ? KEY : rows[i].kid[0] == 'r' ? box.rsa_public : box.ec_public;
		jwt_t *jwt = NULL;
		char *text;

		CHECK_INT(jwt_new(&jwt), 0);
		CHECK_INT(jwt_set_alg(jwt, rows[i].alg, (const unsigned char *)key_text, (int)strlen(key_text)), 0);
		CHECK_INT(jwt_add_header(jwt, "kid", rows[i].kid), 0);
		CHECK_INT(jwt_add_grants_json(jwt, GOOD), 0);
		text = jwt_encode_str(jwt);
		CHECK_INT(token_verify(&back, box.keys, text, NOW), rows[i].err);
		free(text);
		jwt_free(jwt);
		if (rows[i].err)
			continue;
		CHECK_INT(token_mint(&text, box.keys, rows[i].kid, &t, NOW), 0);
		jwt = NULL;
		CHECK_INT(jwt_decode(&jwt, text, (const unsigned char *)public_text, (int)strlen(public_text)), 0);
		CHECK_STR(jwt_get_grant(jwt, "room"), "demo");
		free(text);
		jwt_free(jwt);
	}
}
#else
static void test_libjwt_agrees(void)
{
}
#endif

static void test_with_key_pairs(void)
{
	EVP_PKEY *rsa;

	open_box(NULL, true);
	rsa = private_of(box.rsa);
	CHECK_INT(EVP_PKEY_get_bits(rsa), 3072);
	EVP_PKEY_free(rsa);
	test_confused_keys();
	test_bad_signatures();
	test_libjwt_agrees();
	close_box();
}

static void test_audience(void)
{
	static const struct { const char *claim; int err; } rows[] = {
		{ "", -EBADMSG }, { ",\"aud\":\"recroom\"", 0 }, { ",\"aud\":[\"x\",\"recroom\"]", 0 }, { ",\"aud\":\"recroom2\"", -EBADMSG },
		{ ",\"aud\":[]", -EBADMSG }, { ",\"aud\":[\"x\"]", -EBADMSG }, { ",\"aud\":[\"recroom\",5]", -EBADMSG }, { ",\"aud\":{\"recroom\":1}", -EBADMSG },
	};
	struct token t = { .room = "demo", .sub = "s", .exp_s = NOW + 60 }, back;
	char *jwt;

	open_box("recroom", false);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char *claims = g_strdup_printf("%s%s}", GUEST, rows[i].claim);

		jwt = forge_with("{\"alg\":\"HS256\",\"kid\":\"hs\"}", claims, KEY, strlen(KEY), NULL);
		CHECK_INT(token_verify(&back, box.keys, jwt, NOW), rows[i].err);
		g_free(claims);
		g_free(jwt);
	}
	CHECK_INT(token_mint(&jwt, box.keys, NULL, &t, NOW), 0);
	CHECK_INT(token_verify(&back, box.keys, jwt, NOW), 0);
	free(jwt);
	close_box();
}

static void test_urls(void)
{
	struct token_keys *k = key(KEY), *other = key("another key of at least 32 bytes!");
	char sig[65];

	url_sign(sig, k, "/recording/r/files/output.webm", NOW);
	CHECK_INT(strlen(sig), 64);
	CHECK_INT(url_verify(k, "/recording/r/files/output.webm", NOW, sig, NOW - 1), 0);
	CHECK_INT(url_verify(k, "/recording/r/files/output.webm", NOW, sig, NOW), -ETIME);
	CHECK_INT(url_verify(k, "/recording/r/files/output.webm", NOW + 1, sig, NOW - 1), -EBADMSG);
	CHECK_INT(url_verify(k, "/recording/s/files/output.webm", NOW, sig, NOW - 1), -EBADMSG);
	CHECK_INT(url_verify(other, "/recording/r/files/output.webm", NOW, sig, NOW - 1), -EBADMSG);
	CHECK_INT(url_verify(k, "/recording/r/files/output.webm", NOW, NULL, NOW - 1), -EBADMSG);
	CHECK_INT(url_verify(k, "/recording/r/files/output.webm", NOW, "", NOW - 1), -EBADMSG);
	sig[63] = sig[63] == '0' ? '1' : '0';
	CHECK_INT(url_verify(k, "/recording/r/files/output.webm", NOW, sig, NOW - 1), -EBADMSG);
	token_keys_unref(&k);
	token_keys_unref(&other);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_base64url), TEST(test_round_trip), TEST(test_every_changed_character_is_refused), TEST(test_forged_tokens), TEST(test_no_tokens),
		TEST(test_grants), TEST(test_each_algorithm), TEST(test_with_key_pairs), TEST(test_audience), TEST(test_urls),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
