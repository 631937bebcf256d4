/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/task.c"
#include "test.h"

_Thread_local int locks_held;

enum { PIECES = 2000, STRANDS = 5 };

struct piece { struct strand *strand; int number; };

static struct {
	atomic_int running[STRANDS], ran, cancelled;
	int next[STRANDS];                 /* only ever touched by that strand's pieces */
	atomic_bool overlap, disorder;
	struct strand *strand[STRANDS];
} seen;

static int index_of(const struct strand *s)
{
	for (int i = 0; i < STRANDS; i++)
		if (seen.strand[i] == s)
			return i;
	return 0;
}

static void run_piece(void *arg, bool cancelled)
{
	struct piece *p = arg;
	int i = index_of(p->strand);

	if (cancelled) {
		atomic_fetch_add(&seen.cancelled, 1);
	} else {
		if (atomic_fetch_add(&seen.running[i], 1))
			atomic_store(&seen.overlap, true);
		if (seen.next[i]++ != p->number)
			atomic_store(&seen.disorder, true);
		atomic_fetch_add(&seen.ran, 1);
		atomic_fetch_sub(&seen.running[i], 1);
	}
	g_free(p);
}

static void post(int i, int number)
{
	struct piece *p = g_new(struct piece, 1);

	*p = (struct piece){ seen.strand[i], number };
	strand_post(seen.strand[i], run_piece, p);
}

static void begin(void)
{
	memset(&seen, 0, sizeof(seen));
	for (int i = 0; i < STRANDS; i++)
		seen.strand[i] = strand_create(TASK_CALL);
}

static void end(void)
{
	for (int i = 0; i < STRANDS; i++)
		strand_unref(&seen.strand[i]);
}

static void test_order_within_a_strand(void)
{
	begin();
	CHECK_INT(task_init(4, 1), 0);
	for (int n = 0; n < PIECES; n++)
		for (int i = 0; i < STRANDS; i++)
			post(i, n);
	task_exit();
	CHECK_INT(atomic_load(&seen.ran), PIECES * STRANDS);
	CHECK(!atomic_load(&seen.overlap));
	CHECK(!atomic_load(&seen.disorder));
	end();
}

static void test_after_exit_all_is_cancelled(void)
{
	begin();
	CHECK_INT(task_init(1, 1), 0);
	task_exit();
	task_exit();
	post(0, 0);
	CHECK_INT(atomic_load(&seen.cancelled), 1);
	CHECK_INT(atomic_load(&seen.ran), 0);
	end();
}

static void post_more(void *arg, bool cancelled)
{
	(void)arg;
	(void)cancelled;
	for (int n = 0; n < 10; n++)
		post(1, n);
}

/* What work posts while the pool drains still runs. */
static void test_exit_drains(void)
{
	begin();
	CHECK_INT(task_init(2, 1), 0);
	strand_post(seen.strand[0], post_more, NULL);
	task_exit();
	CHECK_INT(atomic_load(&seen.ran) + atomic_load(&seen.cancelled), 10);
	CHECK_INT(atomic_load(&seen.cancelled), 0);
	end();
}

static struct { struct lock lock; struct cond cond; bool go, in; } gate = { .lock = LOCK_INIT };

static void wait_at_gate(void *arg, bool cancelled)
{
	(void)arg;
	(void)cancelled;
	lock_take(&gate.lock);
	gate.in = true;
	cond_broadcast(&gate.cond);
	while (!gate.go)
		cond_wait(&gate.cond, &gate.lock);
	lock_release(&gate.lock);
}

static void test_a_blocked_strand_blocks_no_other(void)
{
	int64_t until_us = clock_mono_us() + 5000000;

	cond_init(&gate.cond);
	begin();
	CHECK_INT(task_init(2, 1), 0);
	strand_post(seen.strand[0], wait_at_gate, NULL);
	lock_take(&gate.lock);
	while (!gate.in && cond_wait_until(&gate.cond, &gate.lock, until_us))
		;
	lock_release(&gate.lock);
	CHECK(gate.in);
	post(0, 0);
	post(1, 0);
	while (!atomic_load(&seen.ran) && clock_mono_us() < until_us)
		sched_yield();
	CHECK_INT(atomic_load(&seen.ran), 1);
	CHECK_INT(strand_pending(seen.strand[0]), 1);
	lock_take(&gate.lock);
	gate.go = true;
	cond_broadcast(&gate.cond);
	lock_release(&gate.lock);
	task_exit();
	CHECK_INT(atomic_load(&seen.ran), 2);
	end();
}

/* More handles hold threads in Janus than there are: somebody else's turn comes all the same, and no thread is started while anything moves. */
static void test_held_threads_are_joined_by_others(void)
{
	int64_t until_us = clock_mono_us() + 5000000;

	gate.go = false;
	begin();
	CHECK_INT(task_init(2, 1), 0);
	for (int i = 0; i < STRANDS - 1; i++)
		strand_post(seen.strand[i], wait_at_gate, NULL);
	post(STRANDS - 1, 0);
	while (!atomic_load(&seen.ran) && clock_mono_us() < until_us) {
		task_relieve();
		g_usleep(1000);
	}
	CHECK_INT(atomic_load(&seen.ran), 1);
	lock_take(&pool.lock);
	CHECK(pool.calls > STRANDS - 1 && pool.calls <= TASK_THREADS_MAX);
	lock_release(&pool.lock);
	for (int i = 0; i < 2 * TASK_THREADS_MAX; i++)
		task_relieve();
	CHECK_INT(pool.nthreads, pool.calls + 1);
	lock_take(&gate.lock);
	gate.go = true;
	cond_broadcast(&gate.cond);
	lock_release(&gate.lock);
	task_exit();
	end();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_order_within_a_strand), TEST(test_after_exit_all_is_cancelled), TEST(test_exit_drains),
		TEST(test_a_blocked_strand_blocks_no_other), TEST(test_held_threads_are_joined_by_others),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
