/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What `storage` and `store` must not say: a key that another kind of store would use is refused rather than overlooked, as is what would give
 * recordings to others than was meant. Called by settings_check().
 */
#include <errno.h>
#include <glib.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "common/settings_check.h"

#define LOCAL (1u << STORAGE_LOCAL)
#define S3 (1u << STORAGE_S3)
#define GCS (1u << STORAGE_GCS)
#define AZURE (1u << STORAGE_AZURE)
#define CLOUD (S3 | GCS | AZURE)
#define AT(key) #key, offsetof(struct settings_storage, key)

struct why { char *text; size_t size; const char *store; };

static const char *const kinds[] = { "local", "s3", "gcs", "azure" };

/* Strings without a default: who needs them, who may have them. */
static const struct { const char *key; size_t offset; unsigned needed, allowed; } strings[] = {
	{ AT(bucket), CLOUD, CLOUD },
	{ AT(account), AZURE, AZURE },
	{ AT(directory), LOCAL, LOCAL },
	{ AT(endpoint), 0, CLOUD },
	{ AT(region), 0, S3 | GCS },
	{ AT(credentials_file), 0, CLOUD },
	{ AT(ca_file), 0, CLOUD },
	{ AT(storage_class), 0, S3 | GCS },
	{ AT(tier), 0, AZURE },
	{ AT(kms_key), 0, S3 },
	{ AT(acl), 0, S3 | GCS },
};

