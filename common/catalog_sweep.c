/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the catalog alone can tell is stuck, and the step that leads on. Called by the reconciler of recroom-pp, every minute on one host.
 *
 *   host silent ─▶ its calls are closed, its open recordings taken over        "starting" for ten minutes ─▶ the same
 *   processing, deleting without a job ─▶ the job          primary output ended, recording did not ─▶ it does
 *   kept long enough ─▶ told a day before (catalog_keep.c) ─▶ deleted          its originals long enough ─▶ job "expire"
 *   host silent for longer, no living worker reaches its files, a store has them ─▶ its jobs are at that store; what it made and did not send is made again
 *   host silent for so long that it does not come back, no living worker reaches its files ─▶ failed
 *
 * A table of kinds: a query that finds the recordings, a step that is done to each in a transaction of its own, which asks the same again.
 */
#include <errno.h>
#include <glib.h>
#include "common/catalog_db.h"
#include "common/catalog_host.h"
#include "common/json.h"
#include "common/log.h"

#define OPEN_STATES "('queued', 'retrying', 'running')"
#define NO_JOB(kind) "NOT EXISTS (SELECT 1 FROM jobs j WHERE j.recording = r.id AND j.kind = '" kind "' AND j.state IN " OPEN_STATES ")"
#define OF_OUTPUT "SELECT 1 FROM jobs j WHERE j.recording = r.id AND j.output = o.id AND j.kind = 'compose' AND j.state IN " OPEN_STATES
/* Copies that are to be, and nobody is at it. */
#define STRANDED(id) "FROM files f JOIN copies c ON c.file = f.id WHERE f.recording = " id " AND c.state IN ('queued', 'uploading') AND NOT EXISTS" \
	" (SELECT 1 FROM jobs j WHERE j.recording = f.recording AND j.output = f.output AND j.kind = 'upload' AND j.about = c.store AND j.state IN " OPEN_STATES ")"
/* Of output o: its files were to be in stores; one store has all of them. */
#define IN_STORES "EXISTS (SELECT 1 FROM files f JOIN copies c ON c.file = f.id WHERE f.recording = o.recording AND f.output = o.id)"
#define IS_STORED "EXISTS (SELECT 1 FROM files f JOIN copies c ON c.file = f.id WHERE f.recording = o.recording AND f.output = o.id AND f.kind = 'media'" \
	" AND c.state = 'verified' AND NOT EXISTS (SELECT 1 FROM files g WHERE g.recording = o.recording AND g.output = o.id AND NOT EXISTS" \
	" (SELECT 1 FROM copies d WHERE d.file = g.id AND d.store = c.store AND d.state = 'verified')))"
/* However long the queue is: a worker lives that has the files of job j. */
#define REACHED "EXISTS (SELECT 1 FROM workers w JOIN worker_places p ON p.worker = w.id WHERE p.place = j.place AND NOT " WORKER_SILENT ")"
/* When recording r came to be, on the database's clock, which its first event has; started_ms is its host's, which may be wrong by minutes. */
#define BEGUN "COALESCE((SELECT MIN(e.at_ms) FROM events e WHERE e.recording = r.id), r.started_ms)"
#define A_DAY "86400000"
#define MAY_GO "r.status IN ('completed', 'failed') AND r.held = 0"
#define SILENT_HOST HOST_SILENT " = 1"
/* A job that needs nothing but originals, or nothing at all; not one that is running. */
#define MOVES "state IN ('queued', 'retrying') AND kind IN ('close', 'compose', 'delete', 'erase')"
/* ?1: takeover_ms. Host h of recording r has been silent for so long, and a store has originals of r. */
#define FROM_A_STORE "?1 > 0 AND h.heartbeat_ms < now_ms() - ?1 AND uptime_ms() > ?1 AND EXISTS (SELECT 1 FROM originals g WHERE g.recording = r.id" \
	" AND g.store = r.backup AND g.objects > 0 AND g.state <> 'deleting')"
/* Of output o: it was made on the host of recording r, and its way to a store ended with it. */
#define LOST_ON_ITS_WAY "o.state = 'done' AND NOT " IS_STORED " AND EXISTS (SELECT 1 FROM jobs j WHERE j.recording = o.recording AND j.output = o.id" \
	" AND j.kind = 'upload' AND j.state IN ('queued', 'retrying') AND j.place = 'host:' || r.host_id AND NOT " REACHED ")"

