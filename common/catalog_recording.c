/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Recordings: begun, moved on and closed by the plugin's ledger, deleted and read by both programs.
 */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include "common/catalog_db.h"
#include "common/json.h"

/* Numbered from 1. Twice is success. */
static int put_outputs(struct db *db, const struct catalog_new_recording *r)
{
	json_t *specs = r->outputs ? json_loads(r->outputs, 0, NULL) : json_pack("[n]"), *spec;
	int err = json_array_size(specs) ? 0 : -EINVAL;
	size_t i;

	json_array_foreach(specs, i, spec) {
		char *text = json_is_null(spec) ? NULL : json_dumps(spec, JSON_COMPACT);

		if (err >= 0)
			err = db_exec(db, "INSERT INTO outputs (recording, id, state, spec) VALUES (?1, ?2, 'queued', ?3) ON CONFLICT DO NOTHING", "sis", r->id,
				      (int64_t)i + 1, text);
		free(text);
	}
	json_decref(specs);
	return err;
}

/* 128 random bits, in hex */
static void make_public_id(char out[33])
{
	unsigned char bits[16];

	random_bytes(bits, sizeof(bits));
	for (size_t i = 0; i < sizeof(bits); i++)
		snprintf(out + 2 * i, 3, "%02x", bits[i]);
}

