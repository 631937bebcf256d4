/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How a job ends: done, failed, given back. Called by whoever holds it; each call is one transaction with what it means for output, recording and events, and
 * changes nothing when the job is somebody else's by now.
 */
#include <errno.h>
#include <glib.h>
#include "common/catalog_db.h"

enum { UNTIL_STOP_MS = 24 * 3600 * 1000 };      /* catalog_recording_stop() wakes it */

static int put_files(struct db *db, const struct catalog_job *j, const struct catalog_result *r)
{
	int err = db_exec(db, "DELETE FROM files WHERE recording = ?1 AND output = ?2", "si", j->recording, (int64_t)j->output);

	for (size_t i = 0; err >= 0 && i < r->nfiles; i++) {
		const struct catalog_file *f = &r->files[i];

		err = db_exec(db, "INSERT INTO files (recording, output, kind, name, mime, size, sha256) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", "sisssis",
			      j->recording, (int64_t)j->output, f->kind, f->name, f->mime, f->size, f->sha256);
	}
	return err;
}

static int put_output(struct db *db, const struct catalog_job *j, const struct catalog_result *r)
{
	int err = db_exec(db, "UPDATE outputs SET path = ?3, mime = ?4, size = ?5, duration_ms = ?6, spec = ?7, reason = NULL"
			      " WHERE recording = ?1 AND id = ?2", "sissiis", j->recording, (int64_t)j->output, r->path, r->mime, r->size, r->duration_ms,
			  r->spec);

	if (err >= 0)
		err = db_exec(db, "UPDATE recordings SET local_gone_ms = NULL WHERE id = ?1", "s", j->recording);
	if (err >= 0)
		err = db_exec(db, "UPDATE jobs SET stage = 'done', percent = 100, eta_ms = 0 WHERE id = ?1", "i", j->id);
	return err < 0 ? err : put_files(db, j, r);
}

int job_is_primary(struct db *db, const struct catalog_job *j)
{
	int64_t one;

	return db_int(db, &one, "SELECT 1 FROM recordings WHERE id = ?1 AND primary_output = ?2", "si", j->recording, (int64_t)j->output);
}

int job_tell(struct db *db, const struct catalog_job *j, enum event_type type, json_t *extra)
{
	json_t *payload = event_payload(type, NULL, j->recording, extra);
	int err = event_add(db, j->recording, 0, event_name(type), payload, "worker");

	json_decref(payload);
	return err;
}

/* Local files are where they shall be: `uploading` is passed through. */
static int complete(struct db *db, const struct catalog_job *j, const struct catalog_result *r)
{
	char chain[65] = "";
	int err = state_move(db, NOUN_RECORDING, j->recording, 0, "uploading");

	if (err >= 0)
		err = state_move(db, NOUN_RECORDING, j->recording, 0, "completed");
	if (err < 0)
		return err;
	err = db_text(db, chain, sizeof(chain), "SELECT chain_hash FROM recordings WHERE id = ?1", "s", j->recording);
	if (err < 0)
		return err;
	return job_tell(db, j, EVENT_COMPLETED, json_pack("{s:s, s:I, s:I, s:s}", "outputPath", r->path, "size", (json_int_t)r->size, "duration",
						       (json_int_t)r->duration_ms, "chainHash", chain));
}

static int tell_output(struct db *db, const struct catalog_job *j, const struct catalog_result *r)
{
	return job_tell(db, j, EVENT_OUTPUT_COMPLETED, json_pack("{s:i, s:s, s:I, s:I}", "outputId", j->output, "outputPath", r->path, "size",
								  (json_int_t)r->size, "duration", (json_int_t)r->duration_ms));
}

static int finish(struct db *db, const struct catalog_job *j, const struct catalog_result *r, bool primary)
{
	if (r->stores && r->stores[0])
		return upload_queue(db, j, r->stores, primary);
	return primary ? complete(db, j, r) : tell_output(db, j, r);
}

/* The composer has read the stop line, or has failed, before the plugin closed the recording. */
int job_runs(struct db *db, const struct catalog_job *j)
{
	int64_t one;

	return db_int(db, &one, "SELECT 1 FROM recordings WHERE id = ?1 AND " RECORDING_RUNS, "s", j->recording);
}

