/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tokens. Called by the plugin's task threads, the HTTP server's, and by recroom-pp token; no state.
 *
 *   text ─▶ size, three parts ─▶ header ─▶ key of its kid ─▶ its algorithm? ─▶ signature ─▶ claims ─▶ issuer, audience, times
 *
 * Nothing of the claims is looked at before the signature is right.
 */
#include <errno.h>
#include <glib.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/base64url.h"
#include "common/ids.h"
#include "common/token.h"

#define TIME_MAX INT64_C(253402300799)     /* the end of the year 9999 [s] */

static const struct { const char *name; unsigned bit; } grants[] = {
	{ "record", GRANT_RECORD }, { "download", GRANT_DOWNLOAD }, { "delete", GRANT_DELETE },
	{ "admit", GRANT_ADMIT }, { "publish", GRANT_PUBLISH }, { "subscribe", GRANT_SUBSCRIBE },
	{ "only", GRANT_ONLY },
};

const char *grant_name(unsigned grant)
{
	for (size_t i = 0; i < G_N_ELEMENTS(grants); i++)
		if (grants[i].bit == grant)
			return grants[i].name;
	return NULL;
}

unsigned grant_find(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(grants); i++)
		if (!strcmp(grants[i].name, name))
			return grants[i].bit;
	return 0;
}

/* ---- making ---- */

static json_t *grants_json(unsigned bits)
{
	json_t *a = json_array();

	for (size_t i = 0; i < G_N_ELEMENTS(grants); i++)
		if (bits & grants[i].bit)
			json_array_append_new(a, json_string(grants[i].name));
	return a;
}

static json_t *claims_json(const struct token *t, const struct token_key *key, const char *audience, int64_t now_s)
{
	json_t *o = json_pack("{ss ss ss ss sI sI ss}", "room", t->room, "sub", t->sub, "name", t->name, "role", t->host ? "host" : "guest",
			      "iat", (json_int_t)now_s, "exp", (json_int_t)t->exp_s, "iss", token_key_issuer(key));

	if (o && t->grants)
		json_object_set_new(o, "grants", grants_json(t->grants));
	if (o && audience)
		json_object_set_new(o, "aud", json_string(audience));
	return o;      /* NULL: a text that is not UTF-8 */
}

/* Takes o. g_free() */
static char *encode_json(json_t *o)
{
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL, *part = text ? base64url_encode(text, strlen(text)) : NULL;

	free(text);
	json_decref(o);
	return part;
}

static int sign_parts(char **out, const struct token_key *key, const char *header, const char *claims)
{
	char *body = g_strdup_printf("%s.%s", header, claims), *sig_text = NULL;
	unsigned char sig[TOKEN_SIG_MAX];
	size_t n;
	int err = token_key_sign(key, body, strlen(body), sig, &n);

	if (!err) {
		sig_text = base64url_encode(sig, n);
		if (asprintf(out, "%s.%s", body, sig_text) < 0)
			err = -ENOMEM;
	}
	g_free(sig_text);
	g_free(body);
	return err;
}

int token_mint(char **out, struct token_keys *keys, const char *kid, const struct token *t, int64_t now_s)
{
	struct token_set *set = token_set_get(keys);
	const struct token_key *key = kid ? token_set_find(set, kid) : token_set_signer(set);
	char *header, *claims;
	int err = -ENOENT;

	if (key) {
		header = encode_json(json_pack("{ss ss ss}", "alg", token_alg_name(token_key_alg(key)), "typ", "JWT", "kid", token_key_kid(key)));
		claims = encode_json(claims_json(t, key, token_keys_audience(keys), now_s));
		err = header && claims ? sign_parts(out, key, header, claims) : -EINVAL;
		g_free(header);
		g_free(claims);
	}
	token_set_unref(set);
	return err;
}

/* ---- reading ---- */

/* A token taken apart; every check writes why it failed. */
struct reading {
	const char *why;
	const struct token_key *key;
	json_t *header, *claims;
	const char *part[3];
	size_t len[3];
};

static int refuse(struct reading *r, int err, const char *why)
{
	r->why = why;
	return err;
}

