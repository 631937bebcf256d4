/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/pace.c"
#include "test.h"

enum { S = 1000000 };

static int taken(struct pace *p, int64_t now_us, int tries)
{
	int n = 0;

	for (int i = 0; i < tries; i++)
		n += !pace_take(p, now_us, 20, 100);
	return n;
}

static void test_burst_then_average(void)
{
	struct pace p = { 0 };
	int64_t wait_us;

	CHECK_INT(taken(&p, 7 * S, 150), 100);
	wait_us = pace_take(&p, 7 * S, 20, 100);
	CHECK_INT(wait_us, 50000);
	CHECK_INT(pace_take(&p, 7 * S + wait_us, 20, 100), 0);
	CHECK_INT(taken(&p, 8 * S, 50), 19);
	CHECK_INT(taken(&p, 100 * S, 150), 100);
}

/* Whoever waits as told gets through, however long it tries. */
static void test_average_holds(void)
{
	struct pace p = { 0 };
	int n = 0;

	for (int64_t now_us = 0; now_us < 60 * S; now_us += 1000)
		n += !pace_take(&p, now_us, 2, 20);
	CHECK_INT(n, 20 + 2 * 60 - 1);
	p = (struct pace){ 0 };
	CHECK_INT(pace_take(&p, 0, 1000000, 1), 0);
	CHECK_INT(pace_take(&p, 0, 1000000, 1), 1);
}

static void test_a_few_wrong_ones_cost_nothing(void)
{
	struct guesses g = { 0 };

	for (int i = 0; i < GUESSES_FREE; i++) {
		CHECK_INT(guesses_turn(&g, 5 * S), 5 * S);
		guesses_wrong(&g, 5 * S);
	}
	CHECK_INT(guesses_turn(&g, 5 * S), 5 * S);
}

/* 100 handles that do nothing but guess: one looked at each turn, and all of them at last. */
static void test_guessing_is_slow_for_all_together(void)
{
	struct guesses g = { 0 };
	int64_t turns[100], last = 0;

	for (int i = 0; i < 2 * GUESSES_FREE; i++)
		guesses_wrong(&g, 0);
	for (int i = 0; i < 100; i++) {
		turns[i] = guesses_turn(&g, 0);
		CHECK(turns[i] - last >= GUESSES_TURN_US);
		last = turns[i];
	}
	for (int i = 0; i < 1000; i++)
		CHECK(guesses_turn(&g, 0) <= GUESSES_WAIT_MAX_US);
}

static void test_it_is_forgotten(void)
{
	struct guesses g = { 0 };

	for (int i = 0; i < 1000; i++)
		guesses_wrong(&g, 0);
	CHECK(guesses_turn(&g, 0) > 0);
	CHECK_INT(guesses_turn(&g, 60 * S), 60 * S);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_burst_then_average), TEST(test_average_holds), TEST(test_a_few_wrong_ones_cost_nothing),
		TEST(test_guessing_is_slow_for_all_together), TEST(test_it_is_forgotten),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
