/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See ledger.h. An entry is a function and copies of its arguments; the thread runs the first one until the database has taken it.
 */
#include <errno.h>
#include <glib.h>
#include "common/log.h"
#include "common/sync.h"
#include "plugins/ledger.h"

enum {
	QUEUE_MAX = 10000,
	POLL_US = 250000,
	RETRY_FIRST_US = 50000,
	RETRY_MOST_US = 2000000,
	DRAIN_US = 5000000,
	EVENTS_AT_ONCE = 100,
};

struct entry {
	int (*run)(struct catalog *c, const struct entry *e);
	const char *what;
	char *text[8];
	int64_t number[5];
	json_t *json;
};

struct ledger {
	const struct settings *settings;
	struct ledger_handlers handlers;
	void *arg;
	struct catalog *writer, *reader;
	struct lock lock;              /* guards queue, stopping, behind */
	struct cond wake;
	GQueue queue;
	bool stopping, behind;
	unsigned refused;
	pthread_t thread;
	bool started;
	/* the thread's own */
	int64_t version, cursor;
	GHashTable *progress;          /* recording → "stage percent" as last passed on */
};

static void entry_free(struct entry *e)
{
	for (size_t i = 0; i < G_N_ELEMENTS(e->text); i++)
		g_free(e->text[i]);
	json_decref(e->json);
	g_free(e);
}

static struct entry *entry_new(const char *what, int (*run)(struct catalog *, const struct entry *))
{
	struct entry *e = g_new0(struct entry, 1);

	e->what = what;
	e->run = run;
	return e;
}

/* Takes the entry. */
static void put(struct ledger *l, struct entry *e)
{
	bool full;

	lock_take(&l->lock);
	full = l->queue.length >= QUEUE_MAX;
	if (full)
		l->refused++;
	else
		g_queue_push_tail(&l->queue, e);
	cond_signal(&l->wake);
	lock_release(&l->lock);
	if (full) {
		log_error("catalog: %d entries wait already, dropped: %s", QUEUE_MAX, e->what);
		entry_free(e);
	}
}

static int run_call_open(struct catalog *c, const struct entry *e)
{
	return catalog_call_open(c, e->text[0], e->text[1], e->text[2], e->number[0]);
}

static int run_call_close(struct catalog *c, const struct entry *e)
{
	return catalog_call_close(c, e->text[0], e->number[0]);
}

static int run_participant(struct catalog *c, const struct entry *e)
{
	return catalog_participant_put(c, e->text[0], e->text[1], e->text[2], e->text[3], e->text[4], e->number[0], e->number[1]);
}

static int run_insert(struct catalog *c, const struct entry *e)
{
	const struct catalog_new_recording r = {
		.id = e->text[0], .room = e->text[1], .call_id = e->text[2], .host_id = e->text[3],
		.title = e->text[4], .layout = e->text[5], .custom = e->text[6], .started_ms = e->number[0],
	};

	return catalog_recording_insert(c, &r);
}

static int run_status(struct catalog *c, const struct entry *e)
{
	return catalog_recording_status(c, e->text[0], e->text[1], e->text[2]);
}

static int run_stop(struct catalog *c, const struct entry *e)
{
	const struct catalog_stop s = {
		.stopped_ms = e->number[0], .duration_ms = e->number[1], .elapsed_ms = e->number[2], .bytes = e->number[3],
		.tracks = (int)e->number[4], .chain_hash = e->text[1], .flags = e->text[2], .reason = e->text[3],
	};

	return catalog_recording_stop(c, e->text[0], &s);
}

static int run_delete(struct catalog *c, const struct entry *e)
{
	return catalog_recording_delete(c, e->text[0]);
}

static int run_event(struct catalog *c, const struct entry *e)
{
	return catalog_event_insert(c, e->text[0], e->number[0], e->text[1], e->json, "plugin");
}

void ledger_call_open(struct ledger *l, const char *call_id, const char *room, int64_t started_ms)
{
	struct entry *e = entry_new("call opened", run_call_open);

	e->text[0] = g_strdup(call_id);
	e->text[1] = g_strdup(room);
	e->text[2] = g_strdup(l->settings->host_id);
	e->number[0] = started_ms;
	put(l, e);
}

void ledger_call_close(struct ledger *l, const char *call_id, int64_t ended_ms)
{
	struct entry *e = entry_new("call closed", run_call_close);

	e->text[0] = g_strdup(call_id);
	e->number[0] = ended_ms;
	put(l, e);
}

