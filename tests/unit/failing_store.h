/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A store in memory behind store.h, which fails when it is told to: for tests of what uses stores. Include it instead of linking store.c. Any thread.
 *
 *	fake.fail_at: the n-th call from now fails as fake.how says; fake.lasting: all from there on
 */
#pragma once
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "common/sha256.h"
#include "common/sync.h"
#include "postprocess/store.h"

enum fake_how { FAKE_REFUSED, FAKE_LOST, FAKE_HOWS };         /* nothing was done; it was done, and nobody heard so */

struct store { struct settings_storage conf; };
struct fake_object { GByteArray *data; char etag[STORE_ETAG], sha256[STORE_SHA256], key_id[STORE_KEY_ID]; };
struct fake_upload { char *key; GHashTable *parts; char sha256[STORE_SHA256], key_id[STORE_KEY_ID]; };

static struct {
	struct lock lock;
	GHashTable *objects, *uploads;     /* by key; by id */
	int numbered;                      /* uploads there were */
	int calls, fail_at;
	enum fake_how how;
	bool lasting, silent_etags;        /* silent: etags of objects say nothing */
	int parts, puts, ends, gets, aborts;       /* done, whoever heard so */
	int64_t held, held_most;           /* bytes in memory of bodies under way */
	int slow_ms;                       /* a part takes so long */
	int stop_after;                    /* parts that are taken, then the thread's patience ends; 0: it never does */
	const struct store_patience *patience;
} fake;

static void fake_free_object(gpointer p)
{
	struct fake_object *o = p;

	g_byte_array_unref(o->data);
	g_free(o);
}

static void fake_free_upload(gpointer p)
{
	struct fake_upload *u = p;

	g_hash_table_unref(u->parts);
	g_free(u->key);
	g_free(u);
}

static inline void fake_reset(void)
{
	if (fake.objects) {
		g_hash_table_unref(fake.objects);
		g_hash_table_unref(fake.uploads);
		lock_destroy(&fake.lock);
	}
	memset(&fake, 0, sizeof(fake));
	lock_init(&fake.lock);
	fake.objects = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, fake_free_object);
	fake.uploads = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, fake_free_upload);
}

static int fake_say(struct store_why *why, int err, const char *code)
{
	if (why) {
		*why = (struct store_why){ .err = err, .status = err ? err == -ENOENT ? 404 : err == -EEXIST ? 412 : 500 : 0, .again = err && err != -ENOENT && err != -EEXIST };
		snprintf(why->text, sizeof(why->text), "store fake: %s", code);
	}
	return err;
}

/* Takes the lock. *lost: to be done, and an error to be said. -EIO: not to be done. */
static int fake_begin(bool *lost)
{
	bool fails;

	lock_take(&fake.lock);
	fake.calls++;
	fails = fake.fail_at && (fake.lasting ? fake.calls >= fake.fail_at : fake.calls == fake.fail_at);
	*lost = fails && fake.how == FAKE_LOST;
	return fails && !*lost ? -EIO : 0;
}

static int fake_end(struct store_why *why, int err, bool lost)
{
	lock_release(&fake.lock);
	if (lost)
		return fake_say(why, -EIO, "the answer was lost");
	return fake_say(why, err, err == -EIO ? "refused" : err ? "no" : "");
}

static GByteArray *fake_read(const struct store_body *b)
{
	GByteArray *a = g_byte_array_new();

	g_byte_array_set_size(a, (guint)b->len);
	if (b->data)
		memcpy(a->data, b->data, b->len);
	else if (b->len && pread(b->fd, a->data, b->len, b->pos) != (ssize_t)b->len)
		g_byte_array_set_size(a, 0);
	return a;
}

static void fake_md5(const GByteArray *a, char out[STORE_ETAG])
{
	char *hex = g_compute_checksum_for_data(G_CHECKSUM_MD5, a->data, a->len);

	g_strlcpy(out, hex, STORE_ETAG);
	g_free(hex);
}

static void fake_stat(const struct fake_object *o, struct store_stat *st)
{
	if (!st)
		return;
	*st = (struct store_stat){ .size = o->data->len };
	g_strlcpy(st->etag, fake.silent_etags ? "" : o->etag, sizeof(st->etag));
	g_strlcpy(st->sha256, o->sha256, sizeof(st->sha256));
	g_strlcpy(st->key_id, o->key_id, sizeof(st->key_id));
}

