/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The worker's one thread that speaks to the catalog while jobs run. Started by worker.c.
 *
 *	news of jobs, a free runner, a retry due ─▶ lease ─▶ runner
 *	every 5 s: sign of life ─▶ whose are the runners' jobs? ─▶ lost ones are ended
 *	                       └─▶ workers beside us that are silent ─▶ their jobs are queued again
 *	runners' progress, as far as it is worth a row ─▶ catalog
 *
 * So a runner never waits for a database that does not answer, and can halt its child in time. An idle worker writes one row in five seconds.
 */
#include "config.h"
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "common/json.h"
#include "common/log.h"
#include "postprocess/worker_private.h"

enum {
	TELL_MS = 500, TELL_AT_LEAST_MS = 5000,        /* progress of what is over */
	FOLLOWING_MS = 2000, FOLLOWING_AT_LEAST_MS = 30000, LAG_STEP_MS = 2000,        /* of a call, which nobody waits for */
};

int64_t clock_boot_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static bool is_busy(struct worker *w)
{
	bool busy = false;

	lock_take(&w->lock);
	for (int i = 0; i < w->nrunners; i++)
		busy = busy || w->runners[i].busy;
	lock_release(&w->lock);
	return busy;
}

/* ---- sign of life ---- */

static bool holds(json_t *rows, const struct runner *r)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
		if (json_num(row, "job", 0) == r->job.id && !g_strcmp0(json_str(row, "owner"), r->name))
			return true;
	return false;
}

static bool somebody_runs(struct worker *w, json_t *row)
{
	bool found = false;

	lock_take(&w->lock);
	for (int i = 0; i < w->nrunners; i++)
		found |= w->runners[i].busy && json_num(row, "job", 0) == w->runners[i].job.id && !g_strcmp0(json_str(row, "owner"), w->runners[i].name);
	lock_release(&w->lock);
	return found;
}

/* What is leased to us and in no runner's hands: the answer to that lease was lost. Leases are taken on this thread alone, so none is just under way. */
static void give_back_strays(struct worker *w, json_t *rows)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
		if (!somebody_runs(w, row) && !catalog_job_give(w->catalog, json_num(row, "job", 0), json_str(row, "owner")))
			log_warn("job %lld: leased, but nobody had it; it is queued again", (long long)json_num(row, "job", 0));
}

/* A job that ends right now may count as lost too: its runner no longer asks. */
static int look_at_hold(struct worker *w)
{
	json_t *rows = NULL;
	int err = catalog_worker_jobs(w->catalog, w->name, &rows);

	lock_take(&w->lock);
	for (int i = 0; !err && i < w->nrunners; i++)
		if (w->runners[i].busy && !holds(rows, &w->runners[i]))
			w->runners[i].lost = true;
	lock_release(&w->lock);
	if (!err)
		give_back_strays(w, rows);
	json_decref(rows);
	return err;
}

static int put_again(struct worker *w)
{
	log_warn("worker %s was taken for dead", w->name);
	return catalog_worker_put(w->catalog, &(struct catalog_worker){ w->name, w->conf.host_id, PACKAGE_VERSION, w->conf.cores,
									(const char *const *)w->places });
}

/* The time before it counts, and only once it is known whose the jobs are. */
static void beat(struct worker *w, int64_t now_us)
{
	int64_t before_us = clock_boot_us();
	int err = catalog_worker_beat(w->catalog, w->name, &w->draining);

	if (err == -ENOENT)
		err = put_again(w);
	if (!err)
		err = look_at_hold(w);
	if (!err != !w->silent)
		log_warn("worker: %s", err ? "the catalog is not reached" : "the catalog is reached again");
	w->silent = err != 0;
	w->next_beat_us = now_us + (err ? MIN(w->conf.beat_ms, 1000) : w->conf.beat_ms) * 1000LL;
	if (err)
		return;
	lock_take(&w->lock);
	w->beat_us = before_us;
	lock_release(&w->lock);
	worker_take_back(w->catalog, w->conf.host_id);
	if (catalog_worker_reap(w->catalog, w->name) > 0)
		log_warn("worker: another one gave no sign of life, its jobs are queued again");
}

/* ---- progress ---- */

static bool worth_telling(const struct told *now, const struct told *was, int64_t since_us)
{
	bool same = now->percent == was->percent && now->lag_ms == was->lag_ms && now->eta_ms == was->eta_ms;

	if (strcmp(now->stage, was->stage))
		return true;
	if (!strcmp(now->stage, "following"))
		return (ABS(now->lag_ms - was->lag_ms) >= LAG_STEP_MS && since_us >= FOLLOWING_MS * 1000LL) || (!same && since_us >= FOLLOWING_AT_LEAST_MS * 1000LL);
	return (now->percent != was->percent && since_us >= TELL_MS * 1000LL) || (!same && since_us >= TELL_AT_LEAST_MS * 1000LL);
}

