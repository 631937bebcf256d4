/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The stores of the configuration. Made once by each program; read by all its threads.
 */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include "postprocess/stores.h"

struct stores {
	struct store **store;
	size_t n;
	const char **targets;          /* names, ended by NULL */
};

static void set_targets(struct stores *s)
{
	static const enum storage_role order[] = { STORAGE_PRIMARY, STORAGE_MIRROR };
	size_t n = 0;

	s->targets = g_new0(const char *, s->n + 1);
	for (size_t k = 0; k < G_N_ELEMENTS(order); k++)
		for (size_t i = 0; i < s->n; i++)
			if (store_conf(s->store[i])->role == (int)order[k])
				s->targets[n++] = store_name(s->store[i]);
}

int stores_open(struct stores **out, const struct settings *set, char *why, size_t size)
{
	struct stores *s = g_new0(struct stores, 1);
	struct store_why reason;
	int err = 0;

	s->store = g_new0(struct store *, set->nstorages + 1);
	for (size_t i = 0; !err && i < set->nstorages; i++) {
		err = store_open(&s->store[i], &set->storages[i], &reason);
		if (err)
			snprintf(why, size, "%s", reason.text);
		else
			s->n++;
	}
	if (err) {
		stores_unref(&s);
	} else {
		set_targets(s);
		*out = s;
	}
	return err;
}

void stores_unref(struct stores **s)
{
	if (!*s)
		return;
	for (size_t i = 0; i < (*s)->n; i++)
		store_unref(&(*s)->store[i]);
	g_free((*s)->targets);
	g_free((*s)->store);
	g_free(*s);
	*s = NULL;
}

size_t stores_count(const struct stores *s)
{
	return s ? s->n : 0;
}

struct store *stores_at(const struct stores *s, size_t i)
{
	return s->store[i];
}

struct store *stores_find(const struct stores *s, const char *name)
{
	for (size_t i = 0; i < stores_count(s); i++)
		if (!strcmp(store_name(s->store[i]), name))
			return s->store[i];
	return NULL;
}

struct store *stores_next(const struct stores *s, enum storage_role role, size_t *i)
{
	while (*i < stores_count(s)) {
		struct store *store = s->store[(*i)++];

		if (store_conf(store)->role == (int)role)
			return store;
	}
	return NULL;
}

struct store *stores_primary(const struct stores *s)
{
	size_t i = 0;

	return stores_next(s, STORAGE_PRIMARY, &i);
}

const char *const *stores_targets(const struct stores *s)
{
	return s && s->n ? s->targets : NULL;
}
