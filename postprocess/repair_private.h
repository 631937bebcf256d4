/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Between repair.c (files), repair_lines.c (the timeline made of them) and repair_chunks.c (its lines about files).
 */
#pragma once
#include <glib.h>
#include <jansson.h>
#include "common/timeline.h"
#include "postprocess/probe.h"
#include "postprocess/repair.h"

/* A chunk file that can be read */
struct found { struct chunk_name name; struct probe probe; };

enum rank { RANK_JOINED, RANK_OTHER, RANK_CHUNK };     /* of lines at the same time */

struct item {
	int64_t t_ms;
	enum rank rank;
	guint order;
	json_t *line;
	const struct found *file;      /* of a chunk line, NULL: erased */
	char was[SHA256_HEX];          /* hash that the next chunk of the source knows it by */
};

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

/* Of the lines. */
static inline const char *rebuild_text(json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}
/** Takes the line into the new timeline. */
struct item *rebuild_add(struct rebuild *r, enum rank rank, json_t *line);
json_t *rebuild_new_line(const struct rebuild *r, const char *type, int64_t t_ms);
/** A gap where a chunk is missing. */
void rebuild_missing(struct rebuild *r, const struct chunk_name *n, int64_t from_ms, int64_t to_ms);
/** Lines of the old timeline that are about chunks; names of files are added to `taken`. */
void rebuild_take_lines(struct rebuild *r, GHashTable *taken);
/** Files that are not taken. */
void rebuild_take_files(struct rebuild *r, GHashTable *taken);
/** Chunks whose segment or person has no line any more bring one, and pictures that are turned otherwise than the lines say one of that; items are in order. */
void rebuild_complete(struct rebuild *r);
