/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Running one job. Called by worker.c on a runner's thread.
 *
 *	lease ─▶ chunks not here? job_fetch.c ─▶ child: recroom-pp compose or erase DIR ─▶ job_watch.c ─▶ job_report.c        beside it: upload_ahead.c
 *	     ├─▶ close: closing.c      ├─▶ upload: upload_job.c
 *	     └─▶ delete, expire: job_remove.c
 */
#include <errno.h>
#include <glib.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "common/ids.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/root.h"
#include "common/sync.h"
#include "postprocess/closing.h"
#include "postprocess/job_private.h"
#include "postprocess/upload_ahead.h"
#include "postprocess/upload_job.h"

static void add_option(char **argv, int *n, const char *option, const char *value)
{
	if (!value || !*value)
		return;
	argv[(*n)++] = (char *)(uintptr_t)option;
	argv[(*n)++] = (char *)(uintptr_t)value;
}

/* What is ahead of the child ends with it, before anybody else may be at the same upload. */
static void run_child(const struct job_env *env, const struct catalog_job *job, char **argv, struct upload_ahead *ahead)
{
	struct run r = { .env = env, .job = job };
	int err = child_start(&r.child, env->composer, argv), status;

	if (err) {
		upload_ahead_stop(&ahead);
		job_report_failed(&r, "no process could be started", ATTEMPTS_LATER, false);
		return;
	}
	log_info("job %lld: recording %s: %s in process %d, attempt %d", (long long)job->id, job->recording, job->kind, (int)child_pid(r.child), job->attempts);
	job_watch(&r);
	status = child_wait(r.child, env->grace_ms);
	upload_ahead_stop(&ahead);
	job_report(&r, status);
	child_unref(&r.child);
	json_decref(r.summary);
}

static void run_compose(const struct job_env *env, const struct catalog_job *job, const char *dir)
{
	struct upload_ahead *ahead = NULL;
	char number[16];
	char *argv[20] = { "recroom-pp", "compose", (char *)(uintptr_t)dir, "--follow", "--ask", "--progress=jsonl", "--json", "--overwrite", "--number", number };
	int n = 10;

	snprintf(number, sizeof(number), "%d", MAX(job->output, 1));
	add_option(argv, &n, "--spec", job->spec);
	add_option(argv, &n, "--config", env->config);
	upload_ahead_start(&ahead, env, job, dir);
	run_child(env, job, argv, ahead);
}

static void run_erase(const struct job_env *env, const struct catalog_job *job, const char *dir)
{
	char *argv[16] = { "recroom-pp", "erase", (char *)(uintptr_t)dir, "--progress=jsonl", "--json", "--yes", "--no-compose", "--participant",
			   (char *)(uintptr_t)job->about };
	int n = 9;

	add_option(argv, &n, "--config", env->config);
	run_child(env, job, argv, NULL);
}

/* reads: the files have to be here. */
static const struct kind {
	const char *name;
	void (*run)(const struct job_env *env, const struct catalog_job *job, const char *dir);
	bool reads;
} kinds[] = {
	{ "compose", run_compose, true }, { "delete", job_delete, false }, { "expire", job_expire, false }, { "erase", run_erase, true }, { "close", closing_run, true },
	{ "upload", upload_job_run, false },
};

void job_run(const struct job_env *env, const struct catalog_job *job)
{
	struct run r = { .env = env, .job = job };
	char *dir = g_strdup_printf("%s/%s", env->recordings, job->recording);
	int64_t begun_us = clock_mono_us();
	size_t i = 0;

	while (i < G_N_ELEMENTS(kinds) && strcmp(kinds[i].name, job->kind))
		i++;
	if (i == G_N_ELEMENTS(kinds) || !recording_id_valid(job->recording))
		job_report_failed(&r, "this program does not know such a job", ATTEMPTS, true);
	else if (env->host_id && root_is_there(env->catalog, env->recordings, env->host_id) <= 0)
		job_report_failed(&r, "the recordings directory is not there", INT_MAX, false);
	else if (kinds[i].reads && !job_fetch(env, job, dir))
		log_debug("job %lld: not begun", (long long)job->id);
	else if (kinds[i].run == run_compose && !g_file_test(dir, G_FILE_TEST_EXISTS))
		job_report_failed(&r, "missing", ATTEMPTS, true);
	else
		kinds[i].run(env, job, dir);
	metric_observe(METRIC_JOB_TIME, metric_label(METRIC_JOB_TIME, job->kind), clock_mono_us() - begun_us);
	g_free(dir);
}
