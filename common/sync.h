/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Locks, conditions and threads: plain pthread, so that ThreadSanitizer understands them. Waits are on CLOCK_MONOTONIC.
 */
#pragma once
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct lock { pthread_mutex_t m; };
struct cond { pthread_cond_t c; };
#define LOCK_INIT { PTHREAD_MUTEX_INITIALIZER }

static inline int64_t clock_mono_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static inline int64_t clock_wall_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static inline void lock_init(struct lock *l) { pthread_mutex_init(&l->m, NULL); }
static inline void lock_destroy(struct lock *l) { pthread_mutex_destroy(&l->m); }
static inline void lock_take(struct lock *l) { pthread_mutex_lock(&l->m); }
static inline void lock_release(struct lock *l) { pthread_mutex_unlock(&l->m); }

static inline void cond_init(struct cond *c)
{
	pthread_condattr_t a;

	pthread_condattr_init(&a);
	pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
	pthread_cond_init(&c->c, &a);
	pthread_condattr_destroy(&a);
}
static inline void cond_destroy(struct cond *c) { pthread_cond_destroy(&c->c); }
static inline void cond_wait(struct cond *c, struct lock *l) { pthread_cond_wait(&c->c, &l->m); }
static inline void cond_signal(struct cond *c) { pthread_cond_signal(&c->c); }
static inline void cond_broadcast(struct cond *c) { pthread_cond_broadcast(&c->c); }

/** Waits until signalled or until the monotonic time `deadline_us`; false when the time is over. */
static inline bool cond_wait_until(struct cond *c, struct lock *l, int64_t deadline_us)
{
	struct timespec ts = { .tv_sec = deadline_us / 1000000, .tv_nsec = (deadline_us % 1000000) * 1000 };

	return pthread_cond_timedwait(&c->c, &l->m, &ts) == 0;
}

/** Starts a thread with a name of at most 15 characters and all signals blocked. Returns 0 or negative errno. */
int thread_start(pthread_t *out, const char *name, void *(*run)(void *), void *arg);
/** The calling thread lets all others go first, for good (nice 19, SCHED_BATCH): rising again takes a privilege. What it starts is as low. */
void thread_lower(void);
