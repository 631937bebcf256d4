/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/quality.c"
#include "test.h"

static void test_uplink_counts(void)
{
	struct uplink u = { 0 };
	int64_t ms = 0;

	for (int i = 0; i < 1000; i++, ms += 20) {
		if (i % 10 != 3)
			uplink_packet(&u, (uint16_t)(65000 + i), (uint32_t)i * 960, 48000, ms * 1000);
		if (i % 20 == 5)
			uplink_packet(&u, (uint16_t)(65000 + i - 2), (uint32_t)(i - 2) * 960, 48000, ms * 1000);   /* repaired */
	}
	CHECK_INT(u.expected, 1000);
	CHECK_INT(u.received, 950);
	CHECK(u.jitter_us < 1000);
}

static void test_uplink_jitter(void)
{
	struct uplink u = { 0 };
	unsigned seed = 3;

	for (int i = 0; i < 1000; i++)
		for (int k = 0; k < 5; k++)        /* of one picture, paced */
			uplink_packet(&u, (uint16_t)(i * 5 + k), (uint32_t)i * 3000, 90000, i * 33333 + k * 4000 + (k ? 0 : (int)(rand_r(&seed) % 80) * 1000 - 40000));
	CHECK_NEAR(u.jitter_us, 27000, 9000);
}

static bool step(struct quality *q, double up, double down, unsigned jitter)
{
	return quality_step(q, &(struct quality_seen){ .up = true, .down = true, .up_lost = up, .down_lost = down, .jitter_ms = jitter });
}

static void test_levels(void)
{
	static const struct { double up, down; unsigned jitter; enum quality_level level; } rows[] = {
		{ 0, 0, 0, QUALITY_EXCELLENT }, { 0.02, 0.01, 60, QUALITY_EXCELLENT }, { 0.03, 0, 10, QUALITY_GOOD }, { 0, 0.05, 10, QUALITY_GOOD },
		{ 0, 0, 100, QUALITY_GOOD }, { 0.09, 0, 0, QUALITY_POOR }, { 0, 0.5, 0, QUALITY_POOR }, { 0, 0, 300, QUALITY_POOR },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct quality q = { 0 };

		CHECK(step(&q, rows[i].up, rows[i].down, rows[i].jitter));
		CHECK_INT(q.level, rows[i].level);
	}
	CHECK_STR(quality_name(QUALITY_LOST), "lost");
	CHECK_STR(quality_name(QUALITY_EXCELLENT), "excellent");
}

static void test_does_not_flicker(void)
{
	struct quality q = { 0 };
	int changes = 0;

	for (int i = 0; i < 100; i++)
		changes += step(&q, i & 1 ? 0.05 : 0, 0, 0);
	CHECK_INT(changes, 1);
	changes = 0;
	for (int i = 0; i < 10; i++)
		changes += step(&q, 0.05 + 0.01 * (i % 3), 0, 0);
	CHECK_INT(changes, 1);
	CHECK_INT(q.level, QUALITY_GOOD);
	for (int i = 0; i < 3; i++)
		CHECK(!step(&q, 0, 0, 0));
	CHECK(step(&q, 0, 0, 0));
	CHECK_INT(q.level, QUALITY_EXCELLENT);
}

static void test_lost_at_once(void)
{
	struct quality q = { 0 };

	CHECK(!quality_step(&q, &(struct quality_seen){ 0 }));             /* nothing known */
	CHECK(step(&q, 0, 0, 0));
	CHECK(quality_step(&q, &(struct quality_seen){ .silent = true }));
	CHECK_INT(q.level, QUALITY_LOST);
	CHECK(!quality_step(&q, &(struct quality_seen){ .silent = true }));
	CHECK(step(&q, 0, 0, 0));
	CHECK_INT(q.level, QUALITY_EXCELLENT);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_uplink_counts), TEST(test_uplink_jitter), TEST(test_levels), TEST(test_does_not_flicker), TEST(test_lost_at_once),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