static int insert(struct db *db, const struct catalog_new_recording *r)
{
	char public_id[33];
	int err = host_seen(db, r->host_id);

	if (err >= 0)
		err = room_seen(db, r->room);
	if (err >= 0)
		err = call_known(db, r->call_id, r->room, r->host_id, r->started_ms);
	make_public_id(public_id);
	if (err >= 0)
		err = db_exec(db, "INSERT INTO recordings (id, room, call_id, host_id, title, layout, custom, status, started_ms, continues, public_id,"
				  " keep_outputs_days, keep_chunks_days) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'starting', ?8, ?9, ?10, ?11, ?12) ON CONFLICT (id) DO NOTHING",
			      "sssssssissii", r->id, r->room, r->call_id, r->host_id, r->title, r->layout, r->custom, r->started_ms, r->continues, public_id,
			      (int64_t)r->keep_outputs_days, (int64_t)r->keep_chunks_days);
	if (err >= 0)
		err = put_outputs(db, r);
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

static int move_on(struct db *db, const char *id, const char *status, const char *reason)
{
	int err = state_move(db, NOUN_RECORDING, id, 0, status);

	if (err > 0 && reason)
		err = db_exec(db, "UPDATE recordings SET reason = ?2 WHERE id = ?1", "ss", id, reason);
	if (err > 0 && !strcmp(status, "failed"))      /* nothing comes to be composed live */
		err = jobs_cancel(db, id, NULL);
	return MIN(err, 0);
}

int catalog_recording_move(struct catalog *c, const char *id, int64_t epoch, const char *status, const char *reason)
{
	int err = catalog_begin(c);

	if (err)
		return err;
	err = recording_fence(c->db, id, epoch);
	return catalog_end(c, err ? err : move_on(c->db, id, status, reason));
}

int catalog_recording_status(struct catalog *c, const char *id, const char *status, const char *reason)
{
	return catalog_recording_move(c, id, 0, status, reason);
}

static int compose_live(struct db *db, const char *id)
{
	int64_t there = 0;
	int err = recording_lock(db, id);

	if (!err)
		err = db_int(db, &there, "SELECT COUNT(*) FROM jobs WHERE recording = ?1", "s", id);
	if (err >= 0 && !there)
		err = db_int(db, &there, "SELECT CASE COUNT(*) WHEN 0 THEN 1 ELSE 0 END FROM recordings WHERE id = ?1 AND " RECORDING_RUNS, "s", id);
	if (err < 0)
		return err;
	return there ? 0 : job_add(db, "compose", id, 1, NULL);
}

int catalog_compose_live(struct catalog *c, const char *id)
{
	int err = catalog_begin(c);

	return err ? err : catalog_end(c, compose_live(c->db, id));
}

/* What a live job could not do while the recording ran does not count; one that waits for another attempt, or for the end to be known here, is due. */
static int wake_live(struct db *db, const char *id)
{
	int err = db_exec(db, "UPDATE jobs SET live = 0, not_before_ms = now_ms(), attempts = 0 WHERE recording = ?1 AND kind = 'compose'"
			  " AND state IN ('queued', 'retrying', 'running')", "s", id);

	return MIN(err, 0);
}

/* For each output that has none yet; the primary one's first. */
static int queue_outputs(struct db *db, const char *id)
{
	json_t *rows = NULL, *row;
	int err = db_rows(db, &rows, "SELECT id FROM outputs o WHERE recording = ?1 AND NOT EXISTS (SELECT 1 FROM jobs WHERE recording = ?1 AND output = o.id)"
				     " ORDER BY id", "s", id);
	size_t i;

	json_array_foreach(rows, i, row)
		if (err >= 0)
			err = job_add(db, "compose", id, (int)json_num(row, "id", 0), NULL);
	json_decref(rows);
	return err;
}

int recording_close(struct db *db, const char *id, const struct catalog_stop *s)
{
	int64_t stopped = 0;
	int err = db_int(db, &stopped, "SELECT COALESCE(stopped_ms, 0) FROM recordings WHERE id = ?1 " ROW_LOCK, "s", id);

	if (err <= 0)
		return err ? err : -ENOENT;
	if (stopped)
		return 0;
	err = db_int(db, &stopped, "SELECT 1 FROM recordings WHERE id = ?1 AND status = 'failed'", "s", id);
	if (err)
		return err < 0 ? err : -EPROTO;         /* nothing was recorded; only what was can be processed after a failure */
	err = state_move(db, NOUN_RECORDING, id, 0, "processing");
	if (err >= 0)
		err = db_exec(db, "UPDATE recordings SET stopped_ms = ?2, duration_ms = ?3, elapsed_ms = ?4, bytes = ?5, tracks = ?6, chain_hash = ?7,"
				  " flags = COALESCE(?8, '[]'), reason = ?9 WHERE id = ?1", "siiiiisss", id, s->stopped_ms, s->duration_ms, s->elapsed_ms,
			      s->bytes, (int64_t)s->tracks, s->chain_hash, s->flags, s->reason);
	if (err >= 0)
		err = wake_live(db, id);
	return err < 0 ? err : queue_outputs(db, id);
}

int catalog_recording_stop(struct catalog *c, const char *id, const struct catalog_stop *s)
{
	int err = catalog_begin(c);

	if (err)
		return err;
	err = recording_fence(c->db, id, s->epoch);
	return catalog_end(c, err ? err : recording_close(c->db, id, s));
}

int recording_delete(struct db *db, const char *id, const char *reason)
{
	char status[16];
	int err = db_text(db, status, sizeof(status), "SELECT status FROM recordings WHERE id = ?1 " ROW_LOCK, "s", id);

	if (err <= 0)
		return err ? err : -ENOENT;
	if (!strcmp(status, "deleting") || !strcmp(status, "deleted"))
		return 0;
	err = recording_not_held(db, id);
	if (!err)
		err = state_move(db, NOUN_RECORDING, id, 0, "deleting");
	if (err >= 0)
		err = jobs_cancel(db, id, NULL);
	return err < 0 ? err : job_add(db, "delete", id, 0, reason);
}

int catalog_recording_delete(struct catalog *c, const char *id)
{
	int err = catalog_begin(c);

	if (err)
		return err;
	return catalog_end(c, recording_delete(c->db, id, NULL));
}

static int put_done_files(struct db *db, const char *id, int output, const struct catalog_result *r)
{
	int err = 0;

	for (size_t i = 0; err >= 0 && i < r->nfiles; i++) {
		const struct catalog_file *f = &r->files[i];

		err = db_exec(db, "INSERT INTO files (recording, output, kind, name, mime, size, sha256) VALUES (?1, ?7, ?2, ?3, ?4, ?5, ?6)", "ssssisi",
			      id, f->kind, f->name, f->mime, f->size, f->sha256, (int64_t)output);
	}
	return err;
}

/* What a job would have left behind. */
static int put_done(struct db *db, const char *id, const struct catalog_result *r)
{
	int err = db_exec(db, "UPDATE jobs SET state = 'done', stage = 'done', percent = 100 WHERE recording = ?1", "s", id);

	if (err >= 0)
		err = db_exec(db, "UPDATE outputs SET state = 'done', path = ?2, mime = ?3, size = ?4, duration_ms = ?5, spec = ?6 WHERE recording = ?1",
			      "sssiis", id, r->path, r->mime, r->size, r->duration_ms, r->spec);
	if (err >= 0)
		err = put_done_files(db, id, 1, r);
	if (err >= 0)
		err = state_move(db, NOUN_RECORDING, id, 0, "uploading");
	return err < 0 ? err : state_move(db, NOUN_RECORDING, id, 0, "completed");
}

static int restore(struct db *db, const struct catalog_restore *r)
{
	const char *id = r->recording.id;
	int64_t known;
	int err = db_int(db, &known, "SELECT 1 FROM recordings WHERE id = ?1 " ROW_LOCK, "s", id);

	if (err > 0) {
		err = db_exec(db, "UPDATE recordings SET chain_hash = ?2, flags = ?3 WHERE id = ?1 AND stopped_ms IS NOT NULL", "sss", id,
			      r->stop.chain_hash, r->stop.flags);
		return MIN(err, 0);
	}
	if (err >= 0)
		err = insert(db, &r->recording);
	if (err >= 0)
		err = recording_close(db, id, &r->stop);
	if (err >= 0 && r->done)
		err = put_done(db, id, r->done);
	return err < 0 ? err : 1;
}

int catalog_recording_restore(struct catalog *c, const struct catalog_restore *r)
{
	int err;

	if (!r->recording.id || !r->recording.room || !r->recording.call_id || !r->recording.host_id)
		return -EINVAL;
	err = catalog_begin(c);
	if (err)
		return err;
	return catalog_end(c, restore(c->db, r));
}

static int restore_output(struct db *db, const char *id, int output, const struct catalog_result *r)
{
	int err = recording_lock(db, id);

	if (!err)
		err = db_exec(db, "INSERT INTO outputs (recording, id, state, spec, path, mime, size, duration_ms) VALUES (?1, ?2, 'done', ?3, ?4, ?5, ?6, ?7)"
				  " ON CONFLICT DO NOTHING", "sisssii", id, (int64_t)output, r->spec, r->path, r->mime, r->size, r->duration_ms);
	return err > 0 ? put_done_files(db, id, output, r) : err;
}

int catalog_output_restore(struct catalog *c, const char *id, int output, const struct catalog_result *r)
{
	int err;

	if (output < 2)
		return -EINVAL;
	err = catalog_begin(c);
	if (err)
		return err;
	err = catalog_end(c, restore_output(c->db, id, output, r));
	return MIN(err, 0);
}
