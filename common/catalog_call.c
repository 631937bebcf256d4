/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Hosts, rooms, calls and the people in them. The plugin's ledger thread writes here; a recording's participants are read from it.
 */
#include <errno.h>
#include "common/catalog_db.h"
#include "common/log.h"

int host_seen(struct db *db, const char *host)
{
	return db_exec(db, "INSERT INTO hosts (id, heartbeat_ms) VALUES (?1, now_ms())"
			   " ON CONFLICT (id) DO UPDATE SET heartbeat_ms = excluded.heartbeat_ms", "s", host);
}

int room_seen(struct db *db, const char *room)
{
	return db_exec(db, "INSERT INTO rooms (id, seen_ms) VALUES (?1, now_ms())"
			   " ON CONFLICT (id) DO UPDATE SET seen_ms = excluded.seen_ms", "s", room);
}

static int close_calls(struct db *db, const char *room, const char *host, int64_t ended_ms)
{
	int err = db_exec(db, "UPDATE participants SET left_ms = ?3 WHERE left_ms = 0 AND call_id IN"
			      " (SELECT id FROM calls WHERE room = ?1 AND host_id = ?2 AND ended_ms IS NULL)", "ssi", room, host, ended_ms);

	if (err < 0)
		return err;
	return db_exec(db, "UPDATE calls SET ended_ms = ?3 WHERE room = ?1 AND host_id = ?2 AND ended_ms IS NULL", "ssi", room, host, ended_ms);
}

/* A host has one call in a room, so one that it left open (a crash) is over. Where another host holds the room both calls are kept. */
static int open_call(struct db *db, const char *id, const char *room, const char *host, int64_t started_ms)
{
	int64_t others = 0;
	int err = db_int(db, &others, "SELECT 1 FROM calls WHERE id = ?1", "s", id);

	if (err)
		return err < 0 ? err : 0;
	err = close_calls(db, room, host, started_ms);
	if (err >= 0)
		err = db_int(db, &others, "SELECT COUNT(*) FROM calls WHERE room = ?1 AND ended_ms IS NULL", "s", room);
	if (err >= 0)
		err = db_exec(db, "INSERT INTO calls (id, room, host_id, started_ms, conflict) VALUES (?1, ?2, ?3, ?4, ?5)", "sssii", id, room, host,
			      started_ms, others > 0 ? INT64_C(1) : INT64_C(0));
	if (err >= 0 && others > 0)
		log_warn("call %s: room %s has an open call on another host; both are kept", id, room);
	return err < 0 ? err : 0;
}

int catalog_call_open(struct catalog *c, const char *call_id, const char *room, const char *host_id, int64_t started_ms)
{
	int err;

	if (!call_id || !room || !host_id)
		return -EINVAL;
	err = catalog_begin(c);
	if (err)
		return err;
	err = host_seen(c->db, host_id);
	if (err >= 0)
		err = room_seen(c->db, room);
	if (err >= 0)
		err = open_call(c->db, call_id, room, host_id, started_ms);
	return catalog_end(c, err);
}

int catalog_call_close(struct catalog *c, const char *call_id, int64_t ended_ms)
{
	int64_t known;
	int err = catalog_begin(c);

	if (err)
		return err;
	err = db_int(c->db, &known, "SELECT 1 FROM calls WHERE id = ?1", "s", call_id);
	if (!err)
		err = -ENOENT;
	if (err > 0)
		err = db_exec(c->db, "UPDATE participants SET left_ms = ?2 WHERE call_id = ?1 AND left_ms = 0", "si", call_id, ended_ms);
	if (err >= 0)
		err = db_exec(c->db, "UPDATE calls SET ended_ms = ?2 WHERE id = ?1 AND ended_ms IS NULL", "si", call_id, ended_ms);
	return catalog_end(c, err < 0 ? err : 0);
}

int catalog_participant_put(struct catalog *c, const char *call_id, const char *participant, const char *identity, const char *name,
			    const char *role, int64_t joined_ms, int64_t left_ms)
{
	int err;

	if (!call_id || !participant || !role)
		return -EINVAL;
	err = catalog_begin(c);
	if (err)
		return err;
	err = db_exec(c->db, "INSERT INTO participants (call_id, id, identity, name, role, joined_ms, left_ms) VALUES (?1, ?2, ?3, ?4, ?5,"
			     " CASE WHEN ?6 = 0 THEN ?7 ELSE ?6 END, ?7) ON CONFLICT (call_id, id) DO UPDATE SET identity = excluded.identity,"
			     " name = excluded.name, role = excluded.role, left_ms = excluded.left_ms", "sssssii", call_id, participant, identity,
		      name, role, joined_ms, left_ms);
	return catalog_end(c, err < 0 ? err : 0);
}

int call_known(struct db *db, const char *call, const char *room, const char *host, int64_t at_ms)
{
	return db_exec(db, "INSERT INTO calls (id, room, host_id, started_ms, ended_ms) VALUES (?1, ?2, ?3, ?4, ?4) ON CONFLICT (id) DO NOTHING", "sssi",
		       call, room, host, at_ms);
}
