/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Jobs that take away: "delete" the whole recording, "expire" its originals. Called by job.c on a runner's thread.
 *
 *	nobody reads there any more (dirlock) ─▶ out of everybody's sight in one rename ─▶ files ─▶ keys ─▶ stores (job_purge.c) ─▶ catalog
 */
#include <errno.h>
#include <glib.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "common/catalog_store.h"
#include "common/fsio.h"
#include "common/json.h"
#include "common/log.h"
#include "common/sync.h"
#include "common/timeline.h"
#include "postprocess/dirlock.h"
#include "postprocess/job_private.h"
#include "postprocess/originals.h"
#include "postprocess/purge.h"

enum { FREE_WAIT_MS = 10000, FREE_POLL_MS = 50, FIRST_DELAY_MS = 15000, LAST_DELAY_MS = 3600000 };

/* What was being made of it is cancelled and ends soon. A descriptor or negative errno. */
static int wait_until_free(const struct job_env *env, const char *dir)
{
	int64_t until_us = clock_mono_us() + FREE_WAIT_MS * 1000LL;
	int lock;

	while ((lock = dirlock_take(dir, true)) == -EBUSY && clock_mono_us() < until_us && !env->stopping(env->arg))
		g_usleep(FREE_POLL_MS * 1000);
	return lock;
}

/* Out of everybody's sight in one step: who still has a path there makes nothing new below it. What an attempt before this one left goes too. */
static int remove_aside(const char *path, const char *aside)
{
	int err = fs_remove_tree(aside);

	if (!err && rename(path, aside) && errno != ENOENT)
		err = -errno;
	return err ? err : fs_remove_tree(aside);
}

/* For ever, twice as long each time up to an hour: a store may be away for days. */
static int64_t delay_ms(const struct catalog_job *job)
{
	int64_t ms = MIN((int64_t)FIRST_DELAY_MS << MIN(MAX(job->attempts - 1, 0), 16), LAST_DELAY_MS);

	return ms - ms / 4 + g_random_int_range(0, (gint32)(ms / 2) + 1);
}

void job_later(const struct job_env *env, const struct catalog_job *job, const char *reason)
{
	int64_t ms = delay_ms(job);
	int err;

	job_ended("retrying");
	do
		err = catalog_job_failed(env->catalog, job->id, env->owner, reason, ms, INT_MAX, false);
	while (job_insist(env, err));
	log_warn("job %lld: recording %s: %s, attempt %d: %s; again in %d s", (long long)job->id, job->recording, job->kind, job->attempts, reason, (int)(ms / 1000));
	if (err)
		log_warn("job %lld: not written to the catalog: %s", (long long)job->id, err_str(err));
}

static void files_stay(const struct job_env *env, const struct catalog_job *job, const char *what, int err)
{
	g_autofree char *reason = g_strdup_printf("%s: %s", what, err_str(err));

	job_later(env, job, reason);
}

static void ended(const struct job_env *env, const struct catalog_job *job, int (*end)(struct catalog *c, int64_t job, const char *owner), const char *what)
{
	int err;

	do
		err = end(env->catalog, job->id, env->owner);
	while (job_insist(env, err));
	if (err) {
		log_warn("job %lld: recording %s: %s, but not written to the catalog: %s", (long long)job->id, job->recording, what, err_str(err));
		return;
	}
	job_ended("done");
	log_info("job %lld: recording %s: %s", (long long)job->id, job->recording, what);
}

void job_purge_failed(const struct job_env *env, const struct catalog_job *job, int err, const char *reason)
{
	if (err == -EINPROGRESS || err == -ECANCELED)      /* nothing happens where it is not ours any more */
		catalog_job_give(env->catalog, job->id, env->owner);
	else
		job_later(env, job, reason);
}

/* Out of the stores, when it is gone here: 0; else the job has been put off or given back. */
static int out_of_stores(const struct job_env *env, const struct catalog_job *job, unsigned what)
{
	char reason[JOB_REASON];
	int err = job_purge(env, job, &(struct job_purge){ .what = what }, reason);

	if (err)
		job_purge_failed(env, job, err, reason);
	return err;
}

/* ---- delete ---- */

static int remove_recording(const struct job_env *env, const struct catalog_job *job, const char *dir)
{
	g_autofree char *aside = g_strdup_printf("%s/.deleted-%s", env->recordings, job->recording);
	int lock = wait_until_free(env, dir), err;

	if (lock < 0 && lock != -ENOENT)
		return lock;
	err = remove_aside(dir, aside);
	if (lock >= 0)
		close(lock);
	if (!err)      /* what is sealed in a store nobody reads from here on */
		err = catalog_key_drop(env->catalog, job->recording, -1);
	return MIN(err, 0);
}

void job_delete(const struct job_env *env, const struct catalog_job *job, const char *dir)
{
	int err = remove_recording(env, job, dir);

	if (err)
		files_stay(env, job, "files could not be removed", err);
	else if (!out_of_stores(env, job, PURGE_ALL))
		ended(env, job, catalog_job_deleted, "deleted");
}

/* ---- expire ---- */

/* Before it is so, so that whoever verifies the recording never finds chunks missing without a word. */
static int write_down(const struct job_env *env, const struct catalog_job *job, const char *dir)
{
	g_autofree char *path = g_build_filename(dir, "timeline.jsonl", NULL);
	struct timeline *tl = NULL;
	json_t *row = NULL;
	int err = catalog_recording_get(env->catalog, job->recording, &row);

	if (!err)
		err = timeline_open(&tl, path);
	if (!err)
		err = timeline_append(tl, json_pack("{s:s,s:I,s:I}", "type", "expired", "t_ms", (json_int_t)json_num(row, "duration_ms", 0), "wall_ms",
						    (json_int_t)clock_wall_ms()));
	if (!err)
		err = timeline_flush(tl, true);
	timeline_close(&tl);
	json_decref(row);
	return err == -ENOENT || err == -ENODATA ? 0 : err;
}

/* Somebody may have it held at any moment: it is asked when nobody can come between any more. */
static int remove_originals(const struct job_env *env, const struct catalog_job *job, const char *dir)
{
	g_autofree char *chunks = g_build_filename(dir, "chunks", NULL), *aside = g_build_filename(dir, ".expired", NULL);
	int lock = wait_until_free(env, dir), err;

	if (lock < 0)
		return lock == -ENOENT ? 0 : lock;
	err = catalog_job_check(env->catalog, job->id, env->owner);
	if (!err && originals_there(dir) > 0)
		err = write_down(env, job, dir);
	if (!err)
		err = remove_aside(chunks, aside);
	close(lock);
	return err;
}

void job_expire(const struct job_env *env, const struct catalog_job *job, const char *dir)
{
	int err = remove_originals(env, job, dir);

	if (err == -EPROTO)
		job_ended("cancelled");
	else if (err)
		files_stay(env, job, "originals could not be removed", err);
	else if (!out_of_stores(env, job, PURGE_ORIGINALS))
		ended(env, job, catalog_job_expired, "originals are gone");
}
