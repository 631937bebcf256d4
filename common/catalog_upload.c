/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Uploads as the catalog knows them: begun, done, failed. Called by whoever holds the job (a runner) and, inside their transactions, by catalog_job_end.c,
 * catalog_upload_again.c and catalog_sweep.c.
 *
 *   copies:     queued ─▶ uploading ─▶ verified | failed         changed_ms: since when it is to be there, until it is
 *   recording:  uploading ─▶ completed, as soon as one store of the rules has all files of the primary output │ failed, when none of them is left
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "common/catalog_db.h"
#include "common/catalog_upload.h"
#include "common/json.h"

#define OF_OUTPUT "file IN (SELECT id FROM files WHERE recording = ?1 AND output = ?2)"

bool job_is_upload(const struct catalog_job *j)
{
	return !strcmp(j->kind, "upload");
}

static bool completes(const struct catalog_upload_rules *rules, const char *store)
{
	return rules->completing && g_strv_contains(rules->completing, store);
}

/* ---- queued ---- */

/* Rows there are stay, but for what had failed. */
static int want_copies(struct db *db, const char *recording, int output, const char *store)
{
	int err = db_exec(db, "INSERT INTO copies (file, store, key, state, size, changed_ms) SELECT id, ?3, '', 'queued', size, now_ms() FROM files"
			      " WHERE recording = ?1 AND output = ?2 ON CONFLICT DO NOTHING", "sis", recording, (int64_t)output, store);

	if (err >= 0)
		err = db_exec(db, "UPDATE copies SET state = 'queued', reason = NULL, changed_ms = now_ms() WHERE " OF_OUTPUT " AND store = ?3 AND state = 'failed'",
			      "sis", recording, (int64_t)output, store);
	return MIN(err, 0);
}

int upload_add(struct db *db, const char *recording, int output, const char *store)
{
	int err = want_copies(db, recording, output, store);

	return err ? err : job_add(db, "upload", recording, output, store);
}

int upload_queue(struct db *db, const struct catalog_job *j, const char *const *stores, bool primary)
{
	int err = 0;

	for (; err >= 0 && *stores; stores++)
		err = upload_add(db, j->recording, j->output, *stores);
	if (err < 0)
		return err;
	if (primary)
		return state_move(db, NOUN_RECORDING, j->recording, 0, "uploading");
	return db_exec(db, "UPDATE outputs SET reason = 'uploading' WHERE recording = ?1 AND id = ?2", "si", j->recording, (int64_t)j->output);
}

/* ---- begun ---- */

static int begin_copies(struct db *db, const struct catalog_job *j, const struct catalog_copy *copies, size_t n)
{
	int err = 0;

	for (size_t i = 0; err >= 0 && i < n; i++)
		err = db_exec(db, "UPDATE copies SET state = 'uploading', key = ?4, size = ?5, upload = ?6, key_id = ?7 WHERE file = (SELECT id FROM files WHERE"
				  " recording = ?1 AND name = ?2) AND store = ?3 AND state IN ('queued', 'uploading', 'failed')", "ssssiss", j->recording,
			      copies[i].file, j->about, copies[i].key, copies[i].size, copies[i].upload, copies[i].key_id);
	return MIN(err, 0);
}

int catalog_upload_begin(struct catalog *c, int64_t job, const char *owner, const struct catalog_copy *copies, size_t n)
{
	struct catalog_job j;
	int err = catalog_begin(c);

	if (err)
		return err;
	err = job_held(c->db, job, owner, "upload", &j);
	return catalog_end(c, err ? err : begin_copies(c->db, &j, copies, n));
}

/* ---- done ---- */

static int put_copies(struct db *db, const struct catalog_job *j, const struct catalog_copy *copies, size_t n)
{
	int err = 0;

	for (size_t i = 0; err >= 0 && i < n; i++) {
		const struct catalog_copy *p = &copies[i];

		err = db_exec(db, "UPDATE copies SET state = 'verified', key = ?4, size = ?5, version = ?6, etag = ?7, key_id = ?8, sha256 = ?9, upload = NULL,"
				  " reason = NULL, changed_ms = now_ms(), verified_ms = now_ms() WHERE file = (SELECT id FROM files WHERE recording = ?1 AND"
				  " name = ?2) AND store = ?3", "ssssissss", j->recording, p->file, j->about, p->key, p->size, p->version, p->etag, p->key_id, p->sha256);
	}
	return MIN(err, 0);
}

/* A file of the output that is not there: 1 or 0. */
static int lacks_copies(struct db *db, const struct catalog_job *j)
{
	int64_t n = 0;
	int err = db_int(db, &n, "SELECT COUNT(*) FROM files f WHERE f.recording = ?1 AND f.output = ?2 AND NOT EXISTS (SELECT 1 FROM copies c WHERE c.file = f.id"
				 " AND c.store = ?3 AND c.state = 'verified')", "sis", j->recording, (int64_t)j->output, j->about);

	return err < 0 ? err : n != 0;
}