static int add_missing_jobs(struct db *db, const char *id)
{
	json_t *rows = NULL, *row;
	size_t i;
	int err = db_rows(db, &rows, "SELECT o.id FROM outputs o JOIN recordings r ON r.id = o.recording WHERE r.id = ?1 AND o.state IN " OPEN_STATES
				     " AND NOT EXISTS (" OF_OUTPUT ") ORDER BY o.id", "s", id);

	if (err >= 0)
		err = db_exec(db, "UPDATE outputs SET state = 'queued' WHERE recording = ?1 AND state IN ('running', 'retrying') AND NOT EXISTS"
				  " (SELECT 1 FROM jobs j WHERE j.recording = ?1 AND j.output = outputs.id AND j.kind = 'compose' AND j.state IN " OPEN_STATES ")", "s", id);
	json_array_foreach(rows, i, row)
		if (err >= 0)
			err = job_add(db, "compose", id, (int)json_num(row, "id", 1), NULL);
	json_decref(rows);
	return err < 0 ? err : 1;
}

static int add_close(struct db *db, const char *id)
{
	int err = job_add(db, "close", id, 0, NULL);

	return err < 0 ? err : 1;
}

static int add_delete(struct db *db, const char *id)
{
	char reason[64] = "";
	int err = db_text(db, reason, sizeof(reason), "SELECT about FROM jobs WHERE recording = ?1 AND kind = 'delete' ORDER BY id DESC LIMIT 1", "s", id);

	if (err >= 0)
		err = job_add(db, "delete", id, 0, reason[0] ? reason : NULL);
	return err < 0 ? err : 1;
}

static int add_uploads(struct db *db, const char *id)
{
	json_t *rows = NULL, *row;
	size_t i;
	int64_t primary = 0;
	int err = db_rows(db, &rows, "SELECT DISTINCT f.output, c.store " STRANDED("?1") " ORDER BY f.output, c.store", "s", id);

	if (err >= 0)
		err = db_int(db, &primary, "SELECT COUNT(*) FROM recordings r JOIN outputs o ON o.recording = r.id AND o.id = r.primary_output WHERE r.id = ?1"
					   " AND r.status = 'processing' AND o.state = 'done'", "s", id);
	if (err >= 0 && primary)
		err = state_move(db, NOUN_RECORDING, id, 0, "uploading");
	json_array_foreach(rows, i, row)
		if (err >= 0)
			err = upload_add(db, id, (int)json_num(row, "output", 0), json_str(row, "store"));
	json_decref(rows);
	return err < 0 ? err : 1;
}

static int fail_upload(struct db *db, const char *id)
{
	return recording_lose(db, id, "upload_failed");
}

static int tell_completed(struct db *db, const char *id)
{
	struct catalog_job named = { .recording = "" };
	json_t *rows = NULL;
	int err = db_rows(db, &rows, "SELECT COALESCE((SELECT MIN(c.key) FROM files f JOIN copies c ON c.file = f.id WHERE f.recording = o.recording"
				     " AND f.output = o.id AND f.kind = 'media' AND c.state = 'verified'), o.path) AS \"outputPath\", o.size, o.duration_ms AS duration, r.chain_hash AS \"chainHash\" FROM outputs o JOIN recordings r"
				     " ON r.id = o.recording AND o.id = r.primary_output WHERE r.id = ?1", "s", id);

	g_strlcpy(named.recording, id, sizeof(named.recording));
	if (err >= 0)
		err = job_tell(db, &named, EVENT_COMPLETED, json_incref(json_array_get(rows, 0)));
	json_decref(rows);
	return err;
}

static int complete(struct db *db, const char *id)
{
	int err = state_move(db, NOUN_RECORDING, id, 0, "uploading");

	if (err >= 0)
		err = state_move(db, NOUN_RECORDING, id, 0, "completed");
	if (err >= 0)
		err = tell_completed(db, id);
	return err < 0 ? err : 1;
}

static int fail(struct db *db, const char *id)
{
	char reason[200] = "";
	int err = db_text(db, reason, sizeof(reason), "SELECT COALESCE(o.reason, o.state) FROM outputs o JOIN recordings r ON r.id = o.recording AND"
						      " r.primary_output = o.id WHERE r.id = ?1", "s", id);

	return err < 0 ? err : recording_lose(db, id, reason);
}

/* A day after that was said, however late it was. */
static int expire(struct db *db, const char *id)
{
	int err = recording_delete(db, id, "expired");

	return err < 0 ? err : 1;
}

