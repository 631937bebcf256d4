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
	enum leveller_kind kind;
};

void mixer_create(struct mixer **out);
/** Inputs are added up in order; this one comes before those that had the number `at` and more, which move up. An input put in later than the first mixer_next was silent
 *  so far: its first read is for block mixer_read_blocks(). */
void mixer_insert(struct mixer *m, unsigned at, const struct mixer_input *in);
/** Blocks each input was asked for so far: LEVELLER_DELAY more than were mixed. */
int64_t mixer_read_blocks(const struct mixer *m);
/** The mix is that long: no input is asked for more. */
void mixer_end(struct mixer *m, int64_t blocks);
/** The next block of the mix. 0 or the negative errno of an input. */
int mixer_next(struct mixer *m, float *pcm);
void mixer_report(const struct mixer *m, unsigned input, struct leveller_report *r);
void mixer_unref(struct mixer **m);
