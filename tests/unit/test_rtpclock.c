/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The clock mapping against a simulated sender whose truth is known: its clocks drift, the network adds delay and jitter, reports come now and then.
 */
#include "common/rtpclock.c"
#include "test.h"

#define SECOND INT64_C(1000000)
#define HOUR (3600 * SECOND)
#define START (INT64_C(5000000) * SECOND / 1000)       /* of the simulation, on our clock */

/* A sender: its NTP clock runs at 1 + ppm/1e6 of ours. */
struct sim {
	struct sender_clock sender;
	int64_t ntp0_us;           /* its NTP time at START */
	int ppm;
	unsigned seed;
};
/* One of its sources: a frame each period, its capture time known. */
struct sim_source {
	struct rtp_clock clock;
	uint32_t rtp0;
	int64_t period_us, delay_us, jitter_us, report_us, next_report_us;
	int64_t at_us;             /* capture time of the next frame, our clock */
	int64_t mapped_us, error_us;
	bool started;
};

static int64_t noise(struct sim *s, int64_t most)
{
	s->seed = s->seed * 1103515245u + 12345u;
	return most ? (int64_t)(s->seed >> 8) % most : 0;
}

static int64_t ntp_at(const struct sim *s, int64_t at_us)
{
	int64_t t = at_us - START;

	return s->ntp0_us + t + t / 1000000 * s->ppm + t % 1000000 * s->ppm / 1000000;
}

static uint32_t rtp_at(const struct sim *s, const struct sim_source *q, int64_t at_us)
{
	__int128 t = ntp_at(s, at_us) - s->ntp0_us;

	return q->rtp0 + (uint32_t)(t * q->clock.rate_hz / 1000000);
}

static void source_init(struct sim_source *q, unsigned rate_hz, int64_t period_us, int64_t delay_us, int64_t report_us)
{
	*q = (struct sim_source){ .period_us = period_us, .delay_us = delay_us, .report_us = report_us, .at_us = START, .next_report_us = START + report_us };
	rtp_clock_init(&q->clock, rate_hz);
}

static void report(struct sim *s, struct sim_source *q)
{
	int64_t at = q->next_report_us;

	CHECK(rtp_clock_report(&q->clock, &s->sender, rtp_at(s, q, at), ntp_at(s, at), at + q->delay_us + noise(s, q->jitter_us)));
	q->next_report_us += q->report_us;
}

/* One frame; the time of mapping is that of its arrival and some reordering. */
static void frame(struct sim *s, struct sim_source *q)
{
	int64_t at = q->at_us, arrival = at + q->delay_us + noise(s, q->jitter_us), mono, rtp;

	while (at >= q->next_report_us)
		report(s, q);
	rtp = rtp_clock_packet(&q->clock, rtp_at(s, q, at), arrival);
	mono = rtp_clock_map(&q->clock, &s->sender, rtp, arrival + 20000, !q->started);
	CHECK(mono <= arrival + 20000);
	q->mapped_us = mono;
	q->error_us = mono - at;
	q->at_us += q->period_us;
}

static void run_until(struct sim *s, struct sim_source *a, struct sim_source *v, int64_t end_us, int64_t from_us, int64_t *worst_av, int64_t *worst)
{
	while (a->at_us < end_us || v->at_us < end_us) {
		struct sim_source *q = a->at_us <= v->at_us ? a : v;

		frame(s, q);
		if (q->at_us > from_us) {
			a->started = v->started = true;      /* a segment begins: jump no more */
			if (llabs(a->error_us - v->error_us) > *worst_av && a->at_us > from_us + SECOND)
				*worst_av = llabs(a->error_us - v->error_us);
			if (llabs(q->error_us) > *worst && q->at_us > from_us + SECOND)
				*worst = llabs(q->error_us);
		}
	}
}

/* Hours of drift and jitter, audio behind by 200 ms on the network: the reports tell, and picture and sound stay together. */
static void drift(int ppm, int64_t jitter_us, int64_t audio_delay_us)
{
	struct sim s = { .ntp0_us = INT64_C(3973000000) * SECOND, .ppm = ppm, .seed = (unsigned)(ppm + 1000) };
	struct sim_source a, v;
	int64_t worst_av = 0, worst = 0;

	source_init(&a, 48000, 200000, audio_delay_us, 5 * SECOND);
	source_init(&v, 90000, 330000, 10000, SECOND);
	a.jitter_us = v.jitter_us = jitter_us;
	a.rtp0 = 0xffff0000;
	v.rtp0 = 0x7ffffff0;
	run_until(&s, &a, &v, START + 3 * HOUR, START + 6 * SECOND, &worst_av, &worst);
	printf("drift %d ppm, jitter %d ms, audio %d ms later: A/V error at most %.2f ms, to the truth %.2f ms\n", ppm, (int)(jitter_us / 1000),
	       (int)((audio_delay_us - 10000) / 1000), (double)worst_av / 1000, (double)worst / 1000);
	CHECK(worst_av <= 10000);
	CHECK(worst <= 10000 + jitter_us + 10000);        /* shortest travel + what jitter hides + drift within a window */
}

