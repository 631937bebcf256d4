/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Uploads asked for once more, and what need not stay where it was made. Called by commands, the reconciler and, inside its transaction, by catalog_job.c.
 *
 *	again:  copies not there ─▶ queued, a job, or the one that waits is due now         given up ─▶ "uploading"
 *	local:  all files verified for long enough, nothing under way ─▶ recordings.local_gone_ms
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "common/catalog_db.h"
#include "common/catalog_upload.h"
#include "common/json.h"

#define OPEN_STATES "('queued', 'retrying', 'running')"
#define OF_OUTPUT "file IN (SELECT id FROM files WHERE recording = ?1 AND output = ?2)"

/* ---- again ---- */

/* An upload that waits for its turn, or another attempt, is due now, and counts from now. */
static int wake(struct db *db, const char *recording, int output, const char *store)
{
	int err = db_exec(db, "UPDATE jobs SET not_before_ms = now_ms() WHERE recording = ?1 AND output = ?2 AND kind = 'upload' AND about = ?3 AND state IN " OPEN_STATES,
			  "sis", recording, (int64_t)output, store), n = err;

	if (err > 0)
		err = db_exec(db, "UPDATE copies SET changed_ms = now_ms() WHERE " OF_OUTPUT " AND store = ?3 AND state IN ('queued', 'uploading')", "sis", recording,
			      (int64_t)output, store);
	return err < 0 ? err : n;
}

static int revive(struct db *db, const char *recording, int output)
{
	int err = db_exec(db, "UPDATE outputs SET reason = 'uploading' WHERE recording = ?1 AND id = ?2 AND reason = 'upload_failed'", "si", recording, (int64_t)output);
	int64_t waits = 0;

	if (err >= 0)
		err = db_int(db, &waits, "SELECT 1 FROM recordings WHERE id = ?1 AND primary_output = ?2 AND status = 'failed' AND reason = 'upload_failed'", "si",
			     recording, (int64_t)output);
	if (err > 0)
		err = state_move(db, NOUN_RECORDING, recording, 0, "uploading");
	if (err > 0)
		err = db_exec(db, "UPDATE recordings SET reason = NULL WHERE id = ?1", "s", recording);
	return MIN(err, 0);
}

int upload_again(struct db *db, const char *recording, int output, const char *store)
{
	int64_t n = 0;
	int err = db_int(db, &n, "SELECT COUNT(*) FROM files f WHERE f.recording = ?1 AND f.output = ?2 AND NOT EXISTS (SELECT 1 FROM copies c WHERE c.file = f.id"
				 " AND c.store = ?3 AND c.state IN ('verified', 'deleting'))", "sis", recording, (int64_t)output, store);

	if (err < 0 || !n)
		return MIN(err, 0);
	err = revive(db, recording, output);
	if (!err)
		err = wake(db, recording, output, store);
	if (!err)
		err = upload_add(db, recording, output, store);
	return err < 0 ? err : 1;
}

static int again_all(struct db *db, const char *recording, const char *const *stores)
{
	json_t *rows = NULL, *row;
	size_t i;
	int err = db_rows(db, &rows, "SELECT id FROM outputs WHERE recording = ?1 AND state = 'done' ORDER BY id", "s", recording), n = 0;

	json_array_foreach(rows, i, row) {
		for (const char *const *s = stores; err >= 0 && *s; s++) {
			err = upload_again(db, recording, (int)json_num(row, "id", 0), *s);
			n += err > 0;
		}
	}
	json_decref(rows);
	return err < 0 ? err : n;
}

int catalog_upload_again(struct catalog *c, const char *recording, const char *const *stores)
{
	static const char *const over[] = { "uploading", "completed", "failed", NULL };
	char status[16] = "";
	int err = catalog_begin(c);

	if (err)
		return err;
	err = db_text(c->db, status, sizeof(status), "SELECT status FROM recordings WHERE id = ?1 " ROW_LOCK, "s", recording);
	if (!err || (err > 0 && !strcmp(status, "deleted")))
		err = -ENOENT;
	else if (err > 0)
		err = g_strv_contains(over, status) ? again_all(c->db, recording, stores) : -EPROTO;
	return catalog_end(c, err);
}

static int take_one(struct db *db, const char *recording, int output, const char *store, const char *worker, struct catalog_job *out)
{
	char state[16] = "";
	int64_t id = 0;
	int err = recording_lock(db, recording);

	if (!err)
		err = db_int(db, &id, "SELECT id FROM jobs WHERE recording = ?1 AND output = ?2 AND kind = 'upload' AND about = ?3 AND state IN " OPEN_STATES, "sis",
			     recording, (int64_t)output, store);
	if (err > 0)
		err = db_text(db, state, sizeof(state), "SELECT state FROM jobs WHERE id = ?1 " ROW_LOCK, "i", id);
	if (err <= 0)
		return err;
	return strcmp(state, "queued") && strcmp(state, "retrying") ? -EPROTO : job_take(db, id, worker, NULL, out);
}

int catalog_upload_take(struct catalog *c, const char *recording, int output, const char *store, const char *worker, struct catalog_job *out)
{
	int err = catalog_begin(c);

	return err ? err : catalog_end(c, take_one(c->db, recording, output, store, worker, out));
}

/* ---- local copies ---- */

/* Of a recording r; ?2: local_ms. */
#define ALL_ELSEWHERE "r.status = 'completed' AND EXISTS (SELECT 1 FROM files f WHERE f.recording = r.id)" \
	" AND NOT EXISTS (SELECT 1 FROM files f WHERE f.recording = r.id AND NOT EXISTS (SELECT 1 FROM copies c WHERE c.file = f.id AND c.state = 'verified'" \
	" AND c.verified_ms <= now_ms() - ?2))" \
	" AND NOT EXISTS (SELECT 1 FROM files f JOIN copies c ON c.file = f.id WHERE f.recording = r.id AND c.state <> 'verified')" \
	" AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.recording = r.id AND j.state IN " OPEN_STATES ")"

enum { INTERRUPTED_MS = 3600000, AT_ONCE = 100 };

int catalog_upload_local(struct catalog *c, const char *host_id, int64_t local_ms, json_t **rows)
{
	int err = catalog_view(c);

	if (err)
		return err;
	return catalog_end(c, db_rows(c->db, rows, "SELECT r.id FROM recordings r WHERE r.host_id = ?1 AND (r.local_gone_ms IS NULL OR r.local_gone_ms > now_ms() - ?3)"
						   " AND " ALL_ELSEWHERE " ORDER BY r.id LIMIT ?4", "siii", host_id, local_ms, (int64_t)INTERRUPTED_MS, (int64_t)AT_ONCE));
}

int catalog_upload_local_gone(struct catalog *c, const char *recording, int64_t local_ms, json_t **files)
{
	int err = catalog_begin(c);

	*files = NULL;
	if (err)
		return err;
	err = recording_lock(c->db, recording);
	if (!err)
		err = db_exec(c->db, "UPDATE recordings AS r SET local_gone_ms = COALESCE(local_gone_ms, now_ms()) WHERE r.id = ?1 AND " ALL_ELSEWHERE, "si", recording, local_ms);
	if (err > 0)
		err = db_rows(c->db, files, "SELECT kind, name FROM files WHERE recording = ?1 ORDER BY id", "s", recording);
	else if (!err)
		err = -EPROTO;
	return catalog_end(c, err);
}
