/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Outputs made again, cancelled, and taken away because they hold somebody who is to be erased. Called by REST, the plugin's ledger thread and the
 * commands; each call is one transaction.
 *
 *	catalog_output_add ─▶ outputs: queued, job compose ─▶ as any job (catalog_job.c)
 *	catalog_erase ─▶ erased, outputs that hold them: cancelled, job erase ─▶ catalog_job_erased ─▶ job compose of the primary output
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "common/catalog_db.h"
#include "common/json.h"
#include "common/people.h"

/* A recording that is over and stays, locked: 0, -ENOENT, or -EPROTO for one that is recorded, deleted, or loses somebody right now. */
static int must_be_over(struct db *db, const char *recording, bool may_erase)
{
	static const char *const over[] = { "processing", "uploading", "completed", "failed", NULL };
	char status[16];
	int64_t erasing = 0;
	int err = db_text(db, status, sizeof(status), "SELECT CASE WHEN stopped_ms IS NULL THEN 'never' ELSE status END FROM recordings WHERE id = ?1 "
			  ROW_LOCK, "s", recording);

	if (err <= 0 || !strcmp(status, "deleted"))
		return err < 0 ? err : -ENOENT;
	if (!g_strv_contains(over, status))
		return -EPROTO;
	err = db_int(db, &erasing, "SELECT COUNT(*) FROM jobs WHERE recording = ?1 AND kind IN ('erase', 'expire') AND state IN ('queued', 'retrying', 'running')", "s",
		     recording);
	return err < 0 ? err : erasing && !may_erase ? -EPROTO : 0;
}

/* -ENODATA: nothing can be made of it any more. */
static int has_originals(struct db *db, const char *recording)
{
	int64_t gone = 0;
	int err = db_int(db, &gone, "SELECT CASE WHEN chunks_gone_ms IS NULL THEN 0 ELSE 1 END FROM recordings WHERE id = ?1", "s", recording);

	return err < 0 ? err : gone ? -ENODATA : 0;
}

/* ---- another one ---- */

static int newest_job(struct db *db, const char *recording, int output, int64_t *id)
{
	int err = db_int(db, id, "SELECT MAX(id) FROM jobs WHERE recording = ?1 AND output = ?2 AND kind = 'compose'", "si", recording, (int64_t)output);

	return err < 0 ? err : err ? 0 : -ENOENT;
}

/* The job that was just added: leased if somebody asked to, else only named. */
static int hand_out(struct db *db, const char *recording, int output, const char *worker, struct catalog_job *out)
{
	int64_t id = 0;
	int err = newest_job(db, recording, output, &id);

	*out = (struct catalog_job){ .id = id, .output = output };
	g_strlcpy(out->recording, recording, sizeof(out->recording));
	if (err || !worker)
		return err;
	err = job_take(db, id, worker, NULL, out);
	return err < 0 ? err : 0;
}

static int add(struct db *db, const struct catalog_new_output *o, struct catalog_job *out)
{
	int64_t last = 0, waiting = 0;
	int err = must_be_over(db, o->recording, false), number;

	if (!err)
		err = has_originals(db, o->recording);
	if (err < 0)
		return err;
	err = db_int(db, &waiting, "SELECT COUNT(*) FROM outputs WHERE recording = ?1 AND state IN ('queued', 'retrying', 'running')", "s", o->recording);
	if (err >= 0)
		err = db_int(db, &last, "SELECT COALESCE(MAX(id), 0) FROM outputs WHERE recording = ?1", "s", o->recording);
	if (err < 0 || waiting >= CATALOG_OPEN_OUTPUTS)
		return err < 0 ? err : -EDQUOT;
	number = MAX((int)last + 1, o->at_least);
	err = db_exec(db, "INSERT INTO outputs (recording, id, state, spec) VALUES (?1, ?2, 'queued', ?3)", "sis", o->recording, (int64_t)number, o->spec);
	if (err >= 0)
		err = job_add(db, "compose", o->recording, number, NULL);
	return err < 0 ? err : hand_out(db, o->recording, number, o->worker, out);
}

int catalog_output_add(struct catalog *c, const struct catalog_new_output *o, struct catalog_job *out)
{
	int err;

	if (!o->recording || !o->spec || strlen(o->spec) >= CATALOG_SPEC)
		return -EINVAL;
	err = catalog_begin(c);
	return err ? err : catalog_end(c, add(c->db, o, out));
}

