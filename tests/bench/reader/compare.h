/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What was recorded against what was sent: by number, and on the true clock.
 */
#pragma once
#include "tests/bench/reader/got.h"
#include "tests/bench/reader/sent.h"

struct tally {
	uint64_t expected, present;        /* frames after the first recorded one */
	uint64_t repeated;                 /* there more than once */
};

struct comparison {
	struct tally sound, pictures;
	uint64_t broken;           /* pictures without the one they build on in their segment; a segment that begins without a keyframe counts once */
	int64_t first_us;          /* capture time of the first picture */
	double drift_ms;           /* sound against pictures: largest difference of the means over a second */
	double offset_ms;          /* of pictures: their recording time minus the true one, median */
};

void compare(struct comparison *c, const struct sent *s, const struct got *g);
