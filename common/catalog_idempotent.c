/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Requests with an Idempotency-Key. `recroom-pp serve` asks on the threads that answer, and its reconciler cleans.
 *
 *   none ─▶ running (turn 1) ─▶ done, for a day ─▶ none
 *             ├─ nothing came of it ─▶ none
 *             └─ too long ─▶ running (turn 2): who had turn 1 writes nothing any more
 */
#include <errno.h>
#include <glib.h>
#include "common/catalog_db.h"
#include "common/catalog_idempotent.h"
#include "common/json.h"

#define MINE " WHERE room = ?1 AND subject = ?2 AND name = ?3"

/* What came so long ago is as if it had not. */
static int take(struct db *db, const struct catalog_once *o, int64_t *turn)
{
	return db_int(db, turn, "INSERT INTO idempotent (room, subject, name, request, state, turn, status, location, body, at_ms)"
				" VALUES (?1, ?2, ?3, ?4, 'running', 1, 0, '', '', now_ms())"
				" ON CONFLICT (room, subject, name) DO UPDATE SET request = excluded.request, state = 'running', turn = idempotent.turn + 1,"
				" status = 0, location = '', body = '', at_ms = excluded.at_ms"
				" WHERE (idempotent.state = 'running' AND idempotent.request = excluded.request AND idempotent.at_ms <= excluded.at_ms - ?5)"
				" OR idempotent.at_ms <= excluded.at_ms - ?6 RETURNING turn",
		      "ssssii", o->room, o->subject, o->key, o->request, (int64_t)IDEMPOTENT_STALE_MS, (int64_t)IDEMPOTENT_KEPT_MS);
}

static int read_row(json_t *row, const char *request, struct catalog_answer *out)
{
	if (!row)
		return -EBUSY;         /* forgotten in between: the next attempt takes it */
	if (g_strcmp0(json_str(row, "request"), request))
		return -EEXIST;
	if (g_strcmp0(json_str(row, "state"), "done"))
		return -EINPROGRESS;
	*out = (struct catalog_answer){ .status = (int)json_num(row, "status", 0), .location = g_strdup(json_str(row, "location")), .body = g_strdup(json_str(row, "body")) };
	return 0;
}

static int find(struct db *db, const struct catalog_once *o, struct catalog_answer *out)
{
	json_t *rows = NULL;
	int err = db_rows(db, &rows, "SELECT request, state, status, location, body FROM idempotent" MINE, "sss", o->room, o->subject, o->key);

	if (err >= 0)
		err = read_row(json_array_get(rows, 0), o->request, out);
	json_decref(rows);
	return err;
}

int catalog_once_begin(struct catalog *c, const struct catalog_once *o, int64_t *turn, struct catalog_answer *out)
{
	int err = catalog_begin(c);

	*out = (struct catalog_answer){ 0 };
	if (err)
		return err;
	err = take(c->db, o, turn);
	if (!err)
		err = find(c->db, o, out);
	else if (err > 0)
		err = 1;
	err = catalog_end(c, err);
	if (err < 0)
		catalog_answer_free(out);
	return err;
}

int catalog_once_end(struct catalog *c, const struct catalog_once *o, int64_t turn, const struct catalog_answer *a)
{
	int err = catalog_begin(c);

	if (err)
		return err;
	if (a)
		err = db_exec(c->db, "UPDATE idempotent SET state = 'done', status = ?5, location = ?6, body = ?7, at_ms = now_ms()" MINE
				     " AND turn = ?4 AND state = 'running'", "sssiiss", o->room, o->subject, o->key, turn, (int64_t)a->status, a->location, a->body);
	else
		err = db_exec(c->db, "DELETE FROM idempotent" MINE " AND turn = ?4 AND state = 'running'", "sssi", o->room, o->subject, o->key, turn);
	return catalog_end(c, err < 0 ? err : err ? 0 : -ESTALE);
}

void catalog_answer_free(struct catalog_answer *a)
{
	g_clear_pointer(&a->location, g_free);
	g_clear_pointer(&a->body, g_free);
}

int catalog_once_clean(struct catalog *c)
{
	int err = catalog_begin(c);

	if (err)
		return err;
	return catalog_end(c, db_exec(c->db, "DELETE FROM idempotent WHERE (room, subject, name) IN (SELECT room, subject, name FROM idempotent"
					     " WHERE at_ms <= now_ms() - ?1 LIMIT 1000)", "i", (int64_t)IDEMPOTENT_KEPT_MS));
}
