/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "postprocess/attempts.c"
#include "test.h"

static struct attempts *a;
static int64_t now_us;

static void begin(void)
{
	a = attempts_create();
	now_us = 5000000;
}

static void wrong(const char *address, int n)
{
	while (n--)
		attempts_wrong(a, address, now_us);
}

static void test_free_then_slow_then_forgiven(void)
{
	begin();
	wrong("192.0.2.1", ATTEMPTS_FREE);
	CHECK_INT(attempts_wait_ms(a, "192.0.2.1", now_us), 0);
	wrong("192.0.2.1", 1);
	CHECK_NEAR(attempts_wait_ms(a, "192.0.2.1", now_us), 1000 * ATTEMPTS_LEAK_S, 2);
	CHECK_INT(attempts_wait_ms(a, "192.0.2.2", now_us), 0);
	now_us += ATTEMPTS_LEAK_S * 1000000 + 1000;
	CHECK_INT(attempts_wait_ms(a, "192.0.2.1", now_us), 0);
	wrong("192.0.2.1", 1000000);
	CHECK(attempts_wait_ms(a, "192.0.2.1", now_us) <= 1000 * ATTEMPTS_WAIT_MAX_S + 1);
	now_us += (int64_t)WRONG_MAX * ATTEMPTS_LEAK_S * 1000000;
	wrong("192.0.2.1", ATTEMPTS_FREE);
	CHECK_INT(attempts_wait_ms(a, "192.0.2.1", now_us), 0);
	attempts_free(&a);
}

static void test_what_is_one_address(void)
{
	begin();
	wrong("2001:db8:1:2::1", ATTEMPTS_FREE + 2);
	CHECK(attempts_wait_ms(a, "2001:db8:1:2:ffff::9", now_us) > 0);
	CHECK_INT(attempts_wait_ms(a, "2001:db8:1:3::1", now_us), 0);
	wrong("::ffff:192.0.2.7", ATTEMPTS_FREE + 2);
	CHECK(attempts_wait_ms(a, "192.0.2.7", now_us) > 0);
	CHECK_INT(attempts_wait_ms(a, "::ffff:192.0.2.8", now_us), 0);
	wrong("unix", ATTEMPTS_FREE + 2);
	CHECK(attempts_wait_ms(a, "", now_us) > 0);
	attempts_free(&a);
}

/* Far more addresses than places: those who guess most stay known. */
static void test_bounded(void)
{
	char text[64];

	begin();
	wrong("198.51.100.1", ATTEMPTS_FREE + 3);
	for (unsigned i = 0; i < 50000; i++) {
		snprintf(text, sizeof(text), "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
		wrong(text, 1);
	}
	CHECK(attempts_wait_ms(a, "198.51.100.1", now_us) > 0);
	attempts_free(&a);
	CHECK(!a);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_free_then_slow_then_forgiven), TEST(test_what_is_one_address), TEST(test_bounded) };

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
