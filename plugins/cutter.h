/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Cuts the frames of one source, placed on recording time, into capture segments and chunks, and says in `segment` and `gap` lines what is missing.
 * Lives as long as the recording, while taps come and go. Capture thread.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "plugins/depay.h"
#include "plugins/rectime.h"
#include "plugins/writer.h"

/** What the tracks of a recording share; the capture thread's own. */
struct cutter_env {
	const char *recording;
	struct writer *writer;
	struct rectime time;
	int64_t chunk_ms, reorder_us;
	int64_t floor_ms;          /* earlier seconds are sealed */
};
/** Recording time of a line about that moment: not below what is sealed [ms]. */
int64_t cutter_env_ms(const struct cutter_env *env, int64_t mono_us);

struct cutter;

void cutter_create(struct cutter **out, const struct cutter_env *env, const char *participant, const char *source);
void cutter_unref(struct cutter **c);
/** The stream that feeds it from now on; ends the segment. */
void cutter_stream(struct cutter *c, const struct depay *codec, unsigned rate_hz, unsigned channels);

enum cut {
	CUT_OPENED,                /* taken, as the first of a segment */
	CUT_TAKEN,
	CUT_OUTSIDE,               /* not in the recording: before its start, in a pause, after its end */
	CUT_WAITING,               /* of no use before a keyframe */
	CUT_LATE,                  /* its second is sealed */
};
/** How the pictures from the next one on are turned: clockwise by 0, 90, 180 or 270 degrees they stand upright. */
void cutter_rotation(struct cutter *c, int degrees);
/** A frame captured at at_us on the monotonic clock. */
enum cut cutter_frame(struct cutter *c, const struct frame *f, int64_t at_us);
/** Would this frame begin a segment? */
bool cutter_opens(const struct cutter *c, const struct frame *f);
/** A frame that must not be kept: pictures after it need a keyframe. */
void cutter_skip(struct cutter *c);
/** The substream of simulcast that comes from now on; -1: there is none. */
void cutter_layer(struct cutter *c, int layer);
/** Packets before the next frame were lost. */
void cutter_lost(struct cutter *c, unsigned packets);
/** What pictures rest on is missing, or cannot be decoded: the gap's reason (a constant). */
void cutter_break(struct cutter *c, const char *reason);
/** A packet came too late; captured at at_us. */
void cutter_late(struct cutter *c, int64_t at_us);
/** Ends the segment; the next one begins for `reason` (a constant), pictures with a keyframe. */
void cutter_cut(struct cutter *c, const char *reason);
/** Its participant is not captured from at_us on: the gap's reason (a constant). It says no more than the second in which that was, since what they do
 *  from then on is theirs; nothing for a source of which nothing was captured. */
void cutter_withheld(struct cutter *c, const char *reason, int64_t at_us);
/** Chunks of that segment were lost to the disk. */
void cutter_dropped(struct cutter *c, unsigned segment);
/** Closes what lies before to_ms, which is about to be sealed. */
void cutter_seal(struct cutter *c, int64_t to_ms);

bool cutter_wants_keyframe(const struct cutter *c);
/** Number of the open segment, or -1. */
int cutter_segment(const struct cutter *c);
/** Has anything been recorded of this source? */
bool cutter_used(const struct cutter *c);