static void fake_put_object(const char *key, GByteArray *data, const char *etag, const char *sha256, const char *key_id, struct store_stat *st)
{
	struct fake_object *o = g_new0(struct fake_object, 1);

	o->data = data;
	g_strlcpy(o->etag, etag, sizeof(o->etag));
	g_strlcpy(o->sha256, sha256 ? sha256 : "", sizeof(o->sha256));
	g_strlcpy(o->key_id, key_id ? key_id : "", sizeof(o->key_id));
	g_hash_table_replace(fake.objects, g_strdup(key), o);
	fake_stat(o, st);
}

/* ---- store.h ---- */

const struct settings_storage *store_conf(const struct store *s) { return &s->conf; }
struct store *store_ref(struct store *s) { return s; }
void store_unref(struct store **s) { *s = NULL; }
void store_patience(const struct store_patience *p) { (void)p; }

int store_put(struct store *s, const struct store_put *p, struct store_stat *st, struct store_why *why)
{
	char etag[STORE_ETAG];
	GByteArray *data;
	bool lost;
	int err = fake_begin(&lost);

	(void)s;
	if (!err && p->if_absent && g_hash_table_contains(fake.objects, p->key))
		err = -EEXIST;
	if (!err) {
		data = fake_read(&p->body);
		fake_md5(data, etag);
		fake_put_object(p->key, data, etag, p->sha256, p->key_id, st);
		fake.puts++;
	}
	return fake_end(why, err, lost);
}

int store_get(struct store *s, const char *key, int64_t pos, int64_t len, int (*take)(const void *data, size_t n, void *arg), void *arg,
	      struct store_stat *st, struct store_why *why)
{
	struct fake_object *o;
	bool lost;
	int err = fake_begin(&lost);

	(void)s;
	o = g_hash_table_lookup(fake.objects, key);
	if (!err && !o)
		err = -ENOENT;
	if (!err)
		fake_stat(o, st);
	for (guint at = (guint)pos, end = !err && len >= 0 ? (guint)(pos + len) : err ? 0 : o->data->len; !err && at < end; at += 1000)
		err = take(o->data->data + at, MIN(1000, end - at), arg);
	fake.gets++;
	return fake_end(why, err, lost);
}

int store_head(struct store *s, const char *key, struct store_stat *st, struct store_why *why)
{
	struct fake_object *o;
	bool lost;
	int err = fake_begin(&lost);

	(void)s;
	o = g_hash_table_lookup(fake.objects, key);
	if (!err && !o)
		err = -ENOENT;
	if (!err)
		fake_stat(o, st);
	return fake_end(why, err, lost);
}

int store_remove(struct store *s, const char *key, const char *version, struct store_why *why)
{
	bool lost;
	int err = fake_begin(&lost);

	(void)s;
	(void)version;
	if (!err)
		g_hash_table_remove(fake.objects, key);
	return fake_end(why, err, lost);
}

int store_list(struct store *s, const struct store_list *l, int (*each)(const struct store_item *i, void *arg), void *arg, struct store_why *why)
{
	GHashTableIter it;
	gpointer id, up;
	bool lost;
	int err = fake_begin(&lost);

	(void)s;
	g_hash_table_iter_init(&it, fake.uploads);
	while (!err && l->uploads && g_hash_table_iter_next(&it, &id, &up)) {
		const struct fake_upload *u = up;

		if (g_str_has_prefix(u->key, l->prefix))
			err = each(&(struct store_item){ .key = u->key, .version = "", .upload = id, .etag = "", .size = -1 }, arg);
	}
	return fake_end(why, err, lost);
}

int store_parts_begin(struct store *s, const struct store_put *p, size_t part_size, char *upload, struct store_why *why)
{
	struct fake_upload *u;
	bool lost;
	int err = fake_begin(&lost);

	(void)s;
	(void)part_size;
	if (!err) {
		u = g_new0(struct fake_upload, 1);
		u->key = g_strdup(p->key);
		u->parts = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_byte_array_unref);
		g_strlcpy(u->sha256, p->sha256 ? p->sha256 : "", sizeof(u->sha256));
		g_strlcpy(u->key_id, p->key_id ? p->key_id : "", sizeof(u->key_id));
		snprintf(upload, STORE_UPLOAD, "upload-%d", ++fake.numbered);
		g_hash_table_insert(fake.uploads, g_strdup(upload), u);
	}
	err = fake_end(why, err, lost);
	if (err)
		upload[0] = '\0';
	return err;
}

