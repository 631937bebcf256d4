/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From RTP timestamps to the local monotonic clock (RFC 3550 §6.4.1). Pure: every time is an argument.
 *
 *   source (SSRC)      rtp ── sender reports ──▶ sender's NTP clock
 *   participant        sender's NTP clock ── senderclock.h ──▶ our monotonic clock
 *
 * Without a sender report a source is anchored by arrival alone. What all have in common, the shortest time a packet travels, stays in the result.
 * The structs are plain data and may be copied; only functions touch their members.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "common/senderclock.h"

/** Unwraps 32-bit RTP time to 64 bits by signed difference to the last one; the first value is taken as signed around zero. */
struct rtp_unwrap { int64_t last; bool seen; };
int64_t rtp_unwrap(struct rtp_unwrap *u, uint32_t rtp);
/** The same for 16-bit sequence numbers. */
int64_t seq_unwrap(struct rtp_unwrap *u, uint16_t seq);

struct rtp_clock {
	unsigned rate_hz;
	struct rtp_unwrap ts;
	/* reports */
	bool has_sr;
	int64_t sr_rtp, sr_ntp_us; /* NTP as if the sender's clock had never been set */
	int64_t sr_delay_us[2];    /* arrival − NTP of the last two */
	int64_t set_us;            /* how far it was set: NTP as reported − this is sr_ntp_us */
	bool guessed;              /* … by arrival, until a sibling finds another set_us than it had then, guess_us */
	int64_t guess_us;
	unsigned doubts;           /* reports in a row that contradict the one in use, but not each other */
	int64_t doubt_rtp, doubt_ntp_us, doubt_delay_us;
	/* arrivals */
	struct least delay;        /* arrival − RTP time */
	int64_t latest_us;         /* arrival */
	int64_t behind_us;         /* before there is a report: what these packets are behind, as the stream before this one was */
	/* the mapping in use, which slews towards the best one */
	bool mapped, by_report;
	int64_t own_us;            /* NTP − RTP time; monotonic − RTP time when not by_report */
	int64_t total_us;          /* monotonic − RTP time */
	int64_t map_at_us;         /* RTP time of the last slew step */
	int64_t last_at_us, last_us;   /* RTP time mapped last, and to what */
};
void rtp_clock_init(struct rtp_clock *c, unsigned rate_hz);
/** The stream goes on with another RTP time; what was learnt of the way from capture to sending stays. */
void rtp_clock_restart(struct rtp_clock *c, const struct sender_clock *s);
/** Takes over what another clock of the same stream observed, with its sender's; the mapping in use goes on from where it is. */
void rtp_clock_follow(struct rtp_clock *c, struct sender_course *s, const struct rtp_clock *from, const struct sender_clock *from_sender);
/** A packet was seen: keeps the arrival anchor (least arrival − RTP time). Returns its unwrapped RTP time. */
int64_t rtp_clock_packet(struct rtp_clock *c, uint32_t rtp, int64_t arrival_us);
/** A sender report was seen; NTP in microseconds since 1900. False when it contradicts the clock (ignored, until three in a row agree with each other:
 *  then either the sender's clock was set, or its RTP time jumped). */
bool rtp_clock_report(struct rtp_clock *c, struct sender_clock *s, uint32_t rtp, int64_t ntp_us, int64_t arrival_us);
/** NTP time of an unwrapped RTP time, as the reports gave it; 0 when there was none. */
int64_t rtp_clock_ntp(const struct rtp_clock *c, int64_t rtp);
/** Capture time of an unwrapped RTP time that arrived at now_us on our monotonic clock, slewed (at most 1 % of the time that passed), never later than the
 *  latest packet arrived, never before
 *  the one before if its RTP time is not. `jump`: take the best mapping at once (start of a capture segment). A correction of over
 *  2 s is no drift but a break, and is taken at once as well. */
int64_t rtp_clock_map(struct rtp_clock *c, struct sender_course *s, int64_t rtp, int64_t now_us, bool jump);
/** 64-bit NTP (RFC 5905) to microseconds since 1900. */
int64_t ntp_to_us(uint32_t msw, uint32_t lsw);
