/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Makes every speaker as loud as the others: a slow gain of one source's own, from its own gated loudness. Looks 400 ms ahead, so that a first word has its gain already. One thread.
 */
#pragma once
#include <stdbool.h>

struct leveller;

enum { LEVELLER_DELAY = 20 };      /* blocks */

struct leveller_conf {
	double target_lufs;
	double min_db, max_db;     /* of the gain; both 0: the signal is only delayed and measured */
};

void leveller_create(struct leveller **out, const struct leveller_conf *conf);
/** Takes one block (pcm.h; NULL: silence) and gives the one LEVELLER_DELAY blocks before, levelled. False: out was not written, it is silence. */
bool leveller_run(struct leveller *l, const float *in, float *out);
/** How long something above the gate was given out so far. */
double leveller_talk_ms(const struct leveller *l);
/** Of the block given last. */
double leveller_gain_db(const struct leveller *l);
void leveller_unref(struct leveller **l);
