/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tokens and signed URLs. Called by the plugin's task threads and by the HTTP server's; no state but the key, which never changes.
 *
 *   key file ──▶ JWT HS256 (libjwt)
 *          └──▶ HMAC(key, "recroom url") ──▶ HMAC(path \n exp)
 */
#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <jansson.h>
#include <jwt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/fsio.h"
#include "common/ids.h"
#include "common/token.h"

#define ISSUER "janus-recroom"

enum { KEY_MIN = 32, KEY_MAX = 4096, MAC_SIZE = 32, JWT_MAX = 4096 };

struct token_key {
	unsigned char *secret;
	size_t len;
	unsigned char url[MAC_SIZE];
};

static const struct { const char *name; unsigned bit; } grants[] = {
	{ "record", GRANT_RECORD }, { "download", GRANT_DOWNLOAD }, { "delete", GRANT_DELETE },
	{ "admit", GRANT_ADMIT }, { "publish", GRANT_PUBLISH }, { "subscribe", GRANT_SUBSCRIBE },
};

static void mac(unsigned char out[MAC_SIZE], const void *key, size_t key_len, const void *data, size_t len)
{
	unsigned n = MAC_SIZE;

	if (!HMAC(EVP_sha256(), key, (int)key_len, data, len, out, &n))
		g_error("token: OpenSSL gave no HMAC");
}

int token_key_create(struct token_key **out, const void *secret, size_t len)
{
	static const char label[] = "recroom url";
	struct token_key *k;

	/* libjwt checks no signature at all under an empty key. */
	if (!secret || len < KEY_MIN || len > KEY_MAX)
		return -EINVAL;
	k = g_new0(struct token_key, 1);
	k->secret = g_memdup2(secret, len);
	k->len = len;
	mac(k->url, secret, len, label, sizeof(label) - 1);
	*out = k;
	return 0;
}

void token_key_unref(struct token_key **k)
{
	if (!*k)
		return;
	OPENSSL_cleanse((*k)->secret, (*k)->len);
	g_free((*k)->secret);
	OPENSSL_cleanse(*k, sizeof(**k));
	g_free(*k);
	*k = NULL;
}

/* Two programs may start at once: whoever links first has made the key, the other reads that one. */
static int make_key_file(const char *path)
{
	char *dir = g_path_get_dirname(path), *tmp = NULL;
	unsigned char r[KEY_MIN];
	char hex[2 * KEY_MIN + 2], unique[SECRET_SIZE];
	int err;

	random_bytes(r, sizeof(r));
	for (int i = 0; i < KEY_MIN; i++)
		snprintf(hex + 2 * i, 3, "%02x", r[i]);
	hex[2 * KEY_MIN] = '\n';
	secret_make(unique);
	err = fs_write_atomic(dir, unique, hex, 2 * KEY_MIN + 1, 0660, 1);
	if (!err) {
		tmp = g_build_filename(dir, unique, NULL);
		if (link(tmp, path) && errno != EEXIST)
			err = -errno;
		unlink(tmp);
	}
	OPENSSL_cleanse(hex, sizeof(hex));
	g_free(tmp);
	g_free(dir);
	return err;
}

int token_key_load(struct token_key **out, const char *path, bool create)
{
	char *text = NULL;
	size_t len = 0;
	int err = fs_read(path, KEY_MAX, &text, &len);

	if (err == -ENOENT && create) {
		err = make_key_file(path);
		if (!err)
			err = fs_read(path, KEY_MAX, &text, &len);
	}
	if (err)
		return err;
	while (len && g_ascii_isspace(text[len - 1]))
		len--;
	err = token_key_create(out, text, len);
	OPENSSL_cleanse(text, len);
	g_free(text);
	return err;
}

static json_t *grants_json(unsigned bits)
{
	json_t *a = json_array();

	for (size_t i = 0; i < G_N_ELEMENTS(grants); i++)
		if (bits & grants[i].bit)
			json_array_append_new(a, json_string(grants[i].name));
	return a;
}

static int set_claims(jwt_t *jwt, const struct token *t, int64_t now_s)
{
	json_t *o = json_pack("{ss ss ss ss sI sI ss so}", "room", t->room, "sub", t->sub, "name", t->name, "role", t->host ? "host" : "guest",
			      "iat", (json_int_t)now_s, "exp", (json_int_t)t->exp_s, "iss", ISSUER, "grants", grants_json(t->grants));
	char *text;
	int err;

	if (!o)
		return -EINVAL;   /* a text that is not UTF-8 */
	text = json_dumps(o, JSON_COMPACT);
	err = -jwt_add_grants_json(jwt, text);
	free(text);
	json_decref(o);
	return err;
}