/* What an event says of an output; the caller's. */
static int describe(struct db *db, const struct catalog_job *j, bool primary, json_t **payload)
{
	json_t *rows = NULL, *o;
	int err = db_rows(db, &rows, "SELECT c.key AS \"outputPath\", o.size, o.duration_ms AS duration, r.chain_hash AS \"chainHash\" FROM outputs o"
				     " JOIN recordings r ON r.id = o.recording JOIN files f ON f.recording = o.recording AND f.output = o.id AND f.kind = 'media'"
				     " JOIN copies c ON c.file = f.id AND c.store = ?3 WHERE o.recording = ?1 AND o.id = ?2 ORDER BY f.id LIMIT 1", "sis",
			  j->recording, (int64_t)j->output, j->about);

	o = json_array_get(rows, 0);
	*payload = o ? json_incref(o) : json_object();
	json_decref(rows);
	if (!primary) {
		json_object_del(*payload, "chainHash");
		json_object_set_new(*payload, "outputId", json_integer(j->output));
	}
	return err;
}

static int tell_there(struct db *db, const struct catalog_job *j, bool primary)
{
	json_t *payload = NULL;
	int err = describe(db, j, primary, &payload);

	if (err < 0)
		json_decref(payload);
	return err < 0 ? err : job_tell(db, j, primary ? EVENT_COMPLETED : EVENT_OUTPUT_COMPLETED, payload);
}

/* One that was given up, or by hand is sent again, is not completed twice. */
static int complete_recording(struct db *db, const struct catalog_job *j)
{
	int64_t waits = 0;
	int err = db_int(db, &waits, "SELECT 1 FROM recordings WHERE id = ?1 AND (status = 'uploading' OR (status = 'failed' AND reason = 'upload_failed'))", "s",
			 j->recording);

	if (err <= 0)
		return err;
	err = state_move(db, NOUN_RECORDING, j->recording, 0, "uploading");
	if (err >= 0)
		err = state_move(db, NOUN_RECORDING, j->recording, 0, "completed");
	if (err >= 0)
		err = db_exec(db, "UPDATE recordings SET reason = NULL WHERE id = ?1 AND reason = 'upload_failed'", "s", j->recording);
	return err < 0 ? err : tell_there(db, j, true);
}

static int complete_output(struct db *db, const struct catalog_job *j)
{
	int err = db_exec(db, "UPDATE outputs SET reason = NULL WHERE recording = ?1 AND id = ?2 AND reason IN ('uploading', 'upload_failed')", "si", j->recording,
			  (int64_t)j->output);

	return err <= 0 ? err : tell_there(db, j, false);
}

static int done(struct db *db, const struct catalog_job *j, const struct catalog_copy *copies, size_t n, const struct catalog_upload_rules *rules)
{
	int err = put_copies(db, j, copies, n), primary = 0;

	if (!err)
		err = lacks_copies(db, j);
	if (err)
		return err < 0 ? err : -EINVAL;
	err = job_move(db, j->id, "done");
	if (err >= 0)
		err = db_exec(db, "UPDATE jobs SET stage = 'done', percent = 100, eta_ms = 0, reason = NULL WHERE id = ?1", "i", j->id);
	if (err >= 0)
		err = primary = job_is_primary(db, j);
	if (err < 0 || !completes(rules, j->about))
		return err;
	return primary ? complete_recording(db, j) : complete_output(db, j);
}

int catalog_upload_done(struct catalog *c, int64_t job, const char *owner, const struct catalog_copy *copies, size_t n, const struct catalog_upload_rules *rules)
{
	struct catalog_job j;
	int err = catalog_begin(c);

	if (err)
		return err;
	err = job_held(c->db, job, owner, "upload", &j);
	if (!err)
		err = done(c->db, &j, copies, n, rules);
	return catalog_end(c, MIN(err, 0));
}

/* ---- failed ---- */

static int note_reason(struct db *db, const struct catalog_job *j, const char *reason)
{
	int err = db_exec(db, "UPDATE copies SET reason = ?4 WHERE " OF_OUTPUT " AND store = ?3 AND state IN ('queued', 'uploading')", "siss", j->recording,
			  (int64_t)j->output, j->about, reason);

	return err < 0 ? err : db_exec(db, "UPDATE jobs SET reason = ?2 WHERE id = ?1", "is", j->id, reason);
}

/* Since when it is to be there [ms]. */
static int age_of(struct db *db, const struct catalog_job *j, int64_t *age_ms)
{
	*age_ms = 0;
	return db_int(db, age_ms, "SELECT now_ms() - COALESCE(MIN(changed_ms), now_ms()) FROM copies WHERE " OF_OUTPUT " AND store = ?3 AND state <> 'verified'", "sis",
		      j->recording, (int64_t)j->output, j->about);
}

