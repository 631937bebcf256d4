/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The job runner of `recroom-pp serve`: threads that take jobs from the catalog, each running one at a time.
 */
#pragma once
#include <stdbool.h>
#include "postprocess/job.h"

struct worker_conf {
	const char *catalog;           /* URL; the worker has a connection of its own */
	const char *host_id, *recordings, *composer, *config;    /* as in struct job_env */
	int jobs;                      /* at once, of recordings that are over */
	int live_jobs;                 /* besides, of recordings that run */
	int lease_ms, renew_ms, stall_ms, grace_ms;    /* 0: 15000, 5000, 300000, 5000 */
	int retry_ms[RETRY_DELAYS];    /* 0: 2000, 10000, 60000 */
};
struct worker;
/** Takes back the jobs of workers of this host that live no more, and starts. Strings of conf must outlive it. */
int worker_create(struct worker **out, const struct worker_conf *conf);
/** True while all its threads go round. Any thread. */
bool worker_alive(const struct worker *w);
/** Ends children tidily (grace_ms, then by force), gives their jobs back, joins. */
void worker_unref(struct worker **w);
