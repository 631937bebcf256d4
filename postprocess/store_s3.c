/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Amazon S3 and what speaks like it; Google Cloud Storage as a profile of it (XML API with HMAC keys, which takes AWS4 signatures and x-amz- headers). Whole
 * objects here; parts, lists, rules and signed addresses in the files beside. Called through the table below, on any thread.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "common/sign_aws.h"
#include "postprocess/store_body.h"
#include "postprocess/store_s3.h"

static const struct s3_profile amazon = {
	.region = "us-east-1", .meta = "x-amz-meta-", .version_header = "x-amz-version-id", .version_query = "versionId", .version_element = "VersionId",
	.condition = true, .rules_by_id = true, .batch = true,
};
static const struct s3_profile google = {
	.region = "auto", .meta = "x-goog-meta-", .version_header = "x-goog-generation", .version_query = "generation", .version_element = "Generation",
	.md5 = true,
};

static char *default_endpoint(const struct settings_storage *conf, const char *region)
{
	if (conf->endpoint)
		return g_strdup(conf->endpoint);
	if (conf->kind == STORAGE_GCS)
		return g_strdup("https://storage.googleapis.com");
	return g_strdup_printf("https://s3.%s.amazonaws.com%s", region, g_str_has_prefix(region, "cn-") ? ".cn" : "");
}

static int sign(struct store *s, const struct store_call *c, const struct store_signing *g)
{
	const struct s3 *s3 = s->own;
	struct sign_aws_key k = { .scheme = SIGN_AWS4, .id = g->key->id, .secret = g->key->secret, .token = g->key->token, .region = s3->region };
	struct sign_request r = { .method = c->method, .host = s3->remote.host, .path = g->path, .query = c->query, .headers = c->headers,
				  .payload_hash = g->hash, .now_s = s->now_s() };
	char **added = NULL;
	int err = sign_aws_headers(&added, &k, &r);

	for (size_t i = 0; !err && added[i]; i++)
		g_ptr_array_add(g->lines, g_strdup(added[i]));
	g_strfreev(added);
	return err;
}

static int open_s3(struct store *s, struct store_why *why)
{
	struct s3 *s3 = g_new0(struct s3, 1);
	bool by_path = s->conf->path_style || s->conf->kind == STORAGE_GCS;
	char *endpoint, *path, *host;

	(void)why;
	s->own = s3;
	s3->complete_ms = STORE_S3_COMPLETE_MS;
	s3->profile = s->conf->kind == STORAGE_GCS ? &google : &amazon;
	s3->region = s->conf->region ? s->conf->region : s3->profile->region;
	endpoint = default_endpoint(s->conf, s3->region);
	store_remote_address(&s3->remote, endpoint, &path);
	host = s3->remote.host;
	s3->remote.host = by_path ? g_strdup(host) : g_strdup_printf("%s.%s", s->conf->bucket, host);
	s3->remote.base = by_path ? g_strconcat("/", s->conf->bucket, NULL) : g_strdup("");
	s3->remote.region = s3->region;
	s3->remote.hashed = true;
	s3->remote.sign = sign;
	s3->remote.credentials = credentials_create(s->conf);
	s3->remote.http = store_http_create(s->conf->ca_file, s->conf->plain);
	g_free(host);
	g_free(path);
	g_free(endpoint);
	return 0;
}

static void close_s3(struct store *s)
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

/* "a=1,b=2" of the settings as S3 has it, "a=1&b=2" with escapes. */
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

static void meta(const struct s3 *s3, const struct store_answer *a, const char *name, char *out, size_t size)
{
	char *own = g_strconcat(s3->profile->meta, name, NULL), *usual = g_strconcat("x-amz-meta-", name, NULL);
	const char *value = store_answer_header(a, own);

	g_strlcpy(out, *value ? value : store_answer_header(a, usual), size);
	g_free(usual);
	g_free(own);
}

