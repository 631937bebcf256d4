/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Recordings: begun, moved on and closed by the plugin's ledger, deleted and read by both programs.
 */
#include <errno.h>
#include <string.h>
#include "common/catalog_db.h"

static int insert(struct db *db, const struct catalog_new_recording *r)
{
	int err = host_seen(db, r->host_id);

	if (err >= 0)
		err = room_seen(db, r->room);
	if (err >= 0)
		err = call_known(db, r->call_id, r->room, r->host_id, r->started_ms);
	if (err >= 0)
		err = db_exec(db, "INSERT INTO recordings (id, room, call_id, host_id, title, layout, custom, status, started_ms)"
				  " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'starting', ?8) ON CONFLICT (id) DO NOTHING", "sssssssi", r->id, r->room,
			      r->call_id, r->host_id, r->title, r->layout, r->custom, r->started_ms);
	return err < 0 ? err : 0;
}

int catalog_recording_insert(struct catalog *c, const struct catalog_new_recording *r)
{
	int err;

	if (!r->id || !r->room || !r->call_id || !r->host_id)
		return -EINVAL;
	err = catalog_begin(c);
	if (err)
		return err;
	return catalog_end(c, insert(c->db, r));
}

int catalog_recording_status(struct catalog *c, const char *id, const char *status, const char *reason)
{
	int err = catalog_begin(c);

	if (err)
		return err;
	err = state_move(c->db, NOUN_RECORDING, id, 0, status);
	if (err > 0 && reason)
		err = db_exec(c->db, "UPDATE recordings SET reason = ?2 WHERE id = ?1", "ss", id, reason);
	return catalog_end(c, err < 0 ? err : 0);
}

static int stop(struct db *db, const char *id, const struct catalog_stop *s)
{
	int64_t stopped = 0;
	int err = db_int(db, &stopped, "SELECT COALESCE(stopped_ms, 0) FROM recordings WHERE id = ?1", "s", id);

	if (err <= 0)
		return err ? err : -ENOENT;
	if (stopped)
		return 0;
	err = state_move(db, NOUN_RECORDING, id, 0, "processing");
	if (err >= 0)
		err = db_exec(db, "UPDATE recordings SET stopped_ms = ?2, duration_ms = ?3, elapsed_ms = ?4, bytes = ?5, tracks = ?6, chain_hash = ?7,"
				  " flags = COALESCE(?8, '[]'), reason = ?9 WHERE id = ?1", "siiiiisss", id, s->stopped_ms, s->duration_ms, s->elapsed_ms,
			      s->bytes, (int64_t)s->tracks, s->chain_hash, s->flags, s->reason);
	if (err >= 0)
		err = db_exec(db, "INSERT INTO outputs (recording, id, state) VALUES (?1, 1, 'queued')", "s", id);
	return err < 0 ? err : job_add(db, "compose", id, 1);
}

int catalog_recording_stop(struct catalog *c, const char *id, const struct catalog_stop *s)
{
	int err = catalog_begin(c);

	if (err)
		return err;
	return catalog_end(c, stop(c->db, id, s));
}

static int mark_deleting(struct db *db, const char *id)
{
	char status[16];
	int err = db_text(db, status, sizeof(status), "SELECT status FROM recordings WHERE id = ?1", "s", id);

	if (err <= 0)
		return err ? err : -ENOENT;
	if (!strcmp(status, "deleting") || !strcmp(status, "deleted"))
		return 0;
	err = state_move(db, NOUN_RECORDING, id, 0, "deleting");
	if (err >= 0)
		err = jobs_cancel(db, id);
	return err < 0 ? err : job_add(db, "delete", id, 0);
}

int catalog_recording_delete(struct catalog *c, const char *id)
{
	int err = catalog_begin(c);

	if (err)
		return err;
	return catalog_end(c, mark_deleting(c->db, id));
}
