/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A store: the kind's functions with what all kinds share around them: arguments, sentences, a download that goes on where it broke. Called by the uploads,
 * the backup, the sweep, serving and commands, on any thread.
 *
 *   caller ─▶ store.c ─▶ store_local │ store_s3 (gcs, too) │ store_azure ─▶ store_retry ─▶ signer ─▶ store_http
 */
#include <errno.h>
#include <glib.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "common/log.h"
#include "common/sync.h"
#include "postprocess/store_driver.h"
#include "postprocess/store_retry.h"

static const struct store_driver *const drivers[] = {
	[STORAGE_LOCAL] = &store_local, [STORAGE_S3] = &store_s3, [STORAGE_GCS] = &store_s3, [STORAGE_AZURE] = &store_azure,
};

static int64_t wall_s(void)
{
	return clock_wall_ms() / 1000;
}

int store_fail(const struct store *s, struct store_why *why, int err, const char *fmt, ...)
{
	char what[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	why->err = err;
	snprintf(why->text, sizeof(why->text), "store %s: %s", s->conf->name, what);
	return err;
}

int store_open(struct store **out, const struct settings_storage *conf, struct store_why *why)
{
	struct store *s = g_new0(struct store, 1);
	struct store_why unused;
	int err;

	why = why ? why : &unused;
	memset(why, 0, sizeof(*why));
	s->refs = 1;
	s->conf = conf;
	s->driver = drivers[conf->kind];
	s->now_s = wall_s;
	s->page = 1000;
	err = s->driver->open(s, why);
	if (err)
		store_unref(&s);
	else
		*out = s;
	return err;
}

struct store *store_ref(struct store *s)
{
	__atomic_add_fetch(&s->refs, 1, __ATOMIC_RELAXED);
	return s;
}

void store_unref(struct store **s)
{
	struct store *old = *s;

	*s = NULL;
	if (!old || __atomic_sub_fetch(&old->refs, 1, __ATOMIC_ACQ_REL))
		return;
	old->driver->close(old);
	g_free(old);
}

const struct settings_storage *store_conf(const struct store *s)
{
	return s->conf;
}

bool store_can(const struct store *s, unsigned what)
{
	return (s->driver->can & what) == what;
}

/* Keys are ours; this finds the bug before a store does. */
static int check_key(const struct store *s, const char *key, struct store_why *why)
{
	if (!*key || *key == '/' || strlen(key) > STORE_KEY_MAX || !g_utf8_validate(key, -1, NULL))
		return store_fail(s, why, -EINVAL, "a key must be UTF-8 of 1 to %d bytes that does not begin with a slash", STORE_KEY_MAX);
	return 0;
}

#define BEGIN(key) \
	struct store_why unused_why; \
	int err; \
	why = why ? why : &unused_why; \
	memset(why, 0, sizeof(*why)); \
	err = check_key(s, key, why)
#define BEGIN_THERE(key) \
	BEGIN(key); \
	if (!err && s->driver->ready) \
		err = s->driver->ready(s, why)

int store_put(struct store *s, const struct store_put *p, struct store_stat *st, struct store_why *why)
{
	struct store_stat unused;

	BEGIN_THERE(p->key);
	st = st ? st : &unused;
	memset(st, 0, sizeof(*st));
	return err ? err : s->driver->put(s, p, st, why);
}

/* A download over as many attempts as it takes. */
struct download {
	struct store *s;
	struct store_range range;
	int (*take)(const void *data, size_t n, void *arg);
	void *arg;
	struct store_stat *st;
	bool told;
	int64_t got;                   /* in the present attempt */
	int64_t begin, asked;          /* the range as it was at first */
};

static void on_told(const struct store_stat *st, void *arg)
{
	struct download *d = arg;

	if (!d->told)
		*d->st = *st;
	d->told = true;
	d->range.etag = d->st->etag;   /* what follows is of the same object, or none */
}

static int on_take(const void *data, size_t n, void *arg)
{
	struct download *d = arg;

	d->got += (int64_t)n;
	return d->take(data, n, d->arg);
}

static int get_once(void *ctx, struct store_why *why)
{
	struct download *d = ctx;
	int err;

	d->got = 0;
	err = d->s->driver->get(d->s, &d->range, why);
	d->range.pos += d->got;
	if (d->range.len >= 0)
		d->range.len -= d->got;
	if (!err && d->begin >= d->st->size && (d->begin || d->asked > 0))     /* azurite takes it for an empty one */
		err = store_fail(d->s, why, -ERANGE, "GET %.90s: the range begins behind its end", d->range.key);
	/* all there is, and the connection broke behind it */
	if (err && why->again && d->told && (!d->range.len || (d->range.len < 0 && d->range.pos >= d->st->size)))
		err = 0;
	return err;
}

int store_get(struct store *s, const char *key, int64_t pos, int64_t len, int (*take)(const void *data, size_t n, void *arg), void *arg,
	      struct store_stat *st, struct store_why *why)
{
	struct store_stat unused;
	struct download d = { .s = s, .take = take, .arg = arg, .st = st ? st : &unused, .begin = pos, .asked = len,
			      .range = { .key = key, .pos = pos, .len = len, .etag = "", .told = on_told, .take = on_take } };

	BEGIN_THERE(key);
	if (!err && (pos < 0 || len < -1))
		err = store_fail(s, why, -EINVAL, "a range must begin at 0 or later");
	if (err)
		return err;
	memset(d.st, 0, sizeof(*d.st));
	if (!len)
		return s->driver->head(s, key, d.st, why);
	d.range.arg = &d;
	err = store_retry(get_once, &d, NULL, why);
	if (!err)
		memset(why, 0, sizeof(*why));
	return err;
}

int store_head(struct store *s, const char *key, struct store_stat *st, struct store_why *why)
{
	struct store_stat unused;

	BEGIN_THERE(key);
	st = st ? st : &unused;
	memset(st, 0, sizeof(*st));
	return err ? err : s->driver->head(s, key, st, why);
}

int store_remove(struct store *s, const char *key, const char *version, struct store_why *why)
{
	BEGIN_THERE(key);
	if (!err)
		err = s->driver->remove(s, key, version && *version ? version : NULL, why);
	if (err == -ENOENT && strcmp(why->code, "NoSuchBucket") && strcmp(why->code, "ContainerNotFound")) {
		memset(why, 0, sizeof(*why));
		err = 0;
	}
	return err;
}

size_t store_batch(const struct store *s)
{
	return s->driver->remove_some && !__atomic_load_n(&s->one_by_one, __ATOMIC_RELAXED) ? STORE_BATCH_MAX : 1;
}

static int remove_each(struct store *s, const struct store_gone *g, size_t n, size_t *gone, struct store_why *why)
{
	struct store_why first = { 0 };

	for (size_t i = 0; i < n; i++) {
		int err = store_remove(s, g[i].key, g[i].version, why);

		*gone += !err;
		if (err && !first.err)
			first = *why;
	}
	*why = first;
	return first.err;
}

int store_remove_some(struct store *s, const struct store_gone *g, size_t n, size_t *gone, struct store_why *why)
{
	BEGIN_THERE("any");
	*gone = 0;
	for (size_t i = 0; !err && i < n; i++)
		err = check_key(s, g[i].key, why);
	if (err)
		return err;
	if (n > 1 && n <= store_batch(s)) {
		err = s->driver->remove_some(s, g, n, gone, why);
		if (err != -ENOTSUP && err != -EACCES)
			return err;
		*gone = 0;             /* not here; or not by this user: Ceph asks for a permission on the bucket, where the objects' are enough for one */
		__atomic_store_n(&s->one_by_one, 1, __ATOMIC_RELAXED);
	}
	return remove_each(s, g, n, gone, why);
}

int store_list(struct store *s, const struct store_list *l, int (*each)(const struct store_item *i, void *arg), void *arg, struct store_why *why)
{
	BEGIN_THERE("any");
	return err ? err : s->driver->list(s, l, each, arg, why);
}

int store_parts_begin(struct store *s, const struct store_put *p, size_t part_size, char *upload, struct store_why *why)
{
	BEGIN_THERE(p->key);
	*upload = '\0';
	return err ? err : s->driver->parts_begin(s, p, part_size, upload, why);
}

int store_part(struct store *s, const char *key, const char *upload, int number, const struct store_body *b, char *etag, struct store_why *why)
{
	struct store_part p = { key, upload, number, b };

	BEGIN_THERE(key);
	*etag = '\0';
	if (!err && (number < 1 || number > STORE_PARTS_MAX))
		err = store_fail(s, why, -EINVAL, "part %d: parts are numbered from 1 to %d", number, STORE_PARTS_MAX);
	return err ? err : s->driver->part(s, &p, etag, why);
}

int store_parts_list(struct store *s, const char *key, const char *upload, int (*each)(int number, int64_t size, const char *etag, void *arg), void *arg,
		     struct store_why *why)
{
	struct store_part p = { key, upload, 0, NULL };

	BEGIN_THERE(key);
	return err ? err : s->driver->parts_list(s, &p, each, arg, why);
}

int store_parts_end(struct store *s, const struct store_put *p, const char *upload, const struct store_part_done *parts, size_t n, struct store_stat *st,
		    struct store_why *why)
{
	struct store_parts all = { upload, parts, n };
	struct store_stat unused;

	BEGIN_THERE(p->key);
	st = st ? st : &unused;
	memset(st, 0, sizeof(*st));
	if (!err && (!n || n > STORE_PARTS_MAX))
		err = store_fail(s, why, -EINVAL, "%zu parts: there must be 1 to %d", n, STORE_PARTS_MAX);
	return err ? err : s->driver->parts_end(s, p, &all, st, why);
}

int store_parts_abort(struct store *s, const char *key, const char *upload, struct store_why *why)
{
	struct store_part p = { key, upload, 0, NULL };

	BEGIN_THERE(key);
	if (!err)
		err = s->driver->parts_abort(s, &p, why);
	if (err == -ENOENT) {
		memset(why, 0, sizeof(*why));
		err = 0;
	}
	return err;
}

int store_url(struct store *s, const struct store_url *u, char **out, struct store_why *why)
{
	BEGIN(u->key);
	if (!err && !s->driver->url)
		err = store_fail(s, why, -ENOTSUP, "a directory has no addresses");
	if (!err && (u->ttl_s < 1 || u->ttl_s > 604800))
		err = store_fail(s, why, -EINVAL, "an address is good for 1 s to 7 days, not for %d s", u->ttl_s);
	return err ? err : s->driver->url(s, u, out, why);
}

int store_lifecycle(struct store *s, const struct store_lifecycle *l, bool dry, char **text, struct store_why *why)
{
	BEGIN("any");
	if (text)
		*text = NULL;
	if (!err && !s->driver->lifecycle)
		err = store_fail(s, why, -ENOTSUP, "it takes no rules over this interface");
	return err ? err : s->driver->lifecycle(s, l, dry, text, why);
}
