/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/sync.c"
#include "test.h"

static struct lock lock = LOCK_INIT;
static struct cond cond;
static int value;

static void *set_value(void *arg)
{
	lock_take(&lock);
	value = *(int *)arg;
	cond_broadcast(&cond);
	lock_release(&lock);
	return arg;
}

static void *read_self(void *arg)
{
	sigset_t *mask = arg;

	pthread_sigmask(SIG_SETMASK, NULL, mask);
	return sigismember(mask, SIGTERM) && sigismember(mask, SIGINT) ? arg : NULL;
}

static void test_thread_and_condition(void)
{
	int64_t deadline_us = clock_mono_us() + 10 * 1000000;
	int seven = 7, seen;
	void *back = NULL;
	pthread_t t;

	cond_init(&cond);
	CHECK_INT(thread_start(&t, "a-name-that-is-much-too-long", set_value, &seven), 0);
	lock_take(&lock);
	while (value != 7 && cond_wait_until(&cond, &lock, deadline_us))
		;
	seen = value;
	lock_release(&lock);
	pthread_join(t, &back);
	cond_destroy(&cond);
	CHECK_INT(seen, 7);
	CHECK(back == &seven);
}

static void test_signals_are_blocked_in_threads_only(void)
{
	sigset_t theirs, ours;
	void *back = NULL;
	pthread_t t;

	CHECK_INT(thread_start(&t, "signals", read_self, &theirs), 0);
	pthread_join(t, &back);
	CHECK(back == &theirs);
	pthread_sigmask(SIG_SETMASK, NULL, &ours);
	CHECK(!sigismember(&ours, SIGTERM));
}

static void test_wait_ends_at_deadline(void)
{
	int64_t deadline_us = clock_mono_us() + 20000;
	bool signalled = true;

	cond_init(&cond);
	lock_take(&lock);
	while (signalled)
		signalled = cond_wait_until(&cond, &lock, deadline_us);
	lock_release(&lock);
	cond_destroy(&cond);
	CHECK(clock_mono_us() >= deadline_us);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_thread_and_condition), TEST(test_signals_are_blocked_in_threads_only), TEST(test_wait_ends_at_deadline),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
