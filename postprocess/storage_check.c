/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Catalog, disk and stores against each other. Called by `recroom-pp storage check`; main thread.
 *
 *	a recording's row ─┬▶ its directory: is each file there, of that size?           missing size checksum
 *	                   └▶ each store: what it lists below the recording's names
 *	                        ├ copies of the catalog: there, of that size, the same?  missing size checksum unverified key_missing
 *	                        ├ all else: extra          ├ originals: as many as there were: missing
 *	                        └ uploads a day old: unfinished
 *	a store's whole list ─▶ whose is it? of nobody, or of one that was deleted: extra
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "common/catalog_store.h"
#include "common/ids.h"
#include "common/log.h"
#include "common/store_key.h"
#include "postprocess/originals.h"
#include "postprocess/purge.h"
#include "postprocess/storage_check_private.h"

enum { A_DAY_MS = 86400000, DETAIL = 200 };

struct object {
	int64_t size;
	char *etag;
	bool original, known;
};
struct looking {
	struct storage_check *c;
	struct store *store;
	json_t *row;
	const char *id;
	GHashTable *objects;           /* by key */
	char *originals;               /* what keys of originals begin with */
	int noriginals;
};

void storage_check_say(struct storage_check *c, const struct difference *d)
{
	c->differences++;
	c->found(d, c->arg);
}

static void say(const struct looking *l, const char *kind, const char *name, const char *detail)
{
	storage_check_say(l->c, &(struct difference){ l->id, store_name(l->store), kind, name, detail });
}

/* ---- what a store has ---- */

static void free_object(gpointer p)
{
	struct object *o = p;

	g_free(o->etag);
	g_free(o);
}

static void look_at_upload(const struct looking *l, const struct store_item *i)
{
	if (i->modified_ms > 0 && l->c->now_ms - i->modified_ms > A_DAY_MS)
		say(l, "unfinished", i->key, "an upload that was begun more than a day ago");
}

static int note(const struct store_item *i, void *arg)
{
	struct looking *l = arg;
	struct object *o;

	if (storage_check_stops(l->c))
		return -ECANCELED;
	if (i->upload && i->upload[0]) {
		look_at_upload(l, i);
		return 0;
	}
	if (i->delete_marker || !i->is_latest)
		return 0;
	o = g_new0(struct object, 1);
	o->size = i->size;
	o->etag = g_strdup(i->etag);
	o->original = store_key_is_of(i->key, l->originals);
	l->noriginals += o->original;
	l->c->objects++;
	g_hash_table_replace(l->objects, g_strdup(i->key), o);
	return 0;
}

/* Keys that the catalog has and that no prefix covers any more are asked for, too. */
static int list(struct looking *l, json_t *copies)
{
	struct purge what = { .recording = l->id, .public_id = json_str(l->row, "public_id"), .what = PURGE_ALL };
	GArray *keys = g_array_new(TRUE, TRUE, sizeof(struct purge_key));
	struct store_why why = { 0 };
	json_t *copy;
	size_t i;
	int err;

	json_array_foreach(copies, i, copy) {
		struct purge_key k = { json_str(copy, "key"), NULL };

		if (!strcmp(json_str(copy, "store"), store_name(l->store)))
			g_array_append_val(keys, k);
	}
	what.keys = (const struct purge_key *)(const void *)keys->data;
	err = purge_look(l->store, &what, note, l, &why);
	g_array_unref(keys);
	if (err && err != -ECANCELED)
		say(l, "store", "", why.text[0] ? why.text : err_str(err));
	return err;
}

/* ---- copies ---- */

static void compare(struct looking *l, const struct object *o, json_t *file, json_t *copy)
{
	const char *key = json_str(copy, "key"), *etag = json_str(copy, "etag"), *kind = NULL;
	char detail[DETAIL] = "";

	if (o->size != json_num(copy, "size", 0)) {
		g_snprintf(detail, sizeof(detail), "%lld bytes, not %lld", (long long)o->size, (long long)json_num(copy, "size", 0));
		kind = "size";
	} else if (etag && *etag && *o->etag && strcmp(etag, o->etag)) {
		g_strlcpy(detail, "it is another object than was put there", sizeof(detail));
		kind = "checksum";
	} else if (l->c->deep) {
		kind = storage_check_object(l->c, l->store, file, copy, detail);
	}
	if (kind)
		say(l, kind, key, detail);
}

