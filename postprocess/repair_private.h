/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Between repair.c (files) and repair_lines.c (the timeline made of them).
 */
#pragma once
#include <glib.h>
#include <jansson.h>
#include "common/timeline.h"
#include "postprocess/probe.h"
#include "postprocess/repair.h"

/* A chunk file that can be read */
struct found { struct chunk_name name; struct probe probe; };

struct rebuild {
	const struct repair_conf *conf;
	struct repair_result *out;
	int dir, chunks;               /* descriptors; chunks -1: there is no such directory */
	GHashTable *files;             /* name → struct found */
	json_t *metadata, *people;     /* what metadata.json and participants.json say, NULL: nothing */
	int64_t done, total;           /* bytes of files, for progress */
	/* the lines that are left */
	json_t *start, *stop;
	GPtrArray *chunk_lines;        /* of json_t */
	GPtrArray *repaired;           /* of json_t: what repair wrote before */
	GPtrArray *items;              /* of struct item: the new timeline */
	int64_t chunk_ms, last_wall_ms, start_wall_ms, seq;
};

void rebuild_init(struct rebuild *r);
void rebuild_done(struct rebuild *r);
/** A line of the old timeline. */
int rebuild_line(const struct timeline_line *line, void *arg);
/** Puts lines and files together, and *out. */
void rebuild_join(struct rebuild *r);
/** *out from the lines alone. */
void rebuild_report(struct rebuild *r);
/** Writes the new timeline to an empty one, `stop` last; `kept_as` is the name of the old one. */
int rebuild_write(struct rebuild *r, struct timeline *tl);
