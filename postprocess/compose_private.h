/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One composing, shared by compose*.c: compose.c sets it up, runs its threads and ends it; compose_picture.c is the composing thread, compose_write.c the
 * writing one, compose_files.c what stands on disk afterwards.
 */
#pragma once
#include <glib.h>
#include <stdatomic.h>
#include "postprocess/beside.h"
#include "postprocess/compose.h"
#include "postprocess/interleave.h"
#include "postprocess/model.h"
#include "postprocess/scene.h"
#include "postprocess/segment.h"
#include "postprocess/sink.h"
#include "postprocess/sound.h"
#include "postprocess/video_spool.h"

enum { PERCENT_READ = 2, PERCENT_COMPOSED = 95, COMPOSE_POLL_US = 50000 };

struct job {
	const struct compose_conf *conf;
	struct compose_result *result;
	const struct output_format *format;
	const struct sink_type *type;
	char *name;                /* of the media file */
	bool low;                  /* the call runs: the threads are low ones, and end with it */
	struct segmenter *segmenter;
	_Atomic bool stopped;      /* the call does not run any more */
	_Atomic bool cancelled;
	_Atomic bool waiting;      /* for room on the disk */
	_Atomic bool idle;         /* there is no composing thread */
	_Atomic int64_t composed_ms;

	/* the composing thread's while there is one */
	struct model *picture_model;
	struct scene *scene;
	struct beside *beside;
	AVFrame *shown;            /* the last frame that was drawn anew */
	bool drawn;                /* the canvas was changed since */
	int64_t next, last;        /* places of the grid: to be composed next; put last */
	int64_t spooled;           /* segments below were there from the start */

	/* the writing thread's */
	struct model *model;       /* the same as picture_model when it is not going to grow */
	struct sound *sound;
	struct sink *sink;         /* NULL: it is too early */
	struct interleave *interleave;
	struct space_watch space;
	struct video_spool *spool; /* NULL: segments are written as they come */
	int64_t segment;           /* to be written next */
	GPtrArray *packets;        /* of the one that is being written, NULL: none */
	guint packet;              /* to be written next of them */
	bool encoded;              /* all segments came */
	int64_t began_us, began_ms;    /* when the length was known, and what was written by then */
};

static inline bool compose_has_picture(const struct job *j)
{
	return *j->format->video;
}

/** Keeps the first failure's sentence. Returns err. */
int __attribute__((format(printf, 3, 4))) compose_fail(struct job *j, int err, const char *fmt, ...);
/** Why the recording cannot be read. Returns err. */
int compose_unreadable(struct job *j, int err);
/** -ENOSPC, and says so. */
int compose_no_room(struct job *j);
/** Tells the caller; -ECANCELED when that wants no more. */
int compose_report(struct job *j, const char *stage, int percent, int64_t eta_ms);
/** Nothing has its name yet: may it? 0 or -ECANCELED. */
int compose_claim(struct job *j);
/** Opens sound and container, as soon as enough of the recording is known; until then there is no sink. Writing thread. */
int compose_open(struct job *j);
/** The length of the file, of a complete model. */
int64_t compose_end_ms(const struct job *j, const struct model *m);
const char *compose_output(const struct job *j);

/** The frame grid in segments: which one a place belongs to, and which one comes after one. */
int64_t segment_of(const struct output_spec *spec, int64_t n);
int64_t segment_after(const struct output_spec *spec, int64_t segment);

/** Composes until the recording's end, or its stop while `low`; thread_start()'s. */
void *compose_picture(void *job);
/** Writes until the recording's end, or its stop while `low`. 0 or negative errno. */
int compose_write(struct job *j);
/** Notes a file of the result, which is to be filled in further. */
struct compose_file *compose_add_file(struct job *j, const char *kind, const char *name, const char *mime, int64_t size);
struct metadata_conf;
/** Writes the output's metadata before its files get their names; compose_list() lists a later output in metadata.json after that. */
int compose_metadata(struct job *j, const struct metadata_conf *conf);
int compose_list(struct job *j, const struct metadata_conf *conf);
/** Makes an output of several files, all of it. 0 or negative errno. */
int compose_each(struct job *j);
/** Completes the media, writes what stands beside it, gives all of it its names. 0 or negative errno. */
int compose_files(struct job *j);