void s3_stat(const struct s3 *s3, const struct store_answer *a, struct store_stat *st)
{
	store_answer_stat(a, st);
	g_strlcpy(st->version, store_answer_header(a, s3->profile->version_header), sizeof(st->version));
	meta(s3, a, "recroom-sha256", st->sha256, sizeof(st->sha256));
	meta(s3, a, "recroom-key", st->key_id, sizeof(st->key_id));
}

struct uri_pair *s3_put_headers(struct store *s, const struct store_put *p, bool condition)
{
	const struct settings_storage *c = s->conf;
	GArray *h = g_array_new(TRUE, FALSE, sizeof(struct uri_pair));

	add(h, "Content-Type", g_strdup(p->mime ? p->mime : "application/octet-stream"));
	add(h, "Content-Disposition", g_strdup(p->disposition));
	add(h, "x-amz-meta-recroom-sha256", g_strdup(p->sha256));
	add(h, "x-amz-meta-recroom-key", g_strdup(p->key_id));
	add(h, "x-amz-storage-class", g_strdup(c->storage_class));
	add(h, "x-amz-acl", g_strdup(c->acl));
	add(h, "x-amz-tagging", *c->tags ? tagging(c->tags) : NULL);
	if (c->sse != STORAGE_SSE_NONE)
		add(h, "x-amz-server-side-encryption", g_strdup(c->sse == STORAGE_SSE_KMS ? "aws:kms" : "AES256"));
	add(h, "x-amz-server-side-encryption-aws-kms-key-id", g_strdup(c->kms_key));
	if (condition)
		add(h, "If-None-Match", g_strdup("*"));
	return (struct uri_pair *)(void *)g_array_free(h, FALSE);
}

void s3_headers_free(struct uri_pair *headers)
{
	for (struct uri_pair *h = headers; h->name; h++)
		g_free((char *)h->value);
	g_free(headers);
}

static int head(struct store *s, const char *key, struct store_stat *st, struct store_why *why)
{
	struct store_answer answer;
	struct store_call c = { .method = "HEAD", .key = key, .answer = &answer };
	int err = store_call(s, &c, NULL, why);

	if (!err)
		s3_stat(s->own, &answer, st);
	store_answer_clear(&answer);
	return err;
}

/* An answer was lost, and what the second attempt found there is what the first one had put. */
static bool is_ours(struct store *s, const struct store_put *p, struct store_stat *st)
{
	struct store_why why = { 0 };

	return p->sha256 && !head(s, p->key, st, &why) && st->size == (int64_t)p->body.len && !strcmp(st->sha256, p->sha256);
}

/* One request, with or without a condition, and a HEAD before where the store has none. */
static int put_if(struct store *s, const struct store_put *p, bool condition, struct store_stat *st, struct store_why *why)
{
	const struct s3 *s3 = s->own;
	struct store_answer answer;
	struct uri_pair *headers = s3_put_headers(s, p, condition), *with;
	char md5[STORE_MD5] = "";
	size_t n = 0;
	int tried = 0, err = 0;

	while (headers[n].name)
		n++;
	with = g_new0(struct uri_pair, n + 2);
	memcpy(with, headers, n * sizeof(*headers));
	if (s3->profile->md5 && !(err = store_body_md5(&p->body, md5)))
		with[n] = (struct uri_pair){ "Content-MD5", md5 };
	memset(&answer, 0, sizeof(answer));
	if (err)
		store_fail(s, why, err, "PUT %.90s: what is to be sent cannot be read", p->key);
	else
		err = store_call(s, &(struct store_call){ .method = "PUT", .key = p->key, .headers = with, .body = &p->body, .answer = &answer }, &tried, why);
	if (!err) {
		s3_stat(s3, &answer, st);
		st->size = (int64_t)p->body.len;
		if (p->sha256)
			g_strlcpy(st->sha256, p->sha256, sizeof(st->sha256));
	}
	if (err == -EEXIST && tried > 1 && is_ours(s, p, st)) {
		memset(why, 0, sizeof(*why));
		err = 0;
	}
	store_answer_clear(&answer);
	g_free(with);
	s3_headers_free(headers);
	return err;
}