static void fake_hold(int64_t bytes)
{
	lock_take(&fake.lock);
	fake.held += bytes;
	fake.held_most = MAX(fake.held_most, fake.held);
	lock_release(&fake.lock);
	if (bytes > 0 && fake.slow_ms)
		g_usleep((gulong)fake.slow_ms * 1000);
}

int store_part(struct store *s, const char *key, const char *upload, int number, const struct store_body *b, char *etag, struct store_why *why)
{
	int64_t bytes = b->data ? (int64_t)b->len : 1;
	struct fake_upload *u;
	GByteArray *data;
	bool lost;
	int err;

	(void)s;
	fake_hold(bytes);
	err = fake_begin(&lost);
	u = g_hash_table_lookup(fake.uploads, upload);
	if (!err && (!u || strcmp(u->key, key)))
		err = -ENOENT;
	if (!err && fake.stop_after && fake.parts >= fake.stop_after)
		err = -ECANCELED;
	if (!err) {
		data = fake_read(b);
		fake_md5(data, etag);
		g_hash_table_replace(u->parts, GINT_TO_POINTER(number), data);
		fake.parts++;
	}
	err = fake_end(why, err, lost);
	fake_hold(-bytes);
	return err;
}

int store_parts_list(struct store *s, const char *key, const char *upload, int (*each)(int number, int64_t size, const char *etag, void *arg), void *arg,
		     struct store_why *why)
{
	struct fake_upload *u;
	GHashTableIter it;
	gpointer number, part;
	bool lost;
	int err = fake_begin(&lost);

	(void)s;
	(void)key;
	u = g_hash_table_lookup(fake.uploads, upload);
	if (!err && !u)
		err = -ENOENT;
	if (!err)
		g_hash_table_iter_init(&it, u->parts);
	while (!err && g_hash_table_iter_next(&it, &number, &part)) {
		char etag[STORE_ETAG];

		fake_md5(part, etag);
		err = each(GPOINTER_TO_INT(number), ((GByteArray *)part)->len, etag, arg);
	}
	return fake_end(why, err, lost);
}

static int fake_assemble(const struct fake_upload *u, const struct store_part_done *parts, size_t n, GByteArray *all, char etag[STORE_ETAG])
{
	GChecksum *sum = g_checksum_new(G_CHECKSUM_MD5);
	int err = 0;

	for (size_t i = 0; !err && i < n; i++) {
		GByteArray *part = g_hash_table_lookup(u->parts, GINT_TO_POINTER(parts[i].number));
		char md5[STORE_ETAG];
		guint8 raw[16];
		gsize size = 16;
		GChecksum *one = g_checksum_new(G_CHECKSUM_MD5);

		if (part) {
			fake_md5(part, md5);
			g_byte_array_append(all, part->data, part->len);
			g_checksum_update(one, part->data, part->len);
			g_checksum_get_digest(one, raw, &size);
			g_checksum_update(sum, raw, 16);
		}
		err = part && !strcmp(md5, parts[i].etag) ? 0 : -EINVAL;
		g_checksum_free(one);
	}
	snprintf(etag, STORE_ETAG, "%s-%d", g_checksum_get_string(sum), (int)n);
	g_checksum_free(sum);
	return err;
}

int store_parts_end(struct store *s, const struct store_put *p, const char *upload, const struct store_part_done *parts, size_t n, struct store_stat *st,
		    struct store_why *why)
{
	GByteArray *all = g_byte_array_new();
	struct fake_upload *u;
	char etag[STORE_ETAG];
	bool lost;
	int err = fake_begin(&lost);

	(void)s;
	u = g_hash_table_lookup(fake.uploads, upload);
	if (!err && !u)
		err = -ENOENT;
	if (!err && p->if_absent && g_hash_table_contains(fake.objects, p->key))
		err = -EEXIST;
	if (!err)
		err = fake_assemble(u, parts, n, all, etag);
	if (!err) {
		fake_put_object(p->key, g_byte_array_ref(all), etag, u->sha256, u->key_id, st);
		g_hash_table_remove(fake.uploads, upload);
		fake.ends++;
	}
	g_byte_array_unref(all);
	return fake_end(why, err, lost);
}

int store_parts_abort(struct store *s, const char *key, const char *upload, struct store_why *why)
{
	bool lost;
	int err = fake_begin(&lost);

	(void)s;
	(void)key;
	if (!err)
		fake.aborts += g_hash_table_remove(fake.uploads, upload);
	return fake_end(why, err, lost);
}
