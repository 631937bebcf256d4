/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Webhooks in the catalog. Called by the senders of recroom-pp serve and by `recroom-pp webhook`.
 *
 * A stream (endpoint, recording) is what is leased. Its row is locked first by everybody, the trigger at an event included, so whether it still has
 * open messages is always decided with all of them in sight.
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "common/catalog_db.h"
#include "common/catalog_webhook.h"
#include "common/ids.h"
#include "common/json.h"

enum { REPLAY_AT_ONCE = 500, PRUNE_AT_ONCE = 1000, MSG_SIZE = SECRET_SIZE + 4 };

#define OPEN "state IN ('queued', 'retrying')"
#define IS_DUE "s.is_open = 1 AND s.not_before_ms <= (SELECT now_ms()) AND s.lease_until_ms <= (SELECT now_ms())"
#define IS_ON "e.disabled_ms IS NULL AND e.not_before_ms <= (SELECT now_ms())"

/* "a, b" as ",a,b,". */
static char *between_commas(const char *events)
{
	GString *s = g_string_new(",");
	char **list = g_strsplit(events, ",", -1);

	for (int i = 0; list[i]; i++)
		g_string_append_printf(s, "%s,", g_strstrip(list[i]));
	g_strfreev(list);
	return g_string_free(s, FALSE);
}

int catalog_webhook_seen(struct catalog *c, const char *name, const char *events)
{
	char *list = between_commas(events);
	int err = catalog_begin(c);

	if (!err) {
		err = db_exec(c->db, "INSERT INTO webhook_endpoints (name, events, since_ms, seen_ms) VALUES (?1, ?2, now_ms(), now_ms())"
				     " ON CONFLICT (name) DO UPDATE SET events = EXCLUDED.events, seen_ms = EXCLUDED.seen_ms", "ss", name, list);
		err = catalog_end(c, err < 0 ? err : 0);
	}
	g_free(list);
	return err;
}

int catalog_webhook_due(struct catalog *c, json_t **names)
{
	json_t *rows = NULL, *row;
	size_t i;
	int err = catalog_view(c);

	if (err)
		return err;
	err = db_rows(c->db, &rows, "SELECT e.name FROM webhook_endpoints e WHERE " IS_ON
				    " AND EXISTS (SELECT 1 FROM webhook_streams s WHERE s.endpoint = e.name AND " IS_DUE ") ORDER BY e.name", "");
	err = catalog_end(c, err);
	if (err)
		return err;
	*names = json_array();
	json_array_foreach(rows, i, row)
		json_array_append(*names, json_object_get(row, "name"));
	json_decref(rows);
	return 0;
}

static int take_stream(struct db *db, const char *endpoint, const char *owner, int64_t lease_ms, int64_t *stream)
{
	int got = db_int(db, stream, "SELECT s.id FROM webhook_streams s WHERE s.endpoint = ?1 AND " IS_DUE
				     " AND EXISTS (SELECT 1 FROM webhook_endpoints e WHERE e.name = s.endpoint AND " IS_ON ")"
				     " ORDER BY s.not_before_ms, s.id LIMIT 1 " SKIP_LOCKED, "s", endpoint);

	if (got <= 0)
		return got;
	return db_exec(db, "UPDATE webhook_streams SET owner = ?2, lease_until_ms = now_ms() + ?3 WHERE id = ?1", "isi", *stream, owner, lease_ms);
}

/* Whether the stream has messages left; its row is locked. */
static int set_open(struct db *db, int64_t stream)
{
	return db_exec(db, "UPDATE webhook_streams SET is_open = CASE WHEN EXISTS (SELECT 1 FROM webhooks w WHERE w.endpoint = webhook_streams.endpoint"
			   " AND w.recording = webhook_streams.recording AND w." OPEN ") THEN 1 ELSE 0 END WHERE id = ?1", "i", stream);
}

static int first_message(struct db *db, int64_t stream, json_t **out)
{
	json_t *rows = NULL;
	int err = db_rows(db, &rows, "SELECT w.id, s.id AS stream, w.endpoint, w.recording, r.room, w.seq, e.type, e.payload AS \"payload:json\", e.at_ms, w.attempts,"
				     " p.slow_ms FROM webhook_streams s JOIN webhooks w ON w.endpoint = s.endpoint AND w.recording = s.recording JOIN events e ON e.id = w.event"
				     " JOIN recordings r ON r.id = w.recording JOIN webhook_endpoints p ON p.name = w.endpoint"
				     " WHERE s.id = ?1 AND w." OPEN " ORDER BY w.seq LIMIT 1", "i", stream);

	if (err < 0)
		return err;
	*out = json_incref(json_array_get(rows, 0));
	json_decref(rows);
	return *out ? 1 : 0;
}

