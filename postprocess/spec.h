/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What an output shall be. Everything that influences a byte of it is here, nothing comes from the machine.
 */
#pragma once
#include <jansson.h>
#include "common/settings.h"

struct output_spec {
	int width, height, fps;
	int video_bitrate, audio_bitrate;     /* bit/s */
	int segment_ms;
	char layout[16];                      /* "grid" */
	char format[8];                       /* "webm"; "null" and "md5" leave no file (sink.h) */
};

/** 0, or -EINVAL with a sentence. */
int output_spec_check(const struct output_spec *spec, char *why, size_t why_size);
json_t *output_spec_json(const struct output_spec *spec);
