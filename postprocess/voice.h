/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Is this somebody speaking, or a fan? Speech comes in syllables: its level falls and rises several times a second. What stays as loud as it is, however loud, is no voice.
 * Looks at levels only, block by block. One thread.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct voice {                     /* zeroed to begin with */
	int64_t blocks;
	double before;             /* power of the block before */
	double extreme;            /* level of the last peak, or dip, so far */
	bool up;                   /* after a rise, which was at block `since` */
	int64_t since;
	int64_t falls[2];          /* blocks at which the level had fallen, the newest first; 0: never */
};

/** `power` as of kweight_power(). */
void voice_block(struct voice *v, double power);
/** Has there been a voice within the last two seconds? */
bool voice_heard(const struct voice *v);
/** Blocks since its last syllable ended. */
int64_t voice_age(const struct voice *v);
