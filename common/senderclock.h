/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One sender's wall clock (the NTP time of its reports) on our monotonic clock. Shared by the sender's sources, so that whatever is still learnt of the
 * network shifts them all alike. Pure: every time is an argument [µs]; the structs are plain data and may be copied.
 *
 *	arrival − NTP of each report ─▶ least of the last 10 to 20 s ─▶ course: NTP time → our time, slewed
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/** The least difference between two clocks over the last 10 to 20 s: that of the packet that travelled quickest. */
struct least {
	bool seen;
	int64_t start_us;          /* of the present window */
	int64_t window_us, previous_us;
};
/** A value that breaks with all that was seen, by over 10 s, is no delay: one of the clocks was set, and the filter starts anew. */
void least_add(struct least *l, int64_t value_us, int64_t at_us);
int64_t least_value(const struct least *l);

struct sender_clock {
	bool anchored;
	struct least delay;        /* arrival − NTP */
	int64_t set_us;            /* how far the sender's clock was set since, as the last of its sources to learn of it found */
};
void sender_clock_observe(struct sender_clock *s, int64_t ntp_us, int64_t arrival_us);
/** Something of the same sender seems to have travelled delay_us: how far ahead the clock was that it goes by. None, or what the sender's was set by last;
 *  beyond half a second it is another clock, and the quickest of each are taken to have travelled alike. */
int64_t sender_clock_apart(const struct sender_clock *s, int64_t delay_us);

enum { COURSE_KNOTS = 32 };

/** NTP time → our time. What was said of an NTP time is said again of it, whoever asks and when: sound and picture of one moment stay together. */
struct sender_course {
	struct sender_clock clock;
	int64_t reach_us;          /* latest NTP time asked for */
	unsigned n;                /* knots so far; the newest is at (n − 1) % COURSE_KNOTS */
	struct { int64_t ntp_us, offset_us; } knots[COURSE_KNOTS];
};
/** Our time − NTP time, for something sampled at ntp_us that was there at now_us. Slews by 1/400; falls at once, for all that was sampled later,
 *  when something else would have been sampled after it arrived. The clock must be anchored. */
int64_t sender_course_offset(struct sender_course *s, int64_t ntp_us, int64_t now_us);
/** What it would say now of something sampled now. */
int64_t sender_course_now(const struct sender_course *s);
/** Takes up what was observed of the same sender elsewhere (`from`). Returns what is to be added to NTP times of there. */
int64_t sender_course_join(struct sender_course *s, const struct sender_clock *from);
