/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The job runner. cmd_serve() creates it; each runner is a thread.
 *
 *	every 200 ms: is a job due? ─▶ lease it ─▶ job_run() ─▶ again
 *
 * A recording that runs holds its runner for as long as it runs, so such jobs have runners of their own: neither do the others wait for a call's end, nor
 * calls for each other.
 *
 * A worker's name is <host>:<pid>:<start time>:<random>:<runner>: so that the next worker on this host can tell a dead one's jobs, which it takes
 * back at once, from a living one's.
 */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/fsio.h"
#include "common/ids.h"
#include "common/json.h"
#include "common/log.h"
#include "common/sync.h"
#include "postprocess/worker.h"

enum { POLL_US = 200000, DEAD_AFTER_US = 60000000, RUNNERS_MAX = 64, WORKER_NAME_SIZE = 160, STAT_MAX = 4096 };

struct runner {
	struct worker *worker;
	pthread_t thread;
	bool started;
	bool live;                     /* takes jobs of recordings that run, and sees them through */
	char name[WORKER_NAME_SIZE];
	int64_t beat_us;               /* atomic: when it last went round */
	int last_err;                  /* of leasing; said once */
};
struct worker {
	struct worker_conf conf;
	struct catalog *catalog;
	struct lock lock;
	struct cond wake;              /* stop was set */
	bool stop;                     /* under lock */
	struct runner *runners;
	int nrunners;
};

