/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Shared by storage_check*.c.
 */
#pragma once
#include <glib.h>
#include "common/json.h"
#include "postprocess/storage_check.h"

/** Told and counted. */
void storage_check_say(struct storage_check *c, const struct difference *d);
static inline bool storage_check_stops(const struct storage_check *c)
{
	return c->stopping && c->stopping(c->arg);
}
/** The file of a recording that is to be here, and as the catalog says (storage_check_read.c): NULL if so, else a kind, and a detail. */
const char *storage_check_file(const char *dir, json_t *file, bool deep, char detail[200]);
/** The object is read: NULL if it is what the file is. */
const char *storage_check_object(struct storage_check *c, struct store *s, json_t *file, json_t *copy, char detail[200]);
