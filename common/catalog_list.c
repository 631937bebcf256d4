/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Recordings as JSON, one and in pages, for REST, command line and Janus API; any thread that may block.
 *
 * Pages go by (started_ms, id) of the last row, not by a count, so that a recording that comes or goes shifts nobody.
 */
#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/catalog_db.h"

#define RECORDING "SELECT id, room, call_id, host_id, title, layout, custom AS \"custom:json\", status, reason, flags AS \"flags:json\", started_ms," \
		  " stopped_ms, duration_ms, elapsed_ms, bytes, tracks, chain_hash, epoch, continues, held, held_reason, keep_until_ms, chunks_until_ms," \
		  " chunks_gone_ms, backup, public_id, local_gone_ms, primary_output FROM recordings "

enum { PAGE_MAX = 100, NEXT_SIZE = 128 };

/* Children of the recordings of a page: a query a table, not a query a recording. */
enum child { CHILD_PEOPLE, CHILD_OUTPUTS, CHILD_FILES, CHILD_COPIES, CHILD_JOBS, CHILDREN };
struct children { GHashTable *of[CHILDREN]; };       /* recording → json array */

static const char *const child_sql[CHILDREN] = {
	[CHILD_PEOPLE] = "SELECT r.id AS recording, p.id, p.name, p.role, s.state AS consent FROM recordings r JOIN participants p ON p.call_id = r.call_id"
			 " LEFT JOIN consents s ON s.recording = r.id AND s.participant = p.id WHERE r.id IN " DB_IN " AND " WAS_THERE
			 " AND NOT EXISTS (SELECT 1 FROM erased e WHERE e.recording = r.id AND e.participant = p.id) ORDER BY LENGTH(p.id), p.id",
	[CHILD_OUTPUTS] = "SELECT recording, id, state, spec AS \"spec:json\", path, mime, size, duration_ms, reason FROM outputs WHERE recording IN " DB_IN
			  " ORDER BY id",
	[CHILD_FILES] = "SELECT recording, id, output, kind, name, mime, size, sha256 FROM files WHERE recording IN " DB_IN " ORDER BY id",
	[CHILD_COPIES] = NULL,         /* copies_of() */
	[CHILD_JOBS] = "SELECT recording, output AS \"of\", kind, state, stage, percent, eta_ms, lag_ms, reason FROM jobs WHERE recording IN " DB_IN " ORDER BY id",
};

static void drop_rows(gpointer rows)
{
	json_decref(rows);
}

/* By their member `recording`, which they lose; rows is stolen. */
static GHashTable *by_recording(json_t *rows)
{
	GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, drop_rows);
	json_t *row, *mine;
	size_t i;

	json_array_foreach(rows, i, row) {
		const char *id = json_string_value(json_object_get(row, "recording"));

		mine = g_hash_table_lookup(table, id);
		if (!mine) {
			mine = json_array();
			g_hash_table_insert(table, g_strdup(id), mine);
		}
		json_object_del(row, "recording");
		json_array_append(mine, row);
	}
	json_decref(rows);
	return table;
}

static int children_read(struct db *db, struct children *c, const char *const *ids, size_t n)
{
	json_t *rows = NULL;
	int err = 0;

	for (int k = 0; !err && k < CHILDREN; k++) {
		err = child_sql[k] ? db_rows_in(db, &rows, child_sql[k], ids, n) : copies_of(db, ids, n, &rows);
		if (!err)
			c->of[k] = by_recording(rows);
	}
	return err;
}

static void children_free(struct children *c)
{
	for (int k = 0; k < CHILDREN; k++)
		g_clear_pointer(&c->of[k], g_hash_table_unref);
}

