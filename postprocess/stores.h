/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The stores of the configuration, opened. Made by each command and by serve before its threads start; then it never changes, and any thread may ask.
 */
#pragma once
#include <stddef.h>
#include "common/settings.h"
#include "postprocess/store.h"

struct stores;

/** All of settings->storages, which are borrowed; none is all right. On failure one sentence in why, and nothing is opened. */
int stores_open(struct stores **out, const struct settings *set, char *why, size_t size);
/** Clears *s; NULL is all right. Stores that somebody still holds live on. */
void stores_unref(struct stores **s);

/* Stores are on loan, until stores_unref(). s may be NULL: there are none. */
size_t stores_count(const struct stores *s);
/** In the order of the configuration. */
struct store *stores_at(const struct stores *s, size_t i);
struct store *stores_find(const struct stores *s, const char *name);   /* NULL: no longer configured */
/** NULL only where there are none. */
struct store *stores_primary(const struct stores *s);
/** The names that an output goes to, primary first, then the mirrors; ended by NULL, NULL where there are none. On loan. */
const char *const *stores_targets(const struct stores *s);
/** The first one of that role from *i on, and sets *i behind it; NULL: no more. */
struct store *stores_next(const struct stores *s, enum storage_role role, size_t *i);
