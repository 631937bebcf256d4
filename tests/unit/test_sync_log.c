/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sync errors: a made-up sender with a known error, as lines of a timeline would tell of it.
 */
#include "tests/unit/test.h"
#include "postprocess/sync_log.c"

enum { SECOND_US = 1000000 };
static const int64_t ntp_zero_us = 3970000000LL * 1000000;

/** A track of n seconds: a chunk and a report a second. Its pictures lie late_ms(t) behind where they belong. */
struct course { unsigned rate_hz; double (*late_ms)(int64_t t_ms); int64_t pause_ms; };

static double in_time(int64_t t_ms) { (void)t_ms; return 0; }
static double late_30(int64_t t_ms) { (void)t_ms; return 30; }
static double early_12(int64_t t_ms) { (void)t_ms; return -12; }
static double one_in_twenty(int64_t t_ms) { return t_ms / 1000 % 20 == 7 ? 80 : 5; }
static double one_in_ten(int64_t t_ms) { return t_ms / 1000 % 10 == 7 ? 80 : 5; }

/** `from` lets reports fall between those of another. A pause of 10 s, at half of it. */
static struct sync_log *track(const struct course *c, int seconds, int from_ms)
{
	struct sync_log *l = NULL;

	for (int s = 0; s <= seconds; s++) {
		unsigned segment = c->pause_ms && s >= seconds / 2;
		int64_t t_ms = s * 1000LL, real_ms = t_ms + (segment ? c->pause_ms : 0), report_ms = real_ms + from_ms;

		sync_log_chunk(&l, segment, c->rate_hz, t_ms + (int64_t)c->late_ms(t_ms), real_ms * c->rate_hz / 1000);
		sync_log_report(&l, segment, report_ms * c->rate_hz / 1000, ntp_zero_us + report_ms * 1000, 5000000 + report_ms * 1000 + 40000);
	}
	return l;
}

static void test_lip_sync(void)
{
	static const struct { double (*late_ms)(int64_t); int64_t pause_ms; double bias, median, p95, max; } rows[] = {
		{ in_time, 0, 0, 0, 0, 0 }, { late_30, 0, 30, 30, 30, 30 }, { early_12, 0, -12, 12, 12, 12 }, { late_30, 10000, 30, 30, 30, 30 },
		{ one_in_ten, 0, 5, 5, 76, 80 },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct course sound = { 48000, in_time, rows[i].pause_ms }, picture = { 90000, rows[i].late_ms, rows[i].pause_ms };
		struct sync_log *a = track(&sound, 600, 300), *v = track(&picture, 600, 40);
		struct sync_error e;

		sync_log_error(v, a, &e);
		CHECK_INT(e.reports, 601);
		CHECK(e.compared > 580);
		CHECK_NEAR(e.bias_ms, rows[i].bias, 1);
		CHECK_NEAR(e.median_ms, rows[i].median, 1);
		CHECK_NEAR(e.p95_ms, rows[i].p95, 5);
		CHECK_NEAR(e.max_ms, rows[i].max, 5);
		sync_log_unref(&a);
		sync_log_unref(&v);
	}
}

/** A steady error cannot be seen from within; one that comes and goes can. */
static void test_against_itself(void)
{
	struct course steady = { 48000, late_30, 0 }, leaps = { 48000, one_in_twenty, 0 };
	struct sync_log *l = track(&steady, 100, 40);
	struct sync_error e;

	sync_log_error(l, NULL, &e);
	CHECK_NEAR(e.max_ms, 0, 0.5);
	sync_log_unref(&l);
	l = track(&leaps, 100, 40);
	sync_log_error(l, l, &e);
	CHECK_NEAR(e.median_ms, 0, 0.5);
	CHECK_NEAR(e.max_ms, 72, 5);
	sync_log_unref(&l);
}

/** Somebody sets the sender's clock by an hour: what lies around that is left out, the rest is as before. */
static void test_clock_set(void)
{
	struct sync_log *a = NULL, *v = NULL;
	struct sync_error e;

	for (int s = 0; s < 60; s++) {
		int64_t set_us = s >= 30 ? 3600LL * SECOND_US : 0;

		sync_log_chunk(&a, 0, 48000, s * 1000, s * 48000);
		sync_log_chunk(&v, 0, 90000, s * 1000 + 20, s * 90000);
		sync_log_report(&a, 0, s * 48000 + 4800, ntp_zero_us + set_us + s * SECOND_US + 100000, s * SECOND_US);
		sync_log_report(&v, 0, s * 90000 + 9000, ntp_zero_us + set_us + s * SECOND_US + 100000, s * SECOND_US + 1);
	}
	sync_log_error(v, a, &e);
	CHECK(e.compared > 50);
	CHECK_NEAR(e.bias_ms, 20, 0.5);
	CHECK_NEAR(e.max_ms, 20, 0.5);
	sync_log_unref(&a);
	sync_log_unref(&v);
}

/** Reports before, beyond and without chunks; lines of a source that was never heard of; a rate of 0. */
static void test_odd_ones(void)
{
	struct sync_log *l = NULL;
	struct sync_error e;

	sync_log_error(NULL, NULL, &e);
	CHECK_INT(e.reports, 0);
	for (int i = 0; i < 100; i++)
		sync_log_report(&l, 3, i * 90000, i % 2 ? ntp_zero_us : 0, i);
	sync_log_error(l, l, &e);
	CHECK_INT(e.reports, 50);
	CHECK_INT(e.compared, 0);
	sync_log_chunk(&l, 3, 0, 0, 0);
	sync_log_chunk(&l, 3, 90000, 1000, 1LL << 59);
	sync_log_chunk(&l, 4, 90000, 1000, -(1LL << 59));
	sync_log_report(&l, 4, 1LL << 59, 1LL << 59, 1LL << 59);
	sync_log_report(&l, 4, -(1LL << 59), 1, -(1LL << 59));
	sync_log_chunk(&l, 5, 90000, 2000, 0);
	sync_log_error(l, NULL, &e);
	CHECK_INT(e.reports, 52);
	sync_log_unref(&l);
	sync_log_unref(&l);
}

/** Five hours need no more memory than one. */
static void test_bounded(void)
{
	struct course c = { 90000, one_in_twenty, 0 };
	struct sync_log *l = track(&c, 18000, 40);
	struct sync_error e;

	CHECK(l->points->len <= POINTS && l->points->len >= POINTS / 2);
	sync_log_error(l, l, &e);
	CHECK_INT(e.reports, 18001);
	CHECK(e.compared > POINTS / 4);
	sync_log_unref(&l);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_lip_sync), TEST(test_against_itself), TEST(test_clock_set), TEST(test_odd_ones), TEST(test_bounded),
	};

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}
