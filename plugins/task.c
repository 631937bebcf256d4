/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Strands on two pools of threads: one for what people in a call wait for, one for what may have to wait for the disk.
 *
 *   strand_post ─▶ strand's queue ─▶ ready list of its pool ─▶ thread: takes a strand, runs one piece, puts the strand back if it has more
 */
#include <errno.h>
#include <glib.h>
#include <stdatomic.h>
#include "plugins/held.h"
#include "plugins/task.h"

enum { KINDS = 2 };

struct task {
	task_h *run;
	void *arg;
};

struct strand {
	atomic_int ref;
	enum task_kind kind;
	GQueue tasks;              /* under pool.lock */
	bool busy;                 /* in the ready list or running; under pool.lock */
};

static struct {
	struct lock lock;
	struct cond wake[KINDS], idle;
	GQueue ready[KINDS];
	unsigned strands;          /* busy ones, of both kinds: one may post to the other */
	bool closed, quit;
	pthread_t threads[KINDS * TASK_THREADS_MAX];
	unsigned nthreads, calls;  /* calls: of them, those that negotiate */
	unsigned taken, seen;      /* pieces of theirs taken up so far; at the last look */
} pool = { .lock = LOCK_INIT, .closed = true };

struct strand *strand_create(enum task_kind kind)
{
	struct strand *s = g_new0(struct strand, 1);

	atomic_init(&s->ref, 1);
	s->kind = kind;
	g_queue_init(&s->tasks);
	return s;
}

struct strand *strand_ref(struct strand *s)
{
	atomic_fetch_add(&s->ref, 1);
	return s;
}

void strand_unref(struct strand **s)
{
	if (*s && atomic_fetch_sub(&(*s)->ref, 1) == 1)
		g_free(*s);
	*s = NULL;
}

void strand_post(struct strand *s, task_h *run, void *arg)
{
	struct task *t = g_new(struct task, 1);
	bool closed;

	*t = (struct task){ run, arg };
	held_take(&pool.lock);
	closed = pool.closed;
	if (!closed) {
		g_queue_push_tail(&s->tasks, t);
		if (!s->busy) {
			s->busy = true;
			pool.strands++;
			g_queue_push_tail(&pool.ready[s->kind], strand_ref(s));
			cond_signal(&pool.wake[s->kind]);
		}
	}
	held_release(&pool.lock);
	if (closed) {
		g_free(t);
		run(arg, true);
	}
}

unsigned strand_pending(struct strand *s)
{
	unsigned n;

	held_take(&pool.lock);
	n = s->tasks.length;
	held_release(&pool.lock);
	return n;
}

/* Runs one piece of s, whose reference is ours, with the lock held on entry and exit. */
static void run_one_locked(struct strand *s)
{
	struct task *t = g_queue_pop_head(&s->tasks);

	pool.taken += s->kind == TASK_CALL;
	held_release(&pool.lock);
	t->run(t->arg, false);
	g_free(t);
	held_take(&pool.lock);
	if (s->tasks.length) {
		g_queue_push_tail(&pool.ready[s->kind], s);
		cond_signal(&pool.wake[s->kind]);
		return;
	}
	s->busy = false;
	if (!--pool.strands)
		cond_broadcast(&pool.idle);
	strand_unref(&s);
}

static void *pool_main(void *arg)
{
	size_t kind = GPOINTER_TO_SIZE(arg);

	held_take(&pool.lock);
	while (!pool.quit) {
		struct strand *s = g_queue_pop_head(&pool.ready[kind]);

		if (s)
			run_one_locked(s);
		else
			cond_wait(&pool.wake[kind], &pool.lock);
	}
	held_release(&pool.lock);
	return NULL;
}

static int start_threads(enum task_kind kind, const char *name, unsigned threads)
{
	int err = 0;

	cond_init(&pool.wake[kind]);
	g_queue_init(&pool.ready[kind]);
	for (unsigned i = 0; !err && i < MIN(threads, TASK_THREADS_MAX); i++) {
		err = thread_start(&pool.threads[pool.nthreads], name, pool_main, GSIZE_TO_POINTER(kind));
		if (!err)
			pool.nthreads++;
	}
	return err;
}

void task_relieve(void)
{
	held_take(&pool.lock);
	if (!pool.quit && pool.ready[TASK_CALL].length && pool.taken == pool.seen && pool.calls < TASK_THREADS_MAX &&
	    !thread_start(&pool.threads[pool.nthreads], "recroom task", pool_main, GSIZE_TO_POINTER(TASK_CALL))) {
		pool.nthreads++;
		pool.calls++;
	}
	pool.seen = pool.taken;
	held_release(&pool.lock);
}

int task_init(unsigned threads, unsigned disk_threads)
{
	int err;

	cond_init(&pool.idle);
	pool.closed = pool.quit = false;
	pool.nthreads = pool.strands = 0;
	err = start_threads(TASK_CALL, "recroom task", threads);
	pool.calls = pool.nthreads;
	if (!err)
		err = start_threads(TASK_DISK, "recroom disk", disk_threads);
	if (err)
		task_exit();
	return err;
}

void task_exit(void)
{
	unsigned n = pool.nthreads;

	held_take(&pool.lock);
	while (pool.strands && n)
		cond_wait(&pool.idle, &pool.lock);
	pool.closed = pool.quit = true;
	for (int kind = 0; n && kind < KINDS; kind++)
		cond_broadcast(&pool.wake[kind]);
	held_release(&pool.lock);
	for (unsigned i = 0; i < n; i++)
		pthread_join(pool.threads[i], NULL);
	pool.nthreads = 0;
}
