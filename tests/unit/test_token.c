/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/token.c"
#include <sys/stat.h>
#include "test.h"

#define KEY "0123456789abcdef0123456789abcdef"
enum { NOW = 1760000000 };

static struct token_key *key(const char *text)
{
	struct token_key *k = NULL;

	CHECK_INT(token_key_create(&k, text, strlen(text)), 0);
	return k;
}

/* base64url without padding */
static char *b64(const void *data, size_t len)
{
	char *s = g_base64_encode(data, len), *p;

	for (p = s; *p && *p != '='; p++)
		*p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
	*p = '\0';
	return s;
}

/* A token made by hand, signed with KEY under HS256 unless sig says otherwise. */
static char *forge(const char *header, const char *claims, const char *sig)
{
	char *h = b64(header, strlen(header)), *c = b64(claims, strlen(claims)), *body = g_strdup_printf("%s.%s", h, c), *s, *out;
	unsigned char m[MAC_SIZE];

	mac(m, KEY, strlen(KEY), body, strlen(body));
	s = sig ? g_strdup(sig) : b64(m, sizeof(m));
	out = g_strdup_printf("%s.%s", body, s);
	g_free(h);
	g_free(c);
	g_free(body);
	g_free(s);
	return out;
}

static void test_round_trip(void)
{
	struct token t = { .room = "demo", .sub = "call_demo_1_abcdef/user1", .name = "Änn \"x\"", .host = true, .grants = GRANT_RECORD | GRANT_DOWNLOAD,
			   .exp_s = NOW + 60 }, back;
	struct token_key *k = key(KEY);
	char *jwt = NULL;

	CHECK_INT(token_mint(&jwt, k, &t, NOW), 0);
	CHECK_INT(token_verify(&back, k, jwt, NOW), 0);
	CHECK_STR(back.room, t.room);
	CHECK_STR(back.sub, t.sub);
	CHECK_STR(back.name, t.name);
	CHECK(back.host);
	CHECK_INT(back.grants, t.grants);
	CHECK_INT(back.exp_s, t.exp_s);
	CHECK_INT(token_verify(&back, k, jwt, NOW + 59), 0);
	CHECK_INT(token_verify(&back, k, jwt, NOW + 60), -ETIME);
	CHECK_STR(back.room, "");
	free(jwt);
	strcpy(t.name, "\xff");
	CHECK_INT(token_mint(&jwt, k, &t, NOW), -EINVAL);
	token_key_unref(&k);
}

static void test_every_changed_character_is_refused(void)
{
	struct token t = { .room = "demo", .sub = "c/user1", .exp_s = NOW + 60 }, back;
	struct token_key *k = key(KEY), *other = key("another key of at least 32 bytes!");
	char *jwt = NULL;

	CHECK_INT(token_mint(&jwt, k, &t, NOW), 0);
	CHECK_INT(token_verify(&back, other, jwt, NOW), -EBADMSG);
	for (char *p = jwt; p[1]; p++) {   /* the last character holds two unused bits */
		char c = *p;

		*p = c == 'A' ? 'B' : 'A';
		if (token_verify(&back, k, jwt, NOW) != -EBADMSG)
			TEST_FAIL("a change at %d was taken", (int)(p - jwt));
		*p = c;
	}
	CHECK_INT(token_verify(&back, k, jwt, NOW), 0);
	free(jwt);
	token_key_unref(&k);
	token_key_unref(&other);
}

#define HS256 "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define BASE "\"room\":\"demo\",\"sub\":\"c/user1\",\"name\":\"A\",\"iss\":\"janus-recroom\""

