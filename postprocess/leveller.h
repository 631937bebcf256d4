/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Makes every speaker as loud as the others: a slow gain of one source's own, from its own gated loudness. Looks 800 ms ahead, so that a first word has its gain already. One thread.
 */
#pragma once
#include <stdbool.h>

struct leveller;

enum { LEVELLER_DELAY = 40 };      /* blocks */

enum leveller_kind {
	LEVELLER_OFF,              /* delays and measures */
	LEVELLER_VOICE,            /* turned by what is a voice (voice.h), kept in pauses and noise */
	LEVELLER_PROGRAMME,        /* music, films: so slow that loud and soft passages stay what they are */
};

struct leveller_report {
	double talk_ms;            /* something above the gate, and for LEVELLER_VOICE a voice, was given out */
	double loudness_lufs;      /* of that, before the gain; -HUGE_VAL: nothing */
	double gain_db;            /* mean while it was given out, and its range */
	double gain_min_db, gain_max_db;
};

void leveller_create(struct leveller **out, enum leveller_kind kind);
/** Takes one block (pcm.h; NULL: silence) and gives the one LEVELLER_DELAY blocks before, levelled. False: out was not written, it is silence. */
bool leveller_run(struct leveller *l, const float *in, float *out);
/** Of the block given last. */
double leveller_gain_db(const struct leveller *l);
/** Of all given so far. */
void leveller_report(const struct leveller *l, struct leveller_report *r);
void leveller_unref(struct leveller **l);
