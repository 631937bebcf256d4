/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The ledger: a queue of writes, one thread that does them in order and looks for what the workers wrote. The writes themselves are in ledger_entry.c,
 * queries in ledger_query.c. Tasks push and query, ledger_start() and ledger_stop() are called once, at init and destroy.
 *
 *   ledger_push ─▶ queue ─▶ journal ─▶ its oldest line ─▶ write ─ok─▶ next
 *                    │  the disk does not take it:          └─database away─▶ the same again, later and later (50 ms … 2 s)
 *                    └─ they wait in memory
 *   every 250 ms ─▶ ledger_watch.c ─▶ handlers             every 5 s ─▶ sign of life             a claim ─▶ ledger_claim.c
 *
 * What waits in memory is bounded: beyond, people who come and go are dropped first, then anything; that is said.
 */
#include "config.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include "common/log.h"
#include "plugins/held.h"
#include "plugins/ledger_entry.h"

enum {
	ENTRIES_MAX = 10000, DROPS_A_LINE = 1000,
	POLL_MS = 250, RETRY_FIRST_MS = 50, RETRY_MAX_MS = 2000, STOP_MS = 5000, JOURNAL_RETRY_MS = 1000,
	WAIT_MS = 200,             /* of one try, for a lock */
	BEHIND_MS = 1000,
};

const char *ledger_host(const struct ledger *l)
{
	return l->host_id;
}

/* Nothing waits: from now on something does. */
static void begin_wait_locked(struct ledger *l)
{
	if (l->done == l->pushed)
		l->moved_us = clock_mono_us();
}

void ledger_push(struct ledger *l, struct ledger_entry *e)
{
	int64_t dropped = 0;
	unsigned waiting;

	held_take(&l->lock);
	waiting = l->entries.length;
	if (waiting >= (e->minor ? ENTRIES_MAX / 2 : ENTRIES_MAX)) {
		dropped = ++l->dropped;
	} else {
		begin_wait_locked(l);
		g_queue_push_tail(&l->entries, e);
		l->pushed++;
		cond_signal(&l->wake);
	}
	held_release(&l->lock);
	if (!dropped)
		return;
	if (dropped % DROPS_A_LINE == 1)
		log_error("ledger: %s %s dropped, %" PRId64 " so far: %u entries wait in memory already, the journal takes none", ledger_entry_what(e), e->s[0],
			  dropped, waiting);
	ledger_entry_free(e);
}

bool ledger_is_outage(int err)
{
	static const int refusals[] = { ENOENT, EPROTO, EPERM, EINVAL, EEXIST, EFBIG, ESTALE };

	for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
		if (err == -refusals[i])
			return false;
	}
	return err < 0;
}

/* Nothing but another configuration helps. */
static bool is_hopeless(int err)
{
	static const int hopeless[] = { EINVAL, EPROTO, EXDEV, ENOENT, EACCES, EBADMSG };

	for (size_t i = 0; i < G_N_ELEMENTS(hopeless); i++) {
		if (err == -hopeless[i])
			return true;
	}
	return false;
}

static void set_away(struct ledger *l, int err)
{
	bool before;

	held_take(&l->lock);
	before = l->away;
	l->away = err != 0;
	if (err)
		cond_broadcast(&l->written);       /* nobody waits for what will not come */
	held_release(&l->lock);
	if (err && !before)
		log_warn("ledger: catalog %s does not answer: %s; calls and recordings go on, entries wait in the journal", l->shown, err_str(err));
	else if (!err && before)
		log_info("ledger: catalog %s answers again", l->shown);
}

static int connect_catalog(struct ledger *l)
{
	int err = l->catalog ? 0 : catalog_open(&l->catalog, l->url);

	if (!err)
		catalog_set_wait(l->catalog, WAIT_MS);
	return err;
}

static void answered(struct ledger *l)
{
	l->retry_ms = 0;
	set_away(l, 0);
}

static void count_done(struct ledger *l)
{
	held_take(&l->lock);
	l->done++;
	l->late = false;
	l->moved_us = clock_mono_us();
	cond_broadcast(&l->written);
	held_release(&l->lock);
}

