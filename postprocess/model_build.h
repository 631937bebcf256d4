/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How a model grows while it is read: find-or-add for everything in it, always in order; then what no line says. Only model*.c use this, and
 * ARRAY_ADD whoever keeps such arrays.
 */
#pragma once
#include <glib.h>
#include <jansson.h>
#include "common/timeline.h"
#include "postprocess/model.h"

static const int64_t MODEL_T_MAX_MS = 31LL * 24 * 3600 * 1000;   /* a recording longer than a month is a damaged line */

/** Room for one more zeroed member at the end of a counted array; doubles the memory when it is full. */
void *array_add(void **array, size_t *n, size_t size);
#define ARRAY_ADD(array, n) ((__typeof__(array))array_add((void **)&(array), &(n), sizeof(*(array))))

struct model_participant *model_participant_get(struct model *m, const char *id);
struct model_source *model_source_get(struct model_participant *p, const char *name);
/** A new one has the codec its kind of source has when nobody says: Opus, VP8. */
struct model_segment *model_segment_get(struct model_source *s, unsigned number);
/** NULL: its segment has a chunk of that index. */
struct model_chunk *model_chunk_add(struct model_segment *g, unsigned index);

/** One line of a timeline (model_lines.c); `arg` is the model. Unusable ones are counted in bad_lines. Returns 0. */
int model_line(enum timeline_type type, int64_t t_ms, json_t *o, void *arg);

/** Looks which files are there: marks the missing, and adopts what no line names if `adopts`. 0 or negative errno of the directory; no chunks
 *  directory is an empty one. */
int model_scan(struct model *m, bool adopts);
/** Counts anew what is missing. */
void model_count_missing(struct model *m);
void model_segment_free(struct model_segment *g);
void model_source_free(struct model_source *s);
void model_participant_free(struct model_participant *p);
/** Nothing will follow: closes what is open, fills in what no line said. */
void model_finish(struct model *m);
