/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A sender's wall clock on ours. The tap follows it in the RTP hook (sender_clock), the capture thread maps frames by it (sender_course); no state but
 * the structs, no clock but the arguments, nothing that can fail or block.
 *
 *	our time − NTP
 *	    │  least delay ─ ─ ─ ─ ─ ─ ─ ┐
 *	    │ ●───●───●──── the course ──●╲___●      slewed up and down, one knot each 100 ms of NTP time;
 *	    │                              ╲╲  ●     at once down to what arrived earlier than the course has it sampled
 *	    └──────────────────────────────────────▶ NTP time
 */
#include "common/senderclock.h"

#define WINDOW_US 10000000
#define BREAK_US 10000000        /* a packet that late did not travel so long: a clock was set */
#define SNAP_US 2000000          /* slewing would take minutes */
#define STEP_MAX_US 10000000     /* time that counts for one slew step, whatever a timestamp claims */
#define KNOT_US 100000
#define TRUST_US 500000          /* packets of one sender travel that much quicker or longer; beyond it their times are wrong, or of another clock */

enum { SLEW = 400 };               /* 1/n of the time that passed */

static int64_t abs64(int64_t v)
{
	return v < 0 ? -v : v;
}

static int64_t clamp64(int64_t v, int64_t low, int64_t high)
{
	return v < low ? low : v > high ? high : v;
}

int64_t least_value(const struct least *l)
{
	return l->window_us < l->previous_us ? l->window_us : l->previous_us;
}

static void least_reset(struct least *l, int64_t value_us, int64_t at_us)
{
	*l = (struct least){ .seen = true, .start_us = at_us, .window_us = value_us, .previous_us = value_us };
}

void least_add(struct least *l, int64_t value_us, int64_t at_us)
{
	int64_t age = at_us - l->start_us;

	if (!l->seen || age >= 2 * WINDOW_US || abs64(value_us - least_value(l)) > BREAK_US) {
		least_reset(l, value_us, at_us);
	} else if (age >= WINDOW_US) {
		l->previous_us = l->window_us;
		l->window_us = value_us;
		l->start_us = at_us;
	} else if (value_us < l->window_us) {
		l->window_us = value_us;
	}
}

void sender_clock_observe(struct sender_clock *s, int64_t ntp_us, int64_t arrival_us)
{
	least_add(&s->delay, arrival_us - ntp_us, arrival_us);
	s->anchored = true;
}

int64_t sender_clock_apart(const struct sender_clock *s, int64_t delay_us)
{
	int64_t longer_us = delay_us - least_value(&s->delay), set_us;

	if (!s->anchored)
		return 0;
	set_us = abs64(longer_us + s->set_us) < abs64(longer_us) ? s->set_us : 0;
	return abs64(longer_us + set_us) <= TRUST_US ? set_us : -longer_us;
}

int64_t sender_course_now(const struct sender_course *s)
{
	return s->n ? s->knots[(s->n - 1) % COURSE_KNOTS].offset_us : least_value(&s->clock.delay);
}

static int64_t add_knot(struct sender_course *s, int64_t ntp_us, int64_t offset_us)
{
	s->knots[s->n % COURSE_KNOTS].ntp_us = ntp_us;
	s->knots[s->n % COURSE_KNOTS].offset_us = offset_us;
	if (++s->n == 2 * COURSE_KNOTS)        /* stays small for ever */
		s->n = COURSE_KNOTS;
	return offset_us;
}

/* What was said then, between two knots in proportion; of what is older than all, the oldest. */
static int64_t said(const struct sender_course *s, int64_t ntp_us)
{
	unsigned kept = s->n < COURSE_KNOTS ? s->n : COURSE_KNOTS, i = 1;
	int64_t from_us, to_us, low, high;

	while (i < kept && s->knots[(s->n - i) % COURSE_KNOTS].ntp_us > ntp_us)
		i++;
	from_us = s->knots[(s->n - i) % COURSE_KNOTS].ntp_us;
	low = s->knots[(s->n - i) % COURSE_KNOTS].offset_us;
	if (i == 1 || ntp_us <= from_us)
		return low;
	to_us = s->knots[(s->n - i + 1) % COURSE_KNOTS].ntp_us;
	high = s->knots[(s->n - i + 1) % COURSE_KNOTS].offset_us;
	return low + (int64_t)((double)(high - low) * (double)(ntp_us - from_us) / (double)(to_us - from_us));
}

static int64_t slew(int64_t from, int64_t to, int64_t passed_us)
{
	int64_t most = clamp64(passed_us, 0, STEP_MAX_US) / SLEW;

	if (abs64(to - from) > SNAP_US)
		return to;
	return from + clamp64(to - from, -most, most);
}

/* The course falls from here on; up to what was asked last it stays as it was said. */
static void add_fall(struct sender_course *s, int64_t ntp_us, int64_t last, int64_t offset_us)
{
	if (s->n > 0 && s->reach_us > s->knots[(s->n - 1) % COURSE_KNOTS].ntp_us)
		add_knot(s, s->reach_us, last);
	add_knot(s, ntp_us, offset_us);
}

int64_t sender_course_offset(struct sender_course *s, int64_t ntp_us, int64_t now_us)
{
	int64_t best = least_value(&s->clock.delay), last = sender_course_now(s), most = now_us - ntp_us, offset = last, passed_us;

	if (s->n > 0 && ntp_us < s->reach_us)
		return said(s, ntp_us);
	if (most < best - TRUST_US)            /* it is wrong about when it was sampled */
		return last;
	passed_us = s->n > 0 ? ntp_us - s->knots[(s->n - 1) % COURSE_KNOTS].ntp_us : KNOT_US;
	if (s->n > 0 && passed_us >= KNOT_US)
		offset = slew(last, best, passed_us);
	if (offset > most && s->n > 0)         /* time may stand, and not run back */
		offset = most > last - (ntp_us - s->reach_us) ? most : last - (ntp_us - s->reach_us);
	else if (offset > most)
		offset = most;
	if (offset < last)
		add_fall(s, ntp_us, last, offset);
	else if (passed_us >= KNOT_US)
		add_knot(s, ntp_us, offset);
	s->reach_us = ntp_us;
	return offset;
}

int64_t sender_course_join(struct sender_course *s, const struct sender_clock *from)
{
	int64_t set_us;

	if (!from->anchored)
		return 0;
	if (!s->clock.anchored) {
		s->clock = *from;
		return 0;
	}
	set_us = sender_clock_apart(&s->clock, least_value(&from->delay));
	if (least_value(&from->delay) + set_us < least_value(&s->clock.delay)) {
		s->clock.delay = from->delay;
		s->clock.delay.window_us += set_us;
		s->clock.delay.previous_us += set_us;
	}
	return -set_us;
}
