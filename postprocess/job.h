/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One leased job: run, watched, reported to the catalog. On a runner's thread, which it blocks until the job has ended one way or another.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "common/catalog.h"

enum { RETRY_DELAYS = 3 };
struct job_env {
	struct catalog *catalog;
	const char *worker;            /* holder of the lease */
	const char *recordings;        /* root directory */
	const char *composer;          /* program to run, NULL: this one */
	const char *config;            /* handed on to it, or NULL */
	int lease_ms, renew_ms;
	int stall_ms;                  /* a child that says nothing for so long is killed */
	int grace_ms;                  /* from SIGTERM to SIGKILL */
	int retry_ms[RETRY_DELAYS];    /* after the first, second, any further attempt */
	bool (*stopping)(void *arg);   /* asked ten times a second; true: end tidily and give the job back. Also proof of life. */
	void *arg;
};

void job_run(const struct job_env *env, const struct catalog_job *job);
