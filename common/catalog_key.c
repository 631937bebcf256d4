/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Data keys in the catalog, as wrapped text: what is here opens nothing without the master key. Any thread that may block.
 *
 *   none ─▶ wrapped by the newest master ─(rekey)▶ by a newer one ─▶ gone, with its recording or output: shredded
 */
#include <errno.h>
#include <glib.h>
#include "common/catalog_db.h"
#include "common/catalog_store.h"
#include "common/json.h"

#define COLUMNS "SELECT id, master, wrapped, created_ms FROM keys "

/* Moves what `rows` holds, or the error it came with. */
static int first_row(int err, json_t *rows, struct catalog_key *out)
{
	json_t *row = json_array_get(rows, 0);

	if (err >= 0 && !row)
		err = -ENOENT;
	if (err >= 0) {
		g_strlcpy(out->id, json_str(row, "id"), sizeof(out->id));
		g_strlcpy(out->master, json_str(row, "master"), sizeof(out->master));
		g_strlcpy(out->wrapped, json_str(row, "wrapped"), sizeof(out->wrapped));
		out->created_ms = json_num(row, "created_ms", 0);
	}
	json_decref(rows);
	return err < 0 ? err : 0;
}

static int key_of(struct db *db, const char *recording, int output, struct catalog_key *out)
{
	json_t *rows = NULL;
	int err = db_rows(db, &rows, COLUMNS "WHERE recording = ?1 AND output = ?2 ORDER BY created_ms, id LIMIT 1", "si", recording, (int64_t)output);

	return first_row(err, rows, out);
}

/* Two that upload the same output at a time use one key. What is being deleted gets none: it would outlive the deletion. */
static int put(struct db *db, const char *recording, int output, const struct catalog_key *made, struct catalog_key *is)
{
	int err = recording_lock(db, recording);

	if (err >= 0)
		err = db_exec(db, "INSERT INTO keys (id, recording, output, master, wrapped, created_ms) SELECT ?3, id, ?2, ?4, ?5, now_ms() FROM recordings"
				  " WHERE id = ?1 AND status NOT IN ('deleting', 'deleted')"
				  " AND NOT EXISTS (SELECT 1 FROM keys WHERE recording = ?1 AND output = ?2)",
			      "sisss", recording, (int64_t)output, made->id, made->master, made->wrapped);
	return err < 0 ? err : key_of(db, recording, output, is);
}

int catalog_key_put(struct catalog *c, const char *recording, int output, const struct catalog_key *made, struct catalog_key *is)
{
	int err = catalog_begin(c);

	return err ? err : catalog_end(c, put(c->db, recording, output, made, is));
}

int catalog_key_get(struct catalog *c, const char *id, struct catalog_key *out)
{
	json_t *rows = NULL;
	int err = catalog_view(c);

	if (err)
		return err;
	err = db_rows(c->db, &rows, COLUMNS "WHERE id = ?1", "s", id);
	return catalog_end(c, first_row(err, rows, out));
}

int catalog_key_of(struct catalog *c, const char *recording, int output, struct catalog_key *out)
{
	int err = catalog_view(c);

	return err ? err : catalog_end(c, key_of(c->db, recording, output, out));
}

int keys_drop(struct db *db, const char *recording, int output)
{
	return db_exec(db, "DELETE FROM keys WHERE recording = ?1 AND (?2 < 0 OR output = ?2)", "si", recording, (int64_t)output);
}

int catalog_key_drop(struct catalog *c, const char *recording, int output)
{
	int err = catalog_begin(c);

	return err ? err : catalog_end(c, keys_drop(c->db, recording, output));
}

int catalog_key_rewrap(struct catalog *c, const struct catalog_key *old, const struct catalog_key *now)
{
	int err = catalog_begin(c);

	return err ? err : catalog_end(c, db_exec(c->db, "UPDATE keys SET master = ?4, wrapped = ?5 WHERE id = ?1 AND master = ?2 AND wrapped = ?3", "sssss",
						  old->id, old->master, old->wrapped, now->master, now->wrapped));
}

int catalog_keys_besides(struct catalog *c, const char *master, const char *after, int most, json_t **rows)
{
	int err = catalog_view(c);

	return err ? err : catalog_end(c, db_rows(c->db, rows, COLUMNS "WHERE master <> ?1 AND id > ?2 ORDER BY id LIMIT ?3", "ssi", master, after, (int64_t)most));
}

int catalog_keys_count(struct catalog *c, json_t **rows)
{
	int err = catalog_view(c);

	return err ? err : catalog_end(c, db_rows(c->db, rows, "SELECT master, COUNT(*) AS keys FROM keys GROUP BY master ORDER BY master", ""));
}
