/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Encoded frames to RTP payloads, as browsers cut them: for tests and the load generator, which have no browser. Depends on the C library only.
 *
 *	struct packetise p = { .codec = "vp9", .mtu = 1100 };
 *	packetise(&p, data, len, keyframe, send, arg);      // send() once a packet, the last one with the marker
 *
 * vp8   RFC 7741, picture ids of 15 bits              takes a frame
 * vp9   RFC 9628; a superframe's frames are layers    takes a frame or a superframe
 * h264  RFC 6184: single NAL, STAP-A, FU-A            takes Annex B
 * av1   aggregation, fragments                        takes a temporal unit with sizes
 * opus  RFC 7587                                      takes a packet
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PACKETISE_MAX = 1400 };

struct packetise {
	const char *codec;
	size_t mtu;                /* most bytes of a payload; at most PACKETISE_MAX, at least 64 */
	unsigned picture;          /* vp8, vp9: id of the next picture; the caller may set the first */
	unsigned tl0;              /* vp9 without temporal layers: of the next picture; else: of the last one of layer 0 */
	bool temporal;             /* vp8, vp9: temporal layers, of which the next picture is in … */
	int tid;
	bool sync;                 /* … and rests on layer 0 alone (vp9: what follows in higher layers rests on nothing older in them) */
	bool flexible;             /* vp9: references listed: */
	unsigned refs[2];          /* how many pictures back, 0: none; none at all: 1 */
	bool layers;               /* vp9: layer ids also where there is one frame */
	bool no_stap;              /* h264: each NAL unit in its own packet */
	bool no_sets;              /* h264: SPS and PPS are left out, as when the SDP has them */
	bool lengths;              /* av1: W = 0, each element with its length */
};

typedef void (packetise_h)(const uint8_t *payload, size_t len, bool marker, void *arg);

/** 0, or -EINVAL for a codec unknown, a frame that is none, or one of more than PACKETISE_UNITS pieces. */
int packetise(struct packetise *p, const uint8_t *data, size_t len, bool keyframe, packetise_h *send, void *arg);
enum { PACKETISE_UNITS = 64 };
