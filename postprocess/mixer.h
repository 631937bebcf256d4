/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every source levelled and added up. All have the same weight, whatever their number; in float nothing clips here, the limiter comes last. One thread.
 */
#pragma once
#include <stdint.h>
#include "postprocess/leveller.h"

struct mixer;

struct mixer_input {
	/** The next block (pcm.h): 1 sound, 0 silence, or a negative errno. */
	int (*read)(void *arg, float *pcm);
	void *arg;
};

/** `blocks` is the length of the mix: no input is asked for more. */
void mixer_create(struct mixer **out, const struct leveller_conf *conf, int64_t blocks);
/** Inputs are added up in the order in which they were added. Before the first mixer_next. Returns the input's number. */
unsigned mixer_add(struct mixer *m, const struct mixer_input *in);
/** The next block of the mix. 0 or the negative errno of an input. */
int mixer_next(struct mixer *m, float *pcm);
double mixer_talk_ms(const struct mixer *m, unsigned input);
void mixer_unref(struct mixer **m);
