/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rooms, calls and the people in them. The plugin's ledger thread writes here; a recording's participants are read from it.
 *
 *   claim: is the room another living host's? ─no─▶ open, ours          open: whatever others have ─▶ open, perhaps as a conflict
 */
#include <errno.h>
#include <glib.h>
#include "common/catalog_db.h"
#include "common/catalog_host.h"
#include "common/json.h"
#include "common/log.h"

int room_seen(struct db *db, const char *room)
{
	return db_exec(db, "INSERT INTO rooms (id, seen_ms) VALUES (?1, now_ms())"
			   " ON CONFLICT (id) DO UPDATE SET seen_ms = excluded.seen_ms", "s", room);
}

#define LEFT_OPEN "host_id = ?2 AND (?1 IS NULL OR room = ?1) AND ended_ms IS NULL AND started_ms < ?4"

int calls_close(struct db *db, const char *room, const char *host, int64_t before_ms, int64_t ended_ms)
{
	int err = db_exec(db, "UPDATE participants SET left_ms = ?3 WHERE left_ms = 0 AND call_id IN (SELECT id FROM calls WHERE " LEFT_OPEN ")", "ssii", room,
			  host, ended_ms, before_ms);

	return err < 0 ? err : db_exec(db, "UPDATE calls SET ended_ms = ?3 WHERE " LEFT_OPEN, "ssii", room, host, ended_ms, before_ms);
}

#define OWNER "SELECT c.host_id, COALESCE(h.address, '') AS address, c.id AS call_id, h.heartbeat_ms, " HOST_SILENT " AS silent" \
	      " FROM calls c JOIN hosts h ON h.id = c.host_id "

static void copy(char *out, size_t size, json_t *row, const char *column)
{
	const char *text = json_str(row, column);

	g_strlcpy(out, text ? text : "", size);
}

/* Who holds a room; another host than `but`, if that is not NULL. 1 or 0, and since when nothing was heard of them. */
static int holder(struct db *db, struct catalog_owner *out, int64_t *heard_ms, const char *sql, const char *of, const char *but)
{
	json_t *rows = NULL, *row;
	int err = db_rows(db, &rows, sql, "ss", of, but);

	if (err)
		return err;
	row = json_array_get(rows, 0);
	*out = (struct catalog_owner){ .silent = json_num(row, "silent", 0) != 0 };
	copy(out->host_id, sizeof(out->host_id), row, "host_id");
	copy(out->address, sizeof(out->address), row, "address");
	copy(out->call_id, sizeof(out->call_id), row, "call_id");
	*heard_ms = json_num(row, "heartbeat_ms", 0);
	err = row != NULL;
	json_decref(rows);
	return err;
}

/* What stands in the way of a call of `host`: 1 and who has one open there. What this host, or a silent one, left open is closed. */
static int clear_room(struct db *db, const char *room, const char *host, int64_t started_ms, struct catalog_owner *other)
{
	int64_t heard_ms = 0;
	int err = calls_close(db, room, host, INT64_MAX, started_ms);

	if (err >= 0)
		err = holder(db, other, &heard_ms, OWNER "WHERE c.room = ?1 AND c.host_id <> ?2 AND c.ended_ms IS NULL ORDER BY c.conflict, c.started_ms", room, host);
	if (err <= 0 || !other->silent)
		return err;
	log_warn("call %s: its host %s is silent; closed", other->call_id, other->host_id);
	err = calls_close(db, room, other->host_id, INT64_MAX, MAX(heard_ms, 1));
	return MIN(err, 0);
}

static int insert_call(struct db *db, const char *id, const char *room, const char *host, int64_t started_ms, bool conflict)
{
	int err = db_exec(db, "INSERT INTO calls (id, room, host_id, started_ms, conflict) VALUES (?1, ?2, ?3, ?4, ?5)", "sssii", id, room, host, started_ms,
			  (int64_t)conflict);

	return MIN(err, 0);
}

/* Two hosts had a call in the room at the same time, perhaps long before this is known: each names the other. */
static int note_rivals(struct db *db, const char *id, const char *room, const char *host, int64_t started_ms)
{
	char rival[ID_SIZE];
	int err = db_text(db, rival, sizeof(rival), "SELECT id FROM calls WHERE room = ?1 AND host_id <> ?2 AND (ended_ms IS NULL OR ended_ms > ?3)"
						    " ORDER BY started_ms LIMIT 1", "ssi", room, host, started_ms);

	if (err <= 0)
		return err;
	log_warn("call %s: room %s had a call on another host at the same time, %s; both are kept", id, room, rival);
	err = db_exec(db, "UPDATE calls SET rival = ?2 WHERE id = ?1", "ss", id, rival);
	return err < 0 ? err : db_exec(db, "UPDATE calls SET rival = ?2 WHERE id = ?1 AND rival IS NULL", "ss", rival, id);
}

/* A host has one call in a room, so one that it left open (a crash) is over. Where another host holds the room both calls are kept. */
static int open_call(struct db *db, const char *id, const char *room, const char *host, int64_t started_ms)
{
	struct catalog_owner other;
	int64_t known;
	int err = db_int(db, &known, "SELECT 1 FROM calls WHERE id = ?1", "s", id);

	if (err)
		return MIN(err, 0);
	err = clear_room(db, room, host, started_ms, &other);
	if (err >= 0)
		err = insert_call(db, id, room, host, started_ms, err > 0);
	if (err >= 0)
		err = note_rivals(db, id, room, host, started_ms);
	return MIN(err, 0);
}

static int claim_call(struct db *db, const char *id, const char *room, const char *host, int64_t started_ms, struct catalog_owner *other)
{
	int64_t known;
	int err = db_int(db, &known, "SELECT 1 FROM calls WHERE id = ?1", "s", id);

	if (err)
		return MIN(err, 0);
	err = clear_room(db, room, host, started_ms, other);
	if (err)
		return err < 0 ? err : -EEXIST;
	return insert_call(db, id, room, host, started_ms, false);
}

/* The room's row is written first, so that of two hosts that ask at once one waits for the other. */
static int begin_call(struct catalog *c, const char *room, const char *host_id)
{
	int err = catalog_begin(c);

	if (err)
		return err;
	err = host_seen(c->db, host_id);
	if (err >= 0)
		err = room_seen(c->db, room);
	return err < 0 ? catalog_end(c, err) : 0;
}

int catalog_call_claim(struct catalog *c, const char *call_id, const char *room, const char *host_id, int64_t started_ms, struct catalog_owner *other)
{
	int err = call_id && room && host_id ? begin_call(c, room, host_id) : -EINVAL;

	return err ? err : catalog_end(c, claim_call(c->db, call_id, room, host_id, started_ms, other));
}

int catalog_call_owner(struct catalog *c, const char *room_or_call, struct catalog_owner *out)
{
	int64_t heard_ms;
	int err = catalog_view(c);

	if (err)
		return err;
	err = holder(c->db, out, &heard_ms, OWNER "WHERE c.id = ?1 OR (c.room = ?1 AND c.ended_ms IS NULL AND ?2 IS NULL) ORDER BY c.conflict, c.started_ms DESC",
		     room_or_call, NULL);
	err = catalog_end(c, err);
	return err < 0 ? err : err ? 0 : -ENOENT;
}

int catalog_call_open(struct catalog *c, const char *call_id, const char *room, const char *host_id, int64_t started_ms)
{
	int err = call_id && room && host_id ? begin_call(c, room, host_id) : -EINVAL;

	return err ? err : catalog_end(c, open_call(c->db, call_id, room, host_id, started_ms));
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
