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

enum { CODEC_ORDER_MAX = 8, CODEC_PT_RED = 63 };

/** What a room takes from those who send. */
struct codec_policy {
	const struct codec *video[CODEC_ORDER_MAX];   /* best first */
	size_t nvideo;
	bool fec, dtx;             /* of Opus: asked for in our answers */
	bool red;                  /* redundant sound (RFC 2198) is taken, and passed to those who take it */
};
/** Reads "vp8,vp9,…" into the order; blanks are allowed. 0, or -EINVAL for an unknown word, one that is there twice, or none. */
int codec_policy_order(struct codec_policy *p, const char *words);
