/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One source of a recording as the mixer wants it: read, decoded, in its place, silent while its owner was muted or away. One thread.
 */
#pragma once
#include "postprocess/model.h"

struct strand;

/** The model must outlive the strand. */
int strand_create(struct strand **out, const struct model *m, const struct model_source *source);
/** A mixer_input's read; arg is the strand. */
int strand_read(void *arg, float *pcm);
const struct model_participant *strand_participant(const struct strand *t);
/** Somebody speaking, not the sound of a shared screen. */
bool strand_is_voice(const struct strand *t);
unsigned strand_concealed(const struct strand *t);     /* frames */
unsigned strand_damaged(const struct strand *t);       /* chunks */
void strand_unref(struct strand **t);
