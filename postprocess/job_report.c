/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How a job's child ended, told to the catalog. Called by job.c on a runner's thread.
 *
 *	status, last line ─▶ done │ erased │ again later │ failed │ given back │ nobody's business any more
 */
#include <errno.h>
#include <glib.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include "common/ids.h"
#include "common/json.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/sync.h"
#include "postprocess/job_private.h"
#include "postprocess/options.h"
#include "postprocess/stores.h"
#include "postprocess/upload_ahead.h"
#include "postprocess/video_spool.h"

enum {
	STOP_WAIT_MS = 30000, STOP_POLL_MS = 50,       /* for the recording's end to come into the catalog */
	FILES_MAX = 104,
};

/* Of an output that is not made any more nothing is kept for the next attempt. */
static void drop_spool(const struct run *r)
{
	g_autofree char *dir = g_build_filename(r->env->recordings, r->job->recording, NULL);

	if (!recording_id_valid(r->job->recording) || strcmp(r->job->kind, "compose"))
		return;
	video_spool_discard(dir, r->job->output);
	upload_ahead_discard(r->env, r->job, dir);
}

/* Up to a quarter more or less, so that what failed together does not come back together. */
static int delay(const struct run *r)
{
	int ms = r->env->retry_ms[MIN(MAX(r->job->attempts, 1), RETRY_DELAYS) - 1];

	return ms - ms / 4 + g_random_int_range(0, ms / 2 + 1);
}

bool job_insist(const struct job_env *env, int err)
{
	if ((err != -EBUSY && err != -EIO && err != -ENOSPC && err != -EROFS) || (env->stopping && env->stopping(env->arg)))
		return false;
	g_usleep(STOP_POLL_MS * 1000);
	return true;
}

void job_ended(const char *how)
{
	metric_add(METRIC_JOB_ENDS, metric_label(METRIC_JOB_ENDS, how), 1);
}

void job_report_failed(const struct run *r, const char *reason, int attempts, bool final)
{
	const struct catalog_job *job = r->job;
	int delay_ms = delay(r);
	bool last = final || job->attempts >= attempts;
	int err;

	job_ended(last ? "failed" : "retrying");
	if (last)                      /* before somebody else may have the job */
		drop_spool(r);
	do
		err = catalog_job_failed(r->env->catalog, job->id, r->env->owner, reason, delay_ms, attempts, final);
	while (job_insist(r->env, err));
	if (last)
		log_error("job %lld: recording %s: %s failed: %s", (long long)job->id, job->recording, job->kind, reason);
	else
		log_warn("job %lld: recording %s: %s, attempt %d: %s; again in %d s", (long long)job->id, job->recording, job->kind, job->attempts, reason,
			 delay_ms / 1000);
	if (err)
		log_warn("job %lld: not written to the catalog: %s", (long long)job->id, err_str(err));
}

/* The files of the summary into f[], whose strings are borrowed from it. */
static size_t read_files(json_t *summary, struct catalog_file f[FILES_MAX])
{
	json_t *files = json_object_get(summary, "files"), *o;
	size_t i, n = 0;

	json_array_foreach(files, i, o) {
		struct catalog_file file = { json_str(o, "kind"), json_str(o, "name"), json_str(o, "mime"), json_str(o, "sha256"), json_num(o, "size", 0) };

		if (n < FILES_MAX && file.kind && file.name && file.mime)
			f[n++] = file;
	}
	return n;
}

/* The composer may have read the end of the recording before the plugin's word of it has come here; if that was killed in between, it comes later. */
static int put_done(const struct run *r, const struct catalog_result *result)
{
	int64_t until_us = clock_mono_us() + STOP_WAIT_MS * 1000LL;
	int err;

	do
		err = catalog_job_done(r->env->catalog, r->job->id, r->env->owner, result);
	while (job_insist(r->env, err == -EAGAIN && clock_mono_us() < until_us ? -EBUSY : err));
	return err;
}

