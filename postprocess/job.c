/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Running one job. Called by worker.c on a runner's thread.
 *
 *	lease ─▶ child: recroom-pp compose or erase DIR ──lines──▶ watch ─▶ progress, renewed lease ─▶ catalog
 *	                                                    └─ end ─▶ done │ queued again │ failed │ given back │ lost
 */
#include <errno.h>
#include <glib.h>
#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include "common/fsio.h"
#include "common/ids.h"
#include "common/json.h"
#include "common/log.h"
#include "common/sync.h"
#include "postprocess/child.h"
#include "postprocess/job.h"
#include "postprocess/options.h"
#include "postprocess/video_spool.h"

enum {
	POLL_MS = 100, PROGRESS_EVERY_MS = 500, RENEW_AGAIN_MS = 500,
	FOLLOWING_EVERY_MS = 2000,     /* progress, for as long as a call runs */
	STOP_WAIT_MS = 30000, STOP_POLL_MS = 50,       /* for the recording's end to come into the catalog */
	ATTEMPTS = 3,                  /* when it crashed or stalled */
	ATTEMPTS_LATER = 30,           /* when the machine was not fit just now: disk full, out of memory */
	FILES_MAX = 104,
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
	bool news;                     /* progress that the catalog does not have yet */
	int64_t renew_us, lease_us;    /* when to renew, when the lease is over; monotonic, as are all _us */
	int64_t heard_us, told_us, kill_us;
};

/* Ends the child: at once, or tidily with a time limit. */
static void end_run(struct run *r, enum ending ending, int64_t now_us)
{
	if (r->ending != RUNNING)
		return;
	r->ending = ending;
	child_signal(r->child, ending == STOPPED || ending == CANCELLED ? SIGTERM : SIGKILL);
	r->kill_us = now_us + r->env->grace_ms * 1000LL;
}

static void take_status(struct run *r, json_t *o)
{
	const char *stage = json_str(o, "stage");

	g_strlcpy(r->stage, stage ? stage : "composing", sizeof(r->stage));
	r->percent = (int)CLAMP(json_num(o, "percent", 0), 0, 100);
	r->eta_ms = json_num(o, "eta_ms", -1);
	r->lag_ms = json_num(o, "lag_ms", 0);
	r->news = true;
}

static void take_line(struct run *r, const char *line)
{
	json_t *o = json_loads(line, 0, NULL);
	const char *type = json_str(o, "message_type");

	if (type && !strcmp(type, "status"))
		take_status(r, o);
	if (type && !strcmp(type, "summary")) {
		json_decref(r->summary);
		r->summary = json_incref(o);
	}
	json_decref(o);
}

/* A job that was cancelled ends tidily; one that somebody else has by now must not write another byte. */
static enum ending ending_of_lost(const struct run *r)
{
	return catalog_job_cancelled(r->env->catalog, r->job->id) == 1 ? CANCELLED : LOST;
}

/* Renews in time. Once the lease is over by our own clock somebody else may have the job, whatever the database says to us. */
static void keep_lease(struct run *r, int64_t now_us)
{
	int err;

	if (now_us < r->renew_us || r->ending == LOST || r->ending == CANCELLED)
		return;
	err = catalog_job_renew(r->env->catalog, r->job->id, r->env->worker, r->env->lease_ms);
	if (!err) {
		r->renew_us = now_us + r->env->renew_ms * 1000LL;
		r->lease_us = now_us + r->env->lease_ms * 1000LL;
	} else if (err == -EPROTO || now_us >= r->lease_us) {
		end_run(r, ending_of_lost(r), now_us);
	} else {
		log_warn("job %lld: lease not renewed: %s", (long long)r->job->id, err_str(err));
		r->renew_us = now_us + RENEW_AGAIN_MS * 1000LL;
	}
}

static bool following(const struct run *r)
{
	return !strcmp(r->stage, "following");
}

static void tell_progress(struct run *r, int64_t now_us)
{
	int err;

	if (!r->news || r->ending != RUNNING || now_us - r->told_us < (following(r) ? FOLLOWING_EVERY_MS : PROGRESS_EVERY_MS) * 1000LL)
		return;
	r->news = false;
	r->told_us = now_us;
	err = catalog_job_progress(r->env->catalog, r->job->id, r->env->worker,
				   &(struct catalog_progress){ r->stage, r->percent, r->eta_ms, r->lag_ms });
	if (err == -EPROTO)
		end_run(r, ending_of_lost(r), now_us);
}

