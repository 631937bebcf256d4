/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How long recordings are kept, and what keeps them. Changed by hosts and commands, carried out by the reconciler (catalog_sweep.c) and by the runners of
 * recroom-pp.
 *
 *	ends ─▶ keep_until_ms, chunks_until_ms (catalog.c: from the room's days) ─▶ a day before: recordingexpiring ─▶ deleted, reason "expired"
 *	                                                                       └─▶ job "expire": originals removed ─▶ catalog_job_expired
 *	held: none of this, no delete, no erase, until it is released
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "common/catalog_db.h"
#include "common/catalog_store.h"

#define A_DAY_MS 86400000

/* ---- hold ---- */

int recording_not_held(struct db *db, const char *id)
{
	int64_t held = 0;
	int err = db_int(db, &held, "SELECT held FROM recordings WHERE id = ?1 " ROW_LOCK, "s", id);

	return err < 0 ? err : held ? -EPERM : 0;
}

/* -EPROTO: on its way out, or gone */
static int must_stay(struct db *db, const char *id)
{
	char status[16];
	int err = db_text(db, status, sizeof(status), "SELECT status FROM recordings WHERE id = ?1 " ROW_LOCK, "s", id);

	if (err <= 0 || !strcmp(status, "deleted"))
		return err < 0 ? err : -ENOENT;
	return strcmp(status, "deleting") ? 0 : -EPROTO;
}

/* Whoever runs one looks whether it is still theirs before each thing they remove. */
static int stop_expiry(struct db *db, const char *id)
{
	int err = db_exec(db, "UPDATE jobs SET state = 'cancelled', owner = NULL, worker = NULL WHERE recording = ?1 AND kind = 'expire'"
			      " AND state IN ('queued', 'retrying', 'running')", "s", id);

	return MIN(err, 0);
}

static int hold(struct db *db, const char *id, bool held, const char *reason)
{
	int err = must_stay(db, id);

	if (!err)
		err = db_exec(db, "UPDATE recordings SET held = ?2, held_reason = ?3 WHERE id = ?1", "sis", id, (int64_t)held, held ? reason : NULL);
	return err < 0 || !held ? MIN(err, 0) : stop_expiry(db, id);
}

int catalog_hold(struct catalog *c, const char *id, bool held, const char *reason)
{
	int err = catalog_begin(c);

	return err ? err : catalog_end(c, hold(c->db, id, held, reason));
}

/* ---- until when ---- */

static int keep(struct db *db, const char *id, const struct catalog_keep *k)
{
	int err = must_stay(db, id);

	if (!err && k->outputs)
		err = db_exec(db, "UPDATE recordings SET keep_until_ms = CASE WHEN ?2 > 0 THEN ?2 END, keep_outputs_days = 0, expiring_ms = NULL WHERE id = ?1", "si",
			      id, k->keep_until_ms);
	if (err >= 0 && k->chunks)
		err = db_exec(db, "UPDATE recordings SET chunks_until_ms = CASE WHEN ?2 > 0 THEN ?2 END, keep_chunks_days = 0 WHERE id = ?1", "si", id,
			      k->chunks_until_ms);
	return err < 0 || !k->chunks ? MIN(err, 0) : stop_expiry(db, id);
}

int catalog_keep(struct catalog *c, const char *id, const struct catalog_keep *k)
{
	int err = catalog_begin(c);

	return err ? err : catalog_end(c, keep(c->db, id, k));
}

/* ---- carried out ---- */

/* Its end comes no sooner than a day from now, however late this is said. */
int recording_tell_expiring(struct db *db, const char *id)
{
	struct catalog_job named = { .recording = "" };
	int64_t at_ms = 0;
	int err = db_int(db, &at_ms, "SELECT CASE WHEN keep_until_ms > now_ms() + ?2 THEN keep_until_ms ELSE now_ms() + ?2 END FROM recordings WHERE id = ?1", "si", id,
			 (int64_t)A_DAY_MS);

	g_strlcpy(named.recording, id, sizeof(named.recording));
	if (err > 0)
		err = db_exec(db, "UPDATE recordings SET expiring_ms = now_ms() WHERE id = ?1", "s", id);
	if (err > 0)
		err = job_tell(db, &named, EVENT_EXPIRING, json_pack("{s:I}", "at", (json_int_t)at_ms));
	return err < 0 ? err : 1;
}

static int expired(struct db *db, int64_t job, const char *owner)
{
	struct catalog_job j;
	int err = job_held(db, job, owner, "expire", &j);

	if (!err)
		err = job_move(db, job, "done");
	if (err >= 0)
		err = db_exec(db, "UPDATE recordings SET chunks_gone_ms = now_ms(), backup = NULL WHERE id = ?1", "s", j.recording);
	if (err >= 0)
		err = db_exec(db, "DELETE FROM originals WHERE recording = ?1", "s", j.recording);
	if (err >= 0)
		err = db_exec(db, "DELETE FROM keys WHERE recording = ?1 AND output = 0", "s", j.recording);
	return MIN(err, 0);
}

int catalog_job_expired(struct catalog *c, int64_t job, const char *owner)
{
	int err = catalog_begin(c);

	return err ? err : catalog_end(c, expired(c->db, job, owner));
}
