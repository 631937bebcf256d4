/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A store of one object in memory, for what reads from stores: gives it in pieces of any size, counts what was asked for, and fails when told.
 */
#pragma once
#include <errno.h>
#include <glib.h>
#include <stdatomic.h>
#include <string.h>
#include "postprocess/store.h"

struct store {
	struct settings_storage conf;
	const char *key;
	unsigned char *data;
	size_t size, piece;            /* given at a time */
	char key_id[STORE_KEY_ID];
	atomic_int gets, heads;
	_Atomic int64_t asked;         /* bytes of all gets */
	atomic_bool hold;              /* nothing more is given meanwhile */
	int fails;                     /* the next get fails with this … */
	size_t fails_after;            /* … after so many bytes */
};

static struct store memory = { .conf = { .name = (char *)"mem" }, .key = "a/b", .piece = 1000 };

struct store *store_ref(struct store *s)
{
	return s;
}

void store_unref(struct store **s)
{
	*s = NULL;
}

const struct settings_storage *store_conf(const struct store *s)
{
	return &s->conf;
}

static __thread const struct store_patience *memory_patience;

void store_patience(const struct store_patience *p)
{
	memory_patience = p;
}

/* False: it shall stop. */
static bool memory_waits(const struct store *s)
{
	while (atomic_load(&s->hold)) {
		if (memory_patience && memory_patience->stopping && memory_patience->stopping(memory_patience->arg))
			return false;
		g_usleep(1000);
	}
	return true;
}

static int memory_fail(struct store_why *why, int err, const char *text)
{
	if (why) {
		*why = (struct store_why){ .err = err };
		g_snprintf(why->text, sizeof(why->text), "store mem: %s", text);
	}
	return err;
}

static void memory_stat(const struct store *s, struct store_stat *st)
{
	*st = (struct store_stat){ .size = (int64_t)s->size };
	g_strlcpy(st->key_id, s->key_id, sizeof(st->key_id));
}

int store_head(struct store *s, const char *key, struct store_stat *st, struct store_why *why)
{
	s->heads++;
	if (strcmp(key, s->key))
		return memory_fail(why, -ENOENT, "no such object");
	memory_stat(s, st);
	return 0;
}

int store_get(struct store *s, const char *key, int64_t pos, int64_t len, int (*take)(const void *data, size_t n, void *arg), void *arg,
	      struct store_stat *st, struct store_why *why)
{
	size_t given = 0;

	s->gets++;
	if (strcmp(key, s->key))
		return memory_fail(why, -ENOENT, "no such object");
	if (pos >= (int64_t)s->size)
		return memory_fail(why, -ERANGE, "no such range");
	if (st)
		memory_stat(s, st);
	if (len < 0 || len > (int64_t)s->size - pos)
		len = (int64_t)s->size - pos;
	s->asked += len;
	while (given < (size_t)len) {
		size_t n = MIN(s->piece, (size_t)len - given);
		int err;

		if (s->fails && given + n > s->fails_after)
			return memory_fail(why, s->fails, "it broke off");
		if (!memory_waits(s))
			return memory_fail(why, -ECANCELED, "stopped");
		err = take(s->data + pos + given, n, arg);
		if (err)
			return memory_fail(why, err, "taken no further");
		given += n;
	}
	return 0;
}