static void check_child(struct run *r, int64_t now_us)
{
	if (r->env->stopping(r->env->arg))
		end_run(r, STOPPED, now_us);
	if (now_us - r->heard_us > r->env->stall_ms * 1000LL)
		end_run(r, STALLED, now_us);
	if ((r->ending == STOPPED || r->ending == CANCELLED) && now_us >= r->kill_us)
		child_signal(r->child, SIGKILL);
}

static void watch(struct run *r)
{
	const char *line;
	int got;

	while ((got = child_line(r->child, &line, POLL_MS)) >= 0) {
		int64_t now_us = clock_mono_us();

		if (got) {
			r->heard_us = now_us;
			take_line(r, line);
		}
		keep_lease(r, now_us);
		tell_progress(r, now_us);
		check_child(r, now_us);
	}
}

/* Of an output that is not made any more nothing is kept for the next attempt. */
static void drop_spool(const struct run *r)
{
	g_autofree char *dir = g_build_filename(r->env->recordings, r->job->recording, NULL);

	if (recording_id_valid(r->job->recording) && !strcmp(r->job->kind, "compose"))
		video_spool_discard(dir, r->job->output);
}

static void report_failed(const struct run *r, const char *reason, int attempts, bool final)
{
	const struct catalog_job *job = r->job;
	int delay_ms = r->env->retry_ms[MIN(MAX(job->attempts, 1), RETRY_DELAYS) - 1];
	bool last = final || job->attempts >= attempts;
	int err;

	if (last)                      /* before somebody else may have the job */
		drop_spool(r);
	err = catalog_job_failed(r->env->catalog, job->id, r->env->worker, reason, delay_ms, attempts, final);
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
	int64_t until_us = clock_mono_us() + STOP_WAIT_MS * 1000LL, renew_us = clock_mono_us() + r->env->renew_ms * 1000LL;
	int err;

	while ((err = catalog_job_done(r->env->catalog, r->job->id, r->env->worker, result)) == -EAGAIN) {
		int64_t now_us = clock_mono_us();

		if (now_us >= until_us || r->env->stopping(r->env->arg))
			break;
		if (now_us >= renew_us && !catalog_job_renew(r->env->catalog, r->job->id, r->env->worker, r->env->lease_ms))
			renew_us = now_us + r->env->renew_ms * 1000LL;
		g_usleep(STOP_POLL_MS * 1000);
	}
	return err;
}

static void report_done(const struct run *r)
{
	struct catalog_file files[FILES_MAX];
	struct catalog_result result = { .files = files, .nfiles = read_files(r->summary, files), .size = json_num(r->summary, "size", 0),
					 .duration_ms = json_num(r->summary, "duration_ms", 0) };
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
		report_failed(r, "composer named no output", ATTEMPTS, true);
	else if (err == -EAGAIN)
		report_failed(r, "the recording's end is not in the catalog", INT_MAX, false);
	else if (err)
		log_warn("job %lld: recording %s: finished, but not written to the catalog: %s", (long long)r->job->id, r->job->recording, err_str(err));
	else
		log_info("job %lld: recording %s: completed, %lld bytes, made in %lld ms", (long long)r->job->id, r->job->recording, (long long)result.size,
			 (long long)json_num(r->summary, "wall_ms", 0));
	free(spec);
	g_free(path);
}

static void report_erased(const struct run *r)
{
	int err = catalog_job_erased(r->env->catalog, r->job->id, r->env->worker);

	if (err)
		log_warn("job %lld: recording %s: %s is taken out, but not written to the catalog: %s", (long long)r->job->id, r->job->recording,
			 r->job->about, err_str(err));
	else
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
	report_failed(r, reason, again ? ATTEMPTS_LATER : ATTEMPTS, !again);
}