void ledger_participant(struct ledger *l, const char *call_id, const char *participant, const char *identity, const char *name,
			const char *role, int64_t joined_ms, int64_t left_ms)
{
	struct entry *e = entry_new("participant", run_participant);
	const char *const text[] = { call_id, participant, identity, name, role };

	for (size_t i = 0; i < G_N_ELEMENTS(text); i++)
		e->text[i] = g_strdup(text[i]);
	e->number[0] = joined_ms;
	e->number[1] = left_ms;
	put(l, e);
}

void ledger_recording_insert(struct ledger *l, const struct catalog_new_recording *r)
{
	struct entry *e = entry_new("recording", run_insert);
	const char *const text[] = { r->id, r->room, r->call_id, l->settings->host_id, r->title, r->layout, r->custom };

	for (size_t i = 0; i < G_N_ELEMENTS(text); i++)
		e->text[i] = g_strdup(text[i]);
	e->number[0] = r->started_ms;
	put(l, e);
}

void ledger_recording_status(struct ledger *l, const char *id, const char *status, const char *reason)
{
	struct entry *e = entry_new("status of a recording", run_status);

	e->text[0] = g_strdup(id);
	e->text[1] = g_strdup(status);
	e->text[2] = g_strdup(reason);
	put(l, e);
}

void ledger_recording_stop(struct ledger *l, const char *id, const struct catalog_stop *s)
{
	struct entry *e = entry_new("end of a recording", run_stop);

	e->text[0] = g_strdup(id);
	e->text[1] = g_strdup(s->chain_hash);
	e->text[2] = g_strdup(s->flags);
	e->text[3] = g_strdup(s->reason);
	e->number[0] = s->stopped_ms;
	e->number[1] = s->duration_ms;
	e->number[2] = s->elapsed_ms;
	e->number[3] = s->bytes;
	e->number[4] = s->tracks;
	put(l, e);
}

void ledger_recording_delete(struct ledger *l, const char *id)
{
	struct entry *e = entry_new("deletion", run_delete);

	e->text[0] = g_strdup(id);
	put(l, e);
}

void ledger_event(struct ledger *l, const char *recording, int64_t seq, const char *type, json_t *payload)
{
	struct entry *e = entry_new("event", run_event);

	e->text[0] = g_strdup(recording);
	e->text[1] = g_strdup(type);
	e->number[0] = seq;
	e->json = payload;
	put(l, e);
}

int ledger_recording_get(struct ledger *l, const char *id, json_t **out)
{
	return catalog_recording_get(l->reader, id, out);
}

int ledger_recording_list(struct ledger *l, const struct catalog_filter *f, json_t **rows, char next[128])
{
	return catalog_recording_list(l->reader, f, rows, next);
}

int ledger_recording_unclosed(struct ledger *l, json_t **rows)
{
	return catalog_recording_unclosed(l->reader, l->settings->host_id, rows);
}

bool ledger_behind(struct ledger *l)
{
	bool behind;

	lock_take(&l->lock);
	behind = l->behind;
	lock_release(&l->lock);
	return behind;
}

/* What trying again cannot mend: the row or the state is wrong, not the database. */
static bool is_final(int err)
{
	return err == -ENOENT || err == -EPROTO || err == -EINVAL || err == -EEXIST;
}

static void pass_events(struct ledger *l)
{
	json_t *rows = NULL, *row;
	size_t i;

	if (catalog_event_since(l->writer, l->cursor, EVENTS_AT_ONCE, &rows) < 0)
		return;
	json_array_foreach(rows, i, row) {
		l->cursor = json_integer_value(json_object_get(row, "row"));
		if (!g_strcmp0(json_string_value(json_object_get(row, "origin")), "worker") && l->handlers.on_event)
			l->handlers.on_event(row, l->arg);
	}
	json_decref(rows);
}

static void pass_progress(struct ledger *l)
{
	json_t *rows = NULL, *row;
	GHashTable *seen;
	size_t i;

	if (catalog_jobs_running(l->writer, &rows) < 0)
		return;
	seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	json_array_foreach(rows, i, row) {
		const char *id = json_string_value(json_object_get(row, "recording"));
		const char *stage = json_string_value(json_object_get(row, "stage"));
		char *now = g_strdup_printf("%s %d", stage ? stage : "", (int)json_integer_value(json_object_get(row, "percent")));

		if (id && g_strcmp0(g_hash_table_lookup(l->progress, id), now) && l->handlers.on_progress)
			l->handlers.on_progress(row, l->arg);
		g_hash_table_insert(seen, g_strdup(id ? id : ""), now);
	}
	g_hash_table_unref(l->progress);
	l->progress = seen;
	json_decref(rows);
}