/* True when the file has it. Memory is where entries wait when it does not, so that is no reason to lose one; too long a line is. */
static bool into_journal(struct ledger *l, const struct ledger_entry *e)
{
	char *line = ledger_entry_line(e);
	int err = line ? journal_append(l->journal, line, e->minor) : -EINVAL;

	free(line);
	if (err && err != l->journal_err)
		log_error("ledger: the journal takes nothing: %s; entries wait in memory", err_str(err));
	else if (!err && l->journal_err)
		log_info("ledger: the journal takes entries again");
	l->journal_err = err;
	return !err;
}

/* All that was pushed goes into the file first, in order. */
static void fill_journal(struct ledger *l)
{
	struct ledger_entry *e;

	do {
		held_take(&l->lock);
		e = l->entries.head ? l->entries.head->data : NULL;
		held_release(&l->lock);
		if (!e || !into_journal(l, e))
			return;
		held_take(&l->lock);
		g_queue_pop_head(&l->entries);
		held_release(&l->lock);
		ledger_entry_free(e);
	} while (e);
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
	held_take(&l->lock);
	stopping = l->stop_us != 0;
	until_us = clock_mono_us() + (stopping ? RETRY_FIRST_MS : l->retry_ms) * 1000LL;
	while (clock_mono_us() < until_us && stopping == (l->stop_us != 0)) {
		if (!l->entries.head || l->journal_err) {
			cond_wait_until(&l->wake, &l->lock, until_us);
			continue;
		}
		held_release(&l->lock);
		fill_journal(l);           /* whoever is killed now has it there */
		held_take(&l->lock);
	}
	held_release(&l->lock);
}

/* The oldest entry; what the file has is older than what could not be put there. NULL: there is none. */
static struct ledger_entry *oldest(struct ledger *l)
{
	struct ledger_entry *e;
	const char *line;

	while (!l->current && journal_next(l->journal, &line) > 0) {
		l->current = ledger_entry_of(line);
		if (!l->current) {
			log_error("ledger: a line of the journal is left out, it is no entry: %.200s", line);
			journal_done(l->journal);
			count_done(l);
		}
	}
	if (l->current)
		return l->current;
	held_take(&l->lock);
	e = l->entries.head ? l->entries.head->data : NULL;
	held_release(&l->lock);
	return e;
}

static void drop_oldest(struct ledger *l)
{
	struct ledger_entry *e = l->current;

	if (e) {
		journal_done(l->journal);
		l->current = NULL;
	} else {
		held_take(&l->lock);
		e = g_queue_pop_head(&l->entries);
		held_release(&l->lock);
	}
	ledger_entry_free(e);
	count_done(l);
}

static void say_refused(struct ledger *l, const struct ledger_entry *e, int err)
{
	if (err != -ESTALE) {
		log_error("ledger: %s %s refused: %s", ledger_entry_what(e), e->s[0], err_str(err));
		return;
	}
	log_warn("ledger: %s %s refused: another host has taken the recording over", ledger_entry_what(e), e->s[0]);
	if (l->watch.handlers.on_stale)
		l->watch.handlers.on_stale(e->s[0], l->watch.arg);
}

/* Only a refusal drops an entry; trouble on the way to the database, of whatever kind, never does. */
static void write_entry(struct ledger *l, struct ledger_entry *e)
{
	int err = connect_catalog(l);

	l->stuck = err != 0;
	if (!err) {
		err = ledger_entry_write(l->catalog, e);
		l->stuck = ledger_is_outage(err);
	}
	if (l->stuck) {
		back_off(l, err);
		return;
	}
	if (err)
		say_refused(l, e, err);
	answered(l);
	drop_oldest(l);
}

/* Names of recordings that this process writes, up to `max` behind the first `skip`; g_strfreev(). */
static char **own_recordings(struct ledger *l, size_t skip, size_t max)
{
	GPtrArray *ids = g_ptr_array_new();
	GHashTableIter it;
	gpointer id;

	held_take(&l->lock);
	g_hash_table_iter_init(&it, l->epochs);
	for (size_t i = 0; g_hash_table_iter_next(&it, &id, NULL) && i < skip + max; i++)
		if (i >= skip)
			g_ptr_array_add(ids, g_strdup(id));
	held_release(&l->lock);
	g_ptr_array_add(ids, NULL);
	return (char **)g_ptr_array_free(ids, FALSE);
}

