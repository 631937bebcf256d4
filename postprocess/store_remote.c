/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Requests to a store over HTTP: signed anew for each attempt, and judged by status and by what the body says, as S3 also answers 200 with an error in it.
 * Called by store_s3 and store_azure on their callers' threads.
 */
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "common/metrics.h"
#include "postprocess/store_body.h"
#include "postprocess/store_error.h"
#include "postprocess/store_remote.h"
#include "postprocess/store_retry.h"

enum { RETRY_AFTER_MAX_S = 86400 };

/* A call and what stays the same in all its attempts. */
struct attempt {
	struct store *s;
	const struct store_call *call;
	char hash[STORE_SHA256];
};

/* What the answer was, in a sentence: "PUT recordings/a.webm: 503 SlowDown: Please …". */
static int refused(const struct attempt *a, struct store_why *why)
{
	struct store_answer *answer = a->call->answer;
	const char *retry_after = store_answer_header(answer, "retry-after"), *region = store_answer_header(answer, "x-amz-bucket-region");
	char root[32], code[64], text[160];
	const char *elsewhere = ((const struct store_remote *)a->s->own)->region;

	store_error_read(answer->text->str, answer->text->len, root, sizeof(root), code, sizeof(code), text, sizeof(text));
	if (!*code)                    /* Azure says it in a header, too, where HEAD has no body */
		g_strlcpy(code, store_answer_header(answer, "x-ms-error-code"), sizeof(code));
	store_error_of(why, answer->status, code);
	why->retry_after_ms = g_ascii_isdigit(*retry_after) ? MIN(g_ascii_strtoll(retry_after, NULL, 10), RETRY_AFTER_MAX_S) * 1000 : 0;
	if (*region && elsewhere && strcmp(region, elsewhere) && (answer->status / 100 == 3 || answer->status == 400))
		snprintf(text, sizeof(text), "the bucket is in the region %.32s: set region", region);
	return store_fail(a->s, why, why->err, "%s %.90s: %d%s%s%s%s", a->call->method, a->call->key ? a->call->key : "(bucket)", answer->status,
			  *code ? " " : "", code, *text ? ": " : "", text);
}

/* 200 is not enough. */
static bool is_success(const struct store_call *c)
{
	const struct store_answer *a = c->answer;
	char root[32], code[64], text[8];

	if (a->status / 100 != 2)
		return false;
	if (!a->text->len)
		return !c->root;
	store_error_read(a->text->str, a->text->len, root, sizeof(root), code, sizeof(code), text, sizeof(text));
	return c->root ? !strcmp(root, c->root) : strcmp(root, "Error") != 0;
}

/* All header lines: the call's own, then what the signer adds. */
static int sign(const struct attempt *a, const struct credential *key, GPtrArray *lines, GString *query)
{
	const struct store_remote *r = a->s->own;
	char *path = g_strdup_printf("%s%s%s", r->base, a->call->key ? "/" : "", a->call->key ? a->call->key : *r->base ? "" : "/");
	struct store_signing signing = { key, path, a->hash, lines, query };
	int err;

	for (const struct uri_pair *h = a->call->headers; h && h->name; h++)
		g_ptr_array_add(lines, g_strdup_printf("%s: %s", h->name, h->value));
	err = r->sign(a->s, a->call, &signing);
	g_ptr_array_add(lines, NULL);
	g_free(path);
	return err;
}

/* Of the metric's label: 2xx to 5xx, none, other. */
static void count_answer(int status)
{
	int class = status / 100;

	metric_add(METRIC_STORE_REQUESTS, class >= 2 && class <= 5 ? (size_t)class - 2 : status ? 5 : 4, 1);
}

static int send_signed(const struct attempt *a, GPtrArray *lines, const char *query, struct store_why *why)
{
	const struct store_remote *r = a->s->own;
	const struct store_call *c = a->call;
	char *url = store_remote_url(r, c->key, *query ? query : NULL), said[sizeof(why->text)];
	struct store_request q = { .method = c->method, .url = url, .headers = (const char *const *)lines->pdata, .body = c->body, .take = c->take, .arg = c->arg,
				   .idle_ms = c->idle_ms };
	int err = store_http(r->http, &q, c->answer, why);

	count_answer(c->answer->status);
	g_strlcpy(said, why->text, sizeof(said));
	if (err)
		store_fail(a->s, why, err, "%s %.90s: %.100s", c->method, c->key ? c->key : "(bucket)", said);
	else if (!is_success(c))
		err = refused(a, why);
	g_free(url);
	return err;
}