static int add_expire(struct db *db, const char *id)
{
	int err = job_add(db, "expire", id, 0, NULL);

	return err < 0 ? err : 1;
}

static int lose(struct db *db, const char *id)
{
	return recording_lose(db, id, "host_lost");
}

/* Whoever reaches that store has the job then. */
static int move_to_store(struct db *db, const char *id)
{
	int err = db_exec(db, "UPDATE jobs SET place = (SELECT 'store:' || r.backup FROM recordings r WHERE r.id = jobs.recording), not_before_ms = now_ms() WHERE recording = ?1"
			      " AND " MOVES " AND place = (SELECT 'host:' || r.host_id FROM recordings r WHERE r.id = jobs.recording)", "s", id);

	return MIN(err, 1);
}

/* As if it had not been made: its files are gone with the host, and what a store has of them is known by nobody. */
static int unmake_output(struct db *db, const char *id, int output)
{
	int err = job_cancel(db, id, output);

	if (err >= 0)
		err = state_move(db, NOUN_OUTPUT, id, output, "cancelled");
	if (err >= 0)
		err = db_exec(db, "UPDATE outputs SET path = NULL, size = NULL WHERE recording = ?1 AND id = ?2", "si", id, (int64_t)output);
	if (err >= 0)
		err = db_exec(db, "DELETE FROM files WHERE recording = ?1 AND output = ?2", "si", id, (int64_t)output);
	return err < 0 ? err : output_again(db, id, output);
}

static int make_again(struct db *db, const char *id)
{
	json_t *rows = NULL, *row;
	size_t i;
	int err = db_rows(db, &rows, "SELECT o.id FROM outputs o JOIN recordings r ON r.id = o.recording WHERE r.id = ?1 AND " LOST_ON_ITS_WAY " ORDER BY o.id", "s", id);

	json_array_foreach(rows, i, row)
		if (err >= 0)
			err = unmake_output(db, id, (int)json_num(row, "id", 0));
	json_decref(rows);
	return err < 0 ? err : move_to_store(db, id);
}

