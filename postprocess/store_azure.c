/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Azure Blob Storage: block blobs, by the account's key or by a shared access signature. Whole blobs and addresses here; blocks and lists in the files beside.
 * Called through the table below, on any thread.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "common/sign_azure.h"
#include "postprocess/store_azure.h"
#include "postprocess/store_body.h"

static int sign_by_key(struct store *s, const struct store_call *c, const struct store_signing *g)
{
	const struct store_remote *remote = s->own;
	struct sign_azure_key k = { s->conf->account, g->key->secret };
	GArray *all = g_array_new(TRUE, FALSE, sizeof(struct uri_pair));
	struct sign_request r = { .method = c->method, .host = remote->host, .path = g->path, .query = c->query, .now_s = s->now_s() };
	char length[24], **added = NULL;
	int err;

	for (const struct uri_pair *h = c->headers; h && h->name; h++)
		g_array_append_val(all, *h);
	if (c->body && c->body->len) {         /* curl says it, and it is signed */
		struct uri_pair h = { "Content-Length", length };

		snprintf(length, sizeof(length), "%zu", c->body->len);
		g_array_append_val(all, h);
	}
	r.headers = (const struct uri_pair *)(const void *)all->data;
	err = sign_azure_headers(&added, &k, &r);
	for (size_t i = 0; !err && added[i]; i++)
		g_ptr_array_add(g->lines, g_strdup(added[i]));
	g_strfreev(added);
	g_array_unref(all);
	return err;
}

static int sign(struct store *s, const struct store_call *c, const struct store_signing *g)
{
	if (g->key->secret)
		return sign_by_key(s, c, g);
	g_ptr_array_add(g->lines, g_strdup("x-ms-version: " SIGN_AZURE_VERSION));
	g_string_append_printf(g->query, "%s%s", g->query->len ? "&" : "", g->key->token);
	return 0;
}

static int open_azure(struct store *s, struct store_why *why)
{
	struct store_remote *r = g_new0(struct store_remote, 1);
	char *endpoint = s->conf->endpoint ? g_strdup(s->conf->endpoint) : g_strdup_printf("https://%s.blob.core.windows.net", s->conf->account), *path;

	(void)why;
	s->own = r;
	store_remote_address(r, endpoint, &path);
	r->base = g_strconcat(path, "/", s->conf->bucket, NULL);
	r->sign = sign;
	r->credentials = credentials_create(s->conf);
	r->http = store_http_create(s->conf->ca_file, s->conf->plain);
	g_free(path);
	g_free(endpoint);
	return 0;
}

static void close_azure(struct store *s)
{
	store_remote_clear(s->own);
	g_free(s->own);
}

static void add(GArray *headers, const char *name, char *value)
{
	struct uri_pair h = { name, value };

	if (value)
		g_array_append_val(headers, h);
}

/* "a=1,b=2" of the settings as Azure has it, "a=1&b=2" with escapes. */
static char *tagging(const char *tags)
{
	char **pairs = g_strsplit(tags, ",", -1);
	GString *out = g_string_new(NULL);

	for (size_t i = 0; pairs[i]; i++) {
		char **pair = g_strsplit(pairs[i], "=", 2), *name = uri_encode(pair[0], ""), *value = uri_encode(pair[1] ? pair[1] : "", "");

		g_string_append_printf(out, "%s%s=%s", i ? "&" : "", name, value);
		g_free(name);
		g_free(value);
		g_strfreev(pair);
	}
	g_strfreev(pairs);
	return g_string_free(out, FALSE);
}

struct uri_pair *azure_put_headers(struct store *s, const struct store_put *p)
{
	GArray *h = g_array_new(TRUE, FALSE, sizeof(struct uri_pair));