/* When the process started, in the kernel's ticks since boot; 0 if there is none or only its remains. Pid and start name a process for ever. */
static unsigned long long process_start(pid_t pid)
{
	char path[48], *text = NULL, *p;
	unsigned long long start = 0;
	size_t len;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (fs_read(path, STAT_MAX, &text, &len))
		return 0;
	p = strrchr(text, ')');    /* the name may hold anything; the state follows */
	if (p && (g_str_has_prefix(p, ") Z") || g_str_has_prefix(p, ") X")))
		p = NULL;
	for (int field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	if (p)
		start = strtoull(p, NULL, 10);
	g_free(text);
	return start;
}

/* A worker's name as another worker of this host may have made it: true if its process is gone. */
static bool is_dead(const char *name, const char *host_id)
{
	size_t n = strlen(host_id);
	unsigned long long start;
	int pid;

	if (strncmp(name, host_id, n) || name[n] != ':' || sscanf(name + n + 1, "%d:%llu:", &pid, &start) != 2)
		return false;
	return process_start(pid) != start;
}

static void take_back(struct worker *w)
{
	json_t *rows = NULL, *row;
	size_t i;
	int err = catalog_jobs_running(w->catalog, &rows);

	if (err < 0)
		log_warn("worker: running jobs are not known: %s", err_str(err));
	json_array_foreach(rows, i, row) {
		const char *name = json_str(row, "worker");

		if (!name || !is_dead(name, w->conf.host_id))
			continue;
		log_info("recording %s: its worker died, the job is taken up again", json_str(row, "recording"));
		catalog_job_release(w->catalog, name);
	}
	json_decref(rows);
}

/* For job_run(), which asks all the time: also the sign of life. */
static bool runner_stopping(void *arg)
{
	struct runner *r = arg;
	bool stop;

	__atomic_store_n(&r->beat_us, clock_mono_us(), __ATOMIC_RELAXED);
	lock_take(&r->worker->lock);
	stop = r->worker->stop;
	lock_release(&r->worker->lock);
	return stop;
}

/* Looking whether a job is due is one indexed read, so it is simply done often: new jobs, retries and leases that ran out alike. */
static void wait_a_moment(struct worker *w)
{
	lock_take(&w->lock);
	if (!w->stop)
		cond_wait_until(&w->wake, &w->lock, clock_mono_us() + POLL_US);
	lock_release(&w->lock);
}

static int lease(struct runner *r, struct catalog_job *job)
{
	int got = catalog_job_lease_live(r->worker->catalog, r->name, r->worker->conf.lease_ms, r->live, job);

	if (got < 0 && got != r->last_err)
		log_warn("worker: no job can be taken: %s", err_str(got));
	r->last_err = got < 0 ? got : 0;
	return got;
}

static void *runner_main(void *arg)
{
	struct runner *r = arg;
	const struct worker_conf *c = &r->worker->conf;
	struct job_env env = { .catalog = r->worker->catalog, .worker = r->name, .recordings = c->recordings, .composer = c->composer,
			       .config = c->config, .lease_ms = c->lease_ms, .renew_ms = c->renew_ms, .stall_ms = c->stall_ms,
			       .grace_ms = c->grace_ms, .stopping = runner_stopping, .arg = r };
	struct catalog_job job;

	memcpy(env.retry_ms, c->retry_ms, sizeof(env.retry_ms));
	while (!runner_stopping(r)) {
		if (lease(r, &job) == 1)
			job_run(&env, &job);
		else
			wait_a_moment(r->worker);
	}
	return NULL;
}

static void set_defaults(struct worker_conf *c)
{
	static const int retry_ms[RETRY_DELAYS] = { 2000, 10000, 60000 };

	c->jobs = CLAMP(c->jobs, 1, RUNNERS_MAX);
	c->live_jobs = CLAMP(c->live_jobs, 0, RUNNERS_MAX);
	c->lease_ms = c->lease_ms ? c->lease_ms : 15000;
	c->renew_ms = c->renew_ms ? c->renew_ms : 5000;
	c->stall_ms = c->stall_ms ? c->stall_ms : 300000;
	c->grace_ms = c->grace_ms ? c->grace_ms : 5000;
	if (!c->retry_ms[0])
		memcpy(c->retry_ms, retry_ms, sizeof(retry_ms));
}

static int start_runners(struct worker *w)
{
	char random[SECRET_SIZE], thread_name[16];
	int err = 0;

	secret_make(random);
	for (int i = 0; i < w->nrunners && !err; i++) {
		struct runner *r = &w->runners[i];

		r->worker = w;
		r->live = i < w->conf.live_jobs;
		r->beat_us = clock_mono_us();
		snprintf(r->name, sizeof(r->name), "%s:%d:%llu:%.6s:%02d", w->conf.host_id, (int)getpid(), process_start(getpid()), random, i);
		snprintf(thread_name, sizeof(thread_name), "job %d", i);
		err = thread_start(&r->thread, thread_name, runner_main, r);
		r->started = !err;
	}
	return err;
}

int worker_create(struct worker **out, const struct worker_conf *conf)
{
	struct worker *w = g_new0(struct worker, 1);
	int err;

	w->conf = *conf;
	set_defaults(&w->conf);
	lock_init(&w->lock);
	cond_init(&w->wake);
	w->nrunners = w->conf.live_jobs + w->conf.jobs;
	w->runners = g_new0(struct runner, w->nrunners);
	err = catalog_open(&w->catalog, conf->catalog);
	if (err)
		goto out;
	take_back(w);
	err = start_runners(w);
out:
	if (err)
		worker_unref(&w);
	else
		*out = w;
	return err;
}

bool worker_alive(const struct worker *w)
{
	int64_t now_us = clock_mono_us();

	for (int i = 0; i < w->nrunners; i++)
		if (now_us - __atomic_load_n(&w->runners[i].beat_us, __ATOMIC_RELAXED) > DEAD_AFTER_US)
			return false;
	return true;
}

void worker_unref(struct worker **wp)
{
	struct worker *w = *wp;

	*wp = NULL;
	if (!w)
		return;
	lock_take(&w->lock);
	w->stop = true;
	cond_broadcast(&w->wake);
	lock_release(&w->lock);
	for (int i = 0; i < w->nrunners; i++)
		if (w->runners[i].started)
			pthread_join(w->runners[i].thread, NULL);
	if (w->catalog)
		catalog_close(&w->catalog);
	cond_destroy(&w->wake);
	lock_destroy(&w->lock);
	g_free(w->runners);
	g_free(w);
}
