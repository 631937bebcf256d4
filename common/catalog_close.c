/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Recordings that change hands: epochs, taking over from a host that is gone, and the end of the job that closes what it left.
 *
 *   take: epoch + 1 ─▶ job "close" where the files are ─▶ catalog_job_closed: stopped, outputs queued
 *                                                    └▶ catalog_job_lost:  failed, and why
 * Called by the reconciler and by the runners of recroom-pp.
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "common/catalog_db.h"
#include "common/catalog_host.h"

int recording_fence(struct db *db, const char *id, int64_t epoch)
{
	int64_t now = 0;
	int err = db_int(db, &now, "SELECT epoch FROM recordings WHERE id = ?1 " ROW_LOCK, "s", id);

	if (err < 0)
		return err;
	return epoch > 0 && now > epoch ? -ESTALE : 0;
}

int catalog_recording_epoch(struct catalog *c, const char *id, int64_t *epoch)
{
	int err = catalog_view(c);

	if (err)
		return err;
	err = catalog_end(c, db_int(c->db, epoch, "SELECT epoch FROM recordings WHERE id = ?1", "s", id));
	return err < 0 ? err : err ? 0 : -ENOENT;
}

int catalog_recording_epochs(struct catalog *c, const char *const *ids, size_t n, json_t **rows)
{
	int err = catalog_view(c);

	return err ? err : catalog_end(c, db_rows_in(c->db, rows, "SELECT id, epoch FROM recordings WHERE id IN " DB_IN, ids, n));
}

static int raise_epoch(struct db *db, const char *id)
{
	int err = db_exec(db, "UPDATE recordings SET epoch = epoch + 1, taken_ms = now_ms() WHERE id = ?1", "s", id);

	if (err >= 0)
		err = jobs_give_back(db, id);
	return err < 0 ? err : job_add(db, "close", id, 0, NULL);
}

int recording_take(struct db *db, const char *id)
{
	int64_t runs = 0, closing = 0;
	int err = db_int(db, &runs, "SELECT CASE WHEN " RECORDING_RUNS " THEN 1 ELSE 0 END FROM recordings WHERE id = ?1 " ROW_LOCK, "s", id);

	if (err <= 0)
		return err ? err : -ENOENT;
	err = db_int(db, &closing, "SELECT COUNT(*) FROM jobs WHERE recording = ?1 AND kind = 'close' AND state IN ('queued', 'retrying', 'running')", "s", id);
	if (err < 0 || !runs || closing)
		return MIN(err, 0);
	err = raise_epoch(db, id);
	return err < 0 ? err : 1;
}

int catalog_recording_take(struct catalog *c, const char *id)
{
	int err = catalog_begin(c);

	return err ? err : catalog_end(c, recording_take(c->db, id));
}

/* Whoever had it writes no more, so the next number is free. */
static int tell_stopped(struct db *db, const struct catalog_job *j, const struct catalog_stop *s)
{
	char room[ROOM_ID_MAX + 1] = "";
	json_t *payload;
	int err = db_text(db, room, sizeof(room), "SELECT room FROM recordings WHERE id = ?1", "s", j->recording);

	if (err < 0)
		return err;
	payload = event_payload(EVENT_STOPPED, room, j->recording, json_pack("{s:I}", "duration", (json_int_t)s->duration_ms));
	err = event_add(db, j->recording, 0, event_name(EVENT_STOPPED), payload, "worker");
	json_decref(payload);
	return err;
}

int catalog_job_closed(struct catalog *c, int64_t job, const char *worker, const struct catalog_stop *s)
{
	struct catalog_job j;
	int64_t open = 0;
	int err = catalog_begin(c);

	if (err)
		return err;
	err = job_held(c->db, job, worker, "close", &j);
	if (err >= 0)
		err = db_int(c->db, &open, "SELECT COUNT(*) FROM recordings WHERE id = ?1 AND stopped_ms IS NULL", "s", j.recording);
	if (err >= 0 && open)
		err = tell_stopped(c->db, &j, s);
	if (err >= 0)
		err = recording_close(c->db, j.recording, s);
	if (err >= 0)
		err = job_move(c->db, job, "done");
	return catalog_end(c, MIN(err, 0));
}

int recording_lose(struct db *db, const char *id, const char *reason)
{
	struct catalog_job named = { .recording = "" };
	int err = state_move(db, NOUN_RECORDING, id, 0, "failed");

	if (err <= 0)
		return err;
	g_strlcpy(named.recording, id, sizeof(named.recording));
	err = db_exec(db, "UPDATE recordings SET reason = ?2 WHERE id = ?1", "ss", id, reason);
	if (err >= 0)
		err = jobs_cancel(db, id, "erase");    /* whoever is to be taken out is, whatever became of it */
	if (err >= 0)
		err = job_tell(db, &named, EVENT_FAILED, json_pack("{s:s}", "reason", reason));
	return err < 0 ? err : 1;
}

int catalog_job_lost(struct catalog *c, int64_t job, const char *worker, const char *reason)
{
	struct catalog_job j;
	int err = catalog_begin(c);

	if (err)
		return err;
	err = job_held(c->db, job, worker, NULL, &j);
	if (err >= 0)
		err = db_exec(c->db, "UPDATE jobs SET reason = ?2 WHERE id = ?1", "is", job, reason);
	if (err >= 0)
		err = job_move(c->db, job, "failed");
	if (err >= 0)
		err = recording_lose(c->db, j.recording, reason);
	return catalog_end(c, MIN(err, 0));
}