static int fail(struct why *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int fail(struct why *w, const char *fmt, ...)
{
	char what[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	snprintf(w->text, w->size, "%s%s%s%s", w->store ? "store " : "", w->store ? w->store : "", w->store ? ": " : "", what);
	return -EINVAL;
}

static int check_strings(const struct settings_storage *c, struct why *w)
{
	unsigned kind = 1u << c->kind;
	int err = 0;

	for (size_t i = 0; !err && i < G_N_ELEMENTS(strings); i++) {
		const char *value = *(char *const *)((const char *)c + strings[i].offset);

		if (!value && strings[i].needed & kind)
			err = fail(w, "kind = \"%s\" needs its %s", kinds[c->kind], strings[i].key);
		else if (value && !(strings[i].allowed & kind))
			err = fail(w, "kind = \"%s\" has no %s", kinds[c->kind], strings[i].key);
	}
	return err;
}

static bool only_of(const char *s, const char *more)
{
	for (; *s; s++)
		if (!g_ascii_isalnum(*s) && !strchr(more, *s))
			return false;
	return true;
}

/* Path elements with slashes between them: none empty, none that a directory would take for another. */
static bool is_prefix(const char *s)
{
	char **parts = g_strsplit(s, "/", -1);
	bool ok = only_of(s, "/._-");

	for (size_t i = 0; parts[i]; i++)
		ok = ok && *parts[i] && parts[i][0] != '.';
	g_strfreev(parts);
	return ok;
}

static bool within(const char *a, const char *b)
{
	size_t n = strlen(b);

	return !strncmp(a, b, n) && (a[n] == '\0' || a[n] == '/');
}

static int check_names(const struct settings_storage *c, struct why *w)
{
	if (c->bucket && (!only_of(c->bucket, "._-") || !g_ascii_isalnum(*c->bucket)))
		return fail(w, "bucket is \"%s\", must be letters, digits, dot, dash, underscore", c->bucket);
	if (c->kind == STORAGE_S3 && strchr(c->bucket, '.') && !c->path_style)
		return fail(w, "a bucket with a dot in its name (%s) needs path_style = true: no certificate fits it else", c->bucket);
	if (c->account && !only_of(c->account, ""))
		return fail(w, "account is \"%s\", must be letters and digits", c->account);
	if (c->region && !only_of(c->region, "-"))
		return fail(w, "region is \"%s\", must be letters, digits, dash", c->region);
	if (c->directory && (!g_path_is_absolute(c->directory) || strstr(c->directory, "/..")))
		return fail(w, "directory is \"%s\", must be a path from the root", c->directory);
	if (!is_prefix(c->prefix) || !is_prefix(c->chunk_prefix))
		return fail(w, "prefix and chunk_prefix must be names of letters, digits, dot, dash, underscore, with single slashes between them");
	if (within(c->prefix, c->chunk_prefix) || within(c->chunk_prefix, c->prefix))
		return fail(w, "prefix (%s) and chunk_prefix (%s) must not lie in each other", c->prefix, c->chunk_prefix);
	return 0;
}

static int check_url(const struct settings_storage *c, const char *key, const char *url, bool path, struct why *w)
{
	const char *host = url ? strstr(url, "://") : NULL;

	if (!url)
		return 0;
	if (!host || (!g_str_has_prefix(url, "https://") && !(c->plain && g_str_has_prefix(url, "http://"))))
		return fail(w, "%s must begin with https:// (or with http:// and plain = true)", key);
	host += 3;
	if (!*host || *host == '/' || strpbrk(host, "@?# \t\\\""))
		return fail(w, "%s must be a plain address, without user name and query", key);
	if (!path && host[strcspn(host, "/")] && strcmp(host + strcspn(host, "/"), "/"))
		return fail(w, "%s must be https://host[:port], without a path; the bucket has its own key", key);
	return 0;
}

static bool is_tag_text(const char *s)
{
	return *s && strlen(s) <= 128 && only_of(s, " +-._:/@");
}

static int check_tags(const struct settings_storage *c, struct why *w)
{
	char **pairs = g_strsplit(c->tags, ",", -1);
	unsigned n = 0;
	int err = 0;

	if (*c->tags && c->kind != STORAGE_S3 && c->kind != STORAGE_AZURE)
		err = fail(w, "kind = \"%s\" has no tags", kinds[c->kind]);
	for (; !err && pairs[n]; n++) {
		char **pair = g_strsplit(pairs[n], "=", 2);

		if (!pair[0] || !pair[1] || !is_tag_text(pair[0]) || !is_tag_text(pair[1]))
			err = fail(w, "tags is \"%s\", must be name=value with commas, of letters, digits, blank and + - . _ : / @", c->tags);
		g_strfreev(pair);
	}
	if (!err && n > 10)
		err = fail(w, "there are %u tags, ten are the most", n);
	g_strfreev(pairs);
	return err;
}

static int check_credentials(const struct settings_storage *c, struct why *w)
{
	if (c->credentials != CREDENTIALS_AUTO && c->kind == STORAGE_LOCAL)
		return fail(w, "kind = \"local\" has no credentials");
	if (c->credentials == CREDENTIALS_FILE && !c->credentials_file)
		return fail(w, "credentials = \"file\" needs credentials_file");
	if (c->credentials == CREDENTIALS_METADATA && c->kind != STORAGE_S3)
		return fail(w, "credentials = \"metadata\" is there for kind = \"s3\" only");
	return 0;
}

/* Classes from which an object comes back after hours. */
static bool is_frozen(const char *storage_class)
{
	return storage_class && (!strcmp(storage_class, "GLACIER") || !strcmp(storage_class, "DEEP_ARCHIVE"));
}

static int check_objects(const struct settings_storage *c, struct why *w)
{
	if (c->storage_class && !only_of(c->storage_class, "_-"))
		return fail(w, "storage_class is \"%s\", must be letters, digits, underscore", c->storage_class);
	if (c->kind == STORAGE_S3 && is_frozen(c->storage_class))
		return fail(w, "storage_class = \"%s\": recordings could not be read from there at once; move them by a rule of the bucket", c->storage_class);
	if (c->sse != STORAGE_SSE_NONE && c->kind != STORAGE_S3)
		return fail(w, "sse is there for kind = \"s3\" only: gcs and azure always encrypt");
	if (c->kms_key && c->sse != STORAGE_SSE_KMS)
		return fail(w, "kms_key needs sse = \"kms\"");
	if (c->part_mb % 8)
		return fail(w, "part_mb is %d, must be a multiple of 8", c->part_mb);
	return check_tags(c, w);
}

static int check_delivery(const struct settings *s, const struct settings_storage *c, struct why *w)
{
	if (c->encrypt && !s->master_key_file)
		return fail(w, "encrypt needs store.master_key_file");
	if (c->encrypt && (c->public || c->cdn_url))
		return fail(w, "encrypt and %s do not go together: whoever fetches from there could read nothing", c->public ? "public" : "cdn_url");
	if (c->acl && !strcmp(c->acl, "public-read") && !c->public)
		return fail(w, "acl = \"public-read\" needs public = true");
	if (c->public && c->kind == STORAGE_LOCAL && !c->cdn_url)
		return fail(w, "public needs cdn_url, as a directory has no address");
	if (c->cdn_signing != STORAGE_CDN_NONE && !c->cdn_url)
		return fail(w, "cdn_signing needs cdn_url");
	if (c->cdn_url && c->cdn_signing == STORAGE_CDN_NONE && !c->public)
		return fail(w, "cdn_url needs cdn_signing, or public = true if anybody may read");
	if (c->cdn_signing != STORAGE_CDN_NONE && !c->cdn_key_file)
		return fail(w, "cdn_signing needs cdn_key_file");
	if (c->cdn_signing == STORAGE_CDN_CLOUDFRONT && !c->cdn_key_id)
		return fail(w, "cdn_signing = \"cloudfront\" needs cdn_key_id");
	return 0;
}

static int check_store(const struct settings *s, const struct settings_storage *c, struct why *w)
{
	int err = check_strings(c, w);

	err = err ? err : check_names(c, w);
	err = err ? err : check_url(c, "endpoint", c->endpoint, c->kind == STORAGE_AZURE, w);
	err = err ? err : check_url(c, "cdn_url", c->cdn_url, true, w);
	err = err ? err : check_credentials(c, w);
	err = err ? err : check_objects(c, w);
	return err ? err : check_delivery(s, c, w);
}

/* What is deleted in one would be gone in the other. */
static bool same_place(const struct settings_storage *a, const struct settings_storage *b)
{
	return a->kind == b->kind && !g_strcmp0(a->endpoint, b->endpoint) && !g_strcmp0(a->bucket, b->bucket) && !g_strcmp0(a->account, b->account)
		&& !g_strcmp0(a->directory, b->directory) && (within(a->prefix, b->prefix) || within(b->prefix, a->prefix)
		|| within(a->chunk_prefix, b->chunk_prefix) || within(b->chunk_prefix, a->chunk_prefix));
}

static int check_pairs(const struct settings *s, struct why *w)
{
	const struct settings_storage *primary = NULL;
	int err = 0;

	for (size_t i = 0; !err && i < s->nstorages; i++) {
		const struct settings_storage *c = &s->storages[i];

		if (c->role == STORAGE_PRIMARY && primary)
			err = fail(w, "storage: %s and %s are both primary, there must be one", primary->name, c->name);
		if (c->role == STORAGE_PRIMARY)
			primary = c;
		for (size_t j = 0; !err && j < i; j++)
			if (same_place(c, &s->storages[j]))
				err = fail(w, "storage: %s and %s are the same place", s->storages[j].name, c->name);
	}
	if (!err && s->nstorages && !primary)
		err = fail(w, "storage: one of the stores must have role = \"primary\"");
	return err;
}

int settings_check_storage(const struct settings *s, char *text, size_t size)
{
	struct why w = { text, size, NULL };
	int err = 0;

	for (size_t i = 0; !err && i < s->nstorages; i++) {
		w.store = s->storages[i].name;
		err = check_store(s, &s->storages[i], &w);
	}
	w.store = NULL;
	if (!err)
		err = check_pairs(s, &w);
	if (!err && s->backup && !s->nstorages)
		err = fail(&w, "store.backup needs a store in storage");
	return err;
}
