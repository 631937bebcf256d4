/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Temporal layers behind a hole: what of a stream can still be decoded when pictures of higher layers were lost. From what descriptors say (VP8: RFC 7741,
 * VP9: RFC 9628), so a sender's word for it. Zeroed memory is a fresh one; pure, one thread.
 */
#pragma once
#include <stdbool.h>
#include "plugins/descriptor.h"

enum { TEMPORAL_SKIPPED_MAX = 16, TEMPORAL_ALL = 7 };  /* pictures in a row; more layers than there can be */

/** What a picture's first packet says. */
struct temporal_tag {
	struct picture_number picture;
	int tid, tl0;              /* -1: not told */
	bool sync;                 /* VP8: rests on layer 0 alone */
	bool up;                   /* VP9: what follows in higher layers rests on nothing older in them */
};

struct temporal {
	struct temporal_tag last;  /* of the last picture begun */
	bool has_tl0;
	int tl0;                   /* of the last whole picture of layer 0 */
	int whole;                 /* up to this layer nothing is missing */
	unsigned skipped;          /* pictures, since that rose */
};

/** Behind a hole: did it hold nothing of layer 0? `begins`: the packet is the first of its picture. Up to 255 pictures, since TL0PICIDX has eight bits. */
bool temporal_base_goes_on(const struct temporal *t, const struct temporal_tag *tag, bool begins);
/** Only layer 0 is whole from here on. */
void temporal_lose(struct temporal *t);
/** Does a picture that begins here rest on a lost one? */
bool temporal_rests_on_lost(const struct temporal *t, const struct temporal_tag *tag);
/** One more picture was left out; true when there is no end of them and a keyframe is better. */
bool temporal_skip(struct temporal *t);
void temporal_begin(struct temporal *t, const struct temporal_tag *tag);
/** The picture begun last is whole. */
void temporal_whole(struct temporal *t, bool keyframe);
