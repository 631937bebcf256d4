/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Jobs: leased, renewed and ended by the runners of recroom-pp. Every end is one transaction with what it means for output, recording and events;
 * who no longer holds the lease changes nothing.
 *
 *   queued ─▶ running ─▶ done | failed | cancelled         a lease that ran out is up for the next one to take
 *      ▲        │  ▲
 *      └─given──┘  └── retrying (after a delay)
 */
#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "common/catalog_db.h"

/* ?1: 1 of recordings that run, 0 of others, negative: of all */
#define DUE "SELECT id FROM jobs j WHERE state IN ('queued', 'retrying', 'running') AND not_before_ms <= now_ms()" \
	    " AND (state <> 'running' OR lease_until_ms <= now_ms())" \
	    " AND (?1 < 0 OR ?1 = CASE WHEN EXISTS (SELECT 1 FROM recordings WHERE id = j.recording AND " RECORDING_RUNS ") THEN 1 ELSE 0 END)" \
	    " ORDER BY not_before_ms, id LIMIT 1 "

enum { UNTIL_STOP_MS = 24 * 3600 * 1000 };      /* catalog_recording_stop() wakes it */

#define JOB_ROWS "SELECT j.id, j.kind, j.recording, j.output, j.attempts, j.about, o.spec FROM jobs j" \
	     " LEFT JOIN outputs o ON o.recording = j.recording AND o.id = j.output AND j.output > 0 "
#define IS_OPEN " AND j.state IN ('queued', 'retrying', 'running')"

int job_move(struct db *db, int64_t id, const char *to)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, id);
	return state_move(db, NOUN_JOB, text, 0, to);
}

/* A job and the output it makes go together. */
static int move_both(struct db *db, const struct catalog_job *j, const char *to)
{
	int err = job_move(db, j->id, to);

	return err < 0 || !j->output ? err : state_move(db, NOUN_OUTPUT, j->recording, j->output, to);
}

static void copy(char *out, size_t size, json_t *row, const char *column)
{
	const char *text = json_string_value(json_object_get(row, column));

	g_strlcpy(out, text ? text : "", size);
}

static void job_of_row(struct catalog_job *j, json_t *row)
{
	*j = (struct catalog_job){
		.id = json_integer_value(json_object_get(row, "id")),
		.output = (int)json_integer_value(json_object_get(row, "output")),
		.attempts = (int)json_integer_value(json_object_get(row, "attempts")),
	};
	copy(j->kind, sizeof(j->kind), row, "kind");
	copy(j->recording, sizeof(j->recording), row, "recording");
	copy(j->about, sizeof(j->about), row, "about");
	copy(j->spec, sizeof(j->spec), row, "spec");
}

/* Recordings are locked before jobs, so not when a job was leased a moment ago. */
static int lock_with_recording(struct db *db, int64_t id)
{
	char recording[sizeof(((struct catalog_job *)NULL)->recording)];
	int64_t one;
	int err = db->engine->row_locks ? db_text(db, recording, sizeof(recording), "SELECT recording FROM jobs WHERE id = ?1", "i", id) : 0;

	if (err <= 0)
		return err;
	err = recording_lock(db, recording);
	if (!err)
		err = db_int(db, &one, "SELECT 1 FROM jobs WHERE id = ?1 " ROW_LOCK, "i", id);
	return MIN(err, 0);
}

static int read_held(struct db *db, int64_t id, const char *worker, const char *kind, struct catalog_job *j)
{
	json_t *rows;
	int err = db_rows(db, &rows, JOB_ROWS "WHERE j.id = ?1 AND j.owner = ?2 AND j.state = 'running' AND (?3 IS NULL OR j.kind = ?3)", "iss", id, worker, kind);

	if (err)
		return err;
	if (json_array_size(rows) == 0)
		err = -EPROTO;
	else
		job_of_row(j, json_array_get(rows, 0));
	json_decref(rows);
	return err;
}

int job_held(struct db *db, int64_t id, const char *worker, const char *kind, struct catalog_job *j)
{
	int err = lock_with_recording(db, id);

	return err ? err : read_held(db, id, worker, kind, j);
}

int job_add(struct db *db, const char *kind, const char *recording, int output, const char *about)
{
	int err = db_exec(db, "INSERT INTO jobs (kind, recording, output, place, state, not_before_ms, about)"
			      " SELECT ?1, id, ?3, 'host:' || host_id, 'queued', now_ms(), ?4 FROM recordings WHERE id = ?2", "ssis", kind, recording,
			  (int64_t)output, about);

	return err < 0 ? err : 0;
}

