/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One source of a recording as the mixer wants it: read, decoded, in its place, silent while its owner was muted or away. One thread.
 */
#pragma once
#include "postprocess/audio_source.h"
#include "postprocess/model.h"

struct strand;

/** Model and source must outlive the strand. */
int strand_create(struct strand **out, const struct model *m, const struct model_source *source);
/** A mixer_input's read; arg is the strand. -EAGAIN while the model does not know enough: never for a block that ends AUDIO_SOURCE_AHEAD_MS before what is sealed. */
int strand_read(void *arg, float *pcm);
/** Before the first read: goes on by so many blocks that hold nothing, since the source had not begun. */
void strand_skip(struct strand *t, int64_t blocks);
const struct model_source *strand_source(const struct strand *t);
unsigned strand_concealed(const struct strand *t);     /* frames */
double strand_concealed_ms(const struct strand *t);
unsigned strand_damaged(const struct strand *t);       /* chunks */
/** Where chunks that are there gave nothing (chunk_reader.h). */
const struct model_gap *strand_gaps(const struct strand *t, size_t *n);
void strand_unref(struct strand **t);