	add(h, "x-ms-blob-content-type", g_strdup(p->mime ? p->mime : "application/octet-stream"));
	add(h, "x-ms-blob-content-disposition", g_strdup(p->disposition));
	add(h, "x-ms-meta-recroom_sha256", g_strdup(p->sha256));
	add(h, "x-ms-meta-recroom_key", g_strdup(p->key_id));
	add(h, "x-ms-access-tier", g_strdup(s->conf->tier));
	add(h, "x-ms-tags", *s->conf->tags ? tagging(s->conf->tags) : NULL);
	if (p->if_absent)
		add(h, "If-None-Match", g_strdup("*"));
	return (struct uri_pair *)(void *)g_array_free(h, FALSE);
}

void azure_headers_free(struct uri_pair *headers)
{
	for (struct uri_pair *h = headers; h->name; h++)
		g_free((char *)h->value);
	g_free(headers);
}

void azure_stat(const struct store_answer *a, struct store_stat *st)
{
	store_answer_stat(a, st);
	g_strlcpy(st->version, store_answer_header(a, "x-ms-version-id"), sizeof(st->version));
	g_strlcpy(st->sha256, store_answer_header(a, "x-ms-meta-recroom_sha256"), sizeof(st->sha256));
	g_strlcpy(st->key_id, store_answer_header(a, "x-ms-meta-recroom_key"), sizeof(st->key_id));
}

static int head(struct store *s, const char *key, struct store_stat *st, struct store_why *why)
{
	struct store_answer answer;
	int err = store_call(s, &(struct store_call){ .method = "HEAD", .key = key, .answer = &answer }, NULL, why);

	if (!err)
		azure_stat(&answer, st);
	store_answer_clear(&answer);
	return err;
}

/* An answer was lost, and what the second attempt found there is what the first one had put. */
static bool is_ours(struct store *s, const struct store_put *p, struct store_stat *st)
{
	struct store_why why = { 0 };

	return p->sha256 && !head(s, p->key, st, &why) && st->size == (int64_t)p->body.len && !strcmp(st->sha256, p->sha256);
}

static int put(struct store *s, const struct store_put *p, struct store_stat *st, struct store_why *why)
{
	struct uri_pair *headers = azure_put_headers(s, p), *all;
	char md5[STORE_MD5] = "";
	struct store_answer answer = { 0 };
	size_t n = 0;
	int tried = 0, err = store_body_md5(&p->body, md5);

	while (headers[n].name)
		n++;
	all = g_new0(struct uri_pair, n + 3);
	memcpy(all, headers, n * sizeof(*headers));
	all[n] = (struct uri_pair){ "x-ms-blob-type", "BlockBlob" };
	all[n + 1] = (struct uri_pair){ "Content-MD5", md5 };
	if (err)
		store_fail(s, why, err, "PUT %.90s: what is to be sent cannot be read", p->key);
	else
		err = store_call(s, &(struct store_call){ .method = "PUT", .key = p->key, .headers = all, .body = &p->body, .answer = &answer }, &tried, why);
	if (!err) {
		azure_stat(&answer, st);
		st->size = (int64_t)p->body.len;
		if (p->sha256)
			g_strlcpy(st->sha256, p->sha256, sizeof(st->sha256));
	}
	if (err == -EEXIST && tried > 1 && is_ours(s, p, st)) {
		memset(why, 0, sizeof(*why));
		err = 0;
	}
	store_answer_clear(&answer);
	g_free(all);
	azure_headers_free(headers);
	return err;
}

/* Headers first, then bytes. */
struct reading {
	const struct store_range *range;
	const struct store_answer *answer;
	bool part, told;               /* a part was asked for */
};

static void tell(struct reading *r)
{
	struct store_stat st;

	if (r->told)
		return;
	r->told = true;
	azure_stat(r->answer, &st);
	r->range->told(&st, r->range->arg);
}

static int on_take(const void *data, size_t n, void *arg)
{
	struct reading *r = arg;

	if (r->part && r->answer->status != 206)
		return -EPROTO;
	tell(r);
	return r->range->take(data, n, r->range->arg);
}

