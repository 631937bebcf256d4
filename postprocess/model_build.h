/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How a model grows while it is read: find-or-add for everything in it. Only model*.c use this. Pointers into a model stay good until the next add.
 */
#pragma once
#include <glib.h>
#include "postprocess/model.h"

enum { OPEN_MS = -1 };       /* an end, or a beginning, not known yet */

/** Room for one more zeroed member at the end of a counted array; doubles the memory when it is full. */
void *array_add(void **array, size_t *n, size_t size);
#define ARRAY_ADD(array, n) ((__typeof__(array))array_add((void **)&(array), &(n), sizeof(*(array))))

struct model_participant *model_participant_get(struct model *m, const char *id);
struct model_source *model_source_get(struct model_participant *p, const char *name);
/** A new one has the codec its kind of source has when nobody says: Opus, VP8. */
struct model_segment *model_segment_get(struct model_source *s, unsigned number);

/** Chunks on disk that `named` (a set of file names) does not hold join their segments. `on_disk` gets the set of all. 0 or negative errno of the
 *  directory; no chunks directory is an empty one. */
int model_scan(struct model *m, GHashTable *named, GHashTable **on_disk);
/** Marks missing files, sorts, closes open spans, fills in what no line said. */
void model_finish(struct model *m, GHashTable *on_disk);
