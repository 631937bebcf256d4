/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The ledger: a queue of writes, one thread that does them in order and looks for what the workers wrote, one connection for queries. The writes
 * themselves are in ledger_entry.c. Tasks push and query, ledger_start() and ledger_stop() are called once, at init and destroy.
 *
 *   ledger_push ─▶ queue ─▶ ledger_main ─▶ write ─ok─▶ next
 *                             │              └─database away─▶ the same again, later and later (50 ms … 2 s)
 *                             └─ every 250 ms ─▶ ledger_watch.c ─▶ handlers
 */
#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include "common/log.h"
#include "common/sync.h"
#include "plugins/ledger_entry.h"

enum {
	ENTRIES_MAX = 10000, DROPS_A_LINE = 1000,
	POLL_MS = 250, RETRY_FIRST_MS = 50, RETRY_MAX_MS = 2000, STOP_MS = 5000,
	WAIT_MS = 200,             /* of one try, for a lock */
	OWN_WRITES_MS = 1000, BEHIND_MS = 1000,
};

struct ledger {
	char *url, *host_id;
	pthread_t thread;
	bool started;

	struct lock lock;          /* guards what follows, up to the blank line */
	struct cond wake;          /* the thread: work, or stop */
	struct cond written;       /* readers: an entry is done */
	GQueue entries;            /* the first one stays until it is written */
	int64_t pushed, done;      /* entries so far */
	int64_t dropped;
	bool away;                 /* the database does not answer */
	int64_t stop_us;           /* deadline of stopping, 0: running */

	/* the thread's own */
	struct catalog *catalog;
	struct ledger_watch watch;
	int64_t poll_us;
	int retry_ms;
	bool stuck;                /* the first entry cannot be written; reading may work all the same */

	struct lock query_lock;    /* guards reader */
	struct catalog *reader;    /* opened with the first query */
};

const char *ledger_host(const struct ledger *l)
{
	return l->host_id;
}

void ledger_push(struct ledger *l, struct ledger_entry *e)
{
	int64_t dropped = 0;
	unsigned waiting;

	e->at_us = clock_mono_us();
	lock_take(&l->lock);
	waiting = l->entries.length;
	if (waiting >= (e->minor ? ENTRIES_MAX / 2 : ENTRIES_MAX)) {
		dropped = ++l->dropped;
	} else {
		g_queue_push_tail(&l->entries, e);
		l->pushed++;
		cond_signal(&l->wake);
	}
	lock_release(&l->lock);
	if (!dropped)
		return;
	if (dropped % DROPS_A_LINE == 1)
		log_error("ledger: %s %s dropped, %" PRId64 " so far: %u entries wait for the catalog already", e->what, e->s[0], dropped, waiting);
	ledger_entry_free(e);
}

/* Is this the database's trouble, to be waited for, or has it looked at the entry and refused? */
static bool is_outage(int err)
{
	static const int refusals[] = { ENOENT, EPROTO, EINVAL, EEXIST, EFBIG };

	for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
		if (err == -refusals[i])
			return false;
	}
	return err < 0;
}

static void set_away(struct ledger *l, int err)
{
	bool before;

	lock_take(&l->lock);
	before = l->away;
	l->away = err != 0;
	if (err)
		cond_broadcast(&l->written);       /* nobody waits for what will not come */
	lock_release(&l->lock);
	if (err && !before)
		log_warn("ledger: catalog %s does not answer: %s; entries wait", l->url, err_str(err));
	else if (!err && before)
		log_info("ledger: catalog %s answers again", l->url);
}

static int connect_catalog(struct ledger *l)
{
	int err = l->catalog ? 0 : catalog_open(&l->catalog, l->url);

	if (!err)
		catalog_set_wait(l->catalog, WAIT_MS);
	return err;
}

/* Waits longer each time, but not while stopping; a connection that failed in earnest is made anew. */
static void back_off(struct ledger *l, int err)
{
	int64_t until_us;
	bool stopping;

	set_away(l, err);
	if (err != -EBUSY) {
		catalog_close(&l->catalog);
		ledger_watch_reconnect(&l->watch);
	}
	l->retry_ms = l->retry_ms ? MIN(2 * l->retry_ms, RETRY_MAX_MS) : RETRY_FIRST_MS;
	lock_take(&l->lock);
	stopping = l->stop_us != 0;
	until_us = clock_mono_us() + (stopping ? RETRY_FIRST_MS : l->retry_ms) * 1000LL;
	while (clock_mono_us() < until_us && stopping == (l->stop_us != 0))
		cond_wait_until(&l->wake, &l->lock, until_us);
	lock_release(&l->lock);
}

static void answered(struct ledger *l)
{
	l->retry_ms = 0;
	set_away(l, 0);
}

static void pop(struct ledger *l)
{
	struct ledger_entry *e;

	lock_take(&l->lock);
	e = g_queue_pop_head(&l->entries);
	l->done++;
	cond_broadcast(&l->written);
	lock_release(&l->lock);
	ledger_entry_free(e);
}

