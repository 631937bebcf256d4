/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Signature version 4. Called by the S3 driver for each request and by whoever gives out links to a store, on any thread; no state. AWS4 and GOOG4 differ in
 * four words, a row of the table each.
 *
 *	canonical request        METHOD \n path \n query \n name:value \n … \n \n names \n hash of the payload
 *	string to sign           ALGORITHM \n date \n day/region/service/end \n SHA-256 of the above
 *	key                      HMAC("AWS4" secret, day) ▶ region ▶ service ▶ end
 */
#include "common/sign_aws.h"

#include <errno.h>
#include <glib.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include "common/sha256.h"

enum { MAC_SIZE = 32, DATE_SIZE = 17, DAY_LEN = 8 };
static const char empty_hash[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

static const struct scheme {
	const char *algorithm, *secret, *end, *service;
	const char *header, *query;            /* beginnings of the names of headers and query parameters */
} schemes[] = {
	[SIGN_AWS4] = { "AWS4-HMAC-SHA256", "AWS4", "aws4_request", "s3", "x-amz-", "X-Amz-" },
	[SIGN_GOOG4] = { "GOOG4-HMAC-SHA256", "GOOG4", "goog4_request", "storage", "x-goog-", "X-Goog-" },
};

/* Of one signature: what all steps look at. */
struct signing {
	const struct scheme *scheme;
	const struct sign_aws_key *key;
	const struct sign_request *req;
	char date[DATE_SIZE];                  /* 20130524T000000Z */
	char *scope;                           /* 20130524/us-east-1/s3/aws4_request */
	GArray *headers;                       /* struct header, sorted by name: all that is signed */
	char *names;                           /* host;range;x-amz-date */
};

/* What is on its way changes these, or adds them: a signature of them would break. */
static const char *const not_signed[] = { "authorization", "connection", "expect", "transfer-encoding", "user-agent", NULL };

struct header {
	char *name, *value;
	guint at;                              /* where it stood: one that comes twice is one, its values in their order */
};

static void header_clear(void *header)
{
	struct header *h = header;

	g_free(h->name);
	g_free(h->value);
}

static int header_compare(const void *a, const void *b)
{
	const struct header *x = a, *y = b;
	int by_name = strcmp(x->name, y->name);

	return by_name ? by_name : (int)x->at - (int)y->at;
}

static bool name_valid(const char *name)
{
	for (const char *p = name; *p; p++)
		if (!g_ascii_isalnum(*p) && !strchr("!#$%&'*+-.^_`|~", *p))
			return false;
	return *name != '\0';
}

/* Without blanks around it, and runs of them one; NULL where a control character could end the line. */
static char *trimmed(const char *value)
{
	GString *s = g_string_new(NULL);
	bool bad = false;

	for (const char *p = value; *p && !bad; p++) {
		bool blank = *p == ' ' || *p == '\t';

		bad = g_ascii_iscntrl(*p) && *p != '\t';
		if (!blank)
			g_string_append_c(s, *p);
		else if (s->len > 0 && s->str[s->len - 1] != ' ')
			g_string_append_c(s, ' ');
	}
	if (s->len > 0 && s->str[s->len - 1] == ' ')
		g_string_truncate(s, s->len - 1);
	return g_string_free(s, bad);
}

static int header_add(struct signing *s, const char *name, const char *value)
{
	struct header h = { .at = s->headers->len };

	if (!name_valid(name))
		return -EINVAL;
	h.name = g_ascii_strdown(name, -1);
	h.value = g_strv_contains(not_signed, h.name) ? NULL : trimmed(value ? value : "");
	if (!h.value) {
		int err = g_strv_contains(not_signed, h.name) ? 0 : -EINVAL;

		header_clear(&h);
		return err;
	}
	g_array_append_val(s->headers, h);
	return 0;
}

static void headers_sort(struct signing *s)
{
	GString *names = g_string_new(NULL);

	g_array_sort(s->headers, header_compare);
	for (guint i = 0; i < s->headers->len; i++) {
		const struct header *h = &g_array_index(s->headers, struct header, i);

		if (i == 0 || strcmp(h->name, h[-1].name))
			g_string_append_printf(names, "%s%s", i ? ";" : "", h->name);
	}
	s->names = g_string_free(names, FALSE);
}

static int date_text(char out[DATE_SIZE], int64_t now_s)
{
	time_t t = (time_t)now_s;
	struct tm tm;

	if (now_s < 0 || !gmtime_r(&t, &tm) || tm.tm_year > 9999 - 1900)
		return -EINVAL;
	return strftime(out, DATE_SIZE, "%Y%m%dT%H%M%SZ", &tm) == DATE_SIZE - 1 ? 0 : -EINVAL;
}

static int begin(struct signing *s, const struct sign_aws_key *key, const struct sign_request *req)
{
	const struct scheme *scheme = &schemes[key->scheme];
	int err;

	*s = (struct signing){ .scheme = scheme, .key = key, .req = req, .headers = g_array_new(FALSE, FALSE, sizeof(struct header)) };
	g_array_set_clear_func(s->headers, header_clear);
	err = req->path && req->path[0] == '/' && key->id && key->secret && key->region ? date_text(s->date, req->now_s) : -EINVAL;
	if (err)
		return err;
	s->scope = g_strdup_printf("%.*s/%s/%s/%s", DAY_LEN, s->date, key->region, key->service ? key->service : scheme->service, scheme->end);
	err = header_add(s, "host", req->host);
	for (const struct uri_pair *h = req->headers; !err && h && h->name; h++)
		err = header_add(s, h->name, h->value);
	return err;
}

static void done(struct signing *s)
{
	g_array_unref(s->headers);
	g_free(s->scope);
	g_free(s->names);
}

static char *canonical(const struct signing *s, const char *query, const char *payload_hash)
{
	char *path = uri_encode(s->req->path, "/");
	GString *c = g_string_new(NULL);

	g_string_printf(c, "%s\n%s\n%s", s->req->method, path, query);
	for (guint i = 0; i < s->headers->len; i++) {
		const struct header *h = &g_array_index(s->headers, struct header, i);

		if (i > 0 && !strcmp(h->name, h[-1].name))
			g_string_append_printf(c, ",%s", h->value);
		else
			g_string_append_printf(c, "\n%s:%s", h->name, h->value);
	}
	g_string_append_printf(c, "\n\n%s\n%s", s->names, payload_hash);
	g_free(path);
	return g_string_free(c, FALSE);
}

static char *string_to_sign(const struct signing *s, const char *canonical_request)
{
	char hash[SHA256_HEX];

	sha256_hex(hash, canonical_request, strlen(canonical_request));
	return g_strdup_printf("%s\n%s\n%s\n%s", s->scheme->algorithm, s->date, s->scope, hash);
}

static void mac(unsigned char out[MAC_SIZE], const void *key, size_t key_len, const char *text)
{
	unsigned n = MAC_SIZE;

	if (!HMAC(EVP_sha256(), key, (int)key_len, (const unsigned char *)text, strlen(text), out, &n))
		g_error("sign: OpenSSL gave no HMAC");
}

/* The key: the secret, by way of each word of the scope. */
static void signature(char hex[SHA256_HEX], const struct signing *s, const char *text)
{
	char *secret = g_strconcat(s->scheme->secret, s->key->secret, NULL), **words = g_strsplit(s->scope, "/", -1);
	unsigned char now[MAC_SIZE], next[MAC_SIZE];

	mac(now, secret, strlen(secret), words[0]);
	for (char **w = words + 1; *w; w++) {
		mac(next, now, MAC_SIZE, *w);
		memcpy(now, next, MAC_SIZE);
	}
	mac(next, now, MAC_SIZE, text);
	for (int i = 0; i < MAC_SIZE; i++)
		g_snprintf(hex + 2 * i, 3, "%02x", next[i]);
	g_strfreev(words);
	g_free(secret);
}

static void sign(char hex[SHA256_HEX], struct signing *s, const char *query, const char *payload_hash)
{
	char *request, *text;

	headers_sort(s);
	request = canonical(s, query, payload_hash);
	text = string_to_sign(s, request);
	signature(hex, s, text);
	g_free(text);
	g_free(request);
}

/* One of our own headers: into what is signed and into what is given out. */
static int own_header(struct signing *s, GPtrArray *lines, const char *name, const char *value)
{
	char *full = g_strconcat(s->scheme->header, name, NULL);
	int err = header_add(s, full, value);

	g_ptr_array_add(lines, g_strdup_printf("%s: %s", full, value));
	g_free(full);
	return err;
}

static bool has_token(const struct sign_aws_key *key)
{
	return key->token && *key->token;
}

/* Amazon's other services know no such header; the hash itself is signed all the same. */
static bool says_hash(const struct sign_aws_key *key)
{
	return !key->service || !strcmp(key->service, schemes[key->scheme].service);
}

int sign_aws_headers(char ***out, const struct sign_aws_key *key, const struct sign_request *req)
{
	const char *hash = req->payload_hash ? req->payload_hash : empty_hash;
	GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
	char hex[SHA256_HEX], *query = uri_query(req->query);
	struct signing s;
	int err = begin(&s, key, req);

	if (!err)
		err = own_header(&s, lines, "date", s.date);
	if (!err && says_hash(key))
		err = own_header(&s, lines, "content-sha256", hash);
	if (!err && has_token(key))
		err = own_header(&s, lines, "security-token", key->token);
	if (!err) {
		sign(hex, &s, query, hash);
		g_ptr_array_add(lines, g_strdup_printf("Authorization: %s Credential=%s/%s, SignedHeaders=%s, Signature=%s", s.scheme->algorithm, key->id,
						       s.scope, s.names, hex));
		g_ptr_array_add(lines, NULL);
		*out = (char **)g_ptr_array_free(lines, FALSE);
	} else {
		g_ptr_array_free(lines, TRUE);
	}
	done(&s);
	g_free(query);
	return err;
}

/* The request's query and ours, but the signature. */
static char *link_query(struct signing *s, int64_t ttl_s)
{
	const char *const own[] = { "Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Security-Token" };
	char *credential = g_strdup_printf("%s/%s", s->key->id, s->scope), *ttl = g_strdup_printf("%lld", (long long)ttl_s), *query;
	const char *values[] = { s->scheme->algorithm, credential, s->date, ttl, s->names, s->key->token };
	size_t n = has_token(s->key) ? G_N_ELEMENTS(own) : G_N_ELEMENTS(own) - 1;
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	GArray *pairs = g_array_new(TRUE, TRUE, sizeof(struct uri_pair));

	for (const struct uri_pair *q = s->req->query; q && q->name; q++)
		g_array_append_val(pairs, *q);
	for (size_t i = 0; i < n; i++) {
		struct uri_pair pair = { g_strconcat(s->scheme->query, own[i], NULL), values[i] };

		g_ptr_array_add(names, (char *)pair.name);
		g_array_append_val(pairs, pair);
	}
	query = uri_query((const struct uri_pair *)(const void *)pairs->data);
	g_array_unref(pairs);
	g_ptr_array_unref(names);
	g_free(credential);
	g_free(ttl);
	return query;
}

int sign_aws_query(char **out, const struct sign_aws_key *key, const struct sign_request *req, int64_t ttl_s)
{
	const char *hash = req->payload_hash ? req->payload_hash : SIGN_UNSIGNED;
	char hex[SHA256_HEX], *query = NULL;
	struct signing s;
	int err = begin(&s, key, req);

	if (!err && (ttl_s < 1 || ttl_s > SIGN_AWS_TTL_MAX))
		err = -EINVAL;
	if (!err) {
		headers_sort(&s);
		query = link_query(&s, ttl_s);
		g_free(s.names);
		sign(hex, &s, query, hash);
		*out = g_strdup_printf("%s&%sSignature=%s", query, s.scheme->query, hex);
	}
	done(&s);
	g_free(query);
	return err;
}