static void test_drift(void)
{
	static const int ppm[] = { -100, 0, 100 };

	for (size_t i = 0; i < 3; i++) {
		drift(ppm[i], 0, 10000);
		drift(ppm[i], 50000, 10000);
		drift(ppm[i], 50000, 210000);
	}
}

static void test_unwrap(void)
{
	static const struct { uint32_t in; int64_t out; } rows[] = {
		{ 0xfffffff0, -16 }, { 0, 0 }, { 0xfffffff8, -8 }, { 0x7ffffff0, 0x7ffffff0 }, { 0x80000000, 0x80000000LL },
		{ 0xffffffff, 0xffffffffLL }, { 5, 0x100000005LL }, { 0xfffffffe, 0xfffffffeLL },
	};
	struct rtp_unwrap u = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK_INT(rtp_unwrap(&u, rows[i].in), rows[i].out);
	u = (struct rtp_unwrap){ 0 };
	CHECK_INT(seq_unwrap(&u, 65535), -1);
	CHECK_INT(seq_unwrap(&u, 1), 1);
	CHECK_INT(seq_unwrap(&u, 65534), -2);
	for (int64_t i = 0; i < 200000; i += 1000)
		CHECK_INT(seq_unwrap(&u, (uint16_t)i), i);
}

static void test_unwrap_hostile(void)
{
	struct rtp_clock c;
	struct sender_clock s = { 0 };

	rtp_clock_init(&c, 48000);
	for (int64_t i = 0; i < 5000000; i++) {
		int64_t rtp = rtp_clock_packet(&c, (uint32_t)(i * 0x7fffffff), i);

		CHECK(rtp_clock_map(&c, &s, rtp, i, false) <= i);
	}
}

static void test_ntp(void)
{
	CHECK_INT(ntp_to_us(0, 0), 0);
	CHECK_INT(ntp_to_us(1, 0x80000000), 1500000);
	CHECK_INT(ntp_to_us(0xffffffff, 0xffffffff), 4294967295999999LL);
}

/* 0xffffff00 at first is 256 ticks before zero, not 25 hours after it. */
static void test_early(void)
{
	struct sender_clock s = { 0 };
	struct rtp_clock c;
	int64_t first, second;

	rtp_clock_init(&c, 48000);
	first = rtp_clock_packet(&c, 0xffffff00, START);
	CHECK_INT(first, -256);
	CHECK_INT(rtp_clock_map(&c, &s, first, START, true), START);
	second = rtp_clock_packet(&c, 704, START + 20000);
	CHECK_INT(second, 704);
	CHECK_NEAR(rtp_clock_map(&c, &s, second, START + 20000, false), START + 20000, 1);
}

/* One packet from the future is as late as now, no later, and those behind it are where they were. */
static void test_future(void)
{
	struct sender_clock s = { 0 };
	struct rtp_clock c;
	int64_t now = START, rtp = 0;

	rtp_clock_init(&c, 90000);
	for (int i = 0; i < 300; i++, now += 33000) {
		uint32_t ts = (uint32_t)i * 2970;
		int64_t mono;

		rtp = rtp_clock_packet(&c, i == 150 ? ts + 0x70000000 : ts, now);
		mono = rtp_clock_map(&c, &s, rtp, now, i == 0);
		CHECK_INT(mono, now);
	}
}

/* RTP time that jumps for good, forth and back: at once near now again, and exact when three reports agreed. */
static void jump(uint32_t ticks)
{
	struct sim s = { .ntp0_us = INT64_C(3973000000) * SECOND, .seed = 7 };
	struct sim_source v;

	source_init(&v, 90000, 33000, 30000, SECOND);
	for (int i = 0; i < 600; i++)
		frame(&s, &v), v.started = true;
	CHECK_NEAR(v.error_us, 30000, 1000);
	v.rtp0 += ticks;
	frame(&s, &v);
	CHECK_NEAR(v.error_us, 30000, 25000);
	while (v.at_us < START + 60 * SECOND) {
		uint32_t rtp = rtp_at(&s, &v, v.at_us);

		if (v.at_us >= v.next_report_us) {
			rtp_clock_report(&v.clock, &s.sender, rtp, ntp_at(&s, v.at_us), v.at_us + 30000);
			v.next_report_us += SECOND;
		}
		frame(&s, &v);
		CHECK_NEAR(v.error_us, 30000, 25000);
	}
	CHECK_NEAR(v.error_us, 30000, 1000);
	CHECK_INT(v.clock.doubts, 0);
}

