/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From RTP timestamps to the local monotonic clock (RFC 3550 §6.4.1). Pure: every time is an argument.
 *
 *   source (SSRC)      rtp ── sender reports ──▶ sender's NTP clock
 *   participant        sender's NTP clock ── least (arrival − NTP), slewed ──▶ our monotonic clock
 *
 * Without a sender report a source is anchored by arrival alone. What all have in common, the shortest time a packet travels, stays in the result.
 * The structs are plain data and may be copied; only functions touch their members.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/** Unwraps 32-bit RTP time to 64 bits by signed difference to the last one; the first value is taken as signed around zero. */
struct rtp_unwrap { int64_t last; bool seen; };
int64_t rtp_unwrap(struct rtp_unwrap *u, uint32_t rtp);
/** The same for 16-bit sequence numbers. */
int64_t seq_unwrap(struct rtp_unwrap *u, uint16_t seq);

/** The least difference between two clocks over the last 10 to 20 s: that of the packet that travelled quickest. */
struct least {
	bool seen;
	int64_t start_us;          /* of the present window */
	int64_t window_us, previous_us;
};

/** One sender's wall clock against ours; shared by its sources, so that what it still learns shifts them all alike. */
struct sender_clock {
	bool anchored;
	unsigned epoch;            /* grows when the sender's clock was set: reports from before say nothing any more */
	struct least delay;        /* arrival − NTP */
	int64_t offset_us;         /* monotonic − NTP at slewed_at_us, on its way to the least delay */
	int64_t slewed_at_us;
};
void sender_clock_observe(struct sender_clock *s, int64_t ntp_us, int64_t arrival_us);

struct rtp_clock {
	unsigned rate_hz;
	struct rtp_unwrap ts;
	bool has_sr;
	unsigned sr_epoch;         /* of the sender clock */
	int64_t sr_rtp, sr_ntp_us;
	unsigned doubts;           /* reports in a row that contradict the one in use, but not each other */
	int64_t doubt_rtp, doubt_ntp_us;
	struct least delay;        /* arrival − RTP time */
	bool mapped;               /* the mapping in use, which slews towards the best one */
	int64_t map_offset_us;     /* monotonic = rtp time + this */
	int64_t map_at_us;         /* rtp time of the last slew step */
};
void rtp_clock_init(struct rtp_clock *c, unsigned rate_hz);
/** A packet was seen: keeps the arrival anchor (least arrival − RTP time). Returns its unwrapped RTP time. */
int64_t rtp_clock_packet(struct rtp_clock *c, uint32_t rtp, int64_t arrival_us);
/** A sender report was seen; NTP in microseconds since 1900. False when it contradicts the clock (ignored, until three in a row agree with each other). */
bool rtp_clock_report(struct rtp_clock *c, struct sender_clock *s, uint32_t rtp, int64_t ntp_us, int64_t arrival_us);
/** Capture time of an unwrapped RTP time on our monotonic clock, slewed (at most 1 % of the time that passed), never later than now_us.
 *  `jump`: take the best mapping at once (start of a capture segment). A correction of over 2 s is no drift but a break, and is taken at once as well. */
int64_t rtp_clock_map(struct rtp_clock *c, const struct sender_clock *s, int64_t rtp, int64_t now_us, bool jump);
/** 64-bit NTP (RFC 5905) to microseconds since 1900. */
int64_t ntp_to_us(uint32_t msw, uint32_t lsw);
