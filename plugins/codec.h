/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What this server forwards and records, one row a codec. Constant; any thread.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include "plugins/depay.h"

struct codec {
	const char *name;          /* in the API, in settings and on `segment` lines: "vp8" */
	const char *sdp_name;      /* in rtpmap: "VP8" */
	bool video;
	unsigned rate_hz, channels;
	int pt;                    /* towards receivers: one per codec, so that bundled m-lines never clash */
	const struct depay *depay;
};

/** NULL when unknown. */
const struct codec *codec_find(const char *name);
/** All rows. */
const struct codec *codec_table(size_t *n);
