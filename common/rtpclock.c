/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From RTP time to our monotonic clock. The tap follows each stream in the RTP hook, the capture thread maps frames with a copy; no state but
 * the structs, no clock but the arguments, nothing that can fail or block.
 *
 *                                    rtp_clock (a source)                        senderclock (a participant)
 *   report {rtp, ntp} ─▶ agrees with the last one? ─▶ rtp → NTP ─ slewed 3/4 % ─▶ course: NTP → our time ─▶ min(…, now)
 *                            no, three times: set, or jumped                             ▲
 *   packet {rtp}      ─▶ arrival − rtp ─▶ least of 10…20 s ─────── with each report ─────┘
 *                                                 └── without reports: rtp → our time, slewed
 */
#include "common/rtpclock.h"

#define BREAK_US 10000000        /* what two ways of mapping may differ by before the RTP time must have jumped */
#define SNAP_US 2000000          /* slewing would take minutes */
#define STEP_MAX_US 10000000     /* time that counts for one slew step, whatever a timestamp claims */
#define STEP_US 100000           /* reports of one clock do not disagree by more */
#define GUESS_US 2000000         /* a guess by arrival is not farther off */
#define RTP_BOUND (INT64_C(1) << 52)

enum { DOUBTS = 3, SLEW_NUM = 3, SLEW_DEN = 400 };   /* with the course's 1/400 it makes 1 % */

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
	if (arrival_us > c->latest_us)
		c->latest_us = arrival_us;
	return at;
}

/* NTP − RTP time */
static int64_t by_report_us(const struct rtp_clock *c)
{
	return c->sr_ntp_us - to_us(c, c->sr_rtp);
}

void rtp_clock_restart(struct rtp_clock *c, const struct sender_clock *s)
{
	struct rtp_clock old = *c;

	rtp_clock_init(c, old.rate_hz);
	c->set_us = old.set_us;
	c->behind_us = old.behind_us;
	if (old.has_sr && s->anchored && old.delay.seen)
		c->behind_us = clamp64(least_value(&old.delay) - by_report_us(&old) - least_value(&s->delay), 0, SNAP_US);
}

/* The clock it goes by is another than its siblings', or was set before anyone saw: so far is a guess. */
static void note_guess(struct rtp_clock *c, const struct sender_clock *s, int64_t set_us)
{
	c->guessed = set_us && set_us != s->set_us;
	c->guess_us = s->set_us;
}

void rtp_clock_follow(struct rtp_clock *c, struct sender_course *s, const struct rtp_clock *from, const struct sender_clock *from_sender)
{
	int64_t ntp_us = sender_course_join(s, from_sender);
	struct rtp_clock old = *c;

	*c = *from;
	c->set_us -= ntp_us;
	c->sr_ntp_us += ntp_us;
	note_guess(c, &s->clock, -ntp_us);
	c->doubts = 0;
	c->mapped = old.mapped;
	c->by_report = old.by_report;
	c->own_us = old.own_us;
	c->total_us = old.total_us;
	c->map_at_us = old.map_at_us;
	c->last_at_us = old.last_at_us;
	c->last_us = old.last_us;
}

int64_t rtp_clock_ntp(const struct rtp_clock *c, int64_t rtp)
{
	return c->has_sr ? by_report_us(c) + to_us(c, rtp) + c->set_us : 0;
}

/* --- reports --- */

/* How much more time NTP says has passed than RTP does */
static int64_t disagreement(const struct rtp_clock *c, int64_t rtp, int64_t ntp_us, int64_t rtp0, int64_t ntp0_us)
{
	return ntp_us - ntp0_us - to_us(c, rtp - rtp0);
}

static bool pair_agrees(const struct rtp_clock *c, int64_t rtp, int64_t ntp_us, int64_t rtp0, int64_t ntp0_us)
{
	return abs64(disagreement(c, rtp, ntp_us, rtp0, ntp0_us)) <= STEP_US + abs64(ntp_us - ntp0_us) / 500;
}