int catalog_job_done(struct catalog *c, int64_t job, const char *owner, const struct catalog_result *r)
{
	struct catalog_job j;
	int err = catalog_begin(c);

	if (err)
		return err;
	err = job_held(c->db, job, owner, "compose", &j);
	if (!err)
		err = job_runs(c->db, &j);
	if (err > 0)
		err = -EAGAIN;
	if (!err)
		err = job_move_both(c->db, &j, "done");
	if (err >= 0)
		err = put_output(c->db, &j, r);
	if (err >= 0)
		err = job_is_primary(c->db, &j);
	if (err >= 0)
		err = finish(c->db, &j, r, err);
	return catalog_end(c, MIN(err, 0));
}

int catalog_job_deleted(struct catalog *c, int64_t job, const char *owner)
{
	struct catalog_job j;
	int err = catalog_begin(c);

	if (err)
		return err;
	err = job_held(c->db, job, owner, "delete", &j);
	if (!err)
		err = job_move(c->db, job, "done");
	if (err >= 0)
		err = db_exec(c->db, "DELETE FROM files WHERE recording = ?1", "s", j.recording);
	if (err >= 0)
		err = state_move(c->db, NOUN_RECORDING, j.recording, 0, "deleted");
	if (err >= 0)
		err = job_tell(c->db, &j, EVENT_DELETED, json_pack("{s:s}", "reason", j.about[0] ? j.about : "request"));
	return catalog_end(c, err);
}

int job_give_up(struct db *db, const struct catalog_job *j, const char *reason)
{
	int err = job_move_both(db, j, "failed");

	if (err >= 0)
		err = db_exec(db, "UPDATE outputs SET reason = ?3 WHERE recording = ?1 AND id = ?2", "sis", j->recording, (int64_t)j->output, reason);
	if (err >= 0)
		err = job_is_primary(db, j);
	if (err < 0)
		return err;
	if (!err)
		return job_tell(db, j, EVENT_OUTPUT_FAILED, json_pack("{s:i, s:s}", "outputId", j->output, "reason", reason));
	err = state_move(db, NOUN_RECORDING, j->recording, 0, "failed");
	if (err >= 0)
		err = db_exec(db, "UPDATE recordings SET reason = ?2 WHERE id = ?1", "ss", j->recording, reason);
	return err < 0 ? err : job_tell(db, j, EVENT_FAILED, json_pack("{s:s}", "reason", reason));
}

static int try_again(struct db *db, const struct catalog_job *j, int64_t delay_ms)
{
	int err = job_move_both(db, j, "retrying");

	return err < 0 ? err : job_let_go(db, j->id, delay_ms);
}

static int failed(struct db *db, const struct catalog_job *j, const char *reason, int64_t delay_ms, bool hopeless)
{
	int err = db_exec(db, "UPDATE jobs SET reason = ?2 WHERE id = ?1", "is", j->id, reason), runs = 0;

	if (err >= 0 && hopeless)
		err = runs = job_runs(db, j);
	if (err < 0)
		return err;
	return hopeless && !runs ? job_give_up(db, j, reason) : try_again(db, j, hopeless ? UNTIL_STOP_MS : delay_ms);
}

int catalog_job_failed(struct catalog *c, int64_t job, const char *owner, const char *reason, int64_t delay_ms, int max_attempts, bool final)
{
	struct catalog_job j;
	int err = catalog_begin(c);

	if (err)
		return err;
	err = job_held(c->db, job, owner, NULL, &j);
	if (!err)
		err = failed(c->db, &j, reason, delay_ms, job_makes_output(&j) && (final || j.attempts >= max_attempts));
	return catalog_end(c, MIN(err, 0));
}

static int give(struct db *db, int64_t job, const char *owner)
{
	struct catalog_job j;
	int err = job_held(db, job, owner, NULL, &j);

	if (!err)
		err = job_move_both(db, &j, "queued");
	if (err >= 0)
		err = db_exec(db, "UPDATE jobs SET attempts = attempts - 1 WHERE id = ?1", "i", job);
	return err < 0 ? err : job_let_go(db, job, 0);
}

int catalog_job_give(struct catalog *c, int64_t job, const char *owner)
{
	int err = catalog_begin(c);

	if (err)
		return err;
	err = catalog_end(c, give(c->db, job, owner));
	return MIN(err, 0);
}
