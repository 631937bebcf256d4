/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The access log's writer. cmd_serve() makes it; notes come from HTTP threads, one thread writes.
 *
 *   access_note() ─▶ seen within half an hour? ─ no ─▶ queue (bounded) ─▶ lots of 100 ─▶ catalog
 *                        └ yes: once is enough         └ full: counted       └ away: they wait, tried again each second
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "common/lately.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/sync.h"
#include "postprocess/access.h"

enum { QUEUE = 4096, LOT = 100, AGAIN_US = 1000000, STOP_US = 2000000 };
#define PRUNE_US 3600000000LL
#define DAY_MS 86400000LL

struct access_log {
	struct access_conf conf;
	pthread_t thread;
	bool started;
	struct lock lock;              /* all that follows */
	struct cond wake;
	GQueue waiting;                /* struct catalog_access, with its strings */
	struct lately *lately;
	int64_t dropped;
	int64_t stop_us;               /* end by then; 0: go on */
	int keep_days;
	/* the thread's own */
	struct catalog *catalog;
	int64_t prune_us;
	int last_err;
};

static struct catalog_access *copy(const struct catalog_access *a)
{
	struct catalog_access *c = g_new(struct catalog_access, 1);

	*c = *a;
	c->recording = g_strdup(a->recording);
	c->item = g_strdup(a->item);
	c->actor = g_strdup(a->actor);
	c->address = g_strdup(a->address);
	return c;
}

static void release(gpointer data)
{
	struct catalog_access *a = data;

	g_free((char *)a->recording);
	g_free((char *)a->item);
	g_free((char *)a->actor);
	g_free((char *)a->address);
	g_free(a);
}

/* ---- notes ---- */

void access_note(struct access_log *l, const struct catalog_access *a)
{
	if (!l)
		return;
	lock_take(&l->lock);
	if (l->keep_days && !lately_again(l->lately, a, clock_mono_us())) {
		if ((int)l->waiting.length < l->conf.queue) {
			g_queue_push_tail(&l->waiting, copy(a));
			cond_signal(&l->wake);
		} else {
			l->dropped++;
			metric_add(METRIC_ACCESS_DROPPED, 0, 1);
		}
	}
	lock_release(&l->lock);
}

void access_keep(struct access_log *l, int days)
{
	lock_take(&l->lock);
	l->keep_days = days;
	cond_signal(&l->wake);
	lock_release(&l->lock);
}

/* ---- the thread ---- */

/* The first of the queue; they stay in it until they are written. */
static size_t peek(struct access_log *l, struct catalog_access lot[LOT])
{
	size_t n = 0;

	lock_take(&l->lock);
	for (GList *at = l->waiting.head; at && n < LOT; at = at->next)
		lot[n++] = *(struct catalog_access *)at->data;
	lock_release(&l->lock);
	return n;
}

static void take_off(struct access_log *l, size_t n)
{
	int64_t dropped;

	lock_take(&l->lock);
	while (n--)
		release(g_queue_pop_head(&l->waiting));
	dropped = l->dropped;
	l->dropped = 0;
	lock_release(&l->lock);
	if (dropped)
		log_error("access log: %lld accesses were not noted, too many waited for the catalog", (long long)dropped);
}

static int open_catalog(struct access_log *l)
{
	return l->catalog ? 0 : catalog_open(&l->catalog, l->conf.catalog);
}

/* What the catalog refuses for good is given up: it would stop all that comes after it. */
static bool write_some(struct access_log *l)
{
	struct catalog_access lot[LOT];
	size_t n = peek(l, lot);
	int err = n ? open_catalog(l) : 0;

	if (!n)
		return true;
	if (!err)
		err = catalog_access_add(l->catalog, lot, n);
	if (err && err != l->last_err)
		log_warn("access log: the catalog takes nothing: %s", err_str(err));
	l->last_err = err;
	if (!err || err == -EINVAL)
		take_off(l, n);
	return !err || err == -EINVAL;
}

static void prune(struct access_log *l)
{
	int64_t now_us = clock_mono_us();
	int days, n;

	if (now_us < l->prune_us)
		return;
	lock_take(&l->lock);
	days = l->keep_days;
	lock_release(&l->lock);
	n = days ? open_catalog(l) : 0;
	if (days && !n)
		n = catalog_access_prune(l->catalog, clock_wall_ms() - days * DAY_MS);
	l->prune_us = now_us + (n > 0 ? 0 : n < 0 ? AGAIN_US : PRUNE_US);
}

/* False when it is time to end. */
static bool wait_for_work(struct access_log *l, bool fine)
{
	int64_t until_us;
	bool go_on;

	lock_take(&l->lock);
	until_us = fine ? l->prune_us : clock_mono_us() + AGAIN_US;
	while (!l->stop_us && (!fine || !l->waiting.length) && cond_wait_until(&l->wake, &l->lock, until_us))
		;
	go_on = !l->stop_us || (l->waiting.length && fine && clock_mono_us() < l->stop_us);
	lock_release(&l->lock);
	return go_on;
}

static void *access_main(void *arg)
{
	struct access_log *l = arg;
	bool fine;

	do {
		fine = write_some(l);
		if (fine)
			prune(l);
	} while (wait_for_work(l, fine));
	return NULL;
}

int access_create(struct access_log **out, const struct access_conf *conf)
{
	struct access_log *l = g_new0(struct access_log, 1);
	int err;

	l->conf = *conf;
	l->conf.queue = conf->queue ? conf->queue : QUEUE;
	l->keep_days = conf->keep_days;
	lock_init(&l->lock);
	cond_init(&l->wake);
	g_queue_init(&l->waiting);
	l->lately = lately_create();
	err = thread_start(&l->thread, "access log", access_main, l);
	l->started = !err;
	if (err)
		access_unref(&l);
	*out = l;
	return err;
}

void access_unref(struct access_log **lp)
{
	struct access_log *l = *lp;

	*lp = NULL;
	if (!l)
		return;
	lock_take(&l->lock);
	l->stop_us = clock_mono_us() + STOP_US;
	cond_broadcast(&l->wake);
	lock_release(&l->lock);
	if (l->started)
		pthread_join(l->thread, NULL);
	if (l->waiting.length)
		log_error("access log: %u accesses were not noted, the catalog is away", l->waiting.length);
	g_queue_clear_full(&l->waiting, release);
	lately_free(l->lately);
	catalog_close(&l->catalog);
	cond_destroy(&l->wake);
	lock_destroy(&l->lock);
	g_free(l);
}