static int take(struct db *db, const char *endpoint, const char *owner, int64_t lease_ms, json_t **out)
{
	int64_t stream = 0;
	int got = take_stream(db, endpoint, owner, lease_ms, &stream);

	if (got > 0)
		got = first_message(db, stream, out);
	if (got == 0 && stream) {
		got = db_exec(db, "UPDATE webhook_streams SET owner = NULL, lease_until_ms = 0 WHERE id = ?1", "i", stream);
		got = got < 0 ? got : set_open(db, stream);
		return MIN(got, 0);
	}
	return got;
}

int catalog_webhook_take(struct catalog *c, const char *endpoint, const char *owner, int64_t lease_ms, json_t **out)
{
	int err = catalog_begin(c);

	*out = NULL;
	if (err)
		return err;
	err = catalog_end(c, take(c->db, endpoint, owner, lease_ms, out));
	if (err < 0 && *out) {
		json_decref(*out);
		*out = NULL;
	}
	return err;
}

/* Ends the lease, if it is still ours; with it the stream's row is locked. */
static int end_lease(struct db *db, json_t *message, const char *owner, int64_t delay_ms)
{
	int n = db_exec(db, "UPDATE webhook_streams SET owner = NULL, lease_until_ms = 0, not_before_ms = now_ms() + ?3 WHERE id = ?1 AND owner = ?2", "isi",
			json_num(message, "stream", 0), owner, delay_ms);

	return n > 0 ? 0 : n < 0 ? n : -EPROTO;
}

int catalog_webhook_give_back(struct catalog *c, json_t *message, const char *owner)
{
	int err = catalog_begin(c);

	return err ? err : catalog_end(c, end_lease(c->db, message, owner, 0));
}

static int disable(struct db *db, const char *endpoint)
{
	int err = db_exec(db, "UPDATE webhook_endpoints SET disabled_ms = now_ms() WHERE name = ?1", "s", endpoint);

	if (err >= 0)
		err = db_exec(db, "UPDATE webhooks SET state = 'failed', changed_ms = now_ms(), reason = 'the endpoint had answered 410 and is disabled'"
				  " WHERE endpoint = ?1 AND " OPEN, "s", endpoint);
	if (err >= 0)
		err = db_exec(db, "UPDATE webhook_streams SET is_open = 0 WHERE endpoint = ?1", "s", endpoint);
	return err;
}

static int mark_endpoint(struct db *db, const char *endpoint, const struct catalog_sent *s)
{
	bool done = !strcmp(s->state, "done");
	int err;

	if (done)
		return db_exec(db, "UPDATE webhook_endpoints SET delivered_ms = now_ms(), slow_ms = 0, not_before_ms = 0, reason = NULL WHERE name = ?1", "s", endpoint);
	err = db_exec(db, "UPDATE webhook_endpoints SET reason = ?2 WHERE name = ?1", "ss", endpoint, s->reason);
	if (err >= 0 && s->slow_ms)
		err = db_exec(db, "UPDATE webhook_endpoints SET slow_ms = ?2, not_before_ms = now_ms() + ?2 WHERE name = ?1", "si", endpoint, s->slow_ms);
	return err >= 0 && s->gone ? disable(db, endpoint) : err;
}

static int sent(struct db *db, json_t *message, const char *owner, const struct catalog_sent *s)
{
	const char *id = json_str(message, "id"), *endpoint = json_str(message, "endpoint");
	int err = end_lease(db, message, owner, strcmp(s->state, "retrying") ? 0 : s->delay_ms);

	if (err >= 0)
		err = db_exec(db, "UPDATE webhooks SET state = ?2, attempts = attempts + 1, changed_ms = now_ms(), status = CASE WHEN ?3 > 0 THEN ?3 ELSE NULL END,"
				  " reason = ?4 WHERE id = ?1 AND " OPEN, "ssis", id, s->state, (int64_t)s->status, s->reason);
	if (err >= 0)
		err = set_open(db, json_num(message, "stream", 0));
	return err < 0 ? err : mark_endpoint(db, endpoint, s);
}

int catalog_webhook_sent(struct catalog *c, json_t *message, const char *owner, const struct catalog_sent *s)
{
	int err = catalog_begin(c);

	if (err)
		return err;
	err = sent(c->db, message, owner, s);
	return catalog_end(c, MIN(err, 0));
}