static const struct { const char *header, *claims, *sig; int err; } forged[] = {
	{ HS256, "{" BASE ",\"role\":\"guest\",\"exp\":1760000060}", NULL, 0 },
	{ HS256, "{" BASE ",\"role\":\"guest\",\"exp\":1760000060.5}", NULL, 0 },
	{ HS256, "{" BASE ",\"role\":\"guest\",\"exp\":1760000060,\"nbf\":1760000000}", NULL, 0 },
	{ HS256, "{" BASE ",\"role\":\"guest\",\"exp\":1760000060,\"nbf\":1760000001}", NULL, -ETIME },
	{ HS256, "{" BASE ",\"role\":\"guest\",\"exp\":1760000060,\"nbf\":\"0\"}", NULL, -EBADMSG },
	{ HS256, "{" BASE ",\"role\":\"guest\",\"exp\":1760000000}", NULL, -ETIME },
	{ HS256, "{" BASE ",\"role\":\"guest\",\"exp\":1759999999.9}", NULL, -ETIME },
	{ HS256, "{" BASE ",\"role\":\"guest\",\"exp\":\"1760000060\"}", NULL, -EBADMSG },
	{ HS256, "{" BASE ",\"role\":\"guest\",\"exp\":1e300}", NULL, -EBADMSG },
	{ HS256, "{" BASE ",\"role\":\"guest\",\"exp\":-1}", NULL, -EBADMSG },
	{ HS256, "{" BASE ",\"role\":\"guest\"}", NULL, -EBADMSG },
	{ HS256, "{" BASE ",\"role\":\"admin\",\"exp\":1760000060}", NULL, -EBADMSG },
	{ HS256, "{" BASE ",\"exp\":1760000060}", NULL, -EBADMSG },
	{ HS256, "{\"room\":\"demo\",\"sub\":\"c/user1\",\"name\":\"A\",\"iss\":\"other\",\"role\":\"guest\",\"exp\":1760000060}", NULL, -EBADMSG },
	{ HS256, "{\"room\":\"demo\",\"sub\":\"c/user1\",\"name\":\"A\",\"role\":\"guest\",\"exp\":1760000060}", NULL, -EBADMSG },
	{ HS256, "{\"room\":\"../x\",\"sub\":\"c/user1\",\"name\":\"A\",\"iss\":\"janus-recroom\",\"role\":\"guest\",\"exp\":1760000060}", NULL, -EBADMSG },
	{ HS256, "{\"room\":7,\"sub\":\"c/user1\",\"name\":\"A\",\"iss\":\"janus-recroom\",\"role\":\"guest\",\"exp\":1760000060}", NULL, -EBADMSG },
	{ HS256, "[]", NULL, -EBADMSG },
	{ HS256, "", NULL, -EBADMSG },
	{ HS256, "{" BASE ",\"role\":\"host\",\"exp\":1760000060}", "", -EBADMSG },
	{ HS256, "{" BASE ",\"role\":\"host\",\"exp\":1760000060}", "AAAA", -EBADMSG },
	{ "{\"alg\":\"none\"}", "{" BASE ",\"role\":\"host\",\"exp\":1760000060}", "", -EBADMSG },
	{ "{\"alg\":\"none\"}", "{" BASE ",\"role\":\"host\",\"exp\":1760000060}", NULL, -EBADMSG },
	{ "{\"alg\":\"HS512\"}", "{" BASE ",\"role\":\"host\",\"exp\":1760000060}", NULL, -EBADMSG },
	{ "{\"alg\":\"RS256\"}", "{" BASE ",\"role\":\"host\",\"exp\":1760000060}", NULL, -EBADMSG },
	{ "{}", "{" BASE ",\"role\":\"host\",\"exp\":1760000060}", NULL, -EBADMSG },
};

static void test_forged_tokens(void)
{
	struct token_key *k = key(KEY);
	struct token back;

	for (size_t i = 0; i < G_N_ELEMENTS(forged); i++) {
		char *jwt = forge(forged[i].header, forged[i].claims, forged[i].sig);
		int err = token_verify(&back, k, jwt, NOW);

		if (err != forged[i].err)
			TEST_FAIL("row %zu, %s: %d, expected %d", i, forged[i].claims, err, forged[i].err);
		g_free(jwt);
	}
	token_key_unref(&k);
}

