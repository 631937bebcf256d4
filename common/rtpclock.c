/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From RTP time to our monotonic clock. The tap follows each stream in the RTP hook, the capture thread maps frames with a copy; no state but
 * the structs, no clock but the arguments, nothing that can fail or block.
 *
 *                                    rtp_clock (a source)                        sender_clock (a participant)
 *   report {rtp, ntp} ─▶ agrees with the last one? ─▶ rtp ↔ NTP ──┐    arrival − NTP ─▶ least of 10…20 s ─▶ slewed 0.5 %
 *   packet {rtp}      ─▶ arrival − rtp ─▶ least of 10…20 s ───────┴─▶ best offset ─▶ slewed 1 % ─▶ min(…, now)
 */
#include "common/rtpclock.h"

#define WINDOW_US 10000000
#define BREAK_US 10000000        /* a packet that late did not travel so long: a clock was set */
#define SNAP_US 2000000          /* slewing would take minutes */
#define STEP_MAX_US 10000000     /* time that counts for one slew step, whatever a timestamp claims */
#define RTP_BOUND (INT64_C(1) << 52)

enum { SENDER_SLEW = 200, SOURCE_SLEW = 100, DOUBTS = 3 };   /* slew: 1/n of the time that passed */

static int64_t abs64(int64_t v)
{
	return v < 0 ? -v : v;
}

static int64_t clamp64(int64_t v, int64_t low, int64_t high)
{
	return v < low ? low : v > high ? high : v;
}

int64_t rtp_unwrap(struct rtp_unwrap *u, uint32_t rtp)
{
	if (!u->seen || abs64(u->last) > RTP_BOUND)       /* only a stream of wild jumps gets there */
		u->last = (int32_t)rtp;
	else
		u->last += (int32_t)(rtp - (uint32_t)u->last);
	u->seen = true;
	return u->last;
}

int64_t seq_unwrap(struct rtp_unwrap *u, uint16_t seq)
{
	if (u->seen)
		u->last += (int16_t)(seq - (uint16_t)u->last);
	else
		u->last = (int16_t)seq;
	u->seen = true;
	return u->last;
}

int64_t ntp_to_us(uint32_t msw, uint32_t lsw)
{
	return (int64_t)msw * 1000000 + (int64_t)(((uint64_t)lsw * 1000000) >> 32);
}

static int64_t least_value(const struct least *l)
{
	return l->window_us < l->previous_us ? l->window_us : l->previous_us;
}

static void least_reset(struct least *l, int64_t value_us, int64_t at_us)
{
	*l = (struct least){ .seen = true, .start_us = at_us, .window_us = value_us, .previous_us = value_us };
}

/* False when the value breaks with all that was seen: one of the clocks was set, and the filter starts anew. */
static bool least_add(struct least *l, int64_t value_us, int64_t at_us)
{
	int64_t age = at_us - l->start_us;

	if (!l->seen || abs64(value_us - least_value(l)) > BREAK_US) {
		bool first = !l->seen;

		least_reset(l, value_us, at_us);
		return first;
	}
	if (age >= 2 * WINDOW_US) {
		least_reset(l, value_us, at_us);
	} else if (age >= WINDOW_US) {
		l->previous_us = l->window_us;
		l->window_us = value_us;
		l->start_us = at_us;
	} else if (value_us < l->window_us) {
		l->window_us = value_us;
	}
	return true;
}

/* The way from `from` towards `to` in the time that passed */
static int64_t slew(int64_t from, int64_t to, int64_t passed_us, int divisor)
{
	int64_t most = clamp64(passed_us, 0, STEP_MAX_US) / divisor;

	if (abs64(to - from) > SNAP_US)
		return to;
	return from + clamp64(to - from, -most, most);
}

/* A function of time, the same for all sources: whoever is mapped next, audio and video shift together. */
static int64_t sender_offset(const struct sender_clock *s, int64_t now_us)
{
	return slew(s->offset_us, least_value(&s->delay), now_us - s->slewed_at_us, SENDER_SLEW);
}

void sender_clock_observe(struct sender_clock *s, int64_t ntp_us, int64_t arrival_us)
{
	int64_t delay = arrival_us - ntp_us;

	if (s->anchored)
		s->offset_us = sender_offset(s, arrival_us);
	if (!least_add(&s->delay, delay, arrival_us))
		s->epoch++;
	if (!s->anchored)
		s->offset_us = delay;
	s->anchored = true;
	s->slewed_at_us = arrival_us;
}

