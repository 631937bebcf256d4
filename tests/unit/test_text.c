/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "postprocess/text.c"
#include "test.h"

enum { NOV_22 = 1795357800 };    /* 2026-11-22 14:30 UTC */

static void test_duration(void)
{
	char t[TEXT_SIZE];

	CHECK_STR(text_duration(t, 0), "0:00");
	CHECK_STR(text_duration(t, 499), "0:00");
	CHECK_STR(text_duration(t, 61500), "1:02");
	CHECK_STR(text_duration(t, 3605000), "1:00:05");
	CHECK_STR(text_duration(t, 360000000), "100:00:00");
}

static void test_bytes(void)
{
	char t[TEXT_SIZE];

	CHECK_STR(text_bytes(t, 0), "0 B");
	CHECK_STR(text_bytes(t, 999), "999 B");
	CHECK_STR(text_bytes(t, 1000), "1.0 kB");
	CHECK_STR(text_bytes(t, 12345678), "12.3 MB");
	CHECK_STR(text_bytes(t, INT64_MAX), "9223.4 PB");
}

static void test_time(void)
{
	char t[TEXT_SIZE];

	CHECK_STR(text_time(t, NOV_22 * INT64_C(1000)), "2026-11-22 14:30");
	CHECK_STR(text_time(t, 0), "1970-01-01 00:00");
}

static void test_seconds(void)
{
	static const char *const bad[] = { "", "7", "d", "0s", "-1d", " 7d", "7dd", "7w", "61s", "2m", "99999999999999999999d" };

	CHECK_INT(text_seconds("60s", 60), 60);
	CHECK_INT(text_seconds("1m", 60), 60);
	CHECK_INT(text_seconds("7d", 604800), 604800);
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
		CHECK_INT(text_seconds(bad[i], 60), 0);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_duration), TEST(test_bytes), TEST(test_seconds), TEST(test_time) };

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}