/* Amazon's own keeps the condition; of others (RGW with versions) some overlook it without a word, so they are asked before, too. */
static bool trusted(const struct store *s)
{
	return !s->conf->endpoint || g_str_has_suffix(((const struct s3 *)s->own)->remote.host, ".amazonaws.com");
}

static int put(struct store *s, const struct store_put *p, struct store_stat *st, struct store_why *why)
{
	struct s3 *s3 = s->own;
	bool condition = p->if_absent && s3->profile->condition && !__atomic_load_n(&s3->no_condition, __ATOMIC_RELAXED);
	int err;

	if (p->if_absent && !(condition && trusted(s))) {
		err = head(s, p->key, st, why);
		if (!err)
			return store_fail(s, why, -EEXIST, "PUT %.90s: it is there already", p->key);
		if (err != -ENOENT)
			return err;
		memset(why, 0, sizeof(*why));
	}
	err = put_if(s, p, condition, st, why);
	if (err == -ENOTSUP && condition) {
		__atomic_store_n(&s3->no_condition, 1, __ATOMIC_RELAXED);
		return put(s, p, st, why);
	}
	return err;
}

/* Headers first, then bytes. */
struct reading {
	struct store *s;
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
	s3_stat(r->s->own, r->answer, &st);
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

/* Whole objects without Range, so that an empty one is no error. A store that answers a range with all of it is not read. */
static int get(struct store *s, const struct store_range *r, struct store_why *why)
{
	struct store_answer answer;
	bool part = r->pos || r->len >= 0;
	struct reading reading = { .s = s, .range = r, .answer = &answer, .part = part };
	struct uri_pair headers[3] = { { NULL, NULL } };
	struct store_call c = { .method = "GET", .key = r->key, .headers = headers, .take = on_take, .arg = &reading, .answer = &answer };
	char range[64], *etag = g_strdup_printf("\"%s\"", r->etag);
	size_t n = 0;
	int err;

	if (r->len < 0)
		snprintf(range, sizeof(range), "bytes=%lld-", (long long)r->pos);
	else
		snprintf(range, sizeof(range), "bytes=%lld-%lld", (long long)r->pos, (long long)(r->pos + r->len - 1));
	if (part)
		headers[n++] = (struct uri_pair){ "Range", range };
	if (*r->etag)
		headers[n++] = (struct uri_pair){ "If-Match", etag };
	err = store_call_once(s, &c, why);
	if (err == -EEXIST)            /* 412: another object is there now */
		err = store_fail(s, why, -EBADMSG, "GET %.90s: it was replaced meanwhile", r->key);
	if (!err)
		tell(&reading);
	store_answer_clear(&answer);
	g_free(etag);
	return err;
}

static int remove_object(struct store *s, const char *key, const char *version, struct store_why *why)
{
	const struct s3 *s3 = s->own;
	struct store_answer answer;
	struct uri_pair query[] = { { version ? s3->profile->version_query : NULL, version }, { NULL, NULL } };
	int err = store_call(s, &(struct store_call){ .method = "DELETE", .key = key, .query = query, .answer = &answer }, NULL, why);

	store_answer_clear(&answer);
	return err;
}

const struct store_driver store_s3 = {
	.can = STORE_CAN_IF_ABSENT | STORE_CAN_VERSIONS | STORE_CAN_URLS | STORE_CAN_LIFECYCLE,
	.open = open_s3, .close = close_s3, .put = put, .get = get, .head = head, .remove = remove_object, .remove_some = s3_remove_some, .list = s3_list, .parts_begin = s3_parts_begin,
	.part = s3_part, .parts_list = s3_parts_list, .parts_end = s3_parts_end, .parts_abort = s3_parts_abort, .url = s3_url, .lifecycle = s3_lifecycle,
};