static bool is_taken(struct ledger *l, const char *id, int64_t epoch)
{
	const int64_t *own;
	bool taken;

	held_take(&l->lock);
	own = g_hash_table_lookup(l->epochs, id);
	taken = own && *own < epoch;
	held_release(&l->lock);
	return taken;
}

static int look_for_taken(struct ledger *l, char **ids)
{
	json_t *rows = NULL, *row;
	size_t i;
	int err = catalog_recording_epochs(l->catalog, (const char *const *)ids, g_strv_length(ids), &rows);

	json_array_foreach(rows, i, row) {
		const char *id = json_string_value(json_object_get(row, "id"));

		if (is_taken(l, id, json_integer_value(json_object_get(row, "epoch"))) && l->watch.handlers.on_stale)
			l->watch.handlers.on_stale(id, l->watch.arg);
	}
	json_decref(rows);
	return err;
}

/* What another host has taken over is found out with each sign of life, not only when there is something to write of it. */
static int look_at_own(struct ledger *l)
{
	size_t n = CATALOG_EPOCHS_MAX;
	int err = 0;

	for (size_t skip = 0; !err && n == CATALOG_EPOCHS_MAX; skip += n) {
		char **ids = own_recordings(l, skip, CATALOG_EPOCHS_MAX);

		n = g_strv_length(ids);
		err = n ? look_for_taken(l, ids) : 0;
		g_strfreev(ids);
	}
	return err;
}

static int beat(struct ledger *l)
{
	bool draining;
	int err;

	if (clock_mono_us() < l->beat_us)
		return 0;
	held_take(&l->lock);
	draining = l->draining;
	held_release(&l->lock);
	err = catalog_host_beat(l->catalog, l->host_id, PACKAGE_VERSION, draining);
	if (!err)
		err = look_at_own(l);
	if (!err)
		l->beat_us = clock_mono_us() + CATALOG_BEAT_MS * 1000LL;
	return err;
}

/* What waits for long shall also outlive a power cut. */
static void sync_journal(struct ledger *l)
{
	if (clock_mono_us() < l->sync_us)
		return;
	l->sync_us = clock_mono_us() + JOURNAL_RETRY_MS * 1000LL;
	if (l->stuck && journal_sync(l->journal))
		log_warn("ledger: the journal is not synced");
}

static void poll_due(struct ledger *l)
{
	int err = connect_catalog(l);

	if (!err)
		err = ledger_watch_poll(&l->watch, l->catalog);
	if (!err)
		err = beat(l);
	l->poll_us = clock_mono_us() + POLL_MS * 1000LL;
	if (err)
		back_off(l, err);
	else if (!l->stuck)
		answered(l);
}

/* Waits for something to do; false when all is over. */
static bool wait_for_work(struct ledger *l)
{
	bool more;

	held_take(&l->lock);
	while (l->done == l->pushed && !l->claims.head && !l->stop_us && clock_mono_us() < l->poll_us)
		cond_wait_until(&l->wake, &l->lock, l->poll_us);
	more = !l->stop_us || (l->done < l->pushed && clock_mono_us() < l->stop_us);
	held_release(&l->lock);
	return more;
}

/* Something waits that cannot be read just now. */
static void rest(struct ledger *l)
{
	int64_t until_us = clock_mono_us() + RETRY_FIRST_MS * 1000LL;

	held_take(&l->lock);
	if (l->done < l->pushed && !l->entries.head)
		cond_wait_until(&l->wake, &l->lock, until_us);
	held_release(&l->lock);
}

static void *ledger_main(void *arg)
{
	struct ledger *l = arg;
	struct ledger_entry *e;

	while (wait_for_work(l)) {
		ledger_claims_answer(l);
		fill_journal(l);
		e = oldest(l);
		if (e)
			write_entry(l, e);
		else
			rest(l);
		sync_journal(l);
		if (clock_mono_us() >= l->poll_us)
			poll_due(l);
	}
	fill_journal(l);
	journal_sync(l->journal);
	return NULL;
}