/* A report speaks of about now, and so does the newest RTP time. */
static bool arrival_agrees(const struct rtp_clock *c, int64_t rtp, int64_t arrival_us)
{
	return !c->delay.seen || abs64(arrival_us - to_us(c, rtp) - least_value(&c->delay)) <= BREAK_US;
}

/* Counts reports that agree with each other while they contradict the one in use: the sender's clock was set, or its RTP time. */
static bool convinced(struct rtp_clock *c, int64_t rtp, int64_t ntp_us, int64_t delay_us)
{
	bool same = c->doubts > 0 && ntp_us > c->doubt_ntp_us && pair_agrees(c, rtp, ntp_us, c->doubt_rtp, c->doubt_ntp_us);

	c->doubts = same ? c->doubts + 1 : 1;
	c->doubt_rtp = rtp;
	c->doubt_ntp_us = ntp_us;
	c->doubt_delay_us = same && c->doubt_delay_us < delay_us ? c->doubt_delay_us : delay_us;
	return c->doubts >= DOUBTS;
}

/* Which of the two jumped tells the time the reports seem to have travelled. Returns how far the sender's clock was set, 0 when its RTP time jumped. */
static int64_t settle_doubts(struct rtp_clock *c, int64_t rtp, int64_t ntp_us)
{
	int64_t apart_us = disagreement(c, rtp, ntp_us, c->sr_rtp, c->sr_ntp_us);
	int64_t longer_us = c->doubt_delay_us - (c->sr_delay_us[0] < c->sr_delay_us[1] ? c->sr_delay_us[0] : c->sr_delay_us[1]);

	if (abs64(longer_us + apart_us) < abs64(longer_us))
		return apart_us;
	c->delay.seen = false;         /* arrivals of another RTP time */
	c->mapped = false;
	return 0;
}

/* How far the sender's clock was set since, if a sibling found that and this report agrees: they go by one clock. */
static int64_t heard_of(const struct rtp_clock *c, const struct sender_clock *s, int64_t rtp, int64_t ntp_us)
{
	int64_t found_us = s->set_us - c->set_us, apart_us;

	if (!c->has_sr || abs64(found_us) < STEP_US / 2)
		return 0;
	if (c->guessed && s->set_us != c->guess_us && abs64(found_us) < GUESS_US)
		return found_us;
	apart_us = disagreement(c, rtp, ntp_us, c->sr_rtp, c->sr_ntp_us);
	return abs64(apart_us - found_us) < (abs64(apart_us) < STEP_US ? abs64(apart_us) : STEP_US) / 2 ? found_us : 0;
}

/* The quickest packet of the last seconds tells as much about the way as the report does. */
static void observe(const struct rtp_clock *c, struct sender_clock *s, int64_t rtp, int64_t ntp_us, int64_t arrival_us)
{
	int64_t by_packets = to_us(c, rtp) + least_value(&c->delay);

	sender_clock_observe(s, ntp_us, c->delay.seen && by_packets < arrival_us ? by_packets : arrival_us);
}

/* A report that travelled quicker than the one the guess was made by tells more. */
static int64_t better_guess(const struct sender_clock *s, int64_t delay_us)
{
	int64_t longer_us = delay_us - least_value(&s->delay);

	return longer_us < 0 ? -longer_us : 0;
}

/* The NTP time of a report as if the clock had never been set; false when the report is not to be believed yet. */
static bool judge(struct rtp_clock *c, struct sender_clock *s, int64_t rtp, int64_t *ntp_us, int64_t arrival_us)
{
	int64_t ntp = *ntp_us - c->set_us, set_us = heard_of(c, s, rtp, ntp);
	bool agrees = set_us || !c->has_sr || pair_agrees(c, rtp, ntp, c->sr_rtp, c->sr_ntp_us);

	if (!arrival_agrees(c, rtp, arrival_us) || (!agrees && !convinced(c, rtp, ntp, arrival_us - ntp)))
		return false;
	c->doubts = 0;
	c->guessed = c->guessed && !set_us;
	if (!agrees)
		set_us = settle_doubts(c, rtp, ntp);
	else if (!c->has_sr)
		note_guess(c, s, set_us = sender_clock_apart(s, arrival_us - ntp));
	else if (c->guessed && !set_us)
		set_us = better_guess(s, arrival_us - ntp);
	c->set_us += set_us;
	if (set_us && c->has_sr && !c->guessed)
		s->set_us = c->set_us;
	c->has_sr = c->has_sr && agrees;
	*ntp_us = ntp - set_us;
	return true;
}