void rtp_clock_init(struct rtp_clock *c, unsigned rate_hz)
{
	*c = (struct rtp_clock){ .rate_hz = rate_hz };
}

static int64_t to_us(const struct rtp_clock *c, int64_t rtp)
{
	int64_t rate = (int64_t)c->rate_hz;

	return rtp / rate * 1000000 + rtp % rate * 1000000 / rate;
}

int64_t rtp_clock_packet(struct rtp_clock *c, uint32_t rtp, int64_t arrival_us)
{
	int64_t at = rtp_unwrap(&c->ts, rtp);

	least_add(&c->delay, arrival_us - to_us(c, at), arrival_us);
	return at;
}

static bool pair_agrees(const struct rtp_clock *c, int64_t rtp, int64_t ntp_us, int64_t rtp0, int64_t ntp0_us)
{
	int64_t by_rtp = to_us(c, rtp - rtp0), by_ntp = ntp_us - ntp0_us;

	return abs64(by_rtp - by_ntp) <= 100000 + abs64(by_ntp) / 100;
}

/* A report speaks of about now, and so does the newest RTP time. */
static bool arrival_agrees(const struct rtp_clock *c, int64_t rtp, int64_t arrival_us)
{
	return !c->delay.seen || abs64(arrival_us - to_us(c, rtp) - least_value(&c->delay)) <= BREAK_US;
}

/* Counts reports that agree with each other while they contradict the one in use: the sender's clock was set, or its RTP time. */
static bool convinced(struct rtp_clock *c, int64_t rtp, int64_t ntp_us)
{
	bool same = c->doubts > 0 && ntp_us > c->doubt_ntp_us && pair_agrees(c, rtp, ntp_us, c->doubt_rtp, c->doubt_ntp_us);

	c->doubts = same ? c->doubts + 1 : 1;
	c->doubt_rtp = rtp;
	c->doubt_ntp_us = ntp_us;
	return c->doubts >= DOUBTS;
}

bool rtp_clock_report(struct rtp_clock *c, struct sender_clock *s, uint32_t rtp, int64_t ntp_us, int64_t arrival_us)
{
	struct rtp_unwrap ts = c->ts;
	int64_t at = rtp_unwrap(&ts, rtp);
	bool agrees = !c->has_sr || pair_agrees(c, at, ntp_us, c->sr_rtp, c->sr_ntp_us);

	if (!arrival_agrees(c, at, arrival_us) || (!agrees && !convinced(c, at, ntp_us)))
		return false;
	sender_clock_observe(s, ntp_us, arrival_us);
	c->doubts = 0;
	if (agrees && c->has_sr && ntp_us < c->sr_ntp_us)     /* overtaken on its way: its delay counts, its pair is old */
		return true;
	if (!c->ts.seen)
		c->ts = ts;
	c->has_sr = true;
	c->sr_epoch = s->epoch;
	c->sr_rtp = at;
	c->sr_ntp_us = ntp_us;
	return true;
}

static int64_t best_offset(const struct rtp_clock *c, const struct sender_clock *s, int64_t rtp, int64_t now_us)
{
	int64_t by_arrival = c->delay.seen ? least_value(&c->delay) : now_us - to_us(c, rtp);
	int64_t by_report = c->sr_ntp_us - to_us(c, c->sr_rtp) + sender_offset(s, now_us);

	if (!c->has_sr || !s->anchored || c->sr_epoch != s->epoch)
		return by_arrival;
	return abs64(by_report - by_arrival) > BREAK_US ? by_arrival : by_report;     /* the RTP time jumped since the report */
}

int64_t rtp_clock_map(struct rtp_clock *c, const struct sender_clock *s, int64_t rtp, int64_t now_us, bool jump)
{
	int64_t best = best_offset(c, s, rtp, now_us), at = to_us(c, rtp), mono;

	if (!c->mapped || jump) {
		c->map_offset_us = best;
		c->map_at_us = at;
		c->mapped = true;
	} else {
		c->map_offset_us = slew(c->map_offset_us, best, at - c->map_at_us, SOURCE_SLEW);
		if (at > c->map_at_us || at < c->map_at_us - SNAP_US)      /* reordered packets do not slew twice */
			c->map_at_us = at;
	}
	mono = at + c->map_offset_us;
	return mono < now_us ? mono : now_us;
}
