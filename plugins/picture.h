/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A picture being put together from the packets of one timestamp: what the depacketisers of all video codecs do alike. Zeroed memory is a fresh one;
 * one thread.
 *
 *	packet ─▶ picture_hole ─▶ picture_ends? finish ─▶ picture_takes? ─▶ picture_put … ─▶ marker? finish
 */
#pragma once
#include <glib.h>
#include "plugins/depay.h"

enum { PICTURE_MAX = 4 << 20 };    /* [bytes] */

struct picture {
	GByteArray *data;          /* so far; NULL until the first */
	bool open;                 /* data belongs to a picture whose packets came without a hole */
	bool ended;                /* the last packet closed a picture */
	bool hole;                 /* in front of padding */
	int64_t rtp, arrival_us;
	int64_t dropped_rtp;       /* the picture that is being skipped */
	bool dropping;
};

/** Is something missing in front of p? Padding tells nothing about that: the hole is kept for the next packet of a picture. */
bool picture_hole(struct picture *x, const struct depay_packet *p);
/** What p says about the picture before it: a hole drops that one; true when it is whole, though no marker said so. */
bool picture_ends(struct picture *x, const struct depay_packet *p, bool hole, const struct depay_sink *sink);
/** Begins a picture if p is the start of one; false when p belongs to one that is not whole. */
bool picture_takes(struct picture *x, const struct depay_packet *p, bool start, const struct depay_sink *sink);
/** Appends; false, and the picture is dropped, when it grows too large. */
bool picture_put(struct picture *x, const uint8_t *data, size_t len, const struct depay_sink *sink);
/** Gives up the picture of that time. */
void picture_drop(struct picture *x, int64_t rtp, const char *reason, const struct depay_sink *sink);
/** The same for one that nothing rests on. */
void picture_skip(struct picture *x, int64_t rtp);
/** Closes the open picture: the frame but for what the codec knows. */
struct frame picture_close(struct picture *x);
void picture_clear(struct picture *x);