/* Borrowed; NULL, which is an empty list to jansson: none. */
static json_t *children_of(const struct children *c, enum child k, const char *id)
{
	return g_hash_table_lookup(c->of[k], id);
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

static void add_copies(json_t *files, json_t *copies)
{
	static const char *const of_file[] = { "output", "kind", "name" };
	json_t *row;
	size_t i;

	json_array_foreach(copies, i, row)
		for (size_t n = 0; n < G_N_ELEMENTS(of_file); n++)
			json_object_del(row, of_file[n]);
	json_array_foreach(files, i, row) {
		json_object_set_new(row, "copies", rows_of(copies, "file", json_object_get(row, "id")));
		json_object_del(row, "id");
	}
}

static bool is_word(json_t *row, const char *name, const char *word)
{
	const char *s = json_string_value(json_object_get(row, name));

	return s && !strcmp(s, word);
}

static bool is_upload(json_t *job)
{
	return is_word(job, "kind", "upload");
}

static bool is_under_way(json_t *job)
{
	return is_word(job, "state", "queued") || is_word(job, "state", "retrying") || is_word(job, "state", "running");
}

/* What is shown of a job. */
static json_t *job_json(json_t *job, bool with_reason)
{
	static const char *const members[] = { "kind", "state", "stage", "percent", "eta_ms", "lag_ms", "reason" };
	json_t *o = json_object();

	for (size_t i = 0; job && i < G_N_ELEMENTS(members) - !with_reason; i++)
		json_object_set(o, members[i], json_object_get(job, members[i]));
	if (!job) {
		json_decref(o);
		o = json_null();
	}
	return o;
}

/* The newest job of an output, or of the recording itself (0) */
static json_t *job_of(json_t *jobs, json_t *output)
{
	json_t *found = NULL, *j;
	size_t i;

	json_array_foreach(jobs, i, j) {
		if (json_equal(json_object_get(j, "of"), output) && (!is_upload(j) || is_under_way(j)))
			found = j;
	}
	return found;
}

/* A recording's own jobs are those that make its primary output, delete it, or take somebody out: the newest; while it is uploaded, that of its first store. */
static json_t *own_job(json_t *r, json_t *jobs)
{
	json_t *primary = json_object_get(r, "primary_output"), *found = NULL, *upload = NULL, *j;
	bool uploading = is_word(r, "status", "uploading");
	size_t i;

	json_array_foreach(jobs, i, j) {
		json_t *of = json_object_get(j, "of");

		if (json_integer_value(of) && !json_equal(of, primary))
			continue;
		if (!is_upload(j))
			found = j;
		else if (!upload && uploading && is_under_way(j))
			upload = j;
	}
	return upload ? upload : found;
}

/* What holds it is not of its making, so it is in a column of its own; whoever reads flags finds it there. */
static void add_held(json_t *r)
{
	json_t *flags = json_object_get(r, "flags");

	if (json_integer_value(json_object_get(r, "held")) && json_is_array(flags))
		json_array_append_new(flags, json_string("held"));
}

static void add_children(json_t *r, const struct children *c)
{
	const char *id = json_string_value(json_object_get(r, "id"));
	json_t *people = children_of(c, CHILD_PEOPLE, id), *outputs = children_of(c, CHILD_OUTPUTS, id), *files = children_of(c, CHILD_FILES, id);
	json_t *jobs = children_of(c, CHILD_JOBS, id), *o;
	size_t i;

	add_held(r);
	add_copies(files, children_of(c, CHILD_COPIES, id));
	json_array_foreach(outputs, i, o) {
		json_object_set_new(o, "files", rows_of(files, "output", json_object_get(o, "id")));
		json_object_set_new(o, "job", job_json(job_of(jobs, json_object_get(o, "id")), false));
	}
	json_object_set_new(r, "participants", people ? json_incref(people) : json_array());
	json_object_set_new(r, "outputs", outputs ? json_incref(outputs) : json_array());
	json_object_set_new(r, "job", job_json(own_job(r, jobs), true));
	json_object_del(r, "primary_output");
}

/* Rows from `first` on, DB_IN_MAX at most. */
static int complete_some(struct db *db, json_t *rows, size_t first)
{
	const char *ids[DB_IN_MAX];
	struct children c = { { NULL } };
	size_t n = MIN(json_array_size(rows) - first, (size_t)DB_IN_MAX);
	int err;

	for (size_t i = 0; i < n; i++)
		ids[i] = json_string_value(json_object_get(json_array_get(rows, first + i), "id"));
	err = children_read(db, &c, ids, n);
	for (size_t i = 0; !err && i < n; i++)
		add_children(json_array_get(rows, first + i), &c);
	children_free(&c);
	return err;
}

static int complete(struct db *db, json_t *rows)
{
	int err = 0;

	for (size_t first = 0; !err && first < json_array_size(rows); first += DB_IN_MAX)
		err = complete_some(db, rows, first);
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
