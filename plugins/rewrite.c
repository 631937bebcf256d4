/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sequence numbers and timestamps for one receiver. Called in the RTP hook under the slot's lock.
 *
 *   source A  10 11 12 │ source B  700 701       packets of a source keep their distances (a hole stays a hole, so that NACK works)
 *   receiver  10 11 12 │            13  14       across a cut the sequence goes on by one, the time by what passed on the clock
 *
 *   left out  10 11 (12 13) 14                   those after close up; one that comes late finds its place by counting the
 *   receiver  10 11         12                   runs that were left out behind it
 */
#include "plugins/rewrite.h"

enum { TRUST_US = 1000000 };       /* a layer's clock that is off by more than this against arrival is not believed */

static inline bool after16(uint16_t a, uint16_t b)
{
	return (int16_t)(uint16_t)(a - b) > 0;
}

void rewrite_init(struct rewrite *r)
{
	*r = (struct rewrite){ .cut = REWRITE_SWITCH };
}

void rewrite_switch(struct rewrite *r)
{
	r->cut = REWRITE_SWITCH;
}

void rewrite_gap(struct rewrite *r)
{
	if (r->cut == REWRITE_GOES_ON)
		r->cut = REWRITE_GAP;
}

void rewrite_layer(struct rewrite *r, uint32_t shift)
{
	r->ts_offset -= shift;
	if (r->cut != REWRITE_SWITCH)
		r->cut = REWRITE_LAYER;
}

/* The timestamp of the first packet after a cut, in the receiver's time. */
static uint32_t begin_ts(const struct rewrite *r, unsigned rate_hz, int64_t now_us, uint32_t ts)
{
	int64_t ticks = (now_us - r->last_us) * rate_hz / 1000000;
	int32_t ahead = (int32_t)(ts + r->ts_offset - r->last_ts);
	int64_t trust = (int64_t)TRUST_US * rate_hz / 1000000;

	if (r->cut == REWRITE_GAP)
		return ts + r->ts_offset;
	/* The same picture in another layer: a frame has to be later than the one before, by as little as can be. */
	if (r->cut == REWRITE_LAYER && ahead > ticks - trust && ahead < ticks + trust)
		return r->last_ts + (uint32_t)(ahead > 0 ? ahead : 1);
	return r->last_ts + (uint32_t)(ticks > 0 ? ticks : 1);
}

static void begin(struct rewrite *r, unsigned rate_hz, int64_t now_us, uint16_t seq, uint32_t ts)
{
	r->first_seq = seq;
	r->nruns = 0;
	r->seq_offset = r->started ? (uint16_t)(r->last_seq + 1 - seq) : 0;
	r->ts_offset = r->started ? begin_ts(r, rate_hz, now_us, ts) - ts : 0;
	r->cut = REWRITE_GOES_ON;
}

/* How many after `seq` were left out; false when it is one of them, or too old to tell. */
static bool left_out_after(const struct rewrite *r, uint16_t seq, uint16_t *n)
{
	*n = 0;
	for (unsigned i = 0; i < r->nruns; i++) {
		unsigned k = (r->newest + REWRITE_RUNS - i) % REWRITE_RUNS;

		if (after16(seq, r->runs[k].last))
			return true;
		if (after16(seq, (uint16_t)(r->runs[k].last - r->runs[k].n)))
			return false;
		*n = (uint16_t)(*n + r->runs[k].n);
	}
	return r->nruns < REWRITE_RUNS;
}

/* What is older than half the range cannot be told from the future: the mark moves along. */
static inline void advance(struct rewrite *r, uint16_t seq)
{
	if (!after16(seq, (uint16_t)(r->first_seq + 0x4000)))
		return;
	r->first_seq = (uint16_t)(r->first_seq + 0x2000);
	while (r->nruns && after16(r->first_seq, r->runs[(r->newest + REWRITE_RUNS + 1 - r->nruns) % REWRITE_RUNS].last))
		r->nruns--;
}

void rewrite_drop(struct rewrite *r, uint16_t seq)
{
	uint16_t newest_in = (uint16_t)(r->last_seq - r->seq_offset);

	/* One that comes late leaves the hole that is there already. */
	if (r->cut != REWRITE_GOES_ON || !after16(seq, newest_in) || (r->nruns && !after16(seq, r->runs[r->newest].last)))
		return;
	if (!r->nruns || (uint16_t)(seq - r->runs[r->newest].last) != 1) {
		r->newest = (r->newest + 1) % REWRITE_RUNS;
		r->nruns += r->nruns < REWRITE_RUNS;
		r->runs[r->newest].n = 0;
	}
	r->runs[r->newest].last = seq;
	r->runs[r->newest].n++;
	r->seq_offset--;
	advance(r, seq);
}

bool rewrite_packet(struct rewrite *r, unsigned rate_hz, int64_t now_us, uint16_t *seq, uint32_t *ts)
{
	uint16_t in = *seq, out_later = 0;

	if (r->cut != REWRITE_GOES_ON)
		begin(r, rate_hz, now_us, in, *ts);
	else if (after16(r->first_seq, in) || (r->nruns && !left_out_after(r, in, &out_later)))
		return false;
	*seq = (uint16_t)(in + r->seq_offset + out_later);
	*ts += r->ts_offset;
	r->sent++;
	if (!r->started || after16(*seq, r->last_seq)) {
		r->last_seq = *seq;
		r->last_ts = *ts;
		r->last_us = now_us;
		r->started = true;
	}
	advance(r, in);
	return true;
}
