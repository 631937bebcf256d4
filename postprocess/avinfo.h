/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * libav* beside composing: its log into ours, and what a finished file holds.
 */
#pragma once
#include <jansson.h>

/** From now on: errors of libav* as our warnings, warnings and talk as our debug lines. */
void avinfo_log(void);
/** The streams of a media file: array of {kind, codec, width, height, fps} and {kind, codec, rate_hz, channels}; empty when it cannot be read. The
 *  caller decrefs. */
json_t *avinfo_streams(const char *path);
