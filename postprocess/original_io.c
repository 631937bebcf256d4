/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Originals to a store and back. Called by the backup's threads and by rehydrate's.
 *
 *	name ─▶ <chunk prefix>/YYYY/MM/DD/<id>/<name>       data ─▶ sealed with the key of the recording's originals, or as it is ─▶ store.h
 */
#include "postprocess/original_io.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include "common/store_key.h"

enum { CLOCKS_MS = 60000 };                    /* how far the clocks of a store and of the database may be apart */

static char *key_of(const struct original_place *at, const char *name)
{
	char *key = NULL;

	return store_key_originals(&key, store_conf(at->store)->chunk_prefix, at->id, name) ? NULL : key;
}

static const char *mime_of(const char *name)
{
	return g_str_has_suffix(name, ".tar") ? "application/x-tar" : g_str_has_suffix(name, ".json") ? "application/json" : "application/x-ndjson";
}

/* ---- sealed or not ---- */

static int fail(struct store_why *why, int err, const char *text)
{
	*why = (struct store_why){ .err = err, .again = err == -EBUSY };
	g_strlcpy(why->text, text, sizeof(why->text));
	return err;
}

static int find_key(struct original_place *at, struct store_why *why)
{
	char text[200] = "the catalog is not open";
	int err = 0;

	if (!at->key.id[0])
		err = at->catalog ? data_key_for(at->catalog, at->masters, at->id, 0, &at->key, text, sizeof(text)) : -ENOKEY;
	return err ? fail(why, err, text) : 0;
}

/* *out: what goes to the store, `data` itself or *sealed, to be g_free()d. */
static int seal(struct original_place *at, const void *data, size_t len, unsigned char **sealed, struct store_body *out, struct store_why *why)
{
	struct envelope *e = NULL;
	size_t size = 0;
	int err;

	*out = (struct store_body){ .data = data, .len = len, .fd = -1 };
	if (!store_conf(at->store)->encrypt)
		return 0;
	err = find_key(at, why);
	if (err)
		return err;
	err = envelope_create(&e, at->key.key, at->key.id, NULL);
	if (!err)
		err = envelope_seal_all(e, data, len, sealed, &size);
	envelope_unref(&e);
	out->data = *sealed;
	out->len = size;
	return err ? fail(why, err, "it could not be sealed") : 0;
}

static void take_stat(struct original_object *out, const char *name, const struct store_put *p, const struct store_stat *st)
{
	*out = (struct original_object){ .size = (int64_t)p->body.len };
	g_strlcpy(out->name, name, sizeof(out->name));
	g_strlcpy(out->etag, st->etag, sizeof(out->etag));
	g_strlcpy(out->sha256, p->sha256, sizeof(out->sha256));
}

int original_put(struct original_place *at, const char *name, const void *data, size_t len, struct original_object *out, struct store_why *why)
{
	g_autofree char *key = key_of(at, name);
	g_autofree unsigned char *sealed = NULL;
	char sha256[SHA256_HEX];
	struct store_put p = { .key = key, .mime = mime_of(name), .sha256 = sha256 };
	struct store_stat st = { 0 };
	int err = key ? seal(at, data, len, &sealed, &p.body, why) : -EINVAL;

	if (err)
		return err;
	p.key_id = sealed ? at->key.id : NULL;
	p.mime = sealed ? NULL : p.mime;
	sha256_hex(sha256, p.body.data, p.body.len);
	err = store_put(at->store, &p, &st, why);
	if (!err && out)
		take_stat(out, name, &p, &st);
	return err;
}

/* What comes, a block at a time; whether it is sealed its first bytes say, and nothing else. */
struct opening {
	const struct original_place *at;
	int (*take)(const void *data, size_t len, void *arg);
	void *arg;
	struct store_why *why;
	struct store_stat stat;
	struct envelope *envelope;     /* NULL: not yet known, or it is plain */
	bool plain;
	unsigned char *block, *text;   /* of ENVELOPE_BLOCK bytes, text as many */
	size_t have;
	int64_t number;
};

/* In a store that is given sealed objects one in the clear is somebody else's, unless it is older than the recording's key: from before encryption was
 * switched on. The time is the store's. */
static int take_plain(struct opening *o)
{
	struct catalog_key k;
	bool sealed = store_conf(o->at->store)->encrypt && o->at->catalog && !catalog_key_of(o->at->catalog, o->at->id, 0, &k);

	o->plain = true;
	if (sealed && o->stat.modified_ms > k.created_ms + CLOCKS_MS)
		return fail(o->why, -EBADMSG, "it is not sealed, but was put there when all was: it is not ours");
	return 0;
}

