/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Jobs: queued, held, looked at. Leased in catalog_lease.c, ended in catalog_job_end.c; both use what is here. Every change is one transaction with what it means
 * for output, recording and events; who no longer holds a job changes nothing.
 *
 *   queued ─▶ running ─▶ done | failed | cancelled         whose worker gives no sign of life is queued again (catalog_worker.c)
 *      ▲        │  ▲
 *      └─given──┘  └── retrying (after a delay)
 */
#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "common/catalog_db.h"
#include "common/job_cost.h"

#define IS_OPEN " AND j.state IN ('queued', 'retrying', 'running')"
#define WAITS "state IN ('queued', 'retrying')"

int job_move(struct db *db, int64_t id, const char *to)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, id);
	return state_move(db, NOUN_JOB, text, 0, to);
}

bool job_makes_output(const struct catalog_job *j)
{
	return j->output && !job_is_upload(j);
}

int job_move_both(struct db *db, const struct catalog_job *j, const char *to)
{
	int err = job_move(db, j->id, to);

	return err < 0 || !job_makes_output(j) ? err : state_move(db, NOUN_OUTPUT, j->recording, j->output, to);
}

static void copy(char *out, size_t size, json_t *row, const char *column)
{
	const char *text = json_string_value(json_object_get(row, column));

	g_strlcpy(out, text ? text : "", size);
}

void job_of_row(struct catalog_job *j, json_t *row)
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

int job_load(struct db *db, int64_t id, struct catalog_job *j)
{
	json_t *rows;
	int err = db_rows(db, &rows, JOB_ROWS "WHERE j.id = ?1", "i", id);

	if (err)
		return err;
	job_of_row(j, json_array_get(rows, 0));
	json_decref(rows);
	return j->id ? 0 : -ENOENT;
}

/* Recordings are locked before jobs, so not when a job was leased a moment ago. */
int job_lock(struct db *db, int64_t id)
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

int job_held(struct db *db, int64_t id, const char *owner, const char *kind, struct catalog_job *j)
{
	int64_t one;
	int err = job_lock(db, id);

	if (!err)
		err = db_int(db, &one, "SELECT 1 FROM jobs WHERE id = ?1 AND owner = ?2 AND state = 'running' AND (?3 IS NULL OR kind = ?3)", "iss", id, owner, kind);
	return err < 0 ? err : err ? job_load(db, id, j) : -EPROTO;
}

/* ---- queued ---- */

/* Start-time fair queueing: a room's next job comes behind its last one that waits, but not before the one that is next of all. So a room that asks for a hundred
 * is one job ahead of another, not a hundred. What deletes or erases is nobody's luxury: turn 0. */
static int next_turn(struct db *db, const char *recording, int64_t live, int64_t *turn)
{
	return db_int(db, turn, "SELECT MAX(t.turn) FROM (SELECT COALESCE(MIN(j.turn), 1) AS turn FROM jobs j JOIN recordings r ON j.place = 'host:' || r.host_id"
				" WHERE r.id = ?1 AND j.live = ?2 AND j.turn > 0 AND j." WAITS " UNION ALL SELECT COALESCE(MAX(j.turn), 0) + 1 FROM jobs j JOIN recordings r"
				" ON j.room = r.room WHERE r.id = ?1 AND j.live = ?2 AND j." WAITS ") t", "si", recording, live);
}

static int cost_of(struct db *db, const char *recording, int output, int64_t *cost)
{
	char *spec = g_malloc(CATALOG_SPEC);
	int64_t people = 0;
	int err;

	spec[0] = '\0';
	err = db_text(db, spec, CATALOG_SPEC, "SELECT COALESCE(spec, '') FROM outputs WHERE recording = ?1 AND id = ?2", "si", recording, (int64_t)output);
	if (err >= 0)
		err = db_int(db, &people, "SELECT COUNT(*) FROM participants p JOIN recordings r ON r.call_id = p.call_id WHERE r.id = ?1 AND " WAS_THERE, "s", recording);
	*cost = job_cost(spec[0] ? spec : NULL, (int)MIN(people, 1000));
	g_free(spec);
	return err;
}

