/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What an output shall be. Everything that influences a byte of it is here, nothing comes from the machine.
 */
#pragma once
#include "common/settings.h"

struct output_spec {
	int width, height, fps;
	int video_bitrate, audio_bitrate;     /* bit/s */
	int segment_ms;
	char layout[16];                      /* "grid" */
	char format[8];                       /* "webm" */
};
