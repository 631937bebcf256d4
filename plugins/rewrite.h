/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One receiver's numbering: sources and layers may change, stop and go on, but the receiver sees sequence numbers without holes of our making and timestamps
 * that go forward. Pure; the caller locks.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum { REWRITE_RUNS = 32 };

/** The next packet begins anew: after packets that were not sent, with another layer of the same pictures, with another source. */
enum rewrite_cut { REWRITE_GOES_ON, REWRITE_GAP, REWRITE_LAYER, REWRITE_SWITCH };

struct rewrite {
	bool started;              /* something was sent */
	enum rewrite_cut cut;
	uint16_t first_seq;        /* of the source, where it began anew: earlier ones are not sent */
	uint16_t seq_offset, last_seq;
	uint32_t ts_offset, last_ts;
	int64_t last_us;
	uint32_t sent;             /* packets; against last_seq it tells the holes that were passed on */
	/* Packets of the source that were left out: a run ends with `last` and has n of them. Newest at `newest`. */
	struct { uint16_t last, n; } runs[REWRITE_RUNS];
	unsigned newest, nruns;
};

void rewrite_init(struct rewrite *r);
/** The next packet is of another source. */
void rewrite_switch(struct rewrite *r);
/** The source goes on after packets that were not sent. */
void rewrite_gap(struct rewrite *r);
/** The next packet is of another layer; what was captured at the same instant has a timestamp greater by `shift` there. */
void rewrite_layer(struct rewrite *r, uint32_t shift);
/** A packet of the source is left out: those after it close up. */
void rewrite_drop(struct rewrite *r, uint16_t seq);
/** Maps a packet that came at now_us (CLOCK_MONOTONIC); false: it is from before the cut, or of those left out, and must not be sent. */
bool rewrite_packet(struct rewrite *r, unsigned rate_hz, int64_t now_us, uint16_t *seq, uint32_t *ts);
