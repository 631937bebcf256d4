/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Recording time: runs with the monotonic clock from the recording's start, stands still while paused, ends at Stop. Plain data, copied freely;
 * every time is an argument [µs].
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum { RECTIME_PAUSES = 16 };

struct rectime {
	int64_t start_us;
	int64_t end_us;            /* INT64_MAX while it runs */
	int64_t older_us;          /* length of the pauses no longer in the table */
	int n;
	struct { int64_t from_us, to_us; } pauses[RECTIME_PAUSES];   /* the latest ones, in order; to_us is INT64_MAX for one that lasts */
};

void rectime_start(struct rectime *r, int64_t now_us);
bool rectime_paused(const struct rectime *r);
/** False when it is paused (rectime_pause) or not paused (rectime_resume) already. */
bool rectime_pause(struct rectime *r, int64_t now_us);
bool rectime_resume(struct rectime *r, int64_t now_us);
void rectime_end(struct rectime *r, int64_t now_us);
/** Recording time at a monotonic time, clamped to [0, duration]. */
int64_t rectime_at(const struct rectime *r, int64_t mono_us);
/** Does something captured at that time belong to the recording: after its start, before its end, in no pause. */
bool rectime_covers(const struct rectime *r, int64_t mono_us);

/** The clock of everything that captures: clock_mono_us, unless a test puts its own here. Set before threads start. */
extern int64_t (*rec_clock_us)(void);
