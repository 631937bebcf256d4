/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The job runner of `recroom-pp serve`: one worker in the catalog, with threads that each run one job at a time.
 */
#pragma once
#include <stdbool.h>
#include "postprocess/job.h"

struct worker_conf {
	const char *catalog;           /* URL; the worker has a connection of its own */
	const char *host_id, *recordings, *composer, *config;    /* as in struct job_env */
	const char *reaches;           /* further hosts whose recordings lie in the same directory, "host-a, store:x"; NULL or "": none */
	int cores;                     /* it may use, thousandths; 0: the machine's */
	int jobs;                      /* at once, of recordings that are over */
	int live_jobs;                 /* besides, of recordings that run */
	int transfers;                 /* besides, uploads */
	const struct settings *settings;       /* as in struct job_env: where outputs go */
	struct stores *stores;         /* originals in them are in its reach, too */
	const struct master_keys *masters;
	int beat_ms;                   /* from one sign of life to the next; 0: WORKER_BEAT_MS */
	int unsure_ms;                 /* without one that reached the catalog children are halted; 0: well below WORKER_DEAD_MS */
	int stall_ms, grace_ms;        /* 0: 300000, 5000 */
	int retry_ms[RETRY_DELAYS];    /* 0: 2000, 10000, 60000 */
};
struct worker;
/** Enters the worker in the catalog, takes back the jobs of this host's dead ones, and starts. Strings of conf must outlive it. */
int worker_create(struct worker **out, const struct worker_conf *conf);
/** True while all its threads go round. Any thread. */
bool worker_alive(const struct worker *w);
/** Ends children tidily (grace_ms, then by force), gives their jobs back, joins, goes out of the catalog. */
void worker_unref(struct worker **w);
