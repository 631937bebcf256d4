/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The job runner's threads. cmd_serve() creates it.
 *
 *	dispatcher (dispatch.c) ─▶ runner: waits for a job ─▶ job_run() ─▶ again
 *
 * A recording that runs holds its runner for as long as it runs, so such jobs have runners of their own: neither do the others wait for a call's end, nor
 * calls for each other. So have transfers, as a store may be slow.
 */
#include "config.h"
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include "common/log.h"
#include "postprocess/stores.h"
#include "postprocess/worker_private.h"

enum { DEAD_AFTER_US = 60000000, UNSURE_BEFORE_MS = 3000 };

/* For job_run(), which asks all the time: also the sign of life. */
static bool runner_stopping(void *arg)
{
	struct runner *r = arg;
	bool stop;

	__atomic_store_n(&r->round_us, clock_mono_us(), __ATOMIC_RELAXED);
	lock_take(&r->worker->lock);
	stop = r->worker->stop;
	lock_release(&r->worker->lock);
	return stop;
}

static enum job_hold runner_hold(void *arg)
{
	struct runner *r = arg;
	struct worker *w = r->worker;
	int64_t silent_us = clock_boot_us();
	bool lost;

	lock_take(&w->lock);
	silent_us -= w->beat_us;
	lost = r->lost;
	lock_release(&w->lock);
	return lost ? HOLD_LOST : silent_us > w->conf.unsure_ms * 1000LL ? HOLD_UNSURE : HOLD_OURS;
}

static void runner_progress(void *arg, const struct catalog_progress *p)
{
	struct runner *r = arg;

	lock_take(&r->worker->lock);
	g_strlcpy(r->now.stage, p->stage, sizeof(r->now.stage));
	r->now.percent = p->percent;
	r->now.eta_ms = p->eta_ms;
	r->now.lag_ms = p->lag_ms;
	r->news = true;
	lock_release(&r->worker->lock);
}

/* True when there is a job for it, false when there will be none any more. */
static bool wait_for_job(struct runner *r)
{
	struct worker *w = r->worker;
	bool busy;

	lock_take(&w->lock);
	while (!r->busy && !w->stop) {
		cond_wait_until(&w->wake, &w->lock, clock_mono_us() + DEAD_AFTER_US / 4);
		__atomic_store_n(&r->round_us, clock_mono_us(), __ATOMIC_RELAXED);
	}
	busy = r->busy;
	lock_release(&w->lock);
	return busy;
}

static void set_free(struct runner *r)
{
	struct worker *w = r->worker;

	lock_take(&w->lock);
	r->busy = false;
	w->freed = true;
	lock_release(&w->lock);
	catalog_watch_wake(w->watch);
}

static void *runner_main(void *arg)
{
	struct runner *r = arg;
	const struct worker_conf *c = &r->worker->conf;
	struct job_env env = { .catalog = r->worker->catalog, .owner = r->name, .recordings = c->recordings, .host_id = c->host_id,
			       .composer = c->composer, .config = c->config, .settings = c->settings, .stores = c->stores, .masters = c->masters,
			       .stall_ms = c->stall_ms, .grace_ms = c->grace_ms, .stopping = runner_stopping, .hold = runner_hold,
			       .progress = runner_progress, .arg = r };

	memcpy(env.retry_ms, c->retry_ms, sizeof(env.retry_ms));
	while (wait_for_job(r)) {
		job_run(&env, &r->job);
		set_free(r);
	}
	return NULL;
}

static void set_defaults(struct worker_conf *c)
{
	static const int retry_ms[RETRY_DELAYS] = { 2000, 10000, 60000 };

	c->jobs = CLAMP(c->jobs, 1, RUNNERS_MAX);
	c->live_jobs = CLAMP(c->live_jobs, 0, RUNNERS_MAX);
	c->transfers = c->stores ? CLAMP(c->transfers, 1, RUNNERS_MAX) : 1;     /* without stores, to say that there are none */
	c->cores = c->cores ? c->cores : (int)g_get_num_processors() * 1000;
	c->beat_ms = c->beat_ms ? c->beat_ms : WORKER_BEAT_MS;
	c->unsure_ms = c->unsure_ms ? c->unsure_ms : WORKER_DEAD_MS - UNSURE_BEFORE_MS;
	c->stall_ms = c->stall_ms ? c->stall_ms : 300000;
	c->grace_ms = c->grace_ms ? c->grace_ms : 5000;
	if (!c->retry_ms[0])
		memcpy(c->retry_ms, retry_ms, sizeof(retry_ms));
}