static int is_primary(struct db *db, const char *recording, int output)
{
	struct catalog_job j = { .output = output };

	g_strlcpy(j.recording, recording, sizeof(j.recording));
	return job_is_primary(db, &j);
}

int output_again(struct db *db, const char *recording, int output)
{
	int err = state_move(db, NOUN_OUTPUT, recording, output, "queued");

	if (err >= 0)
		err = db_exec(db, "UPDATE outputs SET reason = NULL WHERE recording = ?1 AND id = ?2", "si", recording, (int64_t)output);
	if (err >= 0)
		err = is_primary(db, recording, output);
	if (err > 0)
		err = state_move(db, NOUN_RECORDING, recording, 0, "processing");
	return err < 0 ? err : job_add(db, "compose", recording, output, NULL);
}

int output_again_if_over(struct db *db, const char *recording, int output)
{
	char state[16];
	int err = must_be_over(db, recording, false);

	if (!err)
		err = has_originals(db, recording);
	if (err)
		return err;
	err = db_text(db, state, sizeof(state), "SELECT state FROM outputs WHERE recording = ?1 AND id = ?2", "si", recording, (int64_t)output);
	if (err <= 0)
		return err ? err : -ENOENT;
	return strcmp(state, "failed") && strcmp(state, "cancelled") ? -EPROTO : output_again(db, recording, output);
}

int catalog_output_again(struct catalog *c, const char *recording, int output)
{
	int err = catalog_begin(c);

	return err ? err : catalog_end(c, output_again_if_over(c->db, recording, output));
}

static int lease_output(struct db *db, const char *recording, int output, const char *worker, struct catalog_job *out)
{
	char state[16] = "";
	int64_t id = 0;
	int err = recording_lock(db, recording);

	if (!err)
		err = newest_job(db, recording, output, &id);
	if (!err)
		err = db_text(db, state, sizeof(state), "SELECT state FROM jobs WHERE id = ?1 " ROW_LOCK, "i", id);
	if (err >= 0 && strcmp(state, "queued") && strcmp(state, "retrying"))
		err = -EPROTO;
	if (err >= 0)
		err = job_take(db, id, worker, NULL, out);
	return err < 0 ? err : 0;
}

int catalog_output_take(struct catalog *c, const char *recording, int output, const char *worker, struct catalog_job *out)
{
	int err = catalog_begin(c);

	return err ? err : catalog_end(c, lease_output(c->db, recording, output, worker, out));
}

/* ---- none of it ---- */

static int tell_cancelled(struct db *db, const char *recording, int output)
{
	struct catalog_job j = { .output = output };
	int err;

	g_strlcpy(j.recording, recording, sizeof(j.recording));
	err = job_is_primary(db, &j);
	if (!err)
		return job_tell(db, &j, EVENT_OUTPUT_FAILED, json_pack("{s:i, s:s}", "outputId", output, "reason", "cancelled"));
	if (err > 0)
		err = state_move(db, NOUN_RECORDING, recording, 0, "failed");
	if (err >= 0)
		err = db_exec(db, "UPDATE recordings SET reason = 'cancelled' WHERE id = ?1", "s", recording);
	return err < 0 ? err : job_tell(db, &j, EVENT_FAILED, json_pack("{s:s}", "reason", "cancelled"));
}

static int cancel(struct db *db, const char *recording, int output)
{
	int64_t known = 0, made = 0;
	int err = must_be_over(db, recording, true);

	if (!err)
		err = known = db_int(db, &made, "SELECT CASE WHEN state = 'done' THEN 1 ELSE 0 END FROM outputs WHERE recording = ?1 AND id = ?2", "si", recording,
				     (int64_t)output);
	if (err >= 0 && !known)
		return -ENOENT;
	if (err >= 0 && made)           /* though it may still be on its way to a store */
		return -EPROTO;
	if (err >= 0)
		err = job_cancel(db, recording, output);
	if (err == 0)
		return -EPROTO;
	if (err > 0)
		err = db_exec(db, "UPDATE outputs SET reason = 'cancelled' WHERE recording = ?1 AND id = ?2", "si", recording, (int64_t)output);
	return err < 0 ? err : tell_cancelled(db, recording, output);
}

int catalog_output_cancel(struct catalog *c, const char *recording, int output)
{
	int err;

	if (output < 1)
		return -EINVAL;
	err = catalog_begin(c);
	return err ? err : catalog_end(c, cancel(c->db, recording, output));
}