static void report_done(const struct run *r)
{
	struct catalog_file files[FILES_MAX];
	struct catalog_result result = { .files = files, .nfiles = read_files(r->summary, files), .size = json_num(r->summary, "size", 0),
					 .duration_ms = json_num(r->summary, "duration_ms", 0), .stores = stores_targets(r->env->stores) };
	char *spec = json_dumps(json_object_get(r->summary, "spec"), JSON_COMPACT), *path = NULL;
	int err;

	for (size_t i = 0; i < result.nfiles && !path; i++)
		if (!strcmp(files[i].kind, "media")) {
			path = g_strdup_printf("%s/%s", r->job->recording, files[i].name);
			result.mime = files[i].mime;
		}
	result.path = path;
	result.spec = spec ? spec : "{}";
	err = path ? put_done(r, &result) : -EBADMSG;
	if (err == -EBADMSG)
		job_report_failed(r, "composer named no output", ATTEMPTS, true);
	else if (err == -EAGAIN)
		job_report_failed(r, "the recording's end is not in the catalog", INT_MAX, false);
	else if (err)
		log_warn("job %lld: recording %s: finished, but not written to the catalog: %s", (long long)r->job->id, r->job->recording, err_str(err));
	else
		job_ended("done");
	if (!err)
		log_info("job %lld: recording %s: completed, %lld bytes, made in %lld ms", (long long)r->job->id, r->job->recording, (long long)result.size,
			 (long long)json_num(r->summary, "wall_ms", 0));
	free(spec);
	g_free(path);
}

static void report_erased(const struct run *r)
{
	char reason[JOB_REASON];
	int err = job_erase_stores(r->env, r->job, reason);

	if (err) {
		job_purge_failed(r->env, r->job, err, reason);
		return;
	}
	do
		err = catalog_job_erased(r->env->catalog, r->job->id, r->env->owner);
	while (job_insist(r->env, err));
	if (err)
		log_warn("job %lld: recording %s: %s is taken out, but not written to the catalog: %s", (long long)r->job->id, r->job->recording,
			 r->job->about, err_str(err));
	else
		job_ended("done");
	if (!err)
		log_info("job %lld: recording %s: %s is taken out", (long long)r->job->id, r->job->recording, r->job->about);
}

static void report_exit(const struct run *r, int code)
{
	const char *why = json_str(r->summary, "reason");
	char reason[300];
	bool again = code == EXIT_LATER || code == EXIT_INT || code == EXIT_TERM;

	if (code == EXIT_DONE && json_flag(r->summary, "ok", false)) {
		if (strcmp(r->job->kind, "erase"))
			report_done(r);
		else
			report_erased(r);
		return;
	}
	snprintf(reason, sizeof(reason), "composer failed: exit status %d", code);
	if (why)
		g_strlcpy(reason, why, sizeof(reason));
	job_report_failed(r, reason, again ? ATTEMPTS_LATER : ATTEMPTS, !again);
}

void job_report(const struct run *r, int status)
{
	char reason[64];

	switch (r->ending) {
	case LOST:
		job_ended("lost");
		log_warn("job %lld: recording %s: the lease was lost; ended", (long long)r->job->id, r->job->recording);
		break;
	case CANCELLED:
		job_ended("cancelled");
		log_info("job %lld: recording %s: cancelled", (long long)r->job->id, r->job->recording);
		break;
	case STOPPED:
		if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_DONE) {    /* it was just done */
			report_exit(r, EXIT_DONE);
			break;
		}
		job_ended("given_back");
		log_info("job %lld: recording %s: given back", (long long)r->job->id, r->job->recording);
		catalog_job_give(r->env->catalog, r->job->id, r->env->owner);
		break;
	case STALLED:
		snprintf(reason, sizeof(reason), "composer said nothing for %d s", r->env->stall_ms / 1000);
		job_report_failed(r, reason, ATTEMPTS, false);
		break;
	case RUNNING:
		snprintf(reason, sizeof(reason), "composer died: signal %d", WTERMSIG(status));
		if (WIFSIGNALED(status))
			job_report_failed(r, reason, ATTEMPTS, false);
		else
			report_exit(r, WEXITSTATUS(status));
		break;
	}
}
