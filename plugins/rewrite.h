/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One receiver's numbering: sources may change, stop and go on, but the receiver sees sequence numbers without holes of our making and timestamps that
 * go forward. Pure; the caller locks.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct rewrite {
	bool started;              /* something was sent */
	bool cut;                  /* the next packet begins anew */
	bool keep_time;            /* … of the same source: its timestamps go on */
	uint16_t first_seq;        /* of the source, where it began anew: earlier ones are not sent */
	uint16_t seq_offset, last_seq;
	uint32_t ts_offset, last_ts;
	int64_t last_us;
};

void rewrite_init(struct rewrite *r);
/** The next packet is of another source. */
void rewrite_switch(struct rewrite *r);
/** The source goes on after packets that were not sent. */
void rewrite_gap(struct rewrite *r);
/** Maps a packet that came at now_us (CLOCK_MONOTONIC); false: it is from before the cut and must not be sent. */
bool rewrite_packet(struct rewrite *r, unsigned rate_hz, int64_t now_us, uint16_t *seq, uint32_t *ts);