/* Only a refusal drops an entry; trouble on the way to the database, of whatever kind, never does. */
static void write_entry(struct ledger *l, struct ledger_entry *e)
{
	int err = connect_catalog(l);

	l->stuck = err != 0;
	if (!err) {
		err = e->write(l->catalog, e);
		l->stuck = is_outage(err);
	}
	if (l->stuck) {
		back_off(l, err);
		return;
	}
	if (err)
		log_error("ledger: %s %s refused: %s", e->what, e->s[0], err_str(err));
	answered(l);
	pop(l);
}

static void poll_due(struct ledger *l)
{
	int err = connect_catalog(l);

	if (!err)
		err = ledger_watch_poll(&l->watch, l->catalog);
	l->poll_us = clock_mono_us() + POLL_MS * 1000LL;
	if (err)
		back_off(l, err);
	else if (!l->stuck)
		answered(l);
}

/* The next entry (not taken off), or NULL when it is time to poll; false when all is over. */
static bool next(struct ledger *l, struct ledger_entry **e)
{
	bool more;

	lock_take(&l->lock);
	while (!l->entries.head && !l->stop_us && clock_mono_us() < l->poll_us)
		cond_wait_until(&l->wake, &l->lock, l->poll_us);
	*e = l->entries.head ? l->entries.head->data : NULL;
	more = !l->stop_us || (*e && clock_mono_us() < l->stop_us);
	lock_release(&l->lock);
	return more;
}

static void *ledger_main(void *arg)
{
	struct ledger *l = arg;
	struct ledger_entry *e;

	while (next(l, &e)) {
		if (e)
			write_entry(l, e);
		if (clock_mono_us() >= l->poll_us)
			poll_due(l);
	}
	return NULL;
}

int ledger_start(struct ledger **out, const struct settings *s, const struct ledger_handlers *h, void *arg)
{
	struct ledger *l = g_new0(struct ledger, 1);
	int err;

	l->url = g_strdup(s->catalog);
	l->host_id = g_strdup(s->host_id);
	lock_init(&l->lock);
	lock_init(&l->query_lock);
	cond_init(&l->wake);
	cond_init(&l->written);
	g_queue_init(&l->entries);
	ledger_watch_init(&l->watch, h, arg);
	err = connect_catalog(l);
	if (!err)
		err = catalog_event_last(l->catalog, &l->watch.cursor);       /* what happened before is nobody's news */
	*out = l;                  /* before the thread may call handlers, which may push */
	if (!err)
		err = thread_start(&l->thread, "ledger", ledger_main, l);
	l->started = !err;
	if (err)
		ledger_stop(out);
	return err;
}

static void free_entry(gpointer e)
{
	ledger_entry_free(e);
}

void ledger_stop(struct ledger **lp)
{
	struct ledger *l = *lp;

	if (!l)
		return;
	lock_take(&l->lock);
	l->stop_us = clock_mono_us() + STOP_MS * 1000LL;
	cond_broadcast(&l->wake);
	lock_release(&l->lock);
	if (l->started)
		pthread_join(l->thread, NULL);
	if (l->entries.length)
		log_error("ledger: %u entries were not written, the catalog does not answer", l->entries.length);
	g_queue_clear_full(&l->entries, free_entry);
	catalog_close(&l->catalog);
	catalog_close(&l->reader);
	ledger_watch_done(&l->watch);
	lock_destroy(&l->lock);
	lock_destroy(&l->query_lock);
	cond_destroy(&l->wake);
	cond_destroy(&l->written);
	g_free(l->url);
	g_free(l->host_id);
	g_free(l);
	*lp = NULL;
}

bool ledger_behind(struct ledger *l)
{
	struct ledger_entry *first;
	bool behind;

	lock_take(&l->lock);
	first = l->entries.head ? l->entries.head->data : NULL;
	behind = l->away || (first && clock_mono_us() - first->at_us > BEHIND_MS * 1000LL);
	lock_release(&l->lock);
	return behind;
}

/* Who asks sees what was written before, unless the database is away: then the answer is as old as it is. */
static void wait_for_own_writes(struct ledger *l)
{
	int64_t until_us = clock_mono_us() + OWN_WRITES_MS * 1000LL;
	int64_t goal;

	lock_take(&l->lock);
	goal = l->pushed;
	while (l->done < goal && !l->away && cond_wait_until(&l->written, &l->lock, until_us))
		;
	lock_release(&l->lock);
}

int ledger_reader(struct ledger *l, struct catalog **out)
{
	int err = 0;

	wait_for_own_writes(l);
	lock_take(&l->query_lock);
	if (!l->reader)
		err = catalog_open(&l->reader, l->url);
	*out = l->reader;
	lock_release(&l->query_lock);
	return err;
}