/* Looks for what workers wrote, if anybody wrote at all. */
static void poll_catalog(struct ledger *l)
{
	int64_t version;

	if (catalog_version(l->writer, &version) < 0 || version == l->version)
		return;
	l->version = version;
	pass_events(l);
	pass_progress(l);
}

static void set_behind(struct ledger *l, bool behind, const struct entry *e, int err)
{
	bool changed;

	lock_take(&l->lock);
	changed = l->behind != behind;
	l->behind = behind;
	lock_release(&l->lock);
	if (changed && behind)
		log_warn("catalog: does not take \"%s\" (%s); later writes wait", e->what, err_str(err));
	else if (changed)
		log_info("catalog: answers again");
}

/* Runs an entry; true when it is done with, false when it has to be tried again. */
static bool settle(struct ledger *l, const struct entry *e)
{
	int err = e->run(l->writer, e);

	if (err < 0 && !is_final(err)) {
		set_behind(l, true, e, err);
		return false;
	}
	set_behind(l, false, e, 0);
	if (err < 0)
		log_error("catalog: refused \"%s\" of %s: %s", e->what, e->text[0], err_str(err));
	return true;
}

static void *ledger_main(void *arg)
{
	struct ledger *l = arg;
	int64_t retry_us = RETRY_FIRST_US, next_try = 0, next_poll = 0, give_up = INT64_MAX;
	bool stopping = false;

	while (!stopping || (clock_mono_us() < give_up)) {
		struct entry *e;
		int64_t now = clock_mono_us();

		lock_take(&l->lock);
		if (l->stopping && !stopping) {
			stopping = true;
			give_up = now + DRAIN_US;
		}
		e = now >= next_try ? g_queue_peek_head(&l->queue) : NULL;
		if (!e && stopping && g_queue_is_empty(&l->queue)) {
			lock_release(&l->lock);
			break;
		}
		if (!e && now < next_poll) {
			int64_t until = g_queue_is_empty(&l->queue) ? next_poll : MIN(next_poll, next_try);

			cond_wait_until(&l->wake, &l->lock, until);
		}
		lock_release(&l->lock);
		if (e && settle(l, e)) {
			lock_take(&l->lock);
			g_queue_pop_head(&l->queue);
			lock_release(&l->lock);
			entry_free(e);
			retry_us = RETRY_FIRST_US;
		} else if (e) {
			next_try = now + retry_us;
			retry_us = MIN(2 * retry_us, RETRY_MOST_US);
		}
		if (!stopping && clock_mono_us() >= next_poll) {
			poll_catalog(l);
			next_poll = clock_mono_us() + POLL_US;
		}
	}
	return NULL;
}

int ledger_start(struct ledger **out, const struct settings *s, const struct ledger_handlers *h, void *arg)
{
	struct ledger *l = g_new0(struct ledger, 1);
	int err;

	l->settings = s;
	l->handlers = *h;
	l->arg = arg;
	l->version = -1;
	lock_init(&l->lock);
	cond_init(&l->wake);
	g_queue_init(&l->queue);
	l->progress = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	err = catalog_open(&l->writer, s->catalog);
	if (err)
		goto out;
	err = catalog_open(&l->reader, s->catalog);
	if (err)
		goto out;
	err = catalog_event_last(l->writer, &l->cursor);
	if (err < 0)
		goto out;
	err = thread_start(&l->thread, "rr-ledger", ledger_main, l);
	l->started = !err;
out:
	if (err)
		ledger_stop(&l);
	else
		*out = l;
	return err;
}

void ledger_stop(struct ledger **lp)
{
	struct ledger *l = *lp;
	struct entry *e;

	if (!l)
		return;
	*lp = NULL;
	if (l->started) {
		lock_take(&l->lock);
		l->stopping = true;
		cond_signal(&l->wake);
		lock_release(&l->lock);
		pthread_join(l->thread, NULL);
	}
	if (l->queue.length)
		log_error("catalog: %u entries could not be written before the end", l->queue.length);
	while ((e = g_queue_pop_head(&l->queue)))
		entry_free(e);
	catalog_close(&l->writer);
	catalog_close(&l->reader);
	g_hash_table_unref(l->progress);
	cond_destroy(&l->wake);
	lock_destroy(&l->lock);
	g_free(l);
}
