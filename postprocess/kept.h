/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The mix of a recording that may turn out to be short, block by block, in a file, and the one gain that makes it as loud as wanted. One thread.
 */
#pragma once
#include <stdint.h>
#include "postprocess/pcm.h"

struct kept;

/** `dir`: where the file without a name lies. 0 or negative errno. */
int kept_create(struct kept **out, const char *dir);
/** The next block of the mix, and the gain it had at first. 0 or negative errno. */
int kept_add(struct kept *k, const float *pcm, double gain_db);
int64_t kept_blocks(const struct kept *k);
/** Copies a block, PCM_BLOCK_VALUES. 0 or negative errno. */
int kept_block(struct kept *k, int64_t n, float *pcm);
/** How loud it was at first, limited to the ceiling, before any codec; -HUGE_VAL below the gate. 0 or negative errno. */
int kept_loudness(struct kept *k, double ceiling_db, double *out);
/** The gain with which the mix, limited to the ceiling, is `aim_lufs` loud, at most `max_db`. 0 dB for a mix below the gate. 0 or negative errno. */
int kept_gain_db(struct kept *k, double aim_lufs, double ceiling_db, double max_db, double *out);
void kept_unref(struct kept **k);
