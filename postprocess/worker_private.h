/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Between worker.c (threads) and dispatch.c (the one thread that asks the catalog for work).
 */
#pragma once
#include <pthread.h>
#include "common/catalog_watch.h"
#include "common/sync.h"
#include "postprocess/worker.h"
#include "postprocess/worker_name.h"

enum { RUNNERS_MAX = 64, PLACES_MAX = 32, STAGE_SIZE = 24 };

/* What a runner's job has told, and what of that the catalog knows. */
struct told {
	char stage[STAGE_SIZE];
	int percent;
	int64_t eta_ms, lag_ms;
};
struct runner {
	struct worker *worker;
	pthread_t thread;
	bool started;
	enum catalog_which lane;       /* what it takes: jobs of recordings that run, and sees them through; of those that are over; transfers */
	char name[WORKER_NAME_SIZE + 16];
	int64_t round_us;              /* atomic: when it last went round */
	/* under the worker's lock */
	bool busy;                     /* has `job` */
	bool lost;                     /* the catalog says it is not ours */
	bool news;                     /* `now` was told and not passed on */
	struct catalog_job job;
	struct told now;
	/* the dispatcher's */
	struct told passed;
	int64_t passed_us;
};
struct worker {
	struct worker_conf conf;
	struct catalog *catalog;
	char name[WORKER_NAME_SIZE];
	char **places;                 /* ended by NULL */
	struct runner *runners;
	int nrunners;
	pthread_t thread;              /* the dispatcher */
	bool started;
	int64_t round_us;              /* atomic, of the dispatcher */
	struct lock lock;
	struct cond wake;              /* a runner has a job, or stop was set */
	struct catalog_watch *watch;   /* the dispatcher waits there; woken when a runner is free, or quit was set */
	/* under lock */
	bool stop;                     /* no new jobs, end those there are */
	bool quit;                     /* the dispatcher is to end, its runners have */
	bool freed;                    /* a runner is free: there may be something for it */
	int64_t beat_us;               /* CLOCK_BOOTTIME, which goes on while the machine sleeps: before the last sign of life that reached the catalog */
	/* the dispatcher's */
	int64_t next_beat_us, due_us;  /* due_us: when the next job that waits for another attempt is due, 0: none */
	bool draining, silent;
	int last_err;                  /* of leasing; said once */
};

/** thread_start()'s; ends when `quit` is set. */
void *dispatch_main(void *worker);
/** [µs], also while the machine sleeps. */
int64_t clock_boot_us(void);