static void test_jump(void)
{
	jump(90000 * 3600);
	jump((uint32_t)-90000 * 3600);
	jump(90000 * 30);
}

/* Nothing is sent for a minute; RTP time went on. */
static void test_pause(void)
{
	struct sim s = { .ntp0_us = INT64_C(3973000000) * SECOND, .ppm = 100, .seed = 3 };
	struct sim_source v;

	source_init(&v, 90000, 33000, 30000, SECOND);
	for (int i = 0; i < 600; i++)
		frame(&s, &v), v.started = true;
	v.at_us += 60 * SECOND;
	v.next_report_us = v.at_us + SECOND;
	for (int i = 0; i < 300; i++) {
		frame(&s, &v);
		CHECK_NEAR(v.error_us, 30000, 10000);
	}
}

static void test_contradiction(void)
{
	struct sender_clock s = { 0 };
	struct rtp_clock c;
	int64_t ntp = INT64_C(3973000000) * SECOND, before;

	rtp_clock_init(&c, 48000);
	rtp_clock_packet(&c, 1000, START);
	CHECK(!rtp_clock_report(&c, &s, 1000 + 48000 * 60, ntp, START));          /* no such RTP time yet */
	CHECK(!s.anchored);
	CHECK(rtp_clock_report(&c, &s, 1000, ntp, START + 20000));
	before = rtp_clock_map(&c, &s, 1000, START + 50000, true);
	CHECK(!rtp_clock_report(&c, &s, 49000, ntp + 5 * SECOND, START + SECOND));
	CHECK(!rtp_clock_report(&c, &s, 49000, ntp + SECOND - 300000, START + SECOND));
	CHECK_INT(rtp_clock_map(&c, &s, 1000, START + 50000, true), before);
	CHECK(rtp_clock_report(&c, &s, 49000, ntp + SECOND + 3000, START + SECOND + 20000));
	CHECK(rtp_clock_report(&c, &s, 25000, ntp + SECOND / 2, START + SECOND + 30000));      /* overtaken, but true */
	CHECK_INT(c.sr_rtp, 49000);
}

/* The sender's clock is set by an hour: its sources fall back to arrival until their own reports are believed again. */
static void test_clock_set(void)
{
	struct sim s = { .ntp0_us = INT64_C(3973000000) * SECOND, .seed = 7 };
	struct sim_source v;
	unsigned refused = 0;

	source_init(&v, 90000, 33000, 30000, SECOND);
	for (int i = 0; i < 600; i++)
		frame(&s, &v), v.started = true;
	for (int i = 0; i < 600; i++) {
		if (i % 30 == 0)
			refused += !rtp_clock_report(&v.clock, &s.sender, rtp_at(&s, &v, v.at_us), ntp_at(&s, v.at_us) + HOUR, v.at_us + 30000);
		v.next_report_us = INT64_MAX;
		frame(&s, &v);
		CHECK_NEAR(v.error_us, 30000, 5000);
	}
	CHECK_INT(refused, 2);
	CHECK_INT(s.sender.epoch, 1);
}

/* The first report shifts a source by 300 ms: the mapping goes there by 1 % of the time, unless told to jump. */
static void test_slew(void)
{
	struct sender_clock s = { 0 };
	struct rtp_clock c;
	int64_t ntp = INT64_C(3973000000) * SECOND, last, mono;

	rtp_clock_init(&c, 48000);
	sender_clock_observe(&s, ntp, START + 10000);       /* another source's report: travels 10 ms */
	last = rtp_clock_map(&c, &s, rtp_clock_packet(&c, 0, START + 310000), START + 310000, false);
	CHECK_INT(last, START + 310000);
	CHECK(rtp_clock_report(&c, &s, 0, ntp, START + 310000));
	for (int64_t i = 1; i <= 2000; i++) {
		int64_t now = START + 310000 + i * 20000;

		mono = rtp_clock_map(&c, &s, rtp_clock_packet(&c, (uint32_t)i * 960, now), now, false);
		CHECK(mono - last >= 20000 - 200 && mono - last <= 20000 + 200);
		last = mono;
	}
	CHECK_NEAR(mono, START + 10000 + 2000 * 20000, 1000);
	mono = rtp_clock_map(&c, &s, 960 * 2001, START + 310000 + 2001 * 20000, true);
	CHECK_NEAR(mono, START + 10000 + 2001 * 20000, 1000);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_drift), TEST(test_unwrap), TEST(test_unwrap_hostile), TEST(test_ntp), TEST(test_early), TEST(test_future), TEST(test_jump),
		TEST(test_pause), TEST(test_contradiction), TEST(test_clock_set), TEST(test_slew),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
