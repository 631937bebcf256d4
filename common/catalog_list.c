/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Recordings as JSON, one and in pages, for REST, command line and Janus API; any thread that may block.
 *
 * Pages go by (started_ms, id) of the last row, not by a count, so that a recording that comes or goes shifts nobody.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/catalog_db.h"

#define RECORDING "SELECT id, room, call_id, host_id, title, layout, custom AS \"custom:json\", status, reason, flags AS \"flags:json\", started_ms," \
		  " stopped_ms, duration_ms, elapsed_ms, bytes, tracks, chain_hash, epoch, continues, held, held_reason, keep_until_ms, chunks_until_ms," \
		  " chunks_gone_ms, backup, public_id, local_gone_ms FROM recordings "

#define UNDER_WAY "('queued', 'retrying', 'running')"

enum { PAGE_MAX = 100, NEXT_SIZE = 128 };

static int add_participants(struct db *db, json_t *r, const char *id)
{
	json_t *rows;
	int err = db_rows(db, &rows, "SELECT p.id, p.name, p.role, s.state AS consent FROM participants p JOIN recordings r ON r.call_id = p.call_id"
				     " LEFT JOIN consents s ON s.recording = r.id AND s.participant = p.id WHERE r.id = ?1"
				     " AND " WAS_THERE
				     " AND NOT EXISTS (SELECT 1 FROM erased e WHERE e.recording = r.id AND e.participant = p.id)"
				     " ORDER BY LENGTH(p.id), p.id", "s", id);

	if (!err)
		json_object_set_new(r, "participants", rows);
	return err;
}

/* Out of all rows those of which `name` has this value; it is no member of theirs any more. */
static json_t *rows_of(json_t *rows, const char *name, json_t *value)
{
	json_t *mine = json_array(), *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		if (!json_equal(json_object_get(row, name), value))
			continue;
		json_object_del(row, name);
		json_array_append(mine, row);
	}
	return mine;
}

static int files_with_copies(struct db *db, const char *id, json_t **files)
{
	static const char *const of_file[] = { "output", "kind", "name" };
	json_t *copies = NULL, *row;
	size_t i;
	int err = db_rows(db, files, "SELECT id, output, kind, name, mime, size, sha256 FROM files WHERE recording = ?1 ORDER BY id", "s", id);

	if (!err)
		err = copies_of(db, id, &copies);
	json_array_foreach(copies, i, row)
		for (size_t n = 0; n < sizeof(of_file) / sizeof(of_file[0]); n++)
			json_object_del(row, of_file[n]);
	json_array_foreach(err ? NULL : *files, i, row) {
		json_object_set_new(row, "copies", rows_of(copies, "file", json_object_get(row, "id")));
		json_object_del(row, "id");
	}
	json_decref(copies);
	return err;
}

/* The newest job of an output, or of the recording itself (0) */
static json_t *job_of(json_t *jobs, json_t *output)
{
	json_t *found = NULL, *j;
	size_t i;

	json_array_foreach(jobs, i, j) {
		if (json_equal(json_object_get(j, "of"), output))
			found = j;
	}
	return found ? json_incref(found) : json_null();
}

static int add_outputs(struct db *db, json_t *r, const char *id, json_t *jobs)
{
	json_t *outputs = NULL, *files = NULL, *o;
	size_t i;
	int err = db_rows(db, &outputs, "SELECT id, state, spec AS \"spec:json\", path, mime, size, duration_ms, reason FROM outputs WHERE recording = ?1"
					" ORDER BY id", "s", id);

	if (!err)
		err = files_with_copies(db, id, &files);
	if (!err) {
		json_array_foreach(outputs, i, o) {
			json_object_set_new(o, "files", rows_of(files, "output", json_object_get(o, "id")));
			json_object_set_new(o, "job", job_of(jobs, json_object_get(o, "id")));
		}
		json_object_set(r, "outputs", outputs);
	}
	json_decref(outputs);
	json_decref(files);
	return err;
}

/* A recording's own jobs are those that make its primary output, delete it, or take somebody out; while it is uploaded, the one of its first store. */
static int add_jobs(struct db *db, json_t *r, const char *id)
{
	json_t *jobs = NULL, *own;
	int err = db_rows(db, &jobs, "SELECT j.output AS \"of\", j.kind, j.state, j.stage, j.percent, j.eta_ms, j.lag_ms FROM jobs j"
				     " WHERE j.recording = ?1 AND (j.kind <> 'upload' OR j.state IN " UNDER_WAY ") ORDER BY j.id", "s", id);

	if (!err)
		err = add_outputs(db, r, id, jobs);
	json_decref(jobs);
	if (!err)
		err = db_rows(db, &jobs, "SELECT j.kind, j.state, j.stage, j.percent, j.eta_ms, j.lag_ms, j.reason FROM jobs j JOIN recordings r ON r.id = j.recording"
					 " WHERE j.recording = ?1 AND j.output IN (0, r.primary_output) AND (j.kind <> 'upload' OR (r.status = 'uploading'"
					 " AND j.state IN " UNDER_WAY ")) ORDER BY CASE j.kind WHEN 'upload' THEN 0 ELSE 1 END, CASE j.kind WHEN 'upload' THEN j.id ELSE -j.id END LIMIT 1", "s", id);
	if (err)
		return err;
	own = json_array_get(jobs, 0);
	json_object_set_new(r, "job", own ? json_incref(own) : json_null());
	json_decref(jobs);
	return 0;
}