/* How it is said, how it is found (?1: a time of the sweep's), what is done: 1 done, 0 nothing to do any more, negative errno. */
static const struct kind {
	const char *what, *find;
	int (*step)(struct db *db, const char *id);
	size_t count;              /* where it is counted */
} kinds[] = {
	{ "its host is silent: taken over",
	  "SELECT r.id FROM recordings r JOIN hosts h ON h.id = r.host_id WHERE r." RECORDING_RUNS " AND ?1 > 0 AND " SILENT_HOST " AND " NO_JOB("close"),
	  recording_take, offsetof(struct catalog_sweep, taken) },
	{ "has been starting for ten minutes: taken over",
	  "SELECT r.id FROM recordings r WHERE r.status = 'starting' AND ?1 > 0 AND " BEGUN " < now_ms() - 600000 AND uptime_ms() > 60000 AND " NO_JOB("close"),
	  recording_take, offsetof(struct catalog_sweep, taken) },
	{ "is to be closed, and there was no job for it",
	  "SELECT r.id FROM recordings r WHERE r.status = 'processing' AND ?1 > 0 AND r.stopped_ms IS NULL AND " NO_JOB("close"),
	  add_close, offsetof(struct catalog_sweep, queued) },
	{ "is to be deleted, and there was no job for it",
	  "SELECT r.id FROM recordings r WHERE r.status = 'deleting' AND ?1 > 0 AND " NO_JOB("delete"), add_delete, offsetof(struct catalog_sweep, queued) },
	{ "is to be composed, and there was no job for it",
	  "SELECT r.id FROM recordings r WHERE r.status IN ('processing', 'uploading') AND ?1 > 0 AND r.stopped_ms IS NOT NULL AND EXISTS"
	  " (SELECT 1 FROM outputs o WHERE o.recording = r.id AND o.state IN " OPEN_STATES " AND NOT EXISTS (" OF_OUTPUT "))",
	  add_missing_jobs, offsetof(struct catalog_sweep, queued) },
	{ "is to be uploaded, and there was no job for it",
	  "SELECT r.id FROM recordings r WHERE r.status IN ('processing', 'uploading', 'completed') AND ?1 > 0 AND r.stopped_ms IS NOT NULL AND EXISTS (SELECT 1 "
	  STRANDED("r.id") ")",
	  add_uploads, offsetof(struct catalog_sweep, queued) },
	{ "could not be uploaded: failed",
	  "SELECT r.id FROM recordings r JOIN outputs o ON o.recording = r.id AND o.id = r.primary_output WHERE r.status IN ('processing', 'uploading')"
	  " AND ?1 > 0 AND r.stopped_ms IS NOT NULL AND o.state = 'done' AND " IN_STORES " AND NOT " IS_STORED " AND " NO_JOB("upload"),
	  fail_upload, offsetof(struct catalog_sweep, settled) },
	{ "was ready and not completed: completed",
	  "SELECT r.id FROM recordings r JOIN outputs o ON o.recording = r.id AND o.id = r.primary_output WHERE r.status IN ('processing', 'uploading')"
	  " AND ?1 > 0 AND r.stopped_ms IS NOT NULL AND o.state = 'done' AND (NOT " IN_STORES " OR (" IS_STORED " AND " NO_JOB("upload") "))",
	  complete, offsetof(struct catalog_sweep, settled) },
	{ "could not be composed: failed",
	  "SELECT r.id FROM recordings r JOIN outputs o ON o.recording = r.id AND o.id = r.primary_output WHERE r.status IN ('processing', 'uploading')"
	  " AND ?1 > 0 AND r.stopped_ms IS NOT NULL AND o.state IN ('failed', 'cancelled') AND " NO_JOB("erase"),       /* which has it made again */
	  fail, offsetof(struct catalog_sweep, settled) },
	{ "is kept for a day yet: told",
	  "SELECT r.id FROM recordings r WHERE r.keep_until_ms < now_ms() + " A_DAY " AND ?1 > 0 AND r.expiring_ms IS NULL AND " MAY_GO,
	  recording_tell_expiring, offsetof(struct catalog_sweep, expiring) },
	{ "was kept as long as it was to be: deleted",
	  "SELECT r.id FROM recordings r WHERE r.keep_until_ms <= now_ms() AND ?1 > 0 AND r.expiring_ms <= now_ms() - " A_DAY " AND " MAY_GO,
	  expire, offsetof(struct catalog_sweep, expired) },
	{ "its originals were kept as long as they were to be: removed",
	  "SELECT r.id FROM recordings r WHERE r.chunks_until_ms <= now_ms() AND ?1 > 0 AND r.chunks_gone_ms IS NULL AND r.status = 'completed' AND r.held = 0"
	  " AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.recording = r.id AND j.state IN " OPEN_STATES ")",
	  add_expire, offsetof(struct catalog_sweep, expired) },
	{ "its host has been gone for too long: given up",
	  "SELECT r.id FROM recordings r JOIN hosts h ON h.id = r.host_id WHERE r.status IN ('starting', 'recording', 'paused', 'processing', 'uploading')"
	  " AND h.heartbeat_ms < now_ms() - ?1 AND " SILENT_HOST " AND EXISTS (SELECT 1 FROM jobs j WHERE j.recording = r.id AND j.state IN ('queued', 'retrying')"
	  " AND j.not_before_ms < now_ms() - ?1 AND NOT " REACHED ")",
	  lose, offsetof(struct catalog_sweep, lost) },
};

/* In this order. */
static const struct kind moving[] = {
	{ "its host is lost with what was to be uploaded: made again from a store",
	  "SELECT DISTINCT r.id FROM recordings r JOIN hosts h ON h.id = r.host_id JOIN outputs o ON o.recording = r.id WHERE " FROM_A_STORE
	  " AND r.status IN ('processing', 'uploading', 'completed') AND r.chunks_gone_ms IS NULL AND " LOST_ON_ITS_WAY,
	  make_again, offsetof(struct catalog_sweep, moved) },
	{ "its host is lost: finished from a store",
	  "SELECT r.id FROM recordings r JOIN hosts h ON h.id = r.host_id WHERE " FROM_A_STORE " AND EXISTS"
	  " (SELECT 1 FROM jobs j WHERE j.recording = r.id AND j." MOVES " AND j.place = 'host:' || r.host_id AND NOT " REACHED ")",
	  move_to_store, offsetof(struct catalog_sweep, moved) },
};

/* What was found may have moved on since: it is asked again, now that nobody else can change it. */
static int step_locked(struct db *db, const struct kind *k, const char *id, int64_t ms)
{
	g_autofree char *find = g_strdup_printf("%s AND r.id = ?2", k->find);
	char still[ID_SIZE];
	int err = recording_lock(db, id);

	if (!err)
		err = db_text(db, still, sizeof(still), find, "is", ms, id);
	return err > 0 ? k->step(db, id) : err;
}

