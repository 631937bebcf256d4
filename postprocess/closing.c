/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Closes a recording whose host is gone. Called by job_run() on a runner's thread, closing_repair() also by the reconciler on its own.
 *
 *	directory ─▶ recroom-pp repair: timeline whole, with its end ─▶ summary ─▶ catalog: stopped, flag interrupted, outputs queued
 *	   │ written to a moment ago: whoever writes there lives ─▶ later
 *	   └ not there, and the disk is: failed, "missing"
 */
#include <errno.h>
#include <glib.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include "common/catalog_host.h"
#include "common/json.h"
#include "common/log.h"
#include "postprocess/child.h"
#include "postprocess/closing.h"
#include "postprocess/job_private.h"
#include "postprocess/options.h"

enum { LINE_MS = 200, GRACE_MS = 5000, LATER_MS = 20000, CLOSE_ATTEMPTS = 5 };

static void take_line(const char *line, json_t **summary)
{
	json_t *o = json_loads(line, 0, NULL);
	const char *type = json_str(o, "message_type");

	if (type && !strcmp(type, "summary")) {
		json_decref(*summary);
		*summary = json_incref(o);
	}
	json_decref(o);
}

int closing_child(const char *composer, char **argv, bool (*stopping)(void *arg), void *arg, json_t **summary)
{
	struct child *child = NULL;
	const char *line;
	bool stopped = false;
	int got, status, err;

	*summary = NULL;
	err = child_start(&child, composer, argv);
	if (err)
		return err;
	while ((got = child_line(child, &line, LINE_MS)) >= 0) {
		if (got)
			take_line(line, summary);
		if (!stopped && stopping && stopping(arg)) {
			child_signal(child, SIGTERM);
			stopped = true;
		}
	}
	status = child_wait(child, GRACE_MS);
	child_unref(&child);
	return stopped ? -ECANCELED : WIFEXITED(status) ? WEXITSTATUS(status) : -ECHILD;
}

int closing_repair(const char *composer, const char *config, const char *dir, bool (*stopping)(void *arg), void *arg, json_t **summary)
{
	char *argv[8] = { "recroom-pp", "repair", (char *)(uintptr_t)dir, "--progress=none", "--json" };

	if (config && *config) {
		argv[5] = "--config";
		argv[6] = (char *)(uintptr_t)config;
	}
	return closing_child(composer, argv, stopping, arg, summary);
}

static int put_closed(const struct job_env *env, const struct catalog_job *job, json_t *o)
{
	char *flags = json_dumps(json_object_get(o, "flags"), JSON_COMPACT);
	struct catalog_stop s = { .duration_ms = json_num(o, "duration_ms", 0), .elapsed_ms = json_num(o, "elapsed_ms", 0), .bytes = json_num(o, "bytes", 0),
				  .tracks = (int)json_num(o, "tracks", 0), .chain_hash = json_str(o, "chain_hash"), .flags = flags, .reason = json_str(o, "reason") };
	int err;

	s.stopped_ms = json_num(o, "started_ms", 0) + s.elapsed_ms;
	do
		err = catalog_job_closed(env->catalog, job->id, env->owner, &s);
	while (job_insist(env, err));
	free(flags);
	return err;
}

static void put_off(const struct job_env *env, const struct catalog_job *job, const char *why)
{
	int err;

	do
		err = catalog_job_failed(env->catalog, job->id, env->owner, why, LATER_MS, INT_MAX, false);
	while (job_insist(env, err));
	log_warn("job %lld: recording %s: not closed, tried again: %s%s%s", (long long)job->id, job->recording, why, err ? "; not written: " : "", err ? err_str(err) : "");
}

static void give_up(const struct job_env *env, const struct catalog_job *job, const char *reason)
{
	int err;

	do
		err = catalog_job_lost(env->catalog, job->id, env->owner, reason);
	while (job_insist(env, err));
	if (err)
		log_warn("job %lld: recording %s: %s, but not written to the catalog: %s", (long long)job->id, job->recording, reason, err_str(err));
	else
		log_error("job %lld: recording %s: failed: %s", (long long)job->id, job->recording, reason);
}

void closing_run(const struct job_env *env, const struct catalog_job *job, const char *dir)
{
	json_t *summary = NULL;
	int code, err;

	if (!g_file_test(dir, G_FILE_TEST_IS_DIR)) {       /* the root is there, or the job would not run */
		give_up(env, job, "missing");
		return;
	}
	code = closing_repair(env->composer, env->config, dir, env->stopping, env->arg, &summary);
	if (code == EXIT_DONE && summary) {
		err = put_closed(env, job, summary);
		if (err)
			log_warn("job %lld: recording %s: closed, but not written to the catalog: %s", (long long)job->id, job->recording, err_str(err));
		else
			log_info("job %lld: recording %s: its host is gone; closed at %lld ms", (long long)job->id, job->recording,
				 (long long)json_num(summary, "duration_ms", 0));
	} else if (code == -ECANCELED) {
		catalog_job_give(env->catalog, job->id, env->owner);
	} else if (code == EXIT_NOT_FOUND) {
		give_up(env, job, "empty");
	} else if (code == EXIT_LATER || code < 0 || job->attempts < CLOSE_ATTEMPTS) {
		put_off(env, job, code == EXIT_LATER ? "somebody still writes there" : "it could not be repaired");
	} else {
		give_up(env, job, "unreadable");
	}
	json_decref(summary);
}
