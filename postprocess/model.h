/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a recording's directory says, as one read-only structure: who was there when, which source had which chunks. Built once from timeline,
 * participants.json and the files; everything else in composing reads only this. Times are recording time in ms.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/ids.h"

struct span { int64_t from_ms, to_ms; };

struct model_chunk {
	char *file;                /* path below the recording's directory: chunks/… */
	unsigned index;
	int64_t from_ms, to_ms;
	int frames;
	bool keyframe;             /* begins with one */
	bool missing;              /* named in the timeline, not on disk */
};
struct model_gap { int64_t from_ms, to_ms; char reason[16]; };
struct model_turn { int64_t at_ms; int rotation; };
struct model_segment {
	unsigned number;
	char codec[8];
	bool guessed;              /* no line says the codec; its chunks do */
	unsigned rate_hz, channels;
	int width, height;
	int rotation;              /* of its first frame: degrees clockwise to show it upright */
	struct model_turn *turns;  /* when that changes, in time order */
	size_t nturns;
	int64_t from_ms, to_ms;
	struct model_chunk *chunks;
	size_t nchunks;
	struct model_gap *gaps;
	size_t ngaps;
	int64_t lost;              /* packets */
};
struct model_source {
	char name[SOURCE_SIZE];
	bool audio, screen;
	struct model_segment *segments;    /* by number, in time order */
	size_t nsegments;
	struct span *muted;
	size_t nmuted;
};
struct model_participant {
	char id[PARTICIPANT_SIZE];
	char *name, *identity, *role;
	struct span *present;      /* joined … left */
	size_t npresent;
	struct model_source *sources;
	size_t nsources;
};
struct model_pause { int64_t at_ms, length_ms; };   /* recording time, wall time */
struct model {
	char *dir;
	char id[ID_SIZE], room[ROOM_ID_MAX + 1], call_id[ID_SIZE];
	char *title;
	char layout[16];
	int64_t start_wall_ms;
	int64_t duration_ms, elapsed_ms;
	unsigned chunk_ms;
	bool stopped;              /* has a stop line */
	char **flags;              /* NULL-terminated */
	char chain[65];            /* the chain hash, "" without a stop line */
	struct model_participant *participants;    /* in order of number */
	size_t nparticipants;
	struct model_pause *pauses;
	size_t npauses;
	unsigned bad_lines, missing_chunks;
};

/** Reads the directory. Chunks on disk that no line names are adopted by their file names; lines whose file is missing are marked. -ENOENT, -ENODATA (no timeline
 *  and no chunks), -EPROTO (format too new). */
int model_load(struct model **out, const char *dir);
void model_unref(struct model **m);
/** Length of [from, to) in which the participant was in the call and `source` was neither muted nor in a gap is for the caller; these answer at t: */
bool model_present(const struct model_participant *p, int64_t t_ms);
bool model_muted(const struct model_source *s, int64_t t_ms);
/** Degrees clockwise, 0 90 180 270, to show a picture of that time upright. */
int model_rotation(const struct model_segment *g, int64_t t_ms);
/** The wall clock at a recording time, ms since 1970. */
int64_t model_wall_ms(const struct model *m, int64_t t_ms);
