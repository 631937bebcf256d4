/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who agreed to be recorded, and how much a room keeps. The plugin's ledger writes the one and asks for the other; any thread that may block.
 */
#include <errno.h>
#include "common/catalog_db.h"

int catalog_consent_put(struct catalog *c, const char *recording, const char *participant, const char *state, int64_t told_ms, int64_t at_ms)
{
	int64_t known = 0;
	int err;

	if (!recording || !participant || !state)
		return -EINVAL;
	err = catalog_begin(c);
	if (err)
		return err;
	err = db_int(c->db, &known, "SELECT 1 FROM recordings WHERE id = ?1", "s", recording);
	if (!err)
		err = -ENOENT;
	if (err > 0)
		err = db_exec(c->db, "INSERT INTO consents (recording, participant, state, told_ms, at_ms) VALUES (?1, ?2, ?3, ?4, ?5)"
				     " ON CONFLICT (recording, participant) DO UPDATE SET state = excluded.state, told_ms = excluded.told_ms,"
				     " at_ms = excluded.at_ms", "sssii", recording, participant, state, told_ms, at_ms);
	return catalog_end(c, err < 0 ? err : 0);
}

int catalog_room_usage(struct catalog *c, const char *room, struct catalog_usage *out)
{
	int64_t files = 0;
	int err;

	*out = (struct catalog_usage){ 0 };
	if (!room)
		return -EINVAL;
	err = catalog_view(c);
	if (err)
		return err;
	err = db_int(c->db, &out->recordings, "SELECT COUNT(*) FROM recordings WHERE room = ?1 AND stopped_ms IS NOT NULL"
					      " AND status NOT IN ('deleting', 'deleted')", "s", room);
	if (err >= 0)
		err = db_int(c->db, &out->bytes, "SELECT COALESCE(SUM(CASE WHEN chunks_gone_ms IS NULL THEN bytes ELSE 0 END), 0) FROM recordings WHERE room = ?1 AND status <> 'deleted'", "s", room);
	if (err >= 0)
		err = db_int(c->db, &files, "SELECT COALESCE(SUM(f.size), 0) FROM files f JOIN recordings r ON r.id = f.recording"
					    " WHERE r.room = ?1 AND r.status <> 'deleted'", "s", room);
	out->bytes += files;
	return catalog_end(c, err < 0 ? err : 0);
}
