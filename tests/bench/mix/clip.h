/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Clips for the mix's benchmark: pictures and speech encoded as a browser does. One thread.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "tests/lib/make_recording.h"

struct clip_conf {
	bool screen;
	int width, height, fps, bitrate;       /* VP8 */
	int seconds;
	uint32_t seed;
};

/** 0 or negative errno; clip_clear() in either case. */
int clip_video(struct make_clip *clip, const struct clip_conf *conf);
/** Speech in Opus: person `number` of `people` speaks in his share of the clip, about −26 LUFS, and is nearly still in the rest. */
int clip_sound(struct make_clip *clip, int seconds, int number, int people);
void clip_clear(struct make_clip *clip);
