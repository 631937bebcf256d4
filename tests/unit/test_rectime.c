/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Recording time with pauses.
 */
#include "plugins/rectime.c"

#include "test.h"

static void test_runs_and_ends(void)
{
	struct rectime r;

	rectime_start(&r, 1000);
	CHECK_INT(rectime_at(&r, 0), 0);
	CHECK_INT(rectime_at(&r, 1500), 500);
	CHECK(!rectime_covers(&r, 999));
	CHECK(rectime_covers(&r, 1000));
	rectime_end(&r, 2000);
	CHECK_INT(rectime_at(&r, 5000), 1000);
	CHECK(!rectime_covers(&r, 2000));
}

static void test_stands_still(void)
{
	static const struct { int64_t at, time; bool covered; } rows[] = {
		{ 1999, 1999, true }, { 2000, 2000, false }, { 2500, 2000, false }, { 2999, 2000, false }, { 3000, 2000, true }, { 3500, 2500, true },
		{ 4000, 3000, false }, { 9000, 3000, false },
	};
	struct rectime r;

	rectime_start(&r, 0);
	CHECK(rectime_pause(&r, 2000));
	CHECK(!rectime_pause(&r, 2100));
	CHECK(rectime_resume(&r, 3000));
	CHECK(!rectime_resume(&r, 3100));
	CHECK(rectime_pause(&r, 4000));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_INT(rectime_at(&r, rows[i].at), rows[i].time);
		CHECK_INT(rectime_covers(&r, rows[i].at), rows[i].covered);
	}
	rectime_end(&r, 8000);
	CHECK_INT(rectime_at(&r, r.end_us), 3000);
}

static void test_more_pauses_than_kept(void)
{
	struct rectime r;

	rectime_start(&r, 0);
	for (int i = 1; i <= 100; i++) {
		CHECK(rectime_pause(&r, i * 100));
		CHECK(rectime_resume(&r, i * 100 + 30));
	}
	CHECK_INT(rectime_at(&r, 10100), 10100 - 100 * 30);
	CHECK(!rectime_covers(&r, 9010));
	CHECK(rectime_covers(&r, 9040));
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_runs_and_ends), TEST(test_stands_still), TEST(test_more_pauses_than_kept) };

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
