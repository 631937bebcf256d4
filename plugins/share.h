/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Divides what a receiver's link carries over the pictures it gets: nobody gets a second step before everybody who can has the first. Pure.
 */
#pragma once
#include <stdint.h>

/** Simulcast or spatial layers, the lowest also with fewer temporal ones. */
enum { SHARE_LEVELS = 6 };

struct share {
	unsigned n;                /* levels it can have, at least 1 */
	uint32_t rates[SHARE_LEVELS];      /* bit/s of each */
	unsigned now;              /* the level it has */
	unsigned level;            /* out */
};

/** Sets the levels so that all rates together keep within `limit`, the lowest ones apart, which everybody gets. What somebody has is kept when it is a tenth
 *  too much, so that levels do not swing with the pictures' content. */
void share_divide(struct share *s, unsigned n, int64_t limit);
/** What it takes in all when the one worst off rises by a step; 0: nobody can. */
int64_t share_next(const struct share *s, unsigned n);