/* Three parts with dots between them, and no more. */
static int split(struct reading *r, const char *jwt)
{
	size_t len = jwt ? strnlen(jwt, TOKEN_MAX + 1) : 0;

	if (!len || len > TOKEN_MAX)
		return refuse(r, -EBADMSG, len ? "The token is too long." : "There is no token.");
	for (int i = 0; i < 3; i++) {
		r->part[i] = jwt;
		r->len[i] = strcspn(jwt, ".");
		jwt += r->len[i];
		if (!r->len[i] || *jwt != (i < 2 ? '.' : '\0'))
			return refuse(r, -EBADMSG, "The token has not three parts.");
		jwt++;
	}
	return 0;
}

static int read_json(struct reading *r, int part, json_t **out)
{
	char text[TOKEN_MAX];
	size_t n;

	if (base64url_decode(text, sizeof(text), &n, r->part[part], r->len[part]))
		return refuse(r, -EBADMSG, "A part of the token is not base64url.");
	*out = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
	return json_is_object(*out) ? 0 : refuse(r, -EBADMSG, "A part of the token is no JSON object, or has a member twice.");
}

static bool is_text_or_missing(json_t *o, const char *name)
{
	const json_t *v = json_object_get(o, name);

	return !v || json_is_string(v);
}

/* The key is picked by name, and then it says which algorithm it is: the token's word counts only if it is the same. */
static int read_header(struct reading *r, const struct token_set *set)
{
	const char *alg;
	int err = read_json(r, 0, &r->header);

	if (err)
		return err;
	alg = json_string_value(json_object_get(r->header, "alg"));
	if (json_object_get(r->header, "crit"))
		return refuse(r, -EBADMSG, "The token's header has crit, and nothing of the kind is understood here.");
	if (!alg || !is_text_or_missing(r->header, "kid") || !is_text_or_missing(r->header, "typ"))
		return refuse(r, -EBADMSG, "The token's header needs alg, and texts for kid and typ.");
	r->key = token_set_find(set, json_string_value(json_object_get(r->header, "kid")));
	if (!r->key)
		return refuse(r, -EBADMSG, "The token's kid is unknown here, or it has none.");
	return strcmp(alg, token_alg_name(token_key_alg(r->key))) ? refuse(r, -EBADMSG, "The token's alg is not that of its key.") : 0;
}

static int check_signature(struct reading *r)
{
	unsigned char sig[TOKEN_SIG_MAX];
	size_t n;

	if (base64url_decode(sig, sizeof(sig), &n, r->part[2], r->len[2]) ||
	    !token_key_verify(r->key, r->part[0], r->len[0] + 1 + r->len[1], sig, n))
		return refuse(r, -EBADMSG, "The token's signature is wrong.");
	return 0;
}

/* A text claim that fits into out; missing is "". Names go into logs and answers: no control characters. */
static int claim_text(json_t *o, const char *name, char *out, size_t size)
{
	const json_t *v = json_object_get(o, name);
	const char *s = json_string_value(v);

	if (!v)
		return 0;
	if (!s || strlen(s) >= size || (*s && !identity_valid(s)))
		return -EBADMSG;
	g_strlcpy(out, s, size);
	return 0;
}

static int read_who(struct token *out, struct reading *r)
{
	const char *role = json_string_value(json_object_get(r->claims, "role"));

	if (claim_text(r->claims, "room", out->room, sizeof(out->room)) || !room_id_valid(out->room))
		return refuse(r, -EBADMSG, "The token's claim room is missing or names no room.");
	if (claim_text(r->claims, "sub", out->sub, sizeof(out->sub)) || !out->sub[0])
		return refuse(r, -EBADMSG, "The token's claim sub is missing or wrong.");
	if (claim_text(r->claims, "name", out->name, sizeof(out->name)))
		return refuse(r, -EBADMSG, "The token's claim name is wrong.");
	if (!role || (strcmp(role, "host") && strcmp(role, "guest")))
		return refuse(r, -EBADMSG, "The token's claim role must be host or guest.");
	out->host = !strcmp(role, "host");
	return 0;
}

