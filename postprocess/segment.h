/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Closed mix segments, encoded side by side. One thread puts frames in time order, one takes finished segments in the same order; in between, at most
 * about `frames_max` frames wait. What comes out does not depend on the number of threads.
 */
#pragma once
#include <glib.h>
#include <libavutil/frame.h>
#include <stdbool.h>
#include <stdint.h>
#include "postprocess/spec.h"

struct segmenter;

/** spec must outlive it. threads ≥ 1; `low`: they let everything else on the machine go first. */
int segmenter_create(struct segmenter **out, const char *codec, const struct output_spec *spec, int threads, size_t frames_max, bool low);
/** Threads as high as the calling one take over, in the middle of a segment too. Once. 0 or negative errno. */
int segmenter_hurry(struct segmenter *s);
/** Takes the frame (pts in 1/fps) for segment `number`, which never falls. Blocks while too much waits. 0 or what ended the whole. Putting thread. */
int segmenter_put(struct segmenter *s, int64_t number, AVFrame *frame);
/** No frames will follow; err 0 or why not. Any thread. Who waits returns. */
void segmenter_end(struct segmenter *s, int err);
/** The next finished segment's packets (AVPacket, pts in 1/fps), g_ptr_array_unref(). 0, -EAGAIN when none is ready by `deadline_us`
 *  (CLOCK_MONOTONIC), AVERROR_EOF, or what ended the whole. Taking thread. */
int segmenter_take(struct segmenter *s, int64_t deadline_us, GPtrArray **packets);
/** Ends what still runs, waits for the threads. */
void segmenter_unref(struct segmenter **s);