static int step_one(struct catalog *c, const struct kind *k, const char *id, int64_t ms, struct catalog_sweep *s)
{
	int err = catalog_begin(c);

	if (!err)
		err = catalog_end(c, step_locked(c->db, k, id, ms));
	if (err > 0) {
		++*(int *)((char *)s + k->count);
		log_info("recording %s: %s", id, k->what);
	} else if (err < 0) {
		log_warn("recording %s: %s: not yet: %s", id, k->what, err_str(err));
	}
	return MIN(err, 0);
}

static int sweep_kind(struct catalog *c, const struct kind *k, int64_t ms, struct catalog_sweep *s)
{
	json_t *rows = NULL, *row;
	size_t i;
	int first = 0, err = catalog_view(c);

	if (!err)
		err = catalog_end(c, db_rows(c->db, &rows, k->find, "i", ms));
	if (err)
		return err;
	json_array_foreach(rows, i, row) {
		err = step_one(c, k, json_str(row, "id"), ms, s);
		first = first ? first : err;
	}
	json_decref(rows);
	return first;
}

static int close_calls(struct catalog *c, struct catalog_sweep *s)
{
	json_t *rows = NULL, *row;
	size_t i;
	int err = catalog_begin(c);

	if (err)
		return err;
	err = db_rows(c->db, &rows, "SELECT h.id, h.heartbeat_ms FROM hosts h WHERE " SILENT_HOST " AND EXISTS (SELECT 1 FROM calls c WHERE c.host_id = h.id AND"
				    " c.ended_ms IS NULL)", "");
	json_array_foreach(rows, i, row) {
		if (err >= 0)
			err = calls_close(c->db, NULL, json_str(row, "id"), INT64_MAX, json_num(row, "heartbeat_ms", 0));
		s->calls += MAX(err, 0);
	}
	json_decref(rows);
	return MIN(catalog_end(c, err), 0);
}

int catalog_sweep(struct catalog *c, struct catalog_sweep *s)
{
	int first, err;

	*s = (struct catalog_sweep){ .lost_ms = MAX(s->lost_ms, CATALOG_SILENT_MS), .takeover_ms = s->takeover_ms ? MAX(s->takeover_ms, CATALOG_SILENT_MS) : 0 };
	first = close_calls(c, s);
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
		err = sweep_kind(c, &kinds[i], s->lost_ms, s);
		first = first ? first : err;
	}
	for (size_t i = 0; s->takeover_ms && i < G_N_ELEMENTS(moving); i++) {
		err = sweep_kind(c, &moving[i], s->takeover_ms, s);
		first = first ? first : err;
	}
	return first;
}

int catalog_lease(struct catalog *c, const char *name, const char *owner, int64_t ms)
{
	int err = catalog_begin(c);

	if (err)
		return err;
	return catalog_end(c, db_exec(c->db, "INSERT INTO leases (name, owner, until_ms) VALUES (?1, ?2, now_ms() + ?3) ON CONFLICT (name) DO UPDATE SET"
					     " owner = excluded.owner, until_ms = excluded.until_ms WHERE leases.until_ms <= now_ms() OR leases.owner = excluded.owner",
				      "ssi", name, owner, ms));
}

static int found(struct db *db, const char *id)
{
	int64_t lost = 0;
	int err = db_int(db, &lost, "SELECT CASE WHEN status = 'failed' AND reason IN ('missing', 'host_lost') THEN 1 ELSE 0 END FROM recordings WHERE id = ?1 "
			 ROW_LOCK, "s", id);

	if (err <= 0 || !lost)
		return err < 0 ? err : err ? 0 : -ENOENT;
	err = state_move(db, NOUN_RECORDING, id, 0, "processing");
	if (err >= 0)
		err = db_exec(db, "UPDATE recordings SET reason = NULL WHERE id = ?1", "s", id);
	if (err >= 0)
		err = db_exec(db, "UPDATE outputs SET state = 'queued', reason = NULL WHERE recording = ?1 AND state IN ('failed', 'cancelled')", "s", id);
	return err < 0 ? err : 1;
}

int catalog_recording_found(struct catalog *c, const char *id)
{
	int err = catalog_begin(c);

	return err ? err : catalog_end(c, found(c->db, id));
}
