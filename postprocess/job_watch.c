/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A job's child, watched. Called by job.c on a runner's thread. Nothing here waits for the catalog while the child could go on without us:
 *
 *	child ──lines──▶ progress ─▶ the worker's thread, which tells the catalog
 *	   ▲  └─"ready"─▶ still ours? (asks the catalog, the child waits) ─▶ "go": it may give its files their names
 *	   └── SIGSTOP while our sign of life does not reach the catalog, SIGCONT when it does and the job is still ours, else SIGKILL
 *
 * So a child writes nothing under a final name that somebody else has taken over, were it or the whole machine asleep for an hour.
 */
#include <errno.h>
#include <glib.h>
#include <jansson.h>
#include <signal.h>
#include <string.h>
#include "common/json.h"
#include "common/log.h"
#include "common/sync.h"
#include "postprocess/job_private.h"

enum { POLL_MS = 100, ASK_AGAIN_MS = 500 };

/* Ends the child: at once, or tidily with a time limit. A frozen one hears nothing but SIGKILL. */
static void end_run(struct run *r, enum ending ending, int64_t now_us)
{
	bool tidily = (ending == STOPPED || ending == CANCELLED) && !r->frozen;

	if (r->ending != RUNNING)
		return;
	r->ending = ending;
	child_signal(r->child, tidily ? SIGTERM : SIGKILL);
	r->kill_us = now_us + r->env->grace_ms * 1000LL;
}

static void take_status(struct run *r, json_t *o)
{
	const char *stage = json_str(o, "stage");

	g_strlcpy(r->stage, stage ? stage : "composing", sizeof(r->stage));
	r->percent = (int)CLAMP(json_num(o, "percent", 0), 0, 100);
	r->eta_ms = json_num(o, "eta_ms", -1);
	r->lag_ms = json_num(o, "lag_ms", 0);
	r->env->progress(r->env->arg, &(struct catalog_progress){ r->stage, r->percent, r->eta_ms, r->lag_ms });
}

static void take_line(struct run *r, const char *line)
{
	json_t *o = json_loads(line, 0, NULL);
	const char *type = json_str(o, "message_type");

	if (type && !strcmp(type, "status"))
		take_status(r, o);
	if (type && !strcmp(type, "ready"))
		r->ready = true;
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

static void freeze(struct run *r, bool frozen, int64_t now_us)
{
	if (r->frozen == frozen || r->ending != RUNNING)
		return;
	r->frozen = frozen;
	r->heard_us = now_us;
	log_warn("job %lld: recording %s: %s", (long long)r->job->id, r->job->recording,
		 frozen ? "the catalog hears nothing of us, the process is halted until it is known whose job this is" : "still ours, the process goes on");
	child_signal(r->child, frozen ? SIGSTOP : SIGCONT);
}

static void keep_hold(struct run *r, int64_t now_us)
{
	enum job_hold hold = r->env->hold(r->env->arg);

	if (hold == HOLD_LOST && r->ending == RUNNING)
		end_run(r, ending_of_lost(r), now_us);
	else
		freeze(r, hold == HOLD_UNSURE, now_us);
}

/* The child waits: the catalog may take its time. Without an answer from there it goes on waiting. */
static void answer_ready(struct run *r, int64_t now_us)
{
	int err;

	if (!r->ready || r->frozen || r->ending != RUNNING || now_us < r->ready_us)
		return;
	r->heard_us = now_us;
	r->ready_us = now_us + ASK_AGAIN_MS * 1000LL;
	err = catalog_job_check(r->env->catalog, r->job->id, r->env->owner);
	if (err == -EPROTO)
		end_run(r, ending_of_lost(r), now_us);
	if (err)
		return;
	r->ready = false;
	child_say(r->child, CHILD_GO);
}

static void check_child(struct run *r, int64_t now_us)
{
	if (r->env->stopping(r->env->arg))
		end_run(r, STOPPED, now_us);
	if (!r->frozen && now_us - r->heard_us > r->env->stall_ms * 1000LL)
		end_run(r, STALLED, now_us);
	if ((r->ending == STOPPED || r->ending == CANCELLED) && now_us >= r->kill_us)
		child_signal(r->child, SIGKILL);
}

void job_watch(struct run *r)
{
	const char *line;
	int got;

	r->heard_us = clock_mono_us();
	while ((got = child_line(r->child, &line, POLL_MS)) >= 0) {
		int64_t now_us = clock_mono_us();

		if (got) {
			r->heard_us = now_us;
			take_line(r, line);
		}
		keep_hold(r, now_us);
		answer_ready(r, now_us);
		check_child(r, now_us);
	}
}
