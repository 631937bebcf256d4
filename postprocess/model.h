/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a recording's directory says, as one structure: who was there when, which source had which chunks. Built from timeline, participants.json and
 * the files; everything else in composing only reads it. Times are recording time in ms.
 *
 * A model may grow: model_advance() takes in what was written since. People, sources and segments keep their addresses while it does; arrays and
 * texts do not. Whoever reads the recording on a thread of its own has a model of its own, and advances it itself.
 *
 * What is made of a recording while it grows shall be what is made of it afterwards. So what decides about the picture or the sound at t is asked
 * only when t < sealed_ms, and looks at nothing later than t: at `end_ms` and spans, which are open until their end is known, never at `to_ms`,
 * `duration_ms` or at what the last source or segment is.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/ids.h"

enum { OPEN_MS = -1 };       /* an end that is not known yet */

struct span { int64_t from_ms, to_ms; };       /* to OPEN_MS: goes on */

struct model_chunk {
	uint32_t index;
	uint32_t from_ms, to_ms;   /* recording time, whatever is selected */
	unsigned frames : 29;
	unsigned keyframe : 1;     /* begins with one */
	unsigned missing : 1;      /* named in the timeline, not on disk; known of a complete model */
	unsigned mkv : 1;          /* what its name ends with: .mkv, else .webm */
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
	int64_t from_ms;
	int64_t end_ms;            /* OPEN_MS while it goes on. By its `ended` line; without one, where the next of its source begins, its participant leaves, or the recording ends */
	int64_t to_ms;             /* of its last chunk so far: for reports, not for decisions */
	struct model_chunk *chunks;        /* by index */
	size_t nchunks;
	struct model_gap *gaps;
	size_t ngaps;
	int64_t lost;              /* packets */
	int layer;                 /* of simulcast, 0 the lowest; -1 not simulcast */
	char reason[12];           /* why it began; "" nobody says */
};
struct sync_log;
struct model_source {
	char name[SOURCE_SIZE];
	bool audio, screen;
	const struct model_participant *owner;
	struct model_segment **segments;   /* by number, in time order */
	size_t nsegments;
	struct span *muted;
	size_t nmuted;
	struct sync_log *sync;     /* how well it lies in time (sync_log.h); NULL: nothing known */
};
struct model_participant {
	char id[PARTICIPANT_SIZE];
	unsigned number;           /* of the id: user7 is 7 */
	char *name, *identity, *role;
	bool named;                /* participants.json has said the name; before, it is the id */
	struct span *present;      /* joined … left */
	size_t npresent;
	struct span *talking;
	size_t ntalking;
	struct model_source **sources;     /* by name */
	size_t nsources;
};
struct model_pause { int64_t at_ms, length_ms; };   /* recording time, wall time */
struct model_layout {
	int64_t at_ms;
	char mode[16];
	char focus[PARTICIPANT_SIZE];      /* "" nobody */
	char *regions;             /* JSON text of an array, or NULL */
};
struct model_consent {
	char participant[PARTICIPANT_SIZE], state[12];
	int64_t at_ms, wall_ms;    /* recording time, and when it was said */
};
struct timeline_reader;
struct model {
	char *dir;
	char id[ID_SIZE], room[ROOM_ID_MAX + 1], call_id[ID_SIZE];
	char continues[ID_SIZE];   /* the recording that this one goes on from, or "" */
	char *title;
	char layout[16];           /* at the start */
	struct model_layout *layouts;      /* changes, in order of time */
	size_t nlayouts;
	char consent[12];          /* "notice" "require", "" where the timeline does not say */
	struct model_consent *consents;    /* who was told, agreed, declined, was left out; as said, one after the other */
	size_t nconsents;
	int64_t start_wall_ms;
	int64_t duration_ms, elapsed_ms;   /* 0 until the model is complete */
	int64_t sealed_ms;         /* all before it is known; INT64_MAX of a complete model */
	bool complete;             /* nothing will follow */
	unsigned chunk_ms;
	bool started, stopped;     /* has a start line, a stop line */
	bool identified;           /* that start line says which recording it is */
	char **flags;              /* NULL-terminated */
	char chain[65];            /* the chain hash, "" without a stop line */
	struct model_participant **participants;   /* in order of number */
	size_t nparticipants;
	struct model_pause *pauses;
	size_t npauses;
	unsigned bad_lines, missing_chunks;
	int64_t shift_ms;          /* recording time of what is zero in the model; times of chunks are recording time (model_select.h) */
	char *only, *without, *erased;     /* lists of people, or NULL: model_select.c's own */
	struct timeline_reader *reader;    /* model.c's own */
};

/** A recording that is over, or, by hand, one as it stands: all that is on disk counts. Where the timeline does not say that and how the recording
 *  ended, or has unreadable lines, chunks that no line names are adopted by their file names. Lines whose file is missing are marked.
 *  -ENOENT, -ENODATA (no timeline and no chunks), -EPROTO (format too new). */
int model_load(struct model **out, const char *dir);
/** A recording that may still grow: nothing is read yet. -ENOENT, -ENOTDIR. */
int model_open(struct model **out, const char *dir);
/** Reads the lines that were added. 1 something new, 0 nothing, or negative errno. The stop line completes the model. -EAGAIN: somebody was
 *  erased from what was read already; open it again. */
int model_advance(struct model *m);
void model_unref(struct model **m);
/** Length of [from, to) in which the participant was in the call and `source` was neither muted nor in a gap is for the caller; these answer at t: */
bool model_present(const struct model_participant *p, int64_t t_ms);
bool model_muted(const struct model_source *s, int64_t t_ms);
bool model_talking(const struct model_participant *p, int64_t t_ms);
/** Has anything been heard of the source until t? One that begins later is not to be seen before. */
bool model_known(const struct model_source *s, int64_t t_ms);
/** Has the segment begun, and is not over at t? */
bool model_running(const struct model_segment *g, int64_t t_ms);
/** Degrees clockwise, 0 90 180 270, to show a picture of that time upright. */
int model_rotation(const struct model_segment *g, int64_t t_ms);
/** The wall clock at a recording time, ms since 1970. */
int64_t model_wall_ms(const struct model *m, int64_t t_ms);
/** The name of a chunk's file below chunks/. */
void model_chunk_name(char out[NAME_SIZE], const struct model_source *s, const struct model_segment *g, const struct model_chunk *c);