static int find_envelope(struct opening *o)
{
	char id[ENVELOPE_ID], text[200] = "it is sealed, and the catalog with its key is not open";
	int err;

	if (o->have < ENVELOPE_HEAD || envelope_key_id(o->block, o->have, id))
		return take_plain(o);
	err = o->at->catalog ? data_key_open(o->at->catalog, o->at->masters, o->block, &o->envelope, text, sizeof(text)) : -ENOKEY;
	return err ? fail(o->why, err == -ENOENT ? -ENOKEY : err, text) : 0;
}

static int pass_block(struct opening *o)
{
	ssize_t n = (ssize_t)o->have;

	if (o->envelope)
		n = envelope_unseal(o->envelope, o->number++, o->block, o->have, o->text);
	if (n < 0)
		return fail(o->why, (int)n, "it is not as it was sealed");
	o->have = 0;
	return n ? o->take(o->envelope ? o->text : o->block, (size_t)n, o->arg) : 0;
}

static int take_sealed(const void *data, size_t len, void *arg)
{
	struct opening *o = arg;
	const unsigned char *p = data;
	int err = 0;

	while (len && !err) {
		size_t n = MIN(len, ENVELOPE_BLOCK - o->have);

		memcpy(o->block + o->have, p, n);
		o->have += n;
		p += n;
		len -= n;
		if (!o->envelope && !o->plain && o->have >= ENVELOPE_HEAD)
			err = find_envelope(o);
		if (!err && o->have == ENVELOPE_BLOCK)
			err = pass_block(o);
	}
	return err;
}

/* The last block of a sealed object is a short one: without it something was cut off. */
static int end_sealed(struct opening *o)
{
	int err = !o->envelope && !o->plain ? take_plain(o) : 0;

	if (err)
		return err;
	if (o->envelope && !o->have)
		return fail(o->why, -EBADMSG, "it was cut off");
	return o->have ? pass_block(o) : 0;
}

int original_get(const struct original_place *at, const char *name, int (*take)(const void *data, size_t len, void *arg), void *arg, struct store_why *why)
{
	g_autofree char *key = key_of(at, name);
	struct opening o = { .at = at, .take = take, .arg = arg, .why = why, .block = g_malloc(ENVELOPE_BLOCK), .text = g_malloc(ENVELOPE_BLOCK) };
	int err = key ? store_get(at->store, key, 0, -1, take_sealed, &o, &o.stat, why) : -EINVAL;

	if (!err)
		err = end_sealed(&o);
	envelope_unref(&o.envelope);
	g_free(o.block);
	g_free(o.text);
	return err;
}

void original_place_done(struct original_place *at)
{
	data_key_wipe(&at->key);
}

/* ---- removing, listing ---- */

/* Every version of it, where the store keeps them; the list is read before anything is removed. */
struct versions {
	const char *key;
	GPtrArray *all;
};

static int note_version(const struct store_item *item, void *arg)
{
	struct versions *v = arg;

	if (!strcmp(item->key, v->key) && item->version[0])
		g_ptr_array_add(v->all, g_strdup(item->version));
	return 0;
}

int original_remove(const struct original_place *at, const char *name, struct store_why *why)
{
	g_autofree char *key = key_of(at, name);
	struct versions v = { .key = key, .all = g_ptr_array_new_with_free_func(g_free) };
	int err = !key ? -EINVAL : store_can(at->store, STORE_CAN_VERSIONS) ? store_list(at->store, &(struct store_list){ .prefix = key, .versions = true }, note_version, &v, why) : 0;

	for (guint i = 0; !err && i < v.all->len; i++)
		err = store_remove(at->store, key, v.all->pdata[i], why);
	if (!err && !v.all->len)
		err = store_remove(at->store, key, NULL, why);
	g_ptr_array_unref(v.all);
	return err;
}

struct listing {
	size_t prefix;                 /* length of what stands before names */
	int found;
	int (*each)(const struct original *o, const struct original_object *object, void *arg);
	void *arg;
};

static int list_one(const struct store_item *item, void *arg)
{
	struct listing *l = arg;
	struct original_object object = { .size = item->size };
	const char *name = strlen(item->key) > l->prefix ? item->key + l->prefix : "";
	struct original o;

	if (strlen(name) >= sizeof(object.name) || original_name_parse(&o, name))
		return 0;
	if (++l->found > ORIGINAL_OBJECTS_MAX)
		return -E2BIG;
	g_strlcpy(object.name, name, sizeof(object.name));
	g_strlcpy(object.etag, item->etag, sizeof(object.etag));
	return l->each(&o, &object, l->arg);
}

int original_list(const struct original_place *at, int (*each)(const struct original *o, const struct original_object *object, void *arg), void *arg,
		  struct store_why *why)
{
	g_autofree char *any = key_of(at, "x"), *prefix = any ? g_strndup(any, strlen(any) - 1) : NULL;
	struct listing l = { .each = each, .arg = arg };

	if (!prefix)
		return -EINVAL;
	l.prefix = strlen(prefix);
	return store_list(at->store, &(struct store_list){ .prefix = prefix }, list_one, &l, why);
}