/* What takes away waits for stores, if the recording has anything there. */
static int lane_of(struct db *db, const char *kind, const char *recording, int64_t *lane)
{
	int64_t there = 0;
	int err = 0;

	if (!strcmp(kind, "delete") || !strcmp(kind, "expire"))
		err = db_int(db, &there, "SELECT 1 FROM recordings r WHERE r.id = ?1 AND (r.backup IS NOT NULL OR EXISTS (SELECT 1 FROM originals o WHERE o.recording = r.id)"
					 " OR EXISTS (SELECT 1 FROM copies c JOIN files f ON f.id = c.file WHERE f.recording = r.id))", "s", recording);
	*lane = there || !strcmp(kind, "upload") ? CATALOG_TRANSFER : CATALOG_LATE;
	return MIN(err, 0);
}

int job_add(struct db *db, const char *kind, const char *recording, int output, const char *about)
{
	int64_t live = CATALOG_LATE, turn = 0, cost = 0;
	int err = lane_of(db, kind, recording, &live);

	if (err < 0)
		return err;
	if (!strcmp(kind, "upload")) {
		err = next_turn(db, recording, live, &turn);
	} else if (output) {
		err = db_int(db, &live, "SELECT 1 FROM recordings WHERE id = ?1 AND " RECORDING_RUNS, "s", recording);
		if (err >= 0)
			err = next_turn(db, recording, live, &turn);
		if (err >= 0)
			err = cost_of(db, recording, output, &cost);
	}
	if (err < 0)
		return err;
	err = db_exec(db, "INSERT INTO jobs (kind, recording, output, place, room, state, not_before_ms, about, live, turn, cost)"
			  " SELECT ?1, id, ?3, 'host:' || host_id, room, 'queued', now_ms(), ?4, ?5, ?6, ?7 FROM recordings WHERE id = ?2", "ssisiii", kind, recording,
		      (int64_t)output, about, live, turn, cost);
	return err < 0 ? err : 0;
}

/* ---- cancelled, let go ---- */

int job_let_go(struct db *db, int64_t id, int64_t delay_ms)
{
	return db_exec(db, "UPDATE jobs SET owner = NULL, worker = NULL, not_before_ms = now_ms() + ?2 WHERE id = ?1", "ii", id, delay_ms);
}

/* Takes rows; how many, or negative errno. */
static int move_all(struct db *db, json_t *rows, const char *to)
{
	struct catalog_job j;
	json_t *row;
	size_t i;
	int err = 0, n = 0;

	json_array_foreach(rows, i, row) {
		job_of_row(&j, row);
		err = job_move_both(db, &j, to);
		if (err >= 0)
			err = job_let_go(db, j.id, 0);
		if (err < 0)
			break;
		n++;
	}
	json_decref(rows);
	return err < 0 ? err : n;
}

