/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The capture's end in the RTP hook: one tap per published stream, for as long as the stream lives, recording or not. It follows the stream's clock
 * from the first packet; while a recording is attached it copies packets into the recording's ring. No system call, no lock beyond a
 * pointer copy, no allocation.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/rtpclock.h"

struct tap;

/** How a keyframe is wanted: when it suits; at once, since a segment begins; at once, since the one that came was taken before the segment. */
enum tap_want { WANT_SOON, WANT_NOW, WANT_AGAIN };

struct tap_conf {
	const char *codec;         /* a name in the table of codecs; copied */
	const char *fmtp;          /* what the sender's SDP says behind `a=fmtp:<pt> `, NULL: nothing; copied */
	unsigned rate_hz, channels;
	unsigned pt, red_pt;       /* of its packets; of those with redundancy (RFC 2198), 0: none come */
	unsigned rotation_id;      /* of the header extension that says how the picture is turned, 0: none */
	/** A keyframe is needed; called on the capture thread, and once by capture_add(); no lock held. */
	void (*want_keyframe)(void *arg, enum tap_want how);
	void *arg;                 /* a counted object: each capture holds a reference from capture_add on until it has let go; the tap itself holds none */
	void (*arg_ref)(void *arg);
	void (*arg_unref)(void *arg);
};

int tap_create(struct tap **out, const struct tap_conf *conf);
struct tap *tap_ref(struct tap *t);
void tap_unref(struct tap **t);

/** RTP hook, one thread at a time. The packet is borrowed; over 1500 bytes it is dropped and counted. arrival_us: CLOCK_MONOTONIC. */
void tap_rtp(struct tap *t, const uint8_t *pkt, size_t len, int64_t arrival_us);
/** Sender report of this stream, in the timeline of the packets seen here. Same thread. */
void tap_sender_report(struct tap *t, uint32_t ntp_msw, uint32_t ntp_lsw, uint32_t rtp, int64_t arrival_us);
/** Simulcast: tap_rtp() and tap_sender_report() speak of this substream from now on, which begins with a keyframe. Same thread. */
void tap_switch(struct tap *t, int layer);
/** … and what comes of another one is followed, so that its clock is known when its turn comes. */
void tap_follow(struct tap *t, int layer, uint32_t ts, int64_t arrival_us);
void tap_follow_report(struct tap *t, int layer, uint32_t ntp_msw, uint32_t ntp_lsw, uint32_t rtp, int64_t arrival_us);
/** Muted by the participant or a host: nothing is captured until unmuted. Any thread. */
void tap_mute(struct tap *t, bool muted);
bool tap_muted(const struct tap *t);

/* The capture's side. A stopped recording drains while the next one has begun, so that a tap feeds a few rings at a time. */

struct ring;

enum { TAP_RINGS = 12, TAP_LAYERS = 3 };
enum tap_record { TAP_CLOCK = 1, TAP_PACKET, TAP_REPORT };

/** First record in a ring, and again whenever the stream in it is not continuous: after a mute, an overflow, a change of SSRC. */
struct tap_clock_record {
	struct rtp_clock clock;
	struct sender_clock sender;
	uint32_t ssrc;
	uint32_t lost;             /* packets that found the ring full before this one */
	int layer;                 /* of simulcast; -1: there is none */
};
/** In front of a packet's bytes. */
struct tap_packet_record { int64_t arrival_us; };
struct tap_report_record { int64_t arrival_us, ntp_us; uint32_t rtp; };
enum { TAP_RECORD_MAX = 1500 + sizeof(struct tap_packet_record) };

/** Feeds the ring from the next packet on; the tap takes a reference of its own. -EBUSY when it feeds TAP_RINGS already. Any thread. */
int tap_attach(struct tap *t, struct ring *r);
/** A packet or two may still come while the hook is at it. Any thread. */
void tap_detach(struct tap *t, struct ring *r);
/** Feeds no ring any more: those of its recordings starve. Any thread. */
void tap_detach_all(struct tap *t);
const struct tap_conf *tap_conf(const struct tap *t);
/** Muted or not, and when that began [µs]. Any thread. */
bool tap_mute_state(const struct tap *t, int64_t *since_us);
/** Packets over 1500 bytes or no RTP, dropped so far. Any thread. */
unsigned tap_refused(const struct tap *t);