static void look_at_key(const struct looking *l, json_t *copy)
{
	struct catalog_key key;
	const char *id = json_str(copy, "key_id");

	if (id && *id && catalog_key_get(l->c->catalog, id, &key) == -ENOENT)
		say(l, "key_missing", json_str(copy, "key"), "it is sealed, and the key is gone: nobody can read it");
}

/* Something under way is no difference before it takes a day. */
static void look_at_unverified(const struct looking *l, json_t *copy)
{
	const char *state = json_str(copy, "state"), *reason = json_str(copy, "reason");
	g_autofree char *detail = g_strdup_printf("%s%s%s", state, reason ? ": " : "", reason ? reason : "");

	if (!strcmp(state, "failed") || l->c->now_ms - json_num(copy, "changed_ms", 0) > A_DAY_MS)
		say(l, "unverified", json_str(copy, "key"), detail);
}

static void look_at_copy(struct looking *l, json_t *file, json_t *copy)
{
	const char *key = json_str(copy, "key");
	struct object *o = g_hash_table_lookup(l->objects, key);

	if (o)
		o->known = true;
	look_at_key(l, copy);
	if (strcmp(json_str(copy, "state"), "verified"))
		look_at_unverified(l, copy);
	else if (o)
		compare(l, o, file, copy);
	else
		say(l, "missing", key, json_str(file, "name"));
}

static void look_at_copies(struct looking *l)
{
	json_t *output, *file, *copy;
	size_t i, k, n;

	json_array_foreach(json_object_get(l->row, "outputs"), i, output)
		json_array_foreach(json_object_get(output, "files"), k, file)
			json_array_foreach(json_object_get(file, "copies"), n, copy)
				if (!strcmp(json_str(copy, "store"), store_name(l->store)))
					look_at_copy(l, file, copy);
}

/* ---- originals, and all else ---- */

static int look_at_originals(struct looking *l, bool *kept)
{
	json_t *rows = NULL, *row;
	char detail[DETAIL];
	size_t i;
	int err = catalog_originals(l->c->catalog, l->id, &rows);

	*kept = false;
	json_array_foreach(rows, i, row) {
		if (strcmp(json_str(row, "store"), store_name(l->store)))
			continue;
		*kept = true;
		if (json_num(row, "objects", 0) <= l->noriginals)
			continue;
		g_snprintf(detail, sizeof(detail), "%d of %lld originals are there", l->noriginals, (long long)json_num(row, "objects", 0));
		say(l, "missing", l->originals, detail);
	}
	json_decref(rows);
	return err;
}

static void look_for_extra(struct looking *l, bool originals)
{
	GHashTableIter it;
	gpointer key, value;

	g_hash_table_iter_init(&it, l->objects);
	while (g_hash_table_iter_next(&it, &key, &value)) {
		const struct object *o = value;

		if (!o->known && !(o->original && originals))
			say(l, "extra", key, o->original ? "an original of a recording that has none there" : "no file of the recording");
	}
}

static int look_at_store(struct storage_check *c, struct store *s, json_t *row, json_t *copies)
{
	struct looking l = { .c = c, .store = s, .row = row, .id = json_str(row, "id") };
	bool originals = false;
	int err = store_key_search(&l.originals, store_conf(s)->chunk_prefix, l.id, NULL);

	if (err)
		return err;
	l.objects = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_object);
	err = list(&l, copies);
	if (!err) {
		look_at_copies(&l);
		err = look_at_originals(&l, &originals);
	}
	if (!err)
		look_for_extra(&l, originals);
	g_hash_table_unref(l.objects);
	g_free(l.originals);
	return err == -ECANCELED || storage_check_stops(c) ? -ECANCELED : 0;
}

/* ---- the disk ---- */

static void say_local(struct storage_check *c, const char *id, const char *kind, const char *name, const char *detail)
{
	storage_check_say(c, &(struct difference){ id, "", kind, name, detail });
}

static void look_at_files(struct storage_check *c, json_t *row, const char *dir)
{
	json_t *output, *file;
	char detail[DETAIL];
	size_t i, k;

	json_array_foreach(json_object_get(row, "outputs"), i, output) {
		json_array_foreach(json_object_get(output, "files"), k, file) {
			const char *kind = storage_check_file(dir, file, c->deep, detail);

			if (kind)
				say_local(c, json_str(row, "id"), kind, json_str(file, "name"), detail);
		}
	}
}