static int read_grants(struct token *out, struct reading *r)
{
	const json_t *list = json_object_get(r->claims, "grants");
	json_t *v;
	size_t i;

	if (list && !json_is_array(list))
		return refuse(r, -EBADMSG, "The token's claim grants must be a list of words.");
	if (list && !json_array_size(list))
		out->grants = GRANT_ONLY;
	json_array_foreach(list, i, v) {
		unsigned grant = json_is_string(v) ? grant_find(json_string_value(v)) : 0;

		if (!json_is_string(v))
			return refuse(r, -EBADMSG, "The token's claim grants must be a list of words.");
		out->grants |= grant ? grant : GRANT_ONLY;
	}
	return 0;
}

static int check_issuer(struct reading *r)
{
	const char *iss = json_string_value(json_object_get(r->claims, "iss"));

	return iss && !strcmp(iss, token_key_issuer(r->key)) ? 0 : refuse(r, -EBADMSG, "The token's claim iss is not that of its key.");
}

static int check_audience(struct reading *r, const char *audience)
{
	json_t *aud = json_object_get(r->claims, "aud"), *v;
	bool named = false, good = !aud || json_is_string(aud) || json_is_array(aud);
	size_t i;

	if (audience && json_is_string(aud))
		named = !strcmp(json_string_value(aud), audience);
	json_array_foreach(aud, i, v) {
		good = good && json_is_string(v);
		named = named || (audience && json_is_string(v) && !strcmp(json_string_value(v), audience));
	}
	return good && (named || !audience) ? 0 : refuse(r, -EBADMSG, "The token's claim aud does not name this service.");
}

/* A NumericDate; whole seconds only. */
static int claim_time(json_t *o, const char *name, int64_t *out)
{
	const json_t *v = json_object_get(o, name);

	if (!json_is_integer(v) || json_integer_value(v) < 0 || json_integer_value(v) > TIME_MAX)
		return -EBADMSG;
	*out = json_integer_value(v);
	return 0;
}

static int check_times(struct token *out, struct reading *r, int64_t now_s)
{
	static const char *const later[] = { "nbf", "iat" };
	int64_t from_s;

	if (claim_time(r->claims, "exp", &out->exp_s))
		return refuse(r, -EBADMSG, "The token's claim exp is missing or not whole seconds since 1970.");
	for (size_t i = 0; i < G_N_ELEMENTS(later); i++) {
		if (!json_object_get(r->claims, later[i]))
			continue;
		if (claim_time(r->claims, later[i], &from_s))
			return refuse(r, -EBADMSG, "The token's claims nbf and iat must be whole seconds since 1970.");
		if (from_s > now_s + TOKEN_LEEWAY_S)
			return refuse(r, -ETIME, "The token is not valid yet; is a clock wrong?");
	}
	return now_s >= out->exp_s + TOKEN_LEEWAY_S ? refuse(r, -ETIME, "The token has expired.") : 0;
}

static int read_claims(struct token *out, struct reading *r, const char *audience, int64_t now_s)
{
	int err = read_json(r, 1, &r->claims);

	if (!err)
		err = check_issuer(r);
	if (!err)
		err = check_audience(r, audience);
	if (!err)
		err = read_who(out, r);
	if (!err)
		err = read_grants(out, r);
	return err ? err : check_times(out, r, now_s);
}

int token_verify_why(struct token *out, struct token_keys *keys, const char *jwt, int64_t now_s, const char **why)
{
	struct token_set *set = token_set_get(keys);
	struct reading r = { 0 };
	int err = split(&r, jwt);

	memset(out, 0, sizeof(*out));
	if (!err)
		err = read_header(&r, set);
	if (!err)
		err = check_signature(&r);
	if (!err)
		err = read_claims(out, &r, token_keys_audience(keys), now_s);
	if (err)
		memset(out, 0, sizeof(*out));
	if (why)
		*why = r.why;
	json_decref(r.header);
	json_decref(r.claims);
	token_set_unref(set);
	return err;
}

int token_verify(struct token *out, struct token_keys *keys, const char *jwt, int64_t now_s)
{
	return token_verify_why(out, keys, jwt, now_s, NULL);
}