/* ---- without somebody ---- */

/* An output that was asked for without them holds nothing of them; any other may. */
static bool holds(json_t *output, const char *participant)
{
	return !people_left_out_of(json_object_get(output, "spec"), participant);
}

static int take_output(struct db *db, const char *recording, int output)
{
	int err = job_cancel(db, recording, output);

	if (err >= 0)
		err = state_move(db, NOUN_OUTPUT, recording, output, "cancelled");
	if (err >= 0)
		err = db_exec(db, "UPDATE outputs SET reason = 'erased', path = NULL, size = NULL WHERE recording = ?1 AND id = ?2", "si", recording,
			      (int64_t)output);
	if (err >= 0)
		err = db_exec(db, "DELETE FROM files WHERE recording = ?1 AND output = ?2", "si", recording, (int64_t)output);
	if (err >= 0)      /* what is sealed nobody reads from here on; the next one gets a key of its own */
		err = db_exec(db, "DELETE FROM keys WHERE recording = ?1 AND output = ?2", "si", recording, (int64_t)output);
	if (err >= 0)
		err = is_primary(db, recording, output);
	return err > 0 ? state_move(db, NOUN_RECORDING, recording, 0, "processing") : err;
}

static int take_outputs(struct db *db, const char *recording, const char *participant)
{
	json_t *rows = NULL, *o;
	size_t i;
	int err = db_rows(db, &rows, "SELECT id, spec AS \"spec:json\" FROM outputs WHERE recording = ?1", "s", recording);

	json_array_foreach(rows, i, o) {
		if (err < 0)
			break;
		if (holds(o, participant))
			err = take_output(db, recording, (int)json_num(o, "id", 0));
	}
	json_decref(rows);
	return err;
}

static int begin_erasing(struct db *db, const char *recording, const char *participant)
{
	int err = take_outputs(db, recording, participant);

	if (err >= 0)
		err = db_exec(db, "INSERT INTO erased (recording, participant, at_ms) VALUES (?1, ?2, now_ms())", "ss", recording, participant);
	return err < 0 ? err : job_add(db, "erase", recording, 0, participant);
}

/* The erase job of this person that is not done; 0 where there is none. */
static int open_job(struct db *db, const char *recording, const char *participant, int64_t *id)
{
	*id = 0;
	return db_int(db, id, "SELECT id FROM jobs WHERE recording = ?1 AND kind = 'erase' AND about = ?2 AND state IN ('queued', 'retrying', 'running')", "ss",
		      recording, participant);
}

/* A call may have several recordings: who was in none of this one's time loses nothing here, and has nobody's mix made again. */
static int is_known(struct db *db, const char *recording, const char *participant)
{
	int64_t one;
	int err = db_int(db, &one, "SELECT 1 FROM participants p JOIN recordings r ON r.call_id = p.call_id WHERE r.id = ?1 AND p.id = ?2 AND " WAS_THERE, "ss",
			 recording, participant);

	return err < 0 ? err : err ? 0 : -ENOENT;
}

static int erase(struct db *db, const char *recording, const char *participant, const char *worker, struct catalog_job *out)
{
	int64_t was = 0, id = 0;
	int err = must_be_over(db, recording, true);

	if (!err)
		err = recording_not_held(db, recording);
	if (!err)
		err = is_known(db, recording, participant);
	if (!err)
		err = db_int(db, &was, "SELECT 1 FROM erased WHERE recording = ?1 AND participant = ?2", "ss", recording, participant);
	if (err >= 0 && !was)
		err = begin_erasing(db, recording, participant);
	if (err >= 0 && !was)
		err = access_forget(db, recording, participant);
	if (err >= 0)
		err = shares_forget(db, recording, participant);
	if (err >= 0)
		err = open_job(db, recording, participant, &id);
	if (err < 0)
		return err;
	*out = (struct catalog_job){ .id = id, .kind = "erase" };
	g_strlcpy(out->recording, recording, sizeof(out->recording));
	g_strlcpy(out->about, participant, sizeof(out->about));
	if (!id || !worker)
		return 0;
	err = job_take(db, id, worker, NULL, out);
	return err < 0 ? err : 0;
}

int catalog_erase(struct catalog *c, const char *recording, const char *participant, const char *worker, struct catalog_job *out)
{
	int err;

	if (!recording || !participant || !participant_id_valid(participant))
		return -EINVAL;
	err = catalog_begin(c);
	return err ? err : catalog_end(c, erase(c->db, recording, participant, worker, out));
}