/* Another host's directory is not ours to look at. */
static void look_at_disk(struct storage_check *c, json_t *row)
{
	const char *id = json_str(row, "id");
	g_autofree char *dir = g_build_filename(c->recordings, id, NULL);
	int originals = originals_there(dir);
	bool gone = json_num(row, "chunks_gone_ms", 0) != 0;

	if (originals < 0)
		return;
	if (!json_num(row, "local_gone_ms", 0))
		look_at_files(c, row, dir);
	if (originals && gone)
		say_local(c, id, "extra", "chunks", "originals whose time was over");
	if (!originals && !gone && !json_str(row, "backup") && json_num(row, "bytes", 0))
		say_local(c, id, "missing", "chunks", "its originals are to be kept");
}

/* ---- a recording ---- */

/* A store that has something of it and is configured no more cannot be asked. */
static int look_for_former(struct storage_check *c, const char *id)
{
	json_t *names = NULL, *name;
	size_t i;
	int err = catalog_recording_stores(c->catalog, id, false, &names);

	json_array_foreach(names, i, name)
		if (!stores_find(c->stores, json_string_value(name)))
			storage_check_say(c, &(struct difference){ id, json_string_value(name), "store", "", "it has something of it, and is configured no more" });
	json_decref(names);
	return err;
}

int storage_check_recording(struct storage_check *c, json_t *row)
{
	static const char *const over[] = { "completed", "failed", NULL };
	const char *id = json_str(row, "id");
	json_t *copies = NULL;
	int err;

	if (!g_strv_contains(over, json_str(row, "status")))
		return 0;
	c->recordings_seen++;
	err = catalog_copies(c->catalog, id, &copies);
	if (!err && !c->only) {
		look_at_disk(c, row);
		err = look_for_former(c, id);
	}
	for (size_t i = 0; !err && i < stores_count(c->stores); i++) {
		struct store *s = stores_at(c->stores, i);

		if (!c->only || !strcmp(c->only, store_name(s)))
			err = look_at_store(c, s, row, copies);
	}
	json_decref(copies);
	return err;
}

/* ---- of nobody ---- */

struct strangers {
	struct storage_check *c;
	struct store *store;
	const char *prefix;
	char last[ID_SIZE];            /* keys of one recording come one behind the other */
	bool stranger;
};

static int is_stranger(struct strangers *s)
{
	json_t *row = NULL;
	int err = catalog_recording_get(s->c->catalog, s->last, &row);

	s->stranger = err == -ENOENT || (!err && !strcmp(json_str(row, "status"), "deleted"));
	json_decref(row);
	return err == -ENOENT ? 0 : err;
}

static int look_whose(const struct store_item *i, void *arg)
{
	struct strangers *s = arg;
	char id[ID_SIZE];
	int err = 0;

	if (storage_check_stops(s->c))
		return -ECANCELED;
	if (i->delete_marker || !store_key_recording(id, s->prefix, i->key))
		return 0;
	if (strcmp(id, s->last)) {
		g_strlcpy(s->last, id, sizeof(s->last));
		err = is_stranger(s);
	}
	if (!err && s->stranger)
		storage_check_say(s->c, &(struct difference){ id, store_name(s->store), "extra", i->key, "of a recording that is not there" });
	return err;
}

static int look_below(struct storage_check *c, struct store *store, const char *prefix)
{
	struct strangers s = { .c = c, .store = store, .prefix = prefix };
	g_autofree char *below = g_strdup_printf("%s%s", prefix, *prefix ? "/" : "");
	struct store_list list = { .prefix = below, .versions = store_conf(store)->versions && store_can(store, STORE_CAN_VERSIONS) };
	struct store_why why = { 0 };
	int err = store_list(store, &list, look_whose, &s, &why);

	if (err && err != -ECANCELED)
		storage_check_say(c, &(struct difference){ "", store_name(store), "store", "", why.text[0] ? why.text : err_str(err) });
	return err == -ECANCELED ? err : 0;
}

int storage_check_strangers(struct storage_check *c)
{
	int err = 0;

	for (size_t i = 0; !err && i < stores_count(c->stores); i++) {
		struct store *s = stores_at(c->stores, i);
		const struct settings_storage *conf = store_conf(s);

		if (c->only && strcmp(c->only, store_name(s)))
			continue;
		err = look_below(c, s, conf->prefix);
		if (!err && strcmp(conf->prefix, conf->chunk_prefix))
			err = look_below(c, s, conf->chunk_prefix);
	}
	return err;
}
