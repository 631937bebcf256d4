/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which stores have the originals of a recording, and who it belongs to when its host is lost. Called by the backup's threads, seldom, and by runners that brought
 * a recording back.
 *
 *	running ─▶ complete: the stop line is there ─▶ verified: each object was found          deleting: by whoever deletes
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "common/catalog_db.h"
#include "common/catalog_store.h"

/* 0: more may be put. */
static int may_put(struct db *db, const char *recording, const char *host_id)
{
	int64_t gone = 0, theirs = 0;
	int err = db_int(db, &gone, "SELECT CASE WHEN status IN ('deleting', 'deleted') THEN 1 ELSE 0 END FROM recordings WHERE id = ?1", "s", recording);

	if (err <= 0)
		return err ? err : -ENOENT;
	err = host_id ? db_int(db, &theirs, "SELECT 1 FROM recordings WHERE id = ?1 AND host_id <> ?2", "ss", recording, host_id) : 0;
	return err < 0 ? err : gone ? -EPROTO : theirs ? -ESTALE : 0;
}

static int put(struct db *db, const struct catalog_originals *o, bool primary)
{
	int err = recording_lock(db, o->recording);

	if (!err)
		err = may_put(db, o->recording, o->host_id);
	if (!err)
		err = db_exec(db, "INSERT INTO originals (recording, store, state, objects, bytes, changed_ms) VALUES (?1, ?2, ?3, ?4, ?5, now_ms()) ON CONFLICT (recording, store)"
				  " DO UPDATE SET state = excluded.state, objects = excluded.objects, bytes = excluded.bytes, changed_ms = excluded.changed_ms"
				  " WHERE originals.state <> 'deleting'", "sssii", o->recording, o->store, o->state, o->objects, o->bytes);
	if (err >= 0 && o->objects)
		err = db_exec(db, "UPDATE recordings SET backup = CASE WHEN backup IS NULL OR ?3 = 1 THEN ?2 ELSE backup END, backup_ms = now_ms() WHERE id = ?1", "ssi",
			      o->recording, o->store, (int64_t)primary);
	return MIN(err, 0);
}

int catalog_originals_put(struct catalog *c, const struct catalog_originals *o, bool primary)
{
	int err = catalog_begin(c);

	return err ? err : catalog_end(c, put(c->db, o, primary));
}

int catalog_originals_may(struct catalog *c, const char *recording, const char *host_id)
{
	int err = catalog_view(c);

	return err ? err : catalog_end(c, may_put(c->db, recording, host_id));
}

int catalog_originals(struct catalog *c, const char *recording, json_t **rows)
{
	int err = catalog_view(c);

	if (err)
		return err;
	return catalog_end(c, db_rows(c->db, rows, "SELECT store, state, objects, bytes, changed_ms FROM originals WHERE recording = ?1 ORDER BY CASE state WHEN 'verified' THEN 0"
						   " WHEN 'complete' THEN 1 WHEN 'running' THEN 2 ELSE 3 END, objects DESC, store", "s", recording));
}

int catalog_originals_open(struct catalog *c, const char *host_id, json_t **rows)
{
	int err = catalog_view(c);

	if (err)
		return err;
	return catalog_end(c, db_rows(c->db, rows, "SELECT r.id, r.status FROM recordings r WHERE r.host_id = ?1 AND r.status IN ('starting', 'recording', 'paused', 'processing')"
						   " UNION SELECT r.id, r.status FROM originals o JOIN recordings r ON r.id = o.recording WHERE r.host_id = ?1"
						   " AND o.state IN ('running', 'complete') AND r.status NOT IN ('deleting', 'deleted')", "s", host_id));
}

int catalog_originals_again(struct catalog *c, const char *recording)
{
	int err = catalog_begin(c);

	if (err)
		return err;
	return catalog_end(c, db_exec(c->db, "UPDATE originals SET state = 'running', changed_ms = now_ms() WHERE recording = ?1 AND state IN ('complete', 'verified')", "s", recording));
}

/* ---- another host's ---- */

static int adopt(struct db *db, int64_t job, const char *owner, const char *host_id)
{
	struct catalog_job j;
	int err = job_held(db, job, owner, NULL, &j);

	if (err >= 0)
		err = host_seen(db, host_id);
	if (err >= 0)
		err = db_exec(db, "UPDATE recordings SET host_id = ?2 WHERE id = ?1", "ss", j.recording, host_id);
	if (err >= 0)
		err = db_exec(db, "UPDATE jobs SET place = 'host:' || ?2 WHERE recording = ?1 AND state IN ('queued', 'retrying', 'running')", "ss", j.recording, host_id);
	return MIN(err, 0);
}

int catalog_recording_adopt(struct catalog *c, int64_t job, const char *owner, const char *host_id)
{
	int err = catalog_begin(c);

	return err ? err : catalog_end(c, adopt(c->db, job, owner, host_id));
}

int catalog_hosts_share(struct catalog *c, const char *a, const char *b)
{
	int64_t same = 0;
	int err = catalog_view(c);

	if (err)
		return err;
	err = catalog_end(c, db_int(c->db, &same, "SELECT CASE WHEN x.root = y.root THEN 1 ELSE 0 END FROM hosts x, hosts y WHERE x.id = ?1 AND y.id = ?2"
						  " AND x.root IS NOT NULL AND y.root IS NOT NULL", "ss", a, b));
	return err < 0 ? err : err ? (int)same : -ENOENT;
}