/* What holds it is not of its making, so it is in a column of its own; whoever reads flags finds it there. */
static void add_held(json_t *r)
{
	json_t *flags = json_object_get(r, "flags");

	if (json_integer_value(json_object_get(r, "held")) && json_is_array(flags))
		json_array_append_new(flags, json_string("held"));
}

static int complete(struct db *db, json_t *rows)
{
	json_t *r;
	size_t i;
	int err = 0;

	json_array_foreach(rows, i, r) {
		const char *id = json_string_value(json_object_get(r, "id"));

		add_held(r);
		err = add_participants(db, r, id);
		if (!err)
			err = add_jobs(db, r, id);
		if (err)
			break;
	}
	return err;
}

int catalog_recording_get(struct catalog *c, const char *id, json_t **out)
{
	json_t *rows = NULL;
	int err = catalog_view(c);

	if (err)
		return err;
	err = db_rows(c->db, &rows, RECORDING "WHERE id = ?1", "s", id);
	if (!err && json_array_size(rows) == 0)
		err = -ENOENT;
	if (!err)
		err = complete(c->db, rows);
	err = catalog_end(c, err);
	if (!err)
		*out = json_incref(json_array_get(rows, 0));
	json_decref(rows);
	return err;
}

/* "<started ms>.<id>", ids with this prefix */
static int parse_token(const char *token, const char *prefix, int64_t *started_ms, const char **id)
{
	char *end;

	*started_ms = INT64_MAX;
	*id = "";
	if (!token)
		return 0;
	errno = 0;
	*started_ms = strtoll(token, &end, 10);
	if (errno || end == token || *end != '.' || strncmp(end + 1, prefix, strlen(prefix)) || strlen(token) >= NEXT_SIZE)
		return -EINVAL;
	*id = end + 1;
	return 0;
}

static void make_token(json_t *rows, size_t page, char next[NEXT_SIZE])
{
	json_t *last;

	next[0] = 0;
	if (json_array_size(rows) <= page)
		return;
	json_array_remove(rows, page);
	last = json_array_get(rows, page - 1);
	snprintf(next, NEXT_SIZE, "%" PRId64 ".%s", (int64_t)json_integer_value(json_object_get(last, "started_ms")),
		 json_string_value(json_object_get(last, "id")));
}

int catalog_recording_list(struct catalog *c, const struct catalog_filter *f, json_t **rows, char next[128])
{
	json_t *found = NULL;
	int64_t before_ms;
	const char *before_id;
	int err = parse_token(f->page_token, "rec_", &before_ms, &before_id);

	if (err || f->page_size < 1 || f->page_size > PAGE_MAX)
		return -EINVAL;
	err = catalog_view(c);
	if (err)
		return err;
	err = db_rows(c->db, &found, RECORDING "WHERE status <> 'deleted' AND (?1 IS NULL OR room = ?1) AND (?2 IS NULL OR status = ?2)"
			      " AND (?3 IS NULL OR host_id = ?3) AND (?4 IS NULL OR call_id = ?4) AND started_ms >= ?5 AND (started_ms, id) < (?6, ?7)"
			      " AND (?9 = 0 OR started_ms < ?9) ORDER BY started_ms DESC, id DESC LIMIT ?8", "ssssiisii", f->room, f->status, f->host_id,
		      f->call_id, f->from_ms, before_ms, before_id, (int64_t)f->page_size + 1, f->to_ms);
	if (!err) {
		make_token(found, (size_t)f->page_size, next);
		err = complete(c->db, found);
	}
	err = catalog_end(c, err);
	if (err)
		json_decref(found);
	else
		*rows = found;
	return err;
}

int catalog_recording_unclosed(struct catalog *c, const char *host_id, json_t **rows)
{
	json_t *found = NULL;
	int err = catalog_view(c);

	if (err)
		return err;
	err = db_rows(c->db, &found, RECORDING "WHERE host_id = ?1 AND status IN ('starting', 'recording', 'paused') ORDER BY started_ms", "s", host_id);
	if (!err)
		err = complete(c->db, found);
	err = catalog_end(c, err);
	if (err)
		json_decref(found);
	else
		*rows = found;
	return err;
}

int catalog_call_list(struct catalog *c, const char *room, int page_size, const char *page_token, json_t **rows, char next[128])
{
	json_t *found = NULL;
	int64_t before_ms;
	const char *before_id;
	int err = parse_token(page_token, "call_", &before_ms, &before_id);

	if (err || page_size < 1 || page_size > PAGE_MAX)
		return -EINVAL;
	err = catalog_view(c);
	if (err)
		return err;
	err = db_rows(c->db, &found, "SELECT c.id, c.room, c.started_ms, c.ended_ms, (SELECT COUNT(*) FROM participants p WHERE p.call_id = c.id AND p.left_ms = 0) AS people,"
				     " (SELECT r.id FROM recordings r WHERE r.call_id = c.id AND r." RECORDING_RUNS " ORDER BY r.started_ms DESC LIMIT 1) AS recording"
				     " FROM calls c WHERE c.room = ?1 AND (c.started_ms, c.id) < (?2, ?3) ORDER BY c.started_ms DESC, c.id DESC LIMIT ?4",
		      "sisi", room, before_ms, before_id, (int64_t)page_size + 1);
	if (!err)
		make_token(found, (size_t)page_size, next);
	err = catalog_end(c, err);
	if (err)
		json_decref(found);
	else
		*rows = found;
	return err;
}