/* A name belongs to a call, which may have several recordings: it goes with the last of them that has the person. */
static int forget(struct db *db, const char *recording, const char *participant)
{
	return db_exec(db, "UPDATE participants AS p SET name = NULL, identity = NULL WHERE id = ?2 AND call_id = (SELECT call_id FROM recordings WHERE id = ?1)"
			   " AND NOT EXISTS (SELECT 1 FROM recordings r WHERE r.call_id = p.call_id AND r.status <> 'deleted' AND " WAS_THERE " AND NOT EXISTS"
			   " (SELECT 1 FROM erased e WHERE e.recording = r.id AND e.participant = p.id))", "ss", recording, participant);
}

static int add_flag(struct db *db, const char *recording)
{
	char text[256] = "[]";
	json_t *flags;
	char *out;
	int err = db_text(db, text, sizeof(text), "SELECT flags FROM recordings WHERE id = ?1", "s", recording);

	if (err < 0 || strstr(text, "\"erased\""))
		return err;
	flags = json_loads(text, 0, NULL);
	if (!json_is_array(flags)) {
		json_decref(flags);
		flags = json_array();
	}
	json_array_append_new(flags, json_string("erased"));
	out = json_dumps(flags, JSON_COMPACT);
	err = db_exec(db, "UPDATE recordings SET flags = ?2 WHERE id = ?1", "ss", recording, out);
	free(out);
	json_decref(flags);
	return err;
}

/* What went because of them is made again without them. */
static int again_without(struct db *db, const char *recording)
{
	int64_t output = 0;
	int err = db_int(db, &output, "SELECT o.id FROM outputs o JOIN recordings r ON r.id = o.recording AND r.primary_output = o.id WHERE r.id = ?1"
				      " AND o.state = 'cancelled' AND o.reason = 'erased'", "s", recording);

	if (err <= 0)
		return err;
	err = has_originals(db, recording);
	return err == -ENODATA ? 0 : err ? err : output_again(db, recording, (int)output);        /* then it has failed, as catalog_sweep() sees */
}

/* Who was taken out of the metadata of the other outputs stays in no store: they were removed there, and go there anew, as they are now. */
static int send_again(struct db *db, const char *recording)
{
	json_t *rows = NULL, *row;
	size_t i;
	int err = db_rows(db, &rows, "SELECT DISTINCT f.output, c.store FROM copies c JOIN files f ON f.id = c.file WHERE f.recording = ?1 AND f.kind = 'metadata'"
				     " AND c.state = 'verified' ORDER BY f.output, c.store", "s", recording);

	json_array_foreach(rows, i, row) {
		if (err >= 0)
			err = db_exec(db, "UPDATE copies SET state = 'queued', verified_ms = NULL, changed_ms = now_ms() WHERE store = ?3 AND file IN (SELECT id FROM files"
					  " WHERE recording = ?1 AND output = ?2 AND kind = 'metadata')", "sis", recording, json_num(row, "output", 0), json_str(row, "store"));
		if (err >= 0)
			err = upload_again(db, recording, (int)json_num(row, "output", 0), json_str(row, "store"));
	}
	json_decref(rows);
	if (err >= 0)
		err = db_exec(db, "UPDATE originals SET state = 'running', changed_ms = now_ms() WHERE recording = ?1 AND state IN ('complete', 'verified')", "s", recording);
	return err;
}

static int erased(struct db *db, int64_t job, const char *worker)
{
	struct catalog_job j;
	int64_t more = 0;
	int err = job_held(db, job, worker, "erase", &j);

	if (!err)
		err = job_move(db, job, "done");
	if (err >= 0)
		err = forget(db, j.recording, j.about);
	if (err >= 0)
		err = add_flag(db, j.recording);
	if (err >= 0)
		err = send_again(db, j.recording);
	if (err >= 0)
		err = db_int(db, &more, "SELECT COUNT(*) FROM jobs WHERE recording = ?1 AND kind = 'erase' AND state IN ('queued', 'retrying', 'running')", "s",
			     j.recording);
	return err < 0 || more ? MIN(err, 0) : again_without(db, j.recording);
}

int catalog_job_erased(struct catalog *c, int64_t job, const char *worker)
{
	int err = catalog_begin(c);

	if (err)
		return err;
	err = catalog_end(c, erased(c->db, job, worker));
	return err < 0 ? err : 0;
}
