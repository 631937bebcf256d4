/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a chunk file says about itself, without a timeline: its tags and its frames. Any bytes; one thread.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "common/ids.h"
#include "common/sha256.h"

struct probe {
	char sha256[SHA256_HEX], previous[SHA256_HEX];
	char recording[ID_SIZE];       /* RECORDING tag, "" if none that is valid */
	char codec[8];
	bool video, keyframe;          /* keyframe: begins with one */
	int width, height, rate_hz, channels;
	int rotation, layer;           /* tags of pictures; -1: it does not say so */
	int64_t from_ms, end_ms;       /* first frame; end of the last */
	int64_t bytes;
	int frames;
};

/** Reads an open file from its beginning. -EBADMSG when there is no frame of a known codec in it; sha256 and bytes are set all the same. */
int probe_fd(struct probe *out, int fd);
