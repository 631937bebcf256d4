/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The outbox: numbered events of recordings. The plugin writes those of the capture through its ledger, the jobs theirs in the transaction that
 * ends them; the ledger reads on from the row it knows.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "common/catalog_db.h"

/* Once in a recording's life, whoever comes to tell of it: the plugin, its next process, a job that closes; also when one of them was killed before it could note that it had. */
static int is_told(struct db *db, const char *recording, const char *type)
{
	int64_t n = 0;
	int err = strcmp(type, event_name(EVENT_STOPPED)) ? 0 : db_int(db, &n, "SELECT COUNT(*) FROM events WHERE recording = ?1 AND type = ?2", "ss", recording, type);

	return err < 0 ? err : n > 0;
}

int event_add(struct db *db, const char *recording, int64_t seq, const char *type, json_t *payload, const char *origin)
{
	char *text = json_dumps(payload, JSON_COMPACT);
	int err = text ? recording_lock(db, recording) : -EINVAL, told = 0;

	if (!err)
		err = told = is_told(db, recording, type);
	if (!err && !seq)
		err = db_int(db, &seq, "SELECT COALESCE(MAX(seq), 0) + 1 FROM events WHERE recording = ?1", "s", recording);
	if (err >= 0 && !told)
		err = db_exec(db, "INSERT INTO events (recording, seq, type, payload, origin, at_ms) VALUES (?1, ?2, ?3, ?4, ?5, now_ms())"
				  " ON CONFLICT (recording, seq) DO NOTHING", "sisss", recording, seq, type, text, origin);
	free(text);
	return err < 0 ? err : 0;
}

int catalog_event_put(struct catalog *c, const char *recording, int64_t epoch, int64_t seq, const char *type, json_t *payload, const char *origin)
{
	int err;

	if (!recording || seq < 0 || !type || !json_is_object(payload) || !origin)
		return -EINVAL;
	err = catalog_begin(c);
	if (err)
		return err;
	err = recording_fence(c->db, recording, epoch);
	return catalog_end(c, err ? err : event_add(c->db, recording, seq, type, payload, origin));
}

int catalog_event_insert(struct catalog *c, const char *recording, int64_t seq, const char *type, json_t *payload, const char *origin)
{
	return catalog_event_put(c, recording, 0, seq, type, payload, origin);
}

int catalog_event_since(struct catalog *c, int64_t row, int limit, json_t **rows)
{
	int err = catalog_view(c);

	if (err)
		return err;
	return catalog_end(c, db_rows(c->db, rows, "SELECT e.id AS \"row\", e.recording, r.room, e.seq, e.type, e.payload AS \"payload:json\", e.at_ms,"
						   " e.origin FROM events e JOIN recordings r ON r.id = e.recording WHERE e.id > ?1 ORDER BY e.id LIMIT ?2",
				      "ii", row, (int64_t)limit));
}

int catalog_event_last(struct catalog *c, int64_t *row)
{
	int err = catalog_view(c);

	if (err)
		return err;
	err = db_int(c->db, row, "SELECT COALESCE(MAX(id), 0) FROM events", "");
	return catalog_end(c, err < 0 ? err : 0);
}

int catalog_event_of(struct catalog *c, const char *recording, int64_t since, int limit, json_t **rows, int64_t *last)
{
	json_t *found = NULL;
	int err = catalog_view(c);

	if (err)
		return err;
	err = db_rows(c->db, &found, "SELECT seq, type, payload AS \"payload:json\", at_ms FROM events WHERE recording = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3", "sii",
		      recording, since, (int64_t)limit);
	if (!err)
		err = db_int(c->db, last, "SELECT COALESCE(MAX(seq), 0) FROM events WHERE recording = ?1", "s", recording);
	err = catalog_end(c, err < 0 ? err : 0);
	if (err)
		json_decref(found);
	else
		*rows = found;
	return err;
}
