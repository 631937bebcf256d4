/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * RTP time on our clock, case by case. What holds over hours of a bad network and a bad sender is in test_senderclock.c.
 */
#include "common/rtpclock.c"
#include "test.h"

#define SECOND INT64_C(1000000)
#define HOUR (3600 * SECOND)
#define START (INT64_C(5000) * SECOND)
#define NTP (INT64_C(3973000000) * SECOND)

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
	struct sender_course s = { 0 };

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
	struct sender_course s = { 0 };
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
	struct sender_course s = { 0 };
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

static void test_contradiction(void)
{
	struct sender_course s = { 0 };
	struct rtp_clock c;
	int64_t ntp = NTP, before;

	rtp_clock_init(&c, 48000);
	rtp_clock_packet(&c, 1000, START);
	CHECK(!rtp_clock_report(&c, &s.clock, 1000 + 48000 * 60, ntp, START));          /* no such RTP time yet */
	CHECK(!s.clock.anchored);
	CHECK(rtp_clock_report(&c, &s.clock, 1000, ntp, START + 20000));
	before = rtp_clock_map(&c, &s, 1000, START + 50000, true);
	CHECK(!rtp_clock_report(&c, &s.clock, 49000, ntp + 5 * SECOND, START + SECOND));
	CHECK(!rtp_clock_report(&c, &s.clock, 49000, ntp + SECOND - 300000, START + SECOND));
	CHECK_INT(rtp_clock_map(&c, &s, 1000, START + 50000, true), before);
	CHECK(rtp_clock_report(&c, &s.clock, 49000, ntp + SECOND + 3000, START + SECOND + 20000));
	CHECK(rtp_clock_report(&c, &s.clock, 25000, ntp + SECOND / 2, START + SECOND + 30000));      /* overtaken, but true */
	CHECK_INT(c.sr_rtp, 49000);
}

/* The first report shifts a source by 300 ms: the mapping goes there by 1 % of the time, unless told to jump. */
static void test_slew(void)
{
	struct sender_course s = { 0 };
	struct rtp_clock c;
	int64_t last, mono;

	rtp_clock_init(&c, 48000);
	sender_clock_observe(&s.clock, NTP, START + 10000);       /* another source's report: travels 10 ms */
	last = rtp_clock_map(&c, &s, rtp_clock_packet(&c, 0, START + 310000), START + 310000, false);
	CHECK_INT(last, START + 310000);
	CHECK(rtp_clock_report(&c, &s.clock, 0, NTP, START + 310000));
	for (int64_t i = 1; i <= 2500; i++) {
		int64_t now = START + 310000 + i * 20000;

		mono = rtp_clock_map(&c, &s, rtp_clock_packet(&c, (uint32_t)i * 960, now), now, false);
		CHECK(mono - last >= 20000 - 200 && mono - last <= 20000 + 200);
		last = mono;
	}
	CHECK_NEAR(mono, START + 10000 + 2500 * 20000, 1000);
	mono = rtp_clock_map(&c, &s, 960 * 2501, START + 310000 + 2501 * 20000, true);
	CHECK_NEAR(mono, START + 10000 + 2501 * 20000, 1000);
}

/* The same stream observed twice, by tap and track: what one learnt the other takes up, and the mapping goes on where it is. */
static void test_follow(void)
{
	struct sender_course s = { 0 };
	struct sender_clock at_tap = { 0 };
	struct rtp_clock c, tap;
	int64_t before, after;

	rtp_clock_init(&c, 48000);
	rtp_clock_init(&tap, 48000);
	before = rtp_clock_map(&c, &s, rtp_clock_packet(&c, 0, START + 250000), START + 250000, true);
	rtp_clock_packet(&tap, 0, START + 250000);
	CHECK(rtp_clock_report(&tap, &at_tap, 0, NTP + HOUR, START + 50000));
	rtp_clock_follow(&c, &s, &tap, &at_tap);
	CHECK_INT(rtp_clock_ntp(&c, 48000), NTP + HOUR + SECOND);
	after = rtp_clock_map(&c, &s, rtp_clock_packet(&c, 960, START + 270000), START + 270000, false);
	CHECK_NEAR(after - before, 20000, 200);
	/* A tap of later, when the sender's clock has been set by an hour, joins by the quickest packet of each. */
	at_tap = (struct sender_clock){ 0 };
	sender_clock_observe(&at_tap, NTP + 2 * HOUR, START + 60000);
	CHECK_INT(sender_course_join(&s, &at_tap), least_value(&at_tap.delay) - least_value(&s.clock.delay));
}

/* A stream that goes on under another number is as far behind its sending as it was. */
static void test_restart(void)
{
	struct sender_course s = { 0 };
	struct rtp_clock c;
	int64_t mono;

	rtp_clock_init(&c, 48000);
	sender_clock_observe(&s.clock, NTP, START + 10000);
	rtp_clock_packet(&c, 0, START + 210000);
	CHECK(rtp_clock_report(&c, &s.clock, 0, NTP, START + 210000));
	rtp_clock_restart(&c, &s.clock);
	mono = rtp_clock_map(&c, &s, rtp_clock_packet(&c, 77777, START + SECOND), START + SECOND, true);
	CHECK_NEAR(mono, START + SECOND - 200000, 1);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_unwrap), TEST(test_unwrap_hostile), TEST(test_ntp), TEST(test_early), TEST(test_future), TEST(test_contradiction), TEST(test_slew),
		TEST(test_follow), TEST(test_restart),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
