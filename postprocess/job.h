/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One leased job: run, watched, reported to the catalog. On a runner's thread, which it blocks until the job has ended one way or another.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "common/catalog.h"

struct settings;
struct stores;
struct master_keys;

enum { RETRY_DELAYS = 3 };
/** What is known of our hold on the job. HOLD_UNSURE: no sign of life of ours has reached the catalog for so long that somebody else may have it. */
enum job_hold { HOLD_OURS, HOLD_UNSURE, HOLD_LOST };
struct job_env {
	struct catalog *catalog;
	const char *owner;             /* who holds it */
	const char *recordings;        /* root directory */
	const char *host_id;           /* of this host, whose recordings directory that is; NULL: whether it is there is not asked */
	const char *composer;          /* program to run, NULL: this one */
	const char *config;            /* handed on to it, or NULL */
	const struct settings *settings;       /* what uploads go by */
	struct stores *stores;         /* NULL: none */
	const struct master_keys *masters;     /* what is sealed; NULL: nothing can be */
	int stall_ms;                  /* a child that says nothing for so long is killed */
	int grace_ms;                  /* from SIGTERM to SIGKILL */
	int retry_ms[RETRY_DELAYS];    /* after the first, second, any further attempt */
	/* asked ten times a second; they do not block */
	bool (*stopping)(void *arg);   /* true: end tidily and give the job back. Also proof of life. */
	enum job_hold (*hold)(void *arg);
	void (*progress)(void *arg, const struct catalog_progress *p);     /* to be told to the catalog; the text is copied */
	void *arg;
};

void job_run(const struct job_env *env, const struct catalog_job *job);