bool rtp_clock_report(struct rtp_clock *c, struct sender_clock *s, uint32_t rtp, int64_t ntp_us, int64_t arrival_us)
{
	struct rtp_unwrap ts = c->ts;
	int64_t at = rtp_unwrap(&ts, rtp);

	if (!judge(c, s, at, &ntp_us, arrival_us))
		return false;
	observe(c, s, at, ntp_us, arrival_us);
	c->sr_delay_us[1] = c->has_sr ? c->sr_delay_us[0] : arrival_us - ntp_us;
	c->sr_delay_us[0] = arrival_us - ntp_us;
	if (c->has_sr && ntp_us < c->sr_ntp_us)     /* overtaken on its way: its delay counts, its pair is old */
		return true;
	if (!c->ts.seen)
		c->ts = ts;
	c->has_sr = true;
	c->sr_rtp = at;
	c->sr_ntp_us = ntp_us;
	return true;
}

/* --- mapping --- */

static int64_t by_arrival_us(const struct rtp_clock *c, int64_t at_us, int64_t now_us)
{
	return (c->delay.seen ? least_value(&c->delay) : now_us - at_us) - (c->has_sr ? 0 : c->behind_us);
}

/* A report says nothing any more about RTP time that jumped since. */
static bool goes_by_report(const struct rtp_clock *c, const struct sender_course *s, int64_t by_arrival)
{
	return c->has_sr && s->clock.anchored && abs64(by_report_us(c) + sender_course_now(s) - by_arrival) <= BREAK_US;
}

/* The way from `from` towards `to` in the RTP time that passed */
static int64_t slew(int64_t from, int64_t to, int64_t passed_us)
{
	int64_t most = clamp64(passed_us, 0, STEP_MAX_US) * SLEW_NUM / SLEW_DEN;

	if (abs64(to - from) > SNAP_US)
		return to;
	return from + clamp64(to - from, -most, most);
}

static int64_t at_most_now(struct rtp_clock *c, int64_t at_us, int64_t mono_us, int64_t now_us, bool jump)
{
	if (now_us < c->latest_us)
		now_us = c->latest_us;
	if (mono_us > now_us)
		mono_us = now_us;
	if (!jump && at_us >= c->last_at_us && mono_us < c->last_us)     /* a frame that came before the one it follows */
		mono_us = c->last_us;
	c->last_at_us = at_us;
	c->last_us = mono_us;
	return mono_us;
}

int64_t rtp_clock_map(struct rtp_clock *c, struct sender_course *s, int64_t rtp, int64_t now_us, bool jump)
{
	int64_t at = to_us(c, rtp), by_arrival = by_arrival_us(c, at, now_us), best, course = 0;
	bool by_report = goes_by_report(c, s, by_arrival), anew = jump || !c->mapped;

	best = by_report ? by_report_us(c) : by_arrival;
	if (by_report)
		course = sender_course_offset(s, at + best, now_us);
	if (by_report != c->by_report)         /* goes on from where it is */
		c->own_us = c->total_us - course;
	c->own_us = anew ? best : slew(c->own_us, best, at - c->map_at_us);
	if (anew || at > c->map_at_us || at < c->map_at_us - SNAP_US)      /* reordered packets do not slew twice */
		c->map_at_us = at;
	c->by_report = by_report;
	c->mapped = true;
	c->total_us = c->own_us + course;
	return at_most_now(c, at, at + c->total_us, now_us, jump);
}
