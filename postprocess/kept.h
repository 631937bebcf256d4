/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The mix of a recording that may turn out to be short, block by block, and the one gain that makes it as loud as wanted. One thread.
 */
#pragma once
#include <stdint.h>
#include "postprocess/pcm.h"

struct kept;

void kept_create(struct kept **out);
/** The next block of the mix, and the gain it had at first. */
void kept_add(struct kept *k, const float *pcm, double gain_db);
int64_t kept_blocks(const struct kept *k);
const float *kept_block(const struct kept *k, int64_t n);
/** How loud it was at first, limited to the ceiling, before any codec; -HUGE_VAL below the gate. */
double kept_loudness(const struct kept *k, double ceiling_db);
/** The gain with which the mix, limited to the ceiling, is `aim_lufs` loud, at most `max_db`. 0 for a mix below the gate. */
double kept_gain_db(const struct kept *k, double aim_lufs, double ceiling_db, double max_db);
void kept_unref(struct kept **k);
