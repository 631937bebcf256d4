/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How good somebody's connection is: what is lost on the way up, seen in sequence numbers, and on the way down, told by receiver reports. Pure, the clock
 * passed in.
 */
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/** One SSRC as it arrives: written by the RTP hook, one thread at a time; the counts are read by any thread. */
struct uplink {
	bool started;
	uint16_t highest;
	uint32_t ts;               /* of the newest picture or sound */
	int64_t transit_us;        /* arrival − RTP time, of that */
	atomic_uint expected, received;    /* packets since the beginning */
	atomic_uint jitter_us;     /* RFC 3550 §6.4.1 */
};
void uplink_packet(struct uplink *u, uint16_t seq, uint32_t ts, unsigned rate_hz, int64_t now_us);

enum quality_level { QUALITY_LOST, QUALITY_POOR, QUALITY_GOOD, QUALITY_EXCELLENT };
const char *quality_name(enum quality_level level);

/** What was seen in the last interval. */
struct quality_seen {
	bool up, down;             /* packets came; reports came */
	bool silent;               /* something should come, and nothing did, for seconds */
	double up_lost, down_lost; /* shares */
	unsigned jitter_ms;
};
struct quality {
	bool told;
	enum quality_level level;  /* as told */
	enum quality_level other;  /* what it seems to be now, for so many steps */
	unsigned steps;
};
/** Every second or two. True when it changed: worse at the second step in a row, better at the fourth, the first time and when lost at once. */
bool quality_step(struct quality *q, const struct quality_seen *seen);