static void tell(struct worker *w, struct runner *r, int64_t now_us)
{
	struct told now;
	int64_t job;
	int err;

	lock_take(&w->lock);
	job = r->busy && r->news && !r->lost && worth_telling(&r->now, &r->passed, now_us - r->passed_us) ? r->job.id : 0;
	now = r->now;
	if (job)
		r->news = false;
	lock_release(&w->lock);
	if (!job)
		return;
	r->passed = now;
	r->passed_us = now_us;
	err = catalog_job_progress(w->catalog, job, r->name, &(struct catalog_progress){ now.stage, now.percent, now.eta_ms, now.lag_ms });
	if (err != -EPROTO)
		return;
	lock_take(&w->lock);
	if (r->busy && r->job.id == job)
		r->lost = true;
	lock_release(&w->lock);
}

/* ---- leasing ---- */

static struct runner *find_idle(struct worker *w, enum catalog_which lane)
{
	struct runner *found = NULL;

	lock_take(&w->lock);
	for (int i = 0; !found && !w->stop && i < w->nrunners; i++)
		if (!w->runners[i].busy && w->runners[i].lane == lane)
			found = &w->runners[i];
	lock_release(&w->lock);
	return found;
}

static int lease(struct worker *w, struct runner *r, struct catalog_job *job)
{
	struct catalog_lease l = { .worker = w->name, .owner = r->name, .which = r->lane };
	int got = catalog_job_lease(w->catalog, &l, job);

	if (got < 0 && got != w->last_err && got != -ESTALE && got != -EPROTO)
		log_warn("worker: no job can be taken: %s", err_str(got));
	w->last_err = got < 0 ? got : 0;
	return got;
}

/* False when the runner has ended meanwhile. */
static bool hand_over(struct worker *w, struct runner *r, const struct catalog_job *job)
{
	bool goes_on;

	lock_take(&w->lock);
	goes_on = !w->stop;
	if (goes_on) {
		r->job = *job;
		r->busy = true;
		r->lost = r->news = false;
		r->passed = (struct told){ 0 };
		r->passed_us = 0;
		cond_broadcast(&w->wake);
	}
	lock_release(&w->lock);
	return goes_on;
}

static void lease_some(struct worker *w, enum catalog_which lane)
{
	struct catalog_job *job = g_new0(struct catalog_job, 1);
	struct runner *r;

	while ((r = find_idle(w, lane)) && lease(w, r, job) == 1)
		if (!hand_over(w, r, job))
			catalog_job_give(w->catalog, job->id, r->name);
	g_free(job);
}

static void lease_all(struct worker *w)
{
	int64_t in_ms = -1;

	if (w->draining)
		return;
	lease_some(w, CATALOG_LIVE);
	lease_some(w, CATALOG_LATE);
	lease_some(w, CATALOG_TRANSFER);
	catalog_job_due(w->catalog, &in_ms);
	w->due_us = in_ms < 0 ? 0 : clock_mono_us() + (in_ms + 1) * 1000;
}

/* ---- going round ---- */

/* Until something may have to be done. True when there may be a job to be leased, or one of ours to be ended. */
static bool wait(struct worker *w)
{
	int64_t now_us = clock_mono_us(), until_us = w->next_beat_us;
	bool freed;
	int bits;

	if (w->due_us)
		until_us = MIN(until_us, w->due_us);
	if (is_busy(w))
		until_us = MIN(until_us, now_us + TELL_MS * 1000LL);
	bits = catalog_watch_wait(w->watch, (int)CLAMP((until_us - now_us) / 1000 + 1, 0, w->conf.beat_ms));
	now_us = clock_mono_us();
	__atomic_store_n(&w->round_us, now_us, __ATOMIC_RELAXED);
	lock_take(&w->lock);
	freed = w->freed;
	w->freed = false;
	lock_release(&w->lock);
	return freed || bits > 0 || (w->due_us && now_us >= w->due_us);
}

static bool goes_on(struct worker *w)
{
	bool quit;

	lock_take(&w->lock);
	quit = w->quit;
	lock_release(&w->lock);
	return !quit;
}

void *dispatch_main(void *arg)
{
	struct worker *w = arg;

	lease_all(w);
	while (goes_on(w)) {
		bool look = wait(w);
		int64_t now_us = clock_mono_us();
		bool due = now_us >= w->next_beat_us;

		if (due)
			beat(w, now_us);
		else if (look && is_busy(w))
			look_at_hold(w);
		for (int i = 0; i < w->nrunners; i++)
			tell(w, &w->runners[i], now_us);
		if (look || due)       /* a lease may have failed meanwhile, or cores have come free elsewhere: nobody tells */
			lease_all(w);
	}
	return NULL;
}