/* A token that is rightly signed, but with another algorithm of the same key, must not pass. */
static void test_other_algorithm_with_right_signature(void)
{
	static const char claims[] = "{" BASE ",\"role\":\"host\",\"exp\":1760000060}";
	struct token_key *k = key(KEY);
	struct token back;
	jwt_t *jwt = NULL;
	char *text;

	CHECK_INT(jwt_new(&jwt), 0);
	CHECK_INT(jwt_set_alg(jwt, JWT_ALG_HS384, k->secret, (int)k->len), 0);
	CHECK_INT(jwt_add_grants_json(jwt, claims), 0);
	text = jwt_encode_str(jwt);
	CHECK_INT(token_verify(&back, k, text, NOW), -EBADMSG);
	free(text);
	jwt_free(jwt);
	token_key_unref(&k);
}

static void test_no_tokens(void)
{
	struct token_key *k = key(KEY);
	struct token back;
	char *huge = g_strnfill(JWT_MAX + 1, 'a');

	CHECK_INT(token_verify(&back, k, NULL, NOW), -EBADMSG);
	CHECK_INT(token_verify(&back, k, "", NOW), -EBADMSG);
	CHECK_INT(token_verify(&back, k, ".", NOW), -EBADMSG);
	CHECK_INT(token_verify(&back, k, "..", NOW), -EBADMSG);
	CHECK_INT(token_verify(&back, k, "a.b.c", NOW), -EBADMSG);
	CHECK_INT(token_verify(&back, k, huge, NOW), -EBADMSG);
	g_free(huge);
	token_key_unref(&k);
}

static void test_grants(void)
{
	static const char claims[] = "{" BASE ",\"role\":\"guest\",\"exp\":1760000060,\"grants\":[\"download\",\"fly\",7,\"publish\"]}";
	struct token_key *k = key(KEY);
	char *jwt = forge(HS256, claims, NULL);
	struct token back;

	CHECK_INT(token_verify(&back, k, jwt, NOW), 0);
	CHECK(!back.host);
	CHECK_INT(back.grants, GRANT_DOWNLOAD | GRANT_PUBLISH);
	g_free(jwt);
	token_key_unref(&k);
}

static void test_short_keys(void)
{
	struct token_key *k = NULL;

	CHECK_INT(token_key_create(&k, "", 0), -EINVAL);
	CHECK_INT(token_key_create(&k, NULL, 32), -EINVAL);
	CHECK_INT(token_key_create(&k, KEY, 31), -EINVAL);
	CHECK(!k);
}

static void test_key_file(void)
{
	char dir[] = "/tmp/recroom-token-XXXXXX", path[64];
	struct token_key *a = NULL, *b = NULL;
	struct stat st;

	CHECK(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/secret.key", dir);
	CHECK_INT(token_key_load(&a, path, false), -ENOENT);
	CHECK_INT(token_key_load(&a, path, true), 0);
	CHECK_INT(token_key_load(&b, path, true), 0);
	CHECK(a->len == 64 && b->len == 64 && !memcmp(a->secret, b->secret, 64));
	CHECK(!stat(path, &st) && (st.st_mode & 07777) == 0660 && st.st_size == 65);
	token_key_unref(&a);
	token_key_unref(&b);
	CHECK_INT(fs_write_atomic(dir, "secret.key", "short\n", 6, 0600, 0), 0);
	CHECK_INT(token_key_load(&a, path, true), -EINVAL);
	CHECK_INT(fs_remove_tree(dir), 0);
}

static void test_urls(void)
{
	struct token_key *k = key(KEY), *other = key("another key of at least 32 bytes!");
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
	token_key_unref(&k);
	token_key_unref(&other);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_round_trip), TEST(test_every_changed_character_is_refused), TEST(test_forged_tokens), TEST(test_other_algorithm_with_right_signature),
		TEST(test_no_tokens), TEST(test_grants), TEST(test_short_keys), TEST(test_key_file), TEST(test_urls),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