/* Moves all jobs of the rows (columns of job_of_row), which it takes; the count or negative errno. */
static int move_all(struct db *db, json_t *rows, const char *to)
{
	struct catalog_job j;
	json_t *row;
	size_t i;
	int err = 0, n = 0;

	json_array_foreach(rows, i, row) {
		job_of_row(&j, row);
		err = move_both(db, &j, to);
		if (err >= 0)
			err = db_exec(db, "UPDATE jobs SET owner = NULL, lease_until_ms = NULL, not_before_ms = now_ms() WHERE id = ?1", "i", j.id);
		if (err < 0)
			break;
		n++;
	}
	json_decref(rows);
	return err < 0 ? err : n;
}

int jobs_cancel(struct db *db, const char *recording)
{
	json_t *rows = NULL;
	int err = db_rows(db, &rows, JOB_ROWS "WHERE j.recording = ?1" IS_OPEN " ORDER BY j.id", "s", recording);

	return err ? err : move_all(db, rows, "cancelled");
}

int jobs_give_back(struct db *db, const char *recording)
{
	json_t *rows = NULL;
	int err = db_rows(db, &rows, JOB_ROWS "WHERE j.recording = ?1 AND j.state = 'running' ORDER BY j.id", "s", recording);

	return err ? err : move_all(db, rows, "queued");
}

int job_cancel(struct db *db, const char *recording, int output)
{
	json_t *rows = NULL;
	int err = db_rows(db, &rows, JOB_ROWS "WHERE j.recording = ?1 AND j.output = ?2" IS_OPEN " ORDER BY j.id", "si", recording, (int64_t)output);

	return err ? err : move_all(db, rows, "cancelled");
}

int job_take(struct db *db, int64_t id, const char *worker, int64_t lease_ms, struct catalog_job *out)
{
	int err = job_move(db, id, "running");

	if (err >= 0)
		err = db_exec(db, "UPDATE jobs SET owner = ?2, lease_until_ms = now_ms() + ?3, attempts = attempts + 1, stage = NULL, percent = 0,"
				  " eta_ms = 0, lag_ms = 0 WHERE id = ?1", "isi", id, worker, lease_ms);
	if (err >= 0)
		err = read_held(db, id, worker, NULL, out);
	if (err >= 0 && out->output)
		err = state_move(db, NOUN_OUTPUT, out->recording, out->output, "running");
	return err < 0 ? err : 1;
}

enum which { ANY = -1, LATE, LIVE };

static int lease(struct db *db, const char *worker, int64_t lease_ms, enum which which, struct catalog_job *out)
{
	int64_t id;
	int err = db_int(db, &id, DUE SKIP_LOCKED, "i", (int64_t)which);

	return err <= 0 ? err : job_take(db, id, worker, lease_ms, out);
}

static int look_and_lease(struct catalog *c, const char *worker, int64_t lease_ms, enum which which, struct catalog_job *out)
{
	int64_t id;
	int err = catalog_view(c);

	if (err)
		return err;
	err = catalog_end(c, db_int(c->db, &id, DUE, "i", (int64_t)which));      /* who only looks disturbs no writer */
	if (err <= 0)
		return err;
	err = catalog_begin(c);
	return err ? err : catalog_end(c, lease(c->db, worker, lease_ms, which, out));
}

int catalog_job_lease(struct catalog *c, const char *worker, int64_t lease_ms, struct catalog_job *out)
{
	return look_and_lease(c, worker, lease_ms, ANY, out);
}

int catalog_job_lease_live(struct catalog *c, const char *worker, int64_t lease_ms, bool live, struct catalog_job *out)
{
	return look_and_lease(c, worker, lease_ms, live ? LIVE : LATE, out);
}

static int changed_one(struct catalog *c, int n)
{
	return catalog_end(c, n < 0 ? n : n == 0 ? -EPROTO : 0);
}

int catalog_job_renew(struct catalog *c, int64_t job, const char *worker, int64_t lease_ms)
{
	int err = catalog_begin(c);

	if (err)
		return err;
	return changed_one(c, db_exec(c->db, "UPDATE jobs SET lease_until_ms = now_ms() + ?3 WHERE id = ?1 AND owner = ?2 AND state = 'running'", "isi",
				      job, worker, lease_ms));
}

int catalog_job_progress(struct catalog *c, int64_t job, const char *worker, const struct catalog_progress *p)
{
	int err = catalog_begin(c);

	if (err)
		return err;
	return changed_one(c, db_exec(c->db, "UPDATE jobs SET stage = ?3, percent = ?4, eta_ms = ?5, lag_ms = ?6 WHERE id = ?1 AND owner = ?2"
					     " AND state = 'running'", "issiii", job, worker, p->stage, (int64_t)CLAMP(p->percent, 0, 100), p->eta_ms,
				      p->lag_ms));
}