static int send_call(const struct attempt *a, const struct credential *key, struct store_why *why)
{
	GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
	char *text = uri_query(a->call->query);
	GString *query = g_string_new(text);
	int err = sign(a, key, lines, query);

	if (err)
		store_fail(a->s, why, err, "%s %.90s: cannot be signed; are the credentials what they should be?", a->call->method, a->call->key ? a->call->key : "(bucket)");
	else
		err = send_signed(a, lines, query->str, why);
	g_string_free(query, TRUE);
	g_free(text);
	g_ptr_array_unref(lines);
	return err;
}

/* Keys that were replaced in the file, or ended before they should have, are not the end of it. */
static int once(void *ctx, struct store_why *why)
{
	const struct attempt *a = ctx;
	struct store_remote *r = a->s->own;
	struct credential key;
	char said[200];
	int err = credentials_get(r->credentials, &key, said, sizeof(said));

	if (err) {
		why->again = err == -EAGAIN;
		return store_fail(a->s, why, err, "%s", said);
	}
	store_answer_clear(a->call->answer);
	err = send_call(a, &key, why);
	if ((err == -EACCES || (err == -EINVAL && why->status == 400)) && credentials_refused(r->credentials, &key))
		why->again = true;
	credential_clear(&key);
	return err;
}

static int prepare(struct attempt *a, struct store *s, const struct store_call *c, struct store_why *why)
{
	int err = ((const struct store_remote *)s->own)->hashed ? store_body_sha256(c->body, a->hash) : 0;

	a->s = s;
	a->call = c;
	memset(c->answer, 0, sizeof(*c->answer));
	return err ? store_fail(s, why, err, "%s %.90s: what is to be sent cannot be read", c->method, c->key ? c->key : "(bucket)") : 0;
}

int store_call_once(struct store *s, const struct store_call *c, struct store_why *why)
{
	struct attempt a = { 0 };
	int err = prepare(&a, s, c, why);

	return err ? err : once(&a, why);
}

int store_call(struct store *s, const struct store_call *c, int *tried, struct store_why *why)
{
	struct attempt a = { 0 };
	int err = prepare(&a, s, c, why);

	return err ? err : store_retry(once, &a, tried, why);
}

static void unquote(char *out, size_t size, const char *etag)
{
	size_t n;

	if (g_str_has_prefix(etag, "W/"))
		etag += 2;
	if (*etag == '"')
		etag++;
	g_strlcpy(out, etag, size);
	n = strlen(out);
	if (n && out[n - 1] == '"')
		out[n - 1] = '\0';
}

void store_answer_stat(const struct store_answer *a, struct store_stat *st)
{
	const char *range = store_answer_header(a, "content-range"), *slash = strchr(range, '/'), *modified = store_answer_header(a, "last-modified");

	memset(st, 0, sizeof(*st));
	st->size = g_ascii_strtoll(slash ? slash + 1 : store_answer_header(a, "content-length"), NULL, 10);
	unquote(st->etag, sizeof(st->etag), store_answer_header(a, "etag"));
	st->modified_ms = *modified ? MAX(0, (int64_t)curl_getdate(modified, NULL)) * 1000 : 0;
}

/* Without the port that the scheme has anyway, which curl does not name in Host either. */
void store_remote_address(struct store_remote *r, const char *endpoint, char **path)
{
	const char *usual = g_str_has_prefix(endpoint, "http://") ? ":80" : ":443", *host = strstr(endpoint, "://") + 3;
	size_t len = strcspn(host, "/");

	r->scheme = g_str_has_prefix(endpoint, "http://") ? "http" : "https";
	r->host = g_ascii_strdown(host, (gssize)len);
	if (g_str_has_suffix(r->host, usual))
		r->host[strlen(r->host) - strlen(usual)] = '\0';
	*path = g_strdup(host + len);
}

void store_remote_clear(struct store_remote *r)
{
	store_http_free(&r->http);
	credentials_free(&r->credentials);
	g_free(r->host);
	g_free(r->base);
}

char *store_remote_url(const struct store_remote *r, const char *key, const char *query)
{
	char *path = g_strdup_printf("%s%s%s", r->base, key ? "/" : "", key ? key : *r->base ? "" : "/"), *spelt = uri_encode(path, "/");
	char *url = g_strdup_printf("%s://%s%s%s%s", r->scheme, r->host, spelt, query ? "?" : "", query ? query : "");

	g_free(spelt);
	g_free(path);
	return url;
}