int token_mint(char **out, const struct token_key *k, const struct token *t, int64_t now_s)
{
	jwt_t *jwt = NULL;
	int err = -jwt_new(&jwt);

	if (!err)
		err = -jwt_set_alg(jwt, JWT_ALG_HS256, k->secret, (int)k->len);
	if (!err)
		err = set_claims(jwt, t, now_s);
	if (!err) {
		*out = jwt_encode_str(jwt);
		err = *out ? 0 : -EINVAL;
	}
	jwt_free(jwt);
	return err;
}

/* A required text claim that fits into out. */
static int claim_text(json_t *o, const char *name, char *out, size_t size)
{
	const json_t *v = json_object_get(o, name);
	const char *s = json_string_value(v);

	if (!s || strlen(s) != json_string_length(v) || strlen(s) >= size)
		return -EBADMSG;
	g_strlcpy(out, s, size);
	return 0;
}

/* A NumericDate: any JSON number between 1970 and the year 33658. */
static int claim_time(json_t *o, const char *name, int64_t *out)
{
	const json_t *v = json_object_get(o, name);
	double d = json_number_value(v);

	if (!json_is_number(v) || !(d >= 0 && d < 1e12))
		return -EBADMSG;
	*out = (int64_t)d;
	return 0;
}

static unsigned claim_grants(json_t *o)
{
	json_t *v;
	unsigned bits = 0;
	size_t i;

	json_array_foreach(json_object_get(o, "grants"), i, v)
		for (size_t g = 0; g < G_N_ELEMENTS(grants); g++)
			if (json_is_string(v) && !strcmp(json_string_value(v), grants[g].name))
				bits |= grants[g].bit;
	return bits;
}

static int check_times(json_t *o, struct token *out, int64_t now_s)
{
	int64_t nbf_s = 0;

	if (claim_time(o, "exp", &out->exp_s) || (json_object_get(o, "nbf") && claim_time(o, "nbf", &nbf_s)))
		return -EBADMSG;
	return now_s >= out->exp_s || now_s < nbf_s ? -ETIME : 0;
}

static int read_claims(struct token *out, json_t *o, int64_t now_s)
{
	const char *iss = json_string_value(json_object_get(o, "iss")), *role = json_string_value(json_object_get(o, "role"));

	if (!iss || strcmp(iss, ISSUER) || !role || (strcmp(role, "host") && strcmp(role, "guest")))
		return -EBADMSG;
	if (claim_text(o, "room", out->room, sizeof(out->room)) || !room_id_valid(out->room) ||
	    claim_text(o, "sub", out->sub, sizeof(out->sub)) || claim_text(o, "name", out->name, sizeof(out->name)))
		return -EBADMSG;
	out->host = !strcmp(role, "host");
	out->grants = claim_grants(o);
	return check_times(o, out, now_s);
}

int token_verify(struct token *out, const struct token_key *k, const char *jwt, int64_t now_s)
{
	jwt_t *parsed = NULL;
	json_t *o = NULL;
	char *text = NULL;
	int err = -EBADMSG;

	memset(out, 0, sizeof(*out));
	if (!jwt || strlen(jwt) > JWT_MAX || jwt_decode(&parsed, jwt, k->secret, (int)k->len))
		goto out;
	/* libjwt takes whatever algorithm the token names. */
	if (jwt_get_alg(parsed) != JWT_ALG_HS256)
		goto out;
	text = jwt_get_grants_json(parsed, NULL);
	o = text ? json_loads(text, 0, NULL) : NULL;
	if (o)
		err = read_claims(out, o, now_s);
out:
	if (err)
		memset(out, 0, sizeof(*out));
	json_decref(o);
	free(text);
	jwt_free(parsed);
	return err;
}

void url_sign(char out[65], const struct token_key *k, const char *path, int64_t exp_s)
{
	char *text = g_strdup_printf("%s\n%" PRIi64, path, exp_s);
	unsigned char m[MAC_SIZE];

	mac(m, k->url, sizeof(k->url), text, strlen(text));
	for (int i = 0; i < MAC_SIZE; i++)
		snprintf(out + 2 * i, 3, "%02x", m[i]);
	g_free(text);
}

int url_verify(const struct token_key *k, const char *path, int64_t exp_s, const char *sig, int64_t now_s)
{
	char right[65];

	url_sign(right, k, path, exp_s);
	if (!sig || strlen(sig) != 64 || CRYPTO_memcmp(right, sig, 64))
		return -EBADMSG;
	return now_s >= exp_s ? -ETIME : 0;
}