int catalog_job_cancelled(struct catalog *c, int64_t job)
{
	int64_t cancelled = 0;
	int err = catalog_view(c);

	if (err)
		return err;
	err = catalog_end(c, db_int(c->db, &cancelled, "SELECT state = 'cancelled' FROM jobs WHERE id = ?1", "i", job));
	return err < 0 ? err : cancelled != 0;
}

int catalog_job_release(struct catalog *c, const char *prefix)
{
	json_t *rows = NULL;
	int err = catalog_begin(c);

	if (err)
		return err;
	err = db_rows(c->db, &rows, JOB_ROWS "WHERE j.state = 'running' AND SUBSTR(j.owner, 1, LENGTH(?1)) = ?1 ORDER BY j.id", "s", prefix);
	return catalog_end(c, err ? err : move_all(c->db, rows, "queued"));
}

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

/* The composer has read the stop line, or has failed, before the plugin closed the recording. */
static bool runs(struct db *db, const struct catalog_job *j)
{
	int64_t one;

	return db_int(db, &one, "SELECT 1 FROM recordings WHERE id = ?1 AND " RECORDING_RUNS, "s", j->recording) > 0;
}

int catalog_job_done(struct catalog *c, int64_t job, const char *worker, const struct catalog_result *r)
{
	struct catalog_job j;
	int err = catalog_begin(c);

	if (err)
		return err;
	err = job_held(c->db, job, worker, "compose", &j);
	if (!err)
		err = runs(c->db, &j) ? -EAGAIN : 0;
	if (!err)
		err = move_both(c->db, &j, "done");
	if (err >= 0)
		err = put_output(c->db, &j, r);
	if (err >= 0)
		err = job_is_primary(c->db, &j);
	if (err >= 0)
		err = err ? complete(c->db, &j, r) : tell_output(c->db, &j, r);
	return catalog_end(c, err);
}

int catalog_job_deleted(struct catalog *c, int64_t job, const char *worker)
{
	struct catalog_job j;
	int err = catalog_begin(c);

	if (err)
		return err;
	err = job_held(c->db, job, worker, "delete", &j);
	if (!err)
		err = job_move(c->db, job, "done");
	if (err >= 0)
		err = db_exec(c->db, "DELETE FROM files WHERE recording = ?1", "s", j.recording);
	if (err >= 0)
		err = state_move(c->db, NOUN_RECORDING, j.recording, 0, "deleted");
	if (err >= 0)
		err = job_tell(c->db, &j, EVENT_DELETED, json_pack("{s:s}", "reason", "request"));
	return catalog_end(c, err);
}

static int give_up(struct db *db, const struct catalog_job *j, const char *reason)
{
	int err = move_both(db, j, "failed");

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
	int err = move_both(db, j, "retrying");

	if (err < 0)
		return err;
	return db_exec(db, "UPDATE jobs SET owner = NULL, lease_until_ms = NULL, not_before_ms = now_ms() + ?2 WHERE id = ?1", "ii", j->id, delay_ms);
}

int catalog_job_failed(struct catalog *c, int64_t job, const char *worker, const char *reason, int64_t delay_ms, int max_attempts, bool final)
{
	struct catalog_job j;
	bool hopeless;
	int err = catalog_begin(c);

	if (err)
		return err;
	err = job_held(c->db, job, worker, NULL, &j);
	if (!err)
		err = db_exec(c->db, "UPDATE jobs SET reason = ?2 WHERE id = ?1", "is", job, reason);
	hopeless = err >= 0 && j.output && (final || j.attempts >= max_attempts);
	if (hopeless && !runs(c->db, &j))
		err = give_up(c->db, &j, reason);
	else if (err >= 0)
		err = try_again(c->db, &j, hopeless ? UNTIL_STOP_MS : delay_ms);
	return catalog_end(c, err < 0 ? err : 0);
}

int catalog_jobs_running(struct catalog *c, json_t **rows)
{
	int err = catalog_view(c);

	if (err)
		return err;
	return catalog_end(c, db_rows(c->db, rows, "SELECT j.id AS job, j.recording, r.room, j.output, j.kind, j.stage, j.percent, j.eta_ms,"
						   " j.lag_ms, j.owner AS worker FROM jobs j JOIN recordings r ON r.id = j.recording WHERE j.state = 'running'"
						   " ORDER BY j.id", ""));
}