static int get(struct store *s, const struct store_range *r, struct store_why *why)
{
	struct store_answer answer;
	struct reading reading = { .range = r, .answer = &answer, .part = r->pos || r->len >= 0 };
	struct uri_pair headers[3] = { { NULL, NULL } };
	struct store_call c = { .method = "GET", .key = r->key, .headers = headers, .take = on_take, .arg = &reading, .answer = &answer };
	char range[64], *etag = g_strdup_printf("\"%s\"", r->etag);
	size_t n = 0;
	int err;

	if (r->len < 0)
		snprintf(range, sizeof(range), "bytes=%lld-", (long long)r->pos);
	else
		snprintf(range, sizeof(range), "bytes=%lld-%lld", (long long)r->pos, (long long)(r->pos + r->len - 1));
	if (reading.part)
		headers[n++] = (struct uri_pair){ "Range", range };
	if (*r->etag)
		headers[n++] = (struct uri_pair){ "If-Match", etag };
	err = store_call_once(s, &c, why);
	if (err == -EEXIST)            /* 412: another blob is there now */
		err = store_fail(s, why, -EBADMSG, "GET %.90s: it was replaced meanwhile", r->key);
	if (!err)
		tell(&reading);
	store_answer_clear(&answer);
	g_free(etag);
	return err;
}

static int remove_version(struct store *s, const char *key, const char *version, struct store_why *why)
{
	struct uri_pair query[] = { { version ? "versionid" : NULL, version }, { NULL, NULL } };
	struct uri_pair headers[] = { { version ? NULL : "x-ms-delete-snapshots", "include" }, { NULL, NULL } };
	struct store_answer answer;
	int err = store_call(s, &(struct store_call){ .method = "DELETE", .key = key, .query = query, .headers = headers, .answer = &answer }, NULL, why);

	store_answer_clear(&answer);
	return err;
}

/* The present version cannot be removed by its id: it becomes a former one first. */
static int remove_blob(struct store *s, const char *key, const char *version, struct store_why *why)
{
	int err = remove_version(s, key, version, why);

	if (!err || !version || strcmp(why->code, "OperationNotAllowedOnRootBlob"))
		return err;
	err = remove_version(s, key, NULL, why);
	return err ? err : remove_version(s, key, version, why);
}

static int sas(struct store *s, const struct store_url *u, const struct credential *key, char **out, struct store_why *why)
{
	struct sign_azure_key k = { s->conf->account, key->secret };
	struct sign_azure_sas sas = { .container = s->conf->bucket, .blob = u->key, .permissions = !strcmp(u->method, "PUT") ? "cw" : "r",
				      .protocol = s->conf->plain ? "https,http" : "https", .expiry_s = u->now_s + u->ttl_s,
				      .disposition = u->disposition, .mime = u->mime };
	char *query = NULL;
	int err;

	if (!key->secret)
		return store_fail(s, why, -ENOTSUP, "a shared access signature cannot sign addresses: that takes the account's key");
	err = sign_azure_sas(&query, &k, &sas);
	if (err)
		store_fail(s, why, err, "%.90s: an address cannot be signed; is the account's key base64?", u->key);
	else
		*out = store_remote_url(s->own, u->key, query);
	g_free(query);
	return err;
}

static int url(struct store *s, const struct store_url *u, char **out, struct store_why *why)
{
	struct store_remote *r = s->own;
	struct credential key = { 0 };
	char said[200];
	int err = 0;

	if (s->conf->public && !strcmp(u->method, "GET")) {
		*out = store_remote_url(r, u->key, NULL);
	} else {
		err = credentials_get(r->credentials, &key, said, sizeof(said));
		err = err ? store_fail(s, why, err, "%s", said) : sas(s, u, &key, out, why);
	}
	credential_clear(&key);
	return err;
}

const struct store_driver store_azure = {
	.can = STORE_CAN_IF_ABSENT | STORE_CAN_VERSIONS | STORE_CAN_URLS,
	.open = open_azure, .close = close_azure, .put = put, .get = get, .head = head, .remove = remove_blob, .list = azure_list, .parts_begin = azure_parts_begin,
	.part = azure_part, .parts_list = azure_parts_list, .parts_end = azure_parts_end, .parts_abort = azure_parts_abort, .url = url,
};
