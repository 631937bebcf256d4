/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keeps true peaks (four times oversampled, as BS.1770 measures them) under a ceiling. Looks ahead, so that the gain is down before the peak comes; below the ceiling
 * samples pass unchanged. One thread.
 */
#pragma once
#include <stdbool.h>

struct limiter;

enum { LIMITER_DELAY = 1 };        /* blocks */

void limiter_create(struct limiter **out, double ceiling_db);
/** Takes one block (pcm.h) times `gain_from` … `gain_to`, a linear ramp, and gives the block before, limited; silence the first time.
 *  True if something was taken away from it. */
bool limiter_run(struct limiter *l, const float *in, double gain_from, double gain_to, float *out);
/** The most it took away so far, as a negative number of dB; 0: nothing. */
double limiter_reduction_db(const struct limiter *l);
void limiter_unref(struct limiter **l);
