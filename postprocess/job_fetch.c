/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A job whose recording's files are not here: they are brought from a store first. Called by job.c on a runner's thread.
 *
 *	no chunks here, the catalog knows of originals ─▶ child: recroom-pp fetch ID ─▶ the recording is this host's ─▶ no end in its timeline? repair
 */
#include <errno.h>
#include <glib.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include "common/catalog_store.h"
#include "common/json.h"
#include "common/log.h"
#include "postprocess/closing.h"
#include "postprocess/job_private.h"
#include "postprocess/options.h"
#include "postprocess/originals.h"

/* 1 some store has some, 0 none. */
static int known_originals(const struct job_env *env, const char *id)
{
	json_t *rows = NULL, *row;
	size_t i;
	int err = catalog_originals(env->catalog, id, &rows), found = 0;

	json_array_foreach(rows, i, row)
		found |= json_num(row, "objects", 0) > 0 && g_strcmp0(json_str(row, "state"), "deleting");
	json_decref(rows);
	return err ? err : found;
}

/* The job may be somebody else's meanwhile: then it is not worth the traffic. */
static bool is_stopping(void *arg)
{
	const struct job_env *env = arg;

	return env->stopping(env->arg) || (env->hold && env->hold(env->arg) == HOLD_LOST);
}

static int run_fetch(const struct job_env *env, const struct catalog_job *job, json_t **summary)
{
	char *argv[] = { "recroom-pp", "fetch", (char *)(uintptr_t)job->recording, "--progress=none", "--json", "--recordings", (char *)(uintptr_t)env->recordings, NULL, NULL, NULL };

	if (env->config && *env->config) {
		argv[7] = "--config";
		argv[8] = (char *)(uintptr_t)env->config;
	}
	log_info("job %lld: recording %s: its files are not here; fetched from a store", (long long)job->id, job->recording);
	return closing_child(env->composer, argv, is_stopping, (void *)(uintptr_t)env, summary);
}

static int adopt(const struct job_env *env, const struct catalog_job *job)
{
	int err;

	do
		err = env->host_id ? catalog_recording_adopt(env->catalog, job->id, env->owner, env->host_id) : 0;
	while (job_insist(env, err));
	return err;
}

/* What is to be composed has to have an end. A job "close" sees to that itself. */
static int mend(const struct job_env *env, const struct catalog_job *job, const char *dir)
{
	json_t *summary = NULL;
	int code = strcmp(job->kind, "close") ? closing_repair(env->composer, env->config, dir, is_stopping, (void *)(uintptr_t)env, &summary) : EXIT_DONE;

	json_decref(summary);
	return code;
}

static void report(const struct job_env *env, const struct catalog_job *job, int code, json_t *summary)
{
	struct run r = { .env = env, .job = job };
	g_autofree char *reason = g_strdup_printf("originals: %.150s", json_str(summary, "reason") ? json_str(summary, "reason") : "they could not be fetched");

	if (code == -ECANCELED)
		catalog_job_give(env->catalog, job->id, env->owner);
	else
		job_report_failed(&r, reason, code == EXIT_LATER || code < 0 ? INT_MAX : ATTEMPTS, false);
}

bool job_fetch(const struct job_env *env, const struct catalog_job *job, const char *dir)
{
	json_t *summary = NULL;
	int known = originals_there(dir) > 0 ? 0 : known_originals(env, job->recording), code, err;

	if (known <= 0)
		return true;           /* here, or nowhere: the job finds out which */
	code = run_fetch(env, job, &summary);
	err = code == EXIT_DONE ? adopt(env, job) : 0;
	if (code == EXIT_DONE && !err)
		code = mend(env, job, dir);
	if (code == EXIT_DONE && !err)
		log_info("job %lld: recording %s: brought from store %s: %lld bytes", (long long)job->id, job->recording, json_str(summary, "store"),
			 (long long)json_num(summary, "bytes", 0));
	else if (err)
		log_warn("job %lld: recording %s: brought here, but it is not ours: %s", (long long)job->id, job->recording, err_str(err));
	else if (code != EXIT_NOT_FOUND)
		report(env, job, code, summary);
	json_decref(summary);
	return !err && (code == EXIT_DONE || code == EXIT_NOT_FOUND);
}
