/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Hosts: signs of life, addresses, and what their recordings directory says of itself. Plugins beat through their ledger's thread, `recroom-pp serve`
 * says where it listens, the reconciler asks who is silent.
 */
#include <errno.h>
#include <glib.h>
#include "common/catalog_db.h"
#include "common/catalog_host.h"

int host_seen(struct db *db, const char *host)
{
	return db_exec(db, "INSERT INTO hosts (id, heartbeat_ms) VALUES (?1, now_ms()) ON CONFLICT (id) DO NOTHING", "s", host);
}

/* One statement, committed; 0 or negative errno. */
static int alone(struct catalog *c, int err)
{
	err = catalog_end(c, err);
	return MIN(err, 0);
}

int catalog_host_beat(struct catalog *c, const char *host_id, const char *version, bool draining)
{
	int err = catalog_begin(c);

	if (err)
		return err;
	return alone(c, db_exec(c->db, "INSERT INTO hosts (id, version, draining, heartbeat_ms) VALUES (?1, ?2, ?3, now_ms()) ON CONFLICT (id) DO UPDATE"
				       " SET version = excluded.version, draining = excluded.draining, heartbeat_ms = excluded.heartbeat_ms", "ssi",
				host_id, version, (int64_t)draining));
}

int catalog_host_begin(struct catalog *c, const char *host_id, int64_t since_ms)
{
	int err = catalog_begin(c);

	if (err)
		return err;
	err = host_seen(c->db, host_id);
	if (err >= 0)
		err = calls_close(c->db, NULL, host_id, since_ms, since_ms);
	return alone(c, err);
}

int catalog_host_serves(struct catalog *c, const char *host_id, const char *address)
{
	int err = catalog_begin(c);

	if (err)
		return err;
	return alone(c, db_exec(c->db, "INSERT INTO hosts (id, address, heartbeat_ms) VALUES (?1, ?2, now_ms()) ON CONFLICT (id) DO UPDATE"
				       " SET address = excluded.address", "ss", host_id, address));
}

int catalog_host_silent(struct catalog *c, const char *host_id)
{
	int64_t silent = 0;
	int err = catalog_view(c);

	if (err)
		return err;
	err = catalog_end(c, db_int(c->db, &silent, "SELECT " HOST_SILENT " FROM hosts h WHERE h.id = ?1", "s", host_id));
	return err < 0 ? err : err ? (int)silent : -ENOENT;
}

int catalog_host_list(struct catalog *c, json_t **rows)
{
	int err = catalog_view(c);

	if (err)
		return err;
	return catalog_end(c, db_rows(c->db, rows, "SELECT h.id, h.address, h.version, h.draining, h.heartbeat_ms, now_ms() - h.heartbeat_ms AS age_ms, "
						   HOST_SILENT " AS silent FROM hosts h ORDER BY h.id", ""));
}

int catalog_host_root(struct catalog *c, const char *host_id, const char *root, char out[64])
{
	int err = catalog_begin(c), set = 0;

	if (err)
		return err;
	err = host_seen(c->db, host_id);
	if (err >= 0)
		err = set = db_exec(c->db, "UPDATE hosts SET root = ?2 WHERE id = ?1 AND root IS NULL", "ss", host_id, root);
	if (err >= 0)
		err = db_text(c->db, out, 64, "SELECT root FROM hosts WHERE id = ?1", "s", host_id);
	err = catalog_end(c, err);
	return err < 0 ? err : set > 0;
}
