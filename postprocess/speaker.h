/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whose voice has the stage. Who interrupts, agrees or coughs does not get it.
 */
#pragma once
#include "postprocess/layout.h"

/* The whole state: what has been at earlier times, which no line at t tells. */
struct speaker {
	const struct model_participant *who;   /* NULL: nobody yet */
	int64_t since_ms;
};

/** Brings it to time t; items as of cast_at(). Times never fall. Returns the index of the speaker's first tile, or n when there is nobody. */
size_t speaker_at(struct speaker *s, const struct layout_item *items, size_t n, int64_t t_ms);
