/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A store in memory, that can be told to refuse, for tests of what removes. It has versions and delete markers, unfinished uploads, and pages.
 */
#pragma once
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "postprocess/store.h"

struct fake_object {
	char *key, *version, *upload;      /* upload: not an object, but one under way */
	bool marker, locked;               /* locked: the store does not let go of it */
};
struct store {
	struct settings_storage conf;
	GArray *objects;                   /* struct fake_object, the newest version of a key last */
	int passes, refuse;                /* so many requests are answered, then so many fail, -1: all */
	const char *appears;               /* a key that comes to be at the second list */
	int lists;
};

static void fake_free(gpointer p)
{
	struct fake_object *o = p;

	g_free(o->key);
	g_free(o->version);
	g_free(o->upload);
}

static inline void fake_open(struct store *s, const char *name)
{
	*s = (struct store){ .conf = { .name = (char *)(uintptr_t)name, .prefix = (char *)(uintptr_t)"recordings", .chunk_prefix = (char *)(uintptr_t)"originals",
				       .versions = true } };
	s->objects = g_array_new(FALSE, TRUE, sizeof(struct fake_object));
	g_array_set_clear_func(s->objects, fake_free);
}

static inline void fake_put(struct store *s, const char *key, const char *version)
{
	struct fake_object o = { .key = g_strdup(key), .version = g_strdup(version) };

	g_array_append_val(s->objects, o);
}

static inline void fake_upload(struct store *s, const char *key, const char *upload)
{
	struct fake_object o = { .key = g_strdup(key), .upload = g_strdup(upload) };

	g_array_append_val(s->objects, o);
}

static bool refuses(struct store *s, struct store_why *why)
{
	*why = (struct store_why){ 0 };
	if (!s->refuse || s->passes-- > 0)
		return false;
	s->refuse -= s->refuse > 0;
	*why = (struct store_why){ .err = -EIO, .status = 503, .again = true };
	g_snprintf(why->text, sizeof(why->text), "store %s: 503 SlowDown", s->conf.name);
	return true;
}

const struct settings_storage *store_conf(const struct store *s)
{
	return &s->conf;
}

bool store_can(const struct store *s, unsigned what)
{
	(void)s;
	(void)what;
	return true;
}

void store_patience(const struct store_patience *p)
{
	(void)p;
}

int store_list(struct store *s, const struct store_list *l, int (*each)(const struct store_item *i, void *arg), void *arg, struct store_why *why)
{
	int err = 0;

	if (refuses(s, why))
		return why->err;
	if (++s->lists == 4 && s->appears)
		fake_put(s, s->appears, "late");
	for (guint n = 0; !err && n < s->objects->len; n++) {
		const struct fake_object *o = &g_array_index(s->objects, struct fake_object, n);
		struct store_item i = { .key = o->key, .version = o->version ? o->version : "", .upload = o->upload ? o->upload : "", .etag = "", .is_latest = true,
					.delete_marker = o->marker };

		for (guint k = n + 1; k < s->objects->len; k++) {
			const struct fake_object *later = &g_array_index(s->objects, struct fake_object, k);

			i.is_latest &= later->upload || strcmp(later->key, o->key);
		}
		if (g_str_has_prefix(o->key, l->prefix) && (o->upload != NULL) == l->uploads)
			err = each(&i, arg);
	}
	return err;
}

static int drop(struct store *s, const char *key, const char *version, const char *upload, struct store_why *why)
{
	if (refuses(s, why))
		return why->err;
	for (guint n = 0; n < s->objects->len; n++) {
		const struct fake_object *o = &g_array_index(s->objects, struct fake_object, n);

		if (strcmp(o->key, key) || g_strcmp0(o->version, version) || g_strcmp0(o->upload, upload))
			continue;
		if (o->locked) {
			*why = (struct store_why){ .err = -EACCES, .status = 403 };
			g_strlcpy(why->text, "403 AccessDenied: object lock", sizeof(why->text));
			return -EACCES;
		}
		g_array_remove_index(s->objects, n);
		break;
	}
	return 0;
}

int store_remove(struct store *s, const char *key, const char *version, struct store_why *why)
{
	return drop(s, key, version, NULL, why);
}

static size_t fake_batch = 1;          /* what store_batch() says */

size_t store_batch(const struct store *s)
{
	(void)s;
	return fake_batch;
}

int store_remove_some(struct store *s, const struct store_gone *g, size_t n, size_t *gone, struct store_why *why)
{
	struct store_why this;
	int first = 0;

	for (size_t i = 0; i < n; i++) {
		int err = drop(s, g[i].key, g[i].version, NULL, &this);

		*gone += !err;
		if (err && !first)
			*why = this;
		first = first ? first : err;
	}
	return first;
}

int store_parts_abort(struct store *s, const char *key, const char *upload, struct store_why *why)
{
	return drop(s, key, NULL, upload, why);
}
