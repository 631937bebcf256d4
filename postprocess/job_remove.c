/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Jobs that take away: "delete" the whole recording, "expire" its originals. Called by job.c on a runner's thread.
 *
 *	nobody reads there any more (dirlock) ─▶ out of everybody's sight in one rename ─▶ files ─▶ catalog
 */
#include <errno.h>
#include <glib.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "common/catalog_store.h"
#include "common/fsio.h"
#include "common/log.h"
#include "common/sync.h"
#include "postprocess/dirlock.h"
#include "postprocess/job_private.h"

enum { FREE_WAIT_MS = 10000, FREE_POLL_MS = 50 };

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

static void later(const struct job_env *env, const struct catalog_job *job, const char *what, int err)
{
	struct run r = { .env = env, .job = job };
	char reason[200];

	snprintf(reason, sizeof(reason), "%s: %s", what, err_str(err));
	job_report_failed(&r, reason, INT_MAX, false);
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
	return err;
}

void job_delete(const struct job_env *env, const struct catalog_job *job, const char *dir)
{
	int err = remove_recording(env, job, dir);

	if (err)
		later(env, job, "files could not be removed", err);
	else
		ended(env, job, catalog_job_deleted, "deleted");
}

/* ---- expire ---- */

/* Somebody may have it held at any moment: it is asked when nobody can come between any more. */
static int remove_originals(const struct job_env *env, const struct catalog_job *job, const char *dir)
{
	g_autofree char *chunks = g_build_filename(dir, "chunks", NULL), *aside = g_build_filename(dir, ".expired", NULL);
	int lock = wait_until_free(env, dir), err;

	if (lock < 0)
		return lock == -ENOENT ? 0 : lock;
	err = catalog_job_check(env->catalog, job->id, env->owner);
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
		later(env, job, "originals could not be removed", err);
	else
		ended(env, job, catalog_job_expired, "originals are gone");
}