/* Its own host's, what it is said to reach besides (a host's id, or a whole place), and the stores. */
static char **places_of(const struct worker_conf *c)
{
	char **names = g_strsplit(c->reaches ? c->reaches : "", ",", PLACES_MAX);
	GPtrArray *places = g_ptr_array_new();

	g_ptr_array_add(places, g_strconcat("host:", c->host_id, NULL));
	for (char **n = names; *n; n++)
		if (*g_strstrip(*n))
			g_ptr_array_add(places, strchr(*n, ':') ? g_strdup(*n) : g_strconcat("host:", *n, NULL));
	for (size_t i = 0; i < stores_count(c->stores); i++)
		g_ptr_array_add(places, g_strconcat("store:", store_name(stores_at(c->stores, i)), NULL));
	g_ptr_array_add(places, NULL);
	g_strfreev(names);
	return (char **)g_ptr_array_free(places, FALSE);
}

static int start_runners(struct worker *w)
{
	char thread_name[16];
	int err = 0;

	for (int i = 0; i < w->nrunners && !err; i++) {
		struct runner *r = &w->runners[i];

		r->worker = w;
		r->lane = i < w->conf.live_jobs ? CATALOG_LIVE : i < w->conf.live_jobs + w->conf.jobs ? CATALOG_LATE : CATALOG_TRANSFER;
		r->round_us = clock_mono_us();
		snprintf(r->name, sizeof(r->name), "%s/%d", w->name, i);
		snprintf(thread_name, sizeof(thread_name), "job %d", i);
		err = thread_start(&r->thread, thread_name, runner_main, r);
		r->started = !err;
	}
	return err;
}

static int enter(struct worker *w)
{
	int err = catalog_open(&w->catalog, w->conf.catalog);

	if (!err)
		err = catalog_watch_open(&w->watch, w->conf.catalog);
	if (err)
		return err;
	w->beat_us = clock_boot_us();
	w->next_beat_us = clock_mono_us() + w->conf.beat_ms * 1000LL;
	worker_name_make(w->name, w->conf.host_id);
	worker_take_back(w->catalog, w->conf.host_id);
	return catalog_worker_put(w->catalog, &(struct catalog_worker){ w->name, w->conf.host_id, PACKAGE_VERSION, w->conf.cores, (const char *const *)w->places });
}

int worker_create(struct worker **out, const struct worker_conf *conf)
{
	struct worker *w = g_new0(struct worker, 1);
	int err;

	w->conf = *conf;
	set_defaults(&w->conf);
	lock_init(&w->lock);
	cond_init(&w->wake);
	w->places = places_of(&w->conf);
	w->nrunners = w->conf.live_jobs + w->conf.jobs + w->conf.transfers;
	w->runners = g_new0(struct runner, w->nrunners);
	w->round_us = clock_mono_us();
	err = enter(w);
	if (!err)
		err = start_runners(w);
	if (!err)
		err = thread_start(&w->thread, "jobs", dispatch_main, w);
	w->started = !err;
	if (err)
		worker_unref(&w);
	else
		*out = w;
	return err;
}

bool worker_alive(const struct worker *w)
{
	int64_t since_us = clock_mono_us() - DEAD_AFTER_US;
	bool alive = __atomic_load_n(&w->round_us, __ATOMIC_RELAXED) > since_us;

	for (int i = 0; i < w->nrunners; i++)
		alive = alive && __atomic_load_n(&w->runners[i].round_us, __ATOMIC_RELAXED) > since_us;
	return alive;
}

/* Signs of life go on until the last child has ended. */
static void end_threads(struct worker *w)
{
	lock_take(&w->lock);
	w->stop = true;
	cond_broadcast(&w->wake);
	lock_release(&w->lock);
	for (int i = 0; i < w->nrunners; i++)
		if (w->runners[i].started)
			pthread_join(w->runners[i].thread, NULL);
	lock_take(&w->lock);
	w->quit = true;
	lock_release(&w->lock);
	if (!w->started)
		return;
	catalog_watch_wake(w->watch);
	pthread_join(w->thread, NULL);
}

void worker_unref(struct worker **wp)
{
	struct worker *w = *wp;

	*wp = NULL;
	if (!w)
		return;
	end_threads(w);
	if (w->catalog && w->name[0])
		catalog_worker_gone(w->catalog, w->name);
	if (w->catalog)
		catalog_close(&w->catalog);
	if (w->watch)
		catalog_watch_close(&w->watch);
	cond_destroy(&w->wake);
	lock_destroy(&w->lock);
	g_strfreev(w->places);
	g_free(w->runners);
	g_free(w);
}
