/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sequence numbers and timestamps for one receiver. Called in the RTP hook under the slot's lock.
 *
 *   source A  10 11 12 │ source B  700 701       packets of a source keep their distances (a hole stays a hole, so that NACK works)
 *   receiver  10 11 12 │            13  14       across a cut the sequence goes on by one, the time by what passed on the clock
 */
#include "plugins/rewrite.h"

static bool after16(uint16_t a, uint16_t b)
{
	return (int16_t)(uint16_t)(a - b) > 0;
}

void rewrite_init(struct rewrite *r)
{
	*r = (struct rewrite){ .cut = true };
}

void rewrite_switch(struct rewrite *r)
{
	r->cut = true;
	r->keep_time = false;
}

void rewrite_gap(struct rewrite *r)
{
	if (!r->cut)
		r->keep_time = true;
	r->cut = true;
}

static void begin(struct rewrite *r, unsigned rate_hz, int64_t now_us, uint16_t seq, uint32_t ts)
{
	int64_t ticks = (now_us - r->last_us) * rate_hz / 1000000;

	r->first_seq = seq;
	r->cut = false;
	if (!r->started) {
		r->seq_offset = 0;
		r->ts_offset = 0;
		return;
	}
	r->seq_offset = (uint16_t)(r->last_seq + 1 - seq);
	if (!r->keep_time)
		r->ts_offset = r->last_ts + (uint32_t)(ticks > 0 ? ticks : 1) - ts;
}

bool rewrite_packet(struct rewrite *r, unsigned rate_hz, int64_t now_us, uint16_t *seq, uint32_t *ts)
{
	if (r->cut)
		begin(r, rate_hz, now_us, *seq, *ts);
	else if (after16(r->first_seq, *seq))
		return false;
	*seq = (uint16_t)(*seq + r->seq_offset);
	*ts += r->ts_offset;
	if (!r->started || after16(*seq, r->last_seq)) {
		r->last_seq = *seq;
		r->last_ts = *ts;
		r->last_us = now_us;
		r->started = true;
	}
	/* What is older than half the range cannot be told from the future: the mark moves along. */
	if (after16((uint16_t)(*seq - r->seq_offset), (uint16_t)(r->first_seq + 0x4000)))
		r->first_seq = (uint16_t)(r->first_seq + 0x2000);
	return true;
}