static void report(const struct run *r, int status)
{
	char reason[64];

	switch (r->ending) {
	case LOST:
		log_warn("job %lld: recording %s: the lease was lost; ended", (long long)r->job->id, r->job->recording);
		break;
	case CANCELLED:
		log_info("job %lld: recording %s: cancelled", (long long)r->job->id, r->job->recording);
		break;
	case STOPPED:
		if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_DONE) {    /* it was just done */
			report_exit(r, EXIT_DONE);
			break;
		}
		log_info("job %lld: recording %s: given back", (long long)r->job->id, r->job->recording);
		catalog_job_release(r->env->catalog, r->env->worker);
		break;
	case STALLED:
		snprintf(reason, sizeof(reason), "composer said nothing for %d s", r->env->stall_ms / 1000);
		report_failed(r, reason, ATTEMPTS, false);
		break;
	case RUNNING:
		snprintf(reason, sizeof(reason), "composer died: signal %d", WTERMSIG(status));
		if (WIFSIGNALED(status))
			report_failed(r, reason, ATTEMPTS, false);
		else
			report_exit(r, WEXITSTATUS(status));
		break;
	}
}

static struct run run_of(const struct job_env *env, const struct catalog_job *job)
{
	int64_t now_us = clock_mono_us();

	return (struct run){ .env = env, .job = job, .renew_us = now_us + env->renew_ms * 1000LL, .lease_us = now_us + env->lease_ms * 1000LL, .heard_us = now_us };
}

static void add_option(char **argv, int *n, const char *option, const char *value)
{
	if (!value || !*value)
		return;
	argv[(*n)++] = (char *)(uintptr_t)option;
	argv[(*n)++] = (char *)(uintptr_t)value;
}

static void run_child(struct run *r, char **argv)
{
	const struct catalog_job *job = r->job;
	int err = child_start(&r->child, r->env->composer, argv);

	if (err) {
		report_failed(r, "no process could be started", ATTEMPTS_LATER, false);
		return;
	}
	log_info("job %lld: recording %s: %s in process %d, attempt %d", (long long)job->id, job->recording, job->kind, (int)child_pid(r->child), job->attempts);
	watch(r);
	report(r, child_wait(r->child, r->env->grace_ms));
	child_unref(&r->child);
	json_decref(r->summary);
}

static void run_compose(const struct job_env *env, const struct catalog_job *job, const char *dir)
{
	char number[16];
	char *argv[16] = { "recroom-pp", "compose", (char *)(uintptr_t)dir, "--follow", "--progress=jsonl", "--json", "--overwrite", "--number", number };
	int n = 9;
	struct run r = run_of(env, job);

	snprintf(number, sizeof(number), "%d", MAX(job->output, 1));
	add_option(argv, &n, "--spec", job->spec);
	add_option(argv, &n, "--config", env->config);
	run_child(&r, argv);
}

static void run_erase(const struct job_env *env, const struct catalog_job *job, const char *dir)
{
	char *argv[16] = { "recroom-pp", "erase", (char *)(uintptr_t)dir, "--progress=jsonl", "--json", "--yes", "--no-compose", "--participant",
			   (char *)(uintptr_t)job->about };
	struct run r = run_of(env, job);
	int n = 9;

	add_option(argv, &n, "--config", env->config);
	run_child(&r, argv);
}

static void run_delete(const struct job_env *env, const struct catalog_job *job, const char *dir)
{
	struct run r = { .env = env, .job = job };
	char reason[200];
	int err = fs_remove_tree(dir);

	if (err) {
		snprintf(reason, sizeof(reason), "files could not be removed: %s", err_str(err));
		report_failed(&r, reason, ATTEMPTS_LATER, false);
		return;
	}
	err = catalog_job_deleted(env->catalog, job->id, env->worker);
	if (err)
		log_warn("job %lld: recording %s: files are gone, but not written to the catalog: %s", (long long)job->id, job->recording, err_str(err));
	else
		log_info("job %lld: recording %s: deleted", (long long)job->id, job->recording);
}

void job_run(const struct job_env *env, const struct catalog_job *job)
{
	static const struct { const char *kind; void (*run)(const struct job_env *env, const struct catalog_job *job, const char *dir); } kinds[] = {
		{ "compose", run_compose }, { "delete", run_delete }, { "erase", run_erase },
	};
	struct run r = { .env = env, .job = job };
	char *dir = g_strdup_printf("%s/%s", env->recordings, job->recording);
	size_t i = 0;

	while (i < G_N_ELEMENTS(kinds) && strcmp(kinds[i].kind, job->kind))
		i++;
	if (i == G_N_ELEMENTS(kinds) || !recording_id_valid(job->recording))
		report_failed(&r, "this program does not know such a job", ATTEMPTS, true);
	else
		kinds[i].run(env, job, dir);
	g_free(dir);
}