/* Only what can never work keeps the plugin from starting. */
static int try_catalog(struct ledger *l)
{
	int err = connect_catalog(l);

	if (!err || is_hopeless(err))
		return err;
	set_away(l, err);
	return 0;
}

static struct ledger *ledger_new(const struct settings *s)
{
	struct ledger *l = g_new0(struct ledger, 1);

	l->url = g_strdup(s->catalog);
	l->shown = catalog_url_show(s->catalog);
	l->host_id = g_strdup(s->host_id);
	l->recordings = g_strdup(s->recordings);
	l->begun_ms = clock_wall_ms();
	lock_init(&l->lock);
	lock_init(&l->query_lock);
	cond_init(&l->wake);
	cond_init(&l->written);
	g_queue_init(&l->entries);
	g_queue_init(&l->claims);
	l->epochs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return l;
}

int ledger_start(struct ledger **out, const struct settings *s, const struct ledger_handlers *h, void *arg)
{
	struct ledger *l = ledger_new(s);
	int err;

	ledger_watch_init(&l->watch, h, arg);
	err = journal_open(&l->journal, s->recordings, s->host_id);
	if (!err)
		err = try_catalog(l);
	*out = l;                  /* before the thread may call handlers, which may push */
	if (!err) {
		l->found = l->pushed = journal_waiting(l->journal);
		l->moved_us = clock_mono_us();
		if (l->found)
			log_info("ledger: %" PRId64 " entries of an earlier process wait in the journal", l->found);
		ledger_push_begin(l);
		err = thread_start(&l->thread, "ledger", ledger_main, l);
	}
	l->started = !err;
	if (err)
		ledger_stop(out);
	return err;
}

static void free_entry(gpointer e)
{
	ledger_entry_free(e);
}

static void say_what_is_left(const struct ledger *l)
{
	if (l->journal && journal_waiting(l->journal))
		log_warn("ledger: %" PRId64 " entries wait in the journal for the next start, the catalog does not answer", journal_waiting(l->journal));
	if (l->started && l->entries.length)
		log_error("ledger: %u entries are lost, neither catalog nor journal takes them", l->entries.length);
}

void ledger_stop(struct ledger **lp)
{
	struct ledger *l = *lp;

	if (!l)
		return;
	held_take(&l->lock);
	l->stop_us = clock_mono_us() + STOP_MS * 1000LL;
	cond_broadcast(&l->wake);
	held_release(&l->lock);
	if (l->started)
		pthread_join(l->thread, NULL);
	say_what_is_left(l);
	g_queue_clear_full(&l->entries, free_entry);
	g_hash_table_unref(l->epochs);
	if (l->current)
		ledger_entry_free(l->current);
	journal_close(&l->journal);
	catalog_close(&l->catalog);
	catalog_close(&l->reader);
	ledger_watch_done(&l->watch);
	lock_destroy(&l->lock);
	lock_destroy(&l->query_lock);
	cond_destroy(&l->wake);
	cond_destroy(&l->written);
	g_free(l->url);
	g_free(l->shown);
	g_free(l->host_id);
	g_free(l->recordings);
	g_free(l);
	*lp = NULL;
}

int64_t ledger_waiting(struct ledger *l)
{
	int64_t n;

	held_take(&l->lock);
	n = (int64_t)(l->pushed - l->done);
	held_release(&l->lock);
	return n;
}

bool ledger_behind(struct ledger *l)
{
	bool behind;

	held_take(&l->lock);
	behind = l->away || (l->done < l->pushed && clock_mono_us() - l->moved_us > BEHIND_MS * 1000LL);
	held_release(&l->lock);
	return behind;
}

bool ledger_caught_up(struct ledger *l)
{
	bool all;

	held_take(&l->lock);
	all = !l->away && l->done > l->found;      /* and with them that this process began */
	held_release(&l->lock);
	return all;
}

void ledger_set_draining(struct ledger *l, bool draining)
{
	held_take(&l->lock);
	l->draining = draining;
	held_release(&l->lock);
}