static int view_rows(struct catalog *c, json_t **rows, const char *sql, const char *endpoint, int limit)
{
	int err = catalog_view(c);

	return err ? err : catalog_end(c, db_rows(c->db, rows, sql, "si", endpoint, (int64_t)limit));
}

int catalog_webhook_list(struct catalog *c, json_t **rows)
{
	return view_rows(c, rows, "SELECT e.name, e.events, e.since_ms, e.seen_ms, e.delivered_ms, e.disabled_ms, e.reason, e.not_before_ms,"
				  " (SELECT COUNT(*) FROM webhooks w WHERE w.endpoint = e.name AND w." OPEN ") AS queued,"
				  " (SELECT COUNT(*) FROM webhooks w WHERE w.endpoint = e.name AND w.state = 'failed') AS failed,"
				  " (SELECT MIN(v.at_ms) FROM webhooks w JOIN events v ON v.id = w.event WHERE w.endpoint = e.name AND w." OPEN ") AS oldest_ms"
				  " FROM webhook_endpoints e WHERE ?1 = '' ORDER BY e.name LIMIT ?2", "", 10000);
}

int catalog_webhook_failed(struct catalog *c, const char *endpoint, int limit, json_t **rows)
{
	return view_rows(c, rows, "SELECT w.id, w.endpoint, w.recording, w.seq, v.type, w.attempts, w.changed_ms, w.status, w.reason FROM webhooks w"
				  " JOIN events v ON v.id = w.event WHERE w.state = 'failed' AND (?1 = '' OR w.endpoint = ?1) ORDER BY w.changed_ms DESC, w.id LIMIT ?2",
			 endpoint ? endpoint : "", limit);
}

int catalog_webhook_overdue(struct catalog *c, int64_t older_than_ms)
{
	int64_t n = 0;
	int err = catalog_view(c);

	if (err)
		return err;
	err = db_int(c->db, &n, "SELECT COUNT(*) FROM webhook_endpoints e WHERE e.disabled_ms IS NULL AND EXISTS (SELECT 1 FROM webhooks w JOIN events v ON v.id = w.event"
				" WHERE w.endpoint = e.name AND w." OPEN " AND v.at_ms < now_ms() - ?1)", "i", older_than_ms);
	err = catalog_end(c, MIN(err, 0));
	return err ? err : (int)n;
}

int catalog_webhook_enable(struct catalog *c, const char *name)
{
	int n = catalog_begin(c);

	if (n)
		return n;
	n = db_exec(c->db, "UPDATE webhook_endpoints SET disabled_ms = NULL, reason = NULL, slow_ms = 0, not_before_ms = 0 WHERE name = ?1", "s", name);
	return catalog_end(c, n > 0 ? 0 : n < 0 ? n : -ENOENT);
}

int catalog_webhook_remove(struct catalog *c, const char *name)
{
	int n = catalog_begin(c), err;

	if (n)
		return n;
	n = db_exec(c->db, "DELETE FROM webhook_endpoints WHERE name = ?1", "s", name);
	err = n < 0 ? n : db_exec(c->db, "DELETE FROM webhook_streams WHERE endpoint = ?1", "s", name);
	err = err < 0 ? err : db_exec(c->db, "DELETE FROM webhooks WHERE endpoint = ?1", "s", name);
	return catalog_end(c, err < 0 ? err : n > 0 ? 0 : -ENOENT);
}

/* The stream is locked and due before its messages change. */
static int open_stream(struct db *db, const char *endpoint, const char *recording)
{
	return db_exec(db, "INSERT INTO webhook_streams (endpoint, recording, is_open, not_before_ms) VALUES (?1, ?2, 1, now_ms())"
			   " ON CONFLICT (endpoint, recording) DO UPDATE SET is_open = 1, not_before_ms = EXCLUDED.not_before_ms", "ss", endpoint, recording);
}

static int replay_event(struct db *db, json_t *row)
{
	const char *endpoint = json_str(row, "endpoint"), *recording = json_str(row, "recording");
	char id[MSG_SIZE] = "msg_";
	int err = open_stream(db, endpoint, recording);

	secret_make(id + 4);
	if (err >= 0)
		err = db_exec(db, "INSERT INTO webhooks (id, endpoint, event, recording, seq, state, changed_ms) VALUES (?1, ?2, ?3, ?4, ?5, 'queued', now_ms())"
				  " ON CONFLICT (endpoint, event) DO UPDATE SET state = 'queued', attempts = 0, changed_ms = EXCLUDED.changed_ms", "ssisi", id, endpoint,
			      json_num(row, "event", 0), recording, json_num(row, "seq", 0));
	return MIN(err, 0);
}

