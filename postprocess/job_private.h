/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Between job.c (kinds), job_watch.c (while the child runs) and job_report.c (how it ended). One thread.
 */
#pragma once
#include "postprocess/child.h"
#include "postprocess/job.h"
#include "postprocess/store.h"

enum {
	ATTEMPTS = 3,                  /* when it crashed or stalled */
	ATTEMPTS_LATER = 30,           /* when the machine was not fit just now: disk full, out of memory */
};
enum ending { RUNNING, LOST, CANCELLED, STOPPED, STALLED };

struct run {
	const struct job_env *env;
	const struct catalog_job *job;
	struct child *child;
	enum ending ending;
	json_t *summary;               /* the child's last word, or NULL */
	char stage[24];
	int percent;
	int64_t eta_ms, lag_ms;
	bool ready;                    /* the child waits for our word */
	bool frozen;                   /* stopped, as the job may be somebody else's by now */
	int64_t heard_us, ready_us, kill_us;       /* monotonic */
};

/** Until the child says no more. */
void job_watch(struct run *r);
/** "delete" and "expire" (job_remove.c). */
void job_delete(const struct job_env *env, const struct catalog_job *job, const char *dir);
void job_expire(const struct job_env *env, const struct catalog_job *job, const char *dir);
enum { JOB_REASON = 300 };
struct job_purge {
	unsigned what;                 /* PURGE_… */
	/** As struct purge has it; NULL: all of it. */
	bool (*wanted)(const struct store_item *i, void *arg);
	void *arg;
};
/** Takes it out of every store (job_purge.c): 0 when each has confirmed; -EINPROGRESS: there is more, the job is to be given back; -ECANCELED: we are to stop, or
 *  the job is not ours any more; else `reason` says which store and why. */
int job_purge(const struct job_env *env, const struct catalog_job *job, const struct job_purge *conf, char reason[JOB_REASON]);
/** job.about out of every store, when they are out of the directory (job_erase.c). As job_purge(). */
int job_erase_stores(const struct job_env *env, const struct catalog_job *job, char reason[JOB_REASON]);
/** The end of something that has to come to an end however long it takes: again later, twice as long each time up to an hour. */
void job_later(const struct job_env *env, const struct catalog_job *job, const char *reason);
/** Puts off or gives back a job that was not done with the stores, as job_purge() said. */
void job_purge_failed(const struct job_env *env, const struct catalog_job *job, int err, const char *reason);
/** Brings the recording's originals from a store where they are not here and a store has them (job_fetch.c). False: the job has ended, or is not ours. */
bool job_fetch(const struct job_env *env, const struct catalog_job *job, const char *dir);
/** What came of it, to the catalog; status as of waitpid(). */
void job_report(const struct run *r, int status);
/**
 * The end of a job has to come into the catalog, however long that does not answer: until then the job is ours, and nobody else would end it. After a write
 * that gave err: waits a moment and is true when it is to be tried again. False on success, where the catalog says no, and when the worker stops.
 */
bool job_insist(const struct job_env *env, int err);
/** Counts an attempt by its end: a value of the label of METRIC_JOB_ENDS. */
void job_ended(const char *how);
/** An attempt that failed: again later, unless it was the last of `attempts` or `final`. */
void job_report_failed(const struct run *r, const char *reason, int attempts, bool final);
