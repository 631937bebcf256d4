/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Copies of files in stores. Written by what uploads, read by what serves, checks and deletes; any thread that may block.
 */
#include <errno.h>
#include "common/catalog_db.h"
#include "common/catalog_store.h"

static int put(struct db *db, const struct catalog_copy *copy)
{
	int err = recording_lock(db, copy->recording);

	if (err < 0)
		return err;
	err = db_exec(db, "INSERT INTO copies (file, store, key, version, etag, upload, key_id, state, size, sha256, reason, changed_ms, verified_ms)"
			  " SELECT id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, now_ms(), CASE WHEN ?9 = 'verified' THEN now_ms() END FROM files"
			  " WHERE recording = ?1 AND name = ?2 ON CONFLICT (file, store) DO UPDATE SET key = excluded.key, version = excluded.version,"
			  " etag = excluded.etag, upload = excluded.upload, key_id = excluded.key_id, state = excluded.state, size = excluded.size,"
			  " sha256 = excluded.sha256, reason = excluded.reason, changed_ms = excluded.changed_ms, verified_ms = excluded.verified_ms",
		      "sssssssssiss", copy->recording, copy->file, copy->store, copy->key, copy->version, copy->etag, copy->upload, copy->key_id, copy->state,
		      copy->size, copy->sha256, copy->reason);
	return err < 0 ? err : err ? 0 : -ENOENT;
}

int catalog_copy_put(struct catalog *c, const struct catalog_copy *copy)
{
	int err;

	if (!copy->recording || !copy->file || !copy->store || !copy->key || !copy->state)
		return -EINVAL;
	err = catalog_begin(c);
	return err ? err : catalog_end(c, put(c->db, copy));
}

int catalog_copy_drop(struct catalog *c, const char *recording, const char *file, const char *store)
{
	int err = catalog_begin(c);

	if (err)
		return err;
	err = db_exec(c->db, "DELETE FROM copies WHERE store = ?3 AND file IN (SELECT id FROM files WHERE recording = ?1 AND name = ?2)", "sss", recording, file, store);
	err = catalog_end(c, err);
	return err < 0 ? err : err ? 0 : -ENOENT;
}

int catalog_copies(struct catalog *c, const char *recording, json_t **rows)
{
	int err = catalog_view(c);

	return err ? err : catalog_end(c, copies_of(c->db, &recording, 1, rows));
}

int copies_of(struct db *db, const char *const *recordings, size_t n, json_t **rows)
{
	return db_rows_in(db, rows, "SELECT f.recording, f.output, f.id AS file, f.kind, f.name, c.store, c.key, c.version, c.etag, c.upload, c.key_id, c.state,"
				    " c.size, c.sha256, c.changed_ms, c.verified_ms, c.reason FROM copies c JOIN files f ON f.id = c.file WHERE f.recording IN " DB_IN
				    " ORDER BY f.id, c.store", recordings, n);
}

int catalog_recording_stores(struct catalog *c, const char *recording, bool originals, json_t **names)
{
	json_t *rows = NULL, *row;
	size_t i;
	int err = catalog_view(c);

	if (err)
		return err;
	err = catalog_end(c, db_rows(c->db, &rows, "SELECT c.store FROM copies c JOIN files f ON f.id = c.file WHERE f.recording = ?1 AND ?2 = 0"
						   " UNION SELECT store FROM originals WHERE recording = ?1"
						   " UNION SELECT backup FROM recordings WHERE id = ?1 AND backup IS NOT NULL ORDER BY 1", "si", recording,
				     (int64_t)originals));
	if (err)
		return err;
	*names = json_array();
	json_array_foreach(rows, i, row)
		json_array_append(*names, json_object_get(row, "store"));
	json_decref(rows);
	return 0;
}