int jobs_cancel(struct db *db, const char *recording, const char *but)
{
	json_t *rows = NULL;
	int err = db_rows(db, &rows, JOB_ROWS "WHERE j.recording = ?1 AND j.kind <> ?2" IS_OPEN " ORDER BY j.id", "ss", recording, but ? but : "");

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

/* ---- held ---- */

int catalog_job_check(struct catalog *c, int64_t job, const char *owner)
{
	int64_t ours;
	int err = catalog_view(c);

	if (err)
		return err;
	err = catalog_end(c, db_int(c->db, &ours, "SELECT 1 FROM jobs WHERE id = ?1 AND owner = ?2 AND state = 'running'", "is", job, owner));
	return err < 0 ? err : err ? 0 : -EPROTO;
}

int catalog_job_progress(struct catalog *c, int64_t job, const char *owner, const struct catalog_progress *p)
{
	int err = catalog_begin(c);

	if (err)
		return err;
	err = db_exec(c->db, "UPDATE jobs SET stage = ?3, percent = ?4, eta_ms = ?5, lag_ms = ?6 WHERE id = ?1 AND owner = ?2 AND state = 'running'", "issiii", job,
		      owner, p->stage, (int64_t)CLAMP(p->percent, 0, 100), p->eta_ms, p->lag_ms);
	return catalog_end(c, err < 0 ? err : err ? 0 : -EPROTO);
}

int catalog_job_cancelled(struct catalog *c, int64_t job)
{
	int64_t cancelled;
	int err = catalog_view(c);

	if (err)
		return err;
	return catalog_end(c, db_int(c->db, &cancelled, "SELECT 1 FROM jobs WHERE id = ?1 AND state = 'cancelled'", "i", job));
}

/* ---- looked at ---- */

int catalog_jobs_running(struct catalog *c, json_t **rows)
{
	int err = catalog_view(c);

	if (err)
		return err;
	return catalog_end(c, db_rows(c->db, rows, "SELECT j.id AS job, j.recording, r.room, j.output, j.kind, j.stage, j.percent, j.eta_ms,"
						   " j.lag_ms, j.owner AS worker FROM jobs j JOIN recordings r ON r.id = j.recording WHERE j.state = 'running'"
						   " ORDER BY j.id", ""));
}

/* One that failed and was queued again is a new row. */
#define NOT_REPLACED "NOT EXISTS (SELECT 1 FROM jobs n WHERE n.recording = j.recording AND n.output = j.output AND n.kind = j.kind AND COALESCE(n.about, '') = COALESCE(j.about, '') AND n.id > j.id)"

int catalog_jobs_list(struct catalog *c, const struct catalog_jobs *f, json_t **rows)
{
	int err = catalog_view(c);

	if (err)
		return err;
	err = db_rows(c->db, rows, "SELECT j.id AS job, j.recording, r.room, j.output, j.kind, j.state, j.stage, j.percent, j.eta_ms, j.lag_ms, j.attempts, j.reason,"
				   " j.place, j.owner AS worker, j.live, j.cost, CASE WHEN j.not_before_ms > now_ms() THEN j.not_before_ms - now_ms() ELSE 0 END AS wait_ms,"
				   " CASE WHEN EXISTS (SELECT 1 FROM worker_places p JOIN workers w ON w.id = p.worker WHERE p.place = j.place AND NOT " WORKER_SILENT
				   ") THEN 1 ELSE 0 END AS reached FROM jobs j JOIN recordings r ON r.id = j.recording"
				   " WHERE j.state IN ('queued', 'retrying', 'running', 'failed') AND (?1 IS NULL OR j.state = ?1) AND (?2 IS NULL OR j.recording = ?2)"
				   " AND (?3 IS NULL OR r.room = ?3) AND (j.state <> 'failed' OR " NOT_REPLACED ") ORDER BY j.id LIMIT ?4", "sssi", f->state, f->recording,
		      f->room, (int64_t)CLAMP(f->limit, 1, 1000));
	return catalog_end(c, err);
}

/* ---- again ---- */

static int again(struct db *db, int64_t id)
{
	struct catalog_job j;
	json_t *rows;
	int err = db_rows(db, &rows, JOB_ROWS "WHERE j.id = ?1 AND j.state = 'failed' AND " NOT_REPLACED, "i", id);

	if (err)
		return err;
	job_of_row(&j, json_array_get(rows, 0));
	json_decref(rows);
	if (!j.id)
		return -EPROTO;
	if (job_is_upload(&j))
		return upload_again(db, j.recording, j.output, j.about);
	return j.output ? output_again_if_over(db, j.recording, j.output) : job_add(db, j.kind, j.recording, 0, j.about[0] ? j.about : NULL);
}

int catalog_job_again(struct catalog *c, int64_t job)
{
	int64_t there;
	int err = catalog_begin(c);

	if (err)
		return err;
	err = db_int(c->db, &there, "SELECT 1 FROM jobs WHERE id = ?1", "i", job);
	return catalog_end(c, err < 0 ? err : err ? again(c->db, job) : -ENOENT);
}
