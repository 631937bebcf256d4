/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The payload descriptors that VP8 (RFC 7741 §4.2) and VP9 (RFC 9628 §4.2) put in front of the bitstream, for depacketisers and for choosing layers. Pure;
 * bounded by the length given. Offsets are from the start of the payload and lie within it.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VP9_SPATIAL_MAX = 8, VP9_REFS_MAX = 3 };

/** A picture's number, and where it stands. */
struct picture_number {
	int id;                    /* -1: none */
	int bits;                  /* 7 or 15; 0: none */
	size_t at;                 /* one byte, or two with the uppermost bit set */
};

struct vp8_descriptor {
	bool start;                /* of partition 0, and so of a frame */
	struct picture_number picture;
	int tl0;                   /* TL0PICIDX: the number of the last picture of temporal layer 0; -1: none */
	size_t tl0_at;
	int tid;                   /* temporal layer; -1: none */
	bool sync;                 /* Y: rests on temporal layer 0 alone */
	size_t size;               /* of the descriptor: there the bitstream begins */
};
/** 0, or -EBADMSG also when nothing follows the descriptor. */
int vp8_descriptor(struct vp8_descriptor *d, const uint8_t *p, size_t len);

struct vp9_descriptor {
	bool inter;                /* P: predicted from other pictures */
	bool flexible;             /* F: references are listed */
	bool start, end;           /* B, E: of a layer's frame */
	bool unreferenced;         /* Z: no higher spatial layer rests on this frame */
	struct picture_number picture;
	int tid, sid;              /* layers; -1: none */
	bool up;                   /* U: from the next picture on, higher temporal layers rest on nothing older than this */
	bool inter_layer;          /* D: predicted from the spatial layer below */
	int tl0;                   /* as in VP8; never in flexible mode */
	size_t tl0_at;
	unsigned refs;
	uint8_t ref_diff[VP9_REFS_MAX];            /* how many pictures back */
	bool structure;            /* V: tells the layers there are */
	unsigned spatial;          /* … their number, and sizes where told (else 0) */
	uint16_t width[VP9_SPATIAL_MAX], height[VP9_SPATIAL_MAX];
	size_t size;
};
/** The same. */
int vp9_descriptor(struct vp9_descriptor *d, const uint8_t *p, size_t len);

/** Writes another number of the same width in place. */
void picture_number_put(uint8_t *payload, const struct picture_number *n, unsigned id);
