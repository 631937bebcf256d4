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

struct tap;

struct tap_conf {
	const char *codec;         /* "opus" "vp8" */
	unsigned rate_hz, channels;
	/** A keyframe is needed; called on the capture thread, no lock held. */
	void (*want_keyframe)(void *arg);
	void *arg;                 /* must stay valid until tap_close() has returned and every capture has let go: pass a counted object */
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
/** Muted by the participant or a host: nothing is captured until unmuted. Any thread. */
void tap_mute(struct tap *t, bool muted);
bool tap_muted(const struct tap *t);