/* The store that comes after this one, unless it was asked already; NULL: none. */
static int ask_next(struct db *db, const struct catalog_job *j, const struct catalog_upload_rules *rules)
{
	int64_t asked = 0;
	int i = 0, err;

	while (rules->completing[i] && strcmp(rules->completing[i], j->about))
		i++;
	if (!rules->completing[i] || !rules->completing[i + 1])
		return 0;
	err = db_int(db, &asked, "SELECT COUNT(*) FROM copies WHERE " OF_OUTPUT " AND store = ?3", "sis", j->recording, (int64_t)j->output, rules->completing[i + 1]);
	return err < 0 || asked ? MIN(err, 0) : upload_add(db, j->recording, j->output, rules->completing[i + 1]);
}

/* Does any store that would complete it still try, or has it? 1 or 0. */
static int has_hope(struct db *db, const struct catalog_job *j, const struct catalog_upload_rules *rules)
{
	int64_t n = 0;
	int err = 0;

	for (int i = 0; err >= 0 && !n && rules->completing[i]; i++)
		err = db_int(db, &n, "SELECT COUNT(*) FROM copies WHERE " OF_OUTPUT " AND store = ?3 AND state <> 'failed'", "sis", j->recording, (int64_t)j->output,
			     rules->completing[i]);
	return err < 0 ? err : n != 0;
}

static int lose_recording(struct db *db, const struct catalog_job *j)
{
	int64_t waits = 0;
	int err = db_int(db, &waits, "SELECT 1 FROM recordings WHERE id = ?1 AND status = 'uploading'", "s", j->recording);

	if (err <= 0)
		return err;
	err = state_move(db, NOUN_RECORDING, j->recording, 0, "failed");
	if (err >= 0)
		err = db_exec(db, "UPDATE recordings SET reason = 'upload_failed' WHERE id = ?1", "s", j->recording);
	return err < 0 ? err : job_tell(db, j, EVENT_FAILED, json_pack("{s:s}", "reason", "upload_failed"));
}

static int lose_output(struct db *db, const struct catalog_job *j)
{
	int err = db_exec(db, "UPDATE outputs SET reason = 'upload_failed' WHERE recording = ?1 AND id = ?2 AND reason = 'uploading'", "si", j->recording,
			  (int64_t)j->output);

	return err <= 0 ? err : job_tell(db, j, EVENT_OUTPUT_FAILED, json_pack("{s:i, s:s}", "outputId", j->output, "reason", "upload_failed"));
}

static int give_up(struct db *db, const struct catalog_job *j, const struct catalog_upload_rules *rules)
{
	int err = db_exec(db, "UPDATE copies SET state = 'failed' WHERE " OF_OUTPUT " AND store = ?3 AND state IN ('queued', 'uploading')", "sis", j->recording,
			  (int64_t)j->output, j->about), hope = 1;

	if (err >= 0)
		err = job_move(db, j->id, "failed");
	if (err >= 0)
		err = job_let_go(db, j->id, 0);
	if (err >= 0 && completes(rules, j->about))
		err = hope = has_hope(db, j, rules);
	if (err < 0 || hope)
		return err;
	err = job_is_primary(db, j);
	return err < 0 ? err : err ? lose_recording(db, j) : lose_output(db, j);
}

static int try_again(struct db *db, const struct catalog_job *j, int64_t delay_ms)
{
	int err = job_move(db, j->id, "retrying");

	return err < 0 ? err : job_let_go(db, j->id, delay_ms);
}

/* Not later than what comes after so many ms since it was to be there. */
static int64_t not_beyond(int64_t delay_ms, int64_t age_ms, int64_t limit_ms)
{
	return age_ms < limit_ms ? MIN(delay_ms, limit_ms - age_ms) : delay_ms;
}

static int failed(struct db *db, const struct catalog_job *j, const struct catalog_upload_failure *f, const struct catalog_upload_rules *rules)
{
	int64_t age_ms;
	int err = note_reason(db, j, f->reason);
	bool over;

	if (err >= 0)
		err = age_of(db, j, &age_ms);
	if (err < 0)
		return err;
	over = f->final || age_ms >= rules->give_up_ms;
	if (completes(rules, j->about) && !f->final && (over || age_ms >= rules->fallback_ms))
		err = ask_next(db, j, rules);
	if (err < 0)
		return err;
	err = over ? give_up(db, j, rules)
		   : try_again(db, j, not_beyond(not_beyond(f->delay_ms, age_ms, rules->fallback_ms), age_ms, rules->give_up_ms));
	return err < 0 ? err : over;
}

int catalog_upload_failed(struct catalog *c, int64_t job, const char *owner, const struct catalog_upload_failure *f, const struct catalog_upload_rules *rules)
{
	struct catalog_job j;
	int err = catalog_begin(c);

	if (err)
		return err;
	err = job_held(c->db, job, owner, "upload", &j);
	return catalog_end(c, err ? err : failed(c->db, &j, f, rules));
}
