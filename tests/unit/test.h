/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The unit tests' frame: a program is a table of named functions; each check that fails prints where and ends its test.
 *
 *	static void test_wrap(void) { CHECK_INT(seq_diff(0, 65535), 1); }
 *	int main(int argc, char **argv) {
 *		static const struct test tests[] = { TEST(test_wrap) };
 *		return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
 *	}
 */
#pragma once
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct test {
	const char *name;
	void (*run)(void);
};
#define TEST(f) { #f, f }

static jmp_buf test_env;

#define TEST_FAIL(...) do { \
		printf("%s:%d: ", __FILE__, __LINE__); printf(__VA_ARGS__); printf("\n"); \
		longjmp(test_env, 1); \
	} while (0)
#define CHECK(cond) do { if (!(cond)) TEST_FAIL("not true: %s", #cond); } while (0)
#define CHECK_INT(a, b) do { \
		long long a_ = (long long)(a), b_ = (long long)(b); \
		if (a_ != b_) TEST_FAIL("%s = %lld, expected %lld", #a, a_, b_); \
	} while (0)
#define CHECK_STR(a, b) do { \
		const char *a_ = (a), *b_ = (b); \
		if (!a_ || !b_ || strcmp(a_, b_)) TEST_FAIL("%s = \"%s\", expected \"%s\"", #a, a_ ? a_ : "(null)", b_ ? b_ : "(null)"); \
	} while (0)
#define CHECK_NEAR(a, b, tolerance) do { \
		double a_ = (double)(a), b_ = (double)(b); \
		if (!(fabs(a_ - b_) <= (double)(tolerance))) TEST_FAIL("%s = %g, expected %g within %g", #a, a_, b_, (double)(tolerance)); \
	} while (0)

/** Apart from test_run(), whose variables a longjmp() could take back. */
static __attribute__((noinline)) int test_one(const struct test *t)
{
	if (setjmp(test_env))
		return 1;
	t->run();
	return 0;
}

/** Runs the table, or the tests named on the command line, and counts. */
static inline void test_each(const struct test *tests, size_t n, int argc, char **argv, int *passed, int *failed)
{
	for (size_t i = 0; i < n; i++) {
		if (argc > 1 && strcmp(argv[1], tests[i].name))
			continue;
		if (test_one(&tests[i])) {
			printf("FAILED %s\n", tests[i].name);
			(*failed)++;
		} else {
			(*passed)++;
		}
	}
}

/** Runs the table; the last line is `N passed, N failed`. Exit status 1 if any failed. */
static inline int test_run(const struct test *tests, size_t n, int argc, char **argv)
{
	int passed = 0, failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	test_each(tests, n, argc, argv, &passed, &failed);
	printf("%d passed, %d failed\n", passed, failed);
	return failed ? 1 : 0;
}
