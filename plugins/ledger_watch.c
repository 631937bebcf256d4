/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the workers wrote: looked for by the ledger's thread every 250 ms, told to the plugin's handlers.
 *
 *   version changed? ─▶ events above the cursor, of origin "worker" ─▶ on_event
 *                    └▶ running jobs whose stage or percent changed ─▶ on_progress
 */
#include "common/json.h"
#include "plugins/ledger_entry.h"

enum { EVENTS_AT_ONCE = 100 };

void ledger_watch_init(struct ledger_watch *w, const struct ledger_handlers *h, void *arg)
{
	*w = (struct ledger_watch){ .handlers = *h, .arg = arg, .version = -1, .cursor = -1 };
	w->progress = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

void ledger_watch_done(struct ledger_watch *w)
{
	g_hash_table_unref(w->progress);
}

void ledger_watch_reconnect(struct ledger_watch *w)
{
	w->version = -1;
}

static int pass_events(struct ledger_watch *w, struct catalog *c)
{
	json_t *rows, *row;
	size_t i, n = EVENTS_AT_ONCE;
	int err = 0;

	while (!err && n == EVENTS_AT_ONCE) {
		err = catalog_event_since(c, w->cursor, EVENTS_AT_ONCE, &rows);
		if (err)
			break;
		json_array_foreach(rows, i, row) {
			if (!g_strcmp0(json_str(row, "origin"), "worker") && w->handlers.on_event)
				w->handlers.on_event(row, w->arg);
			w->cursor = json_num(row, "row", w->cursor);
		}
		n = json_array_size(rows);
		json_decref(rows);
	}
	return err;
}

/* Tells what changed; jobs that run no more are forgotten. */
static int pass_progress(struct ledger_watch *w, struct catalog *c)
{
	GHashTable *now = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	json_t *rows = NULL, *row;
	size_t i;
	int err = catalog_jobs_running(c, &rows);

	json_array_foreach(rows, i, row) {
		const char *stage = json_str(row, "stage");
		char *job = g_strdup_printf("%lld", (long long)json_num(row, "job", 0));
		char *state = g_strdup_printf("%s %lld", stage ? stage : "", (long long)json_num(row, "percent", 0));

		if (stage && g_strcmp0(g_hash_table_lookup(w->progress, job), state) && w->handlers.on_progress)
			w->handlers.on_progress(row, w->arg);
		g_hash_table_insert(now, job, state);
	}
	json_decref(rows);
	g_hash_table_unref(w->progress);
	w->progress = now;
	return err;
}

int ledger_watch_poll(struct ledger_watch *w, struct catalog *c)
{
	int64_t version = 0;
	int err = w->cursor < 0 ? catalog_event_last(c, &w->cursor) : 0;      /* what happened before is nobody's news */

	if (!err)
		err = catalog_version(c, &version);
	if (err || version == w->version)
		return err;
	err = pass_events(w, c);
	if (!err)
		err = pass_progress(w, c);
	if (!err)
		w->version = version;
	return err;
}