#define WANTED "(?2 = '' OR e.recording = ?2) AND e.at_ms >= ?3"

/* The event at which the next lot ends, 0 when there are no more after `last`. */
static int replay_window(struct db *db, const struct catalog_replay *r, int64_t last, int64_t *upto)
{
	return db_int(db, upto, "SELECT COALESCE(MAX(n.id), 0) FROM (SELECT e.id FROM events e WHERE e.id > ?1 AND " WANTED " ORDER BY e.id LIMIT ?4) n", "isii", last,
		      r->recording ? r->recording : "", r->since_ms, (int64_t)REPLAY_AT_ONCE);
}

/* Events after *last: how many messages; *last is where it came to, 0 at the end. */
static int replay_some(struct db *db, const struct catalog_replay *r, int64_t *last)
{
	int64_t upto = 0;
	json_t *rows = NULL, *row;
	size_t i;
	int err = replay_window(db, r, *last, &upto), n;

	if (err >= 0)
		err = db_rows(db, &rows, "SELECT p.name AS endpoint, e.id AS event, e.recording, e.seq FROM events e JOIN webhook_endpoints p"
					 " ON p.events LIKE '%,' || e.type || ',%' WHERE e.id > ?1 AND e.id <= ?4 AND " WANTED " AND (?5 = '' OR p.name = ?5)"
					 " AND p.disabled_ms IS NULL ORDER BY e.id, p.name", "isiis", *last, r->recording ? r->recording : "", r->since_ms, upto,
			      r->endpoint ? r->endpoint : "");
	n = (int)json_array_size(rows);
	json_array_foreach(rows, i, row)
		err = err < 0 ? err : replay_event(db, row);
	json_decref(rows);
	*last = upto;
	return err < 0 ? err : n;
}

static int replay_events(struct catalog *c, const struct catalog_replay *r)
{
	int64_t last = 0;
	int total = 0, n;

	do {
		n = catalog_begin(c);
		if (n)
			return n;
		n = catalog_end(c, replay_some(c->db, r, &last));
		total += MAX(n, 0);
	} while (n >= 0 && last);
	return n < 0 ? n : total;
}

/* Dead letters, and what waits: due now. */
static int replay_failed(struct db *db, const char *endpoint)
{
	int err = db_exec(db, "UPDATE webhook_streams SET is_open = 1, not_before_ms = now_ms() WHERE (?1 = '' OR endpoint = ?1) AND EXISTS (SELECT 1 FROM webhooks w"
			      " WHERE w.endpoint = webhook_streams.endpoint AND w.recording = webhook_streams.recording AND w.state IN ('failed', 'retrying'))"
			      " AND EXISTS (SELECT 1 FROM webhook_endpoints e WHERE e.name = webhook_streams.endpoint AND e.disabled_ms IS NULL)", "s", endpoint);

	return err < 0 ? err : db_exec(db, "UPDATE webhooks SET state = 'queued', attempts = 0, changed_ms = now_ms() WHERE state IN ('failed', 'retrying')"
					   " AND (?1 = '' OR endpoint = ?1) AND EXISTS (SELECT 1 FROM webhook_endpoints e WHERE e.name = webhooks.endpoint"
					   " AND e.disabled_ms IS NULL)", "s", endpoint);
}

int catalog_webhook_replay(struct catalog *c, const struct catalog_replay *r)
{
	int err;

	if (r->recording || r->since_ms)
		return replay_events(c, r);
	err = catalog_begin(c);
	return err ? err : catalog_end(c, replay_failed(c->db, r->endpoint ? r->endpoint : ""));
}

/* A stream that holds nothing any more goes after its messages. */
static int prune(struct db *db, int64_t older_than_ms)
{
	int n = db_exec(db, "DELETE FROM webhooks WHERE id IN (SELECT id FROM webhooks WHERE state = 'done' AND changed_ms < now_ms() - ?1 LIMIT ?2)", "ii",
			older_than_ms, (int64_t)PRUNE_AT_ONCE), err = n;

	if (n > 0)
		err = db_exec(db, "DELETE FROM webhook_streams WHERE is_open = 0 AND NOT EXISTS (SELECT 1 FROM webhooks w WHERE w.recording = webhook_streams.recording"
				  " AND w.endpoint = webhook_streams.endpoint)", "");
	return err < 0 ? err : n;
}

int catalog_webhook_prune(struct catalog *c, int64_t older_than_ms)
{
	int err = catalog_begin(c);

	return err ? err : catalog_end(c, prune(c->db, older_than_ms));
}
