/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sums over the catalog, of one moment. Any thread.
 */
#include <string.h>
#include "common/catalog_db.h"
#include "common/catalog_stats.h"
#include "common/json.h"

/* Rows {name, n} as one object. */
static int grouped(struct db *db, json_t *out, const char *key, const char *sql)
{
	json_t *rows = NULL, *o = json_object(), *row;
	int err = db_rows(db, &rows, sql, "");
	size_t i;

	json_array_foreach(rows, i, row)
		json_object_set(o, json_str(row, "name"), json_object_get(row, "n"));
	json_decref(rows);
	json_object_set_new(out, key, o);
	return err;
}

static int single(struct db *db, json_t *out, const char *key, const char *sql)
{
	int64_t n = 0;
	int err = db_int(db, &n, sql, "");

	json_object_set_new(out, key, json_integer(n));
	return err < 0 ? err : 0;
}

static int collect(struct db *db, json_t *out)
{
	static const struct { int (*get)(struct db *db, json_t *out, const char *key, const char *sql); const char *key, *sql; } rows[] = {
		{ grouped, "recordings", "SELECT status AS name, COUNT(*) AS n FROM recordings WHERE status <> 'deleted' GROUP BY status" },
		{ grouped, "jobs", "SELECT state AS name, COUNT(*) AS n FROM jobs WHERE state NOT IN ('done', 'cancelled') GROUP BY state" },
		{ single, "output_bytes", "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM outputs WHERE state = 'done'" },
		{ single, "compose_lag_ms", "SELECT COALESCE(MAX(lag_ms), 0) FROM jobs WHERE state = 'running'" },
		{ single, "workers", "SELECT COUNT(*) FROM workers w WHERE NOT " WORKER_SILENT },
		{ grouped, "webhooks", "SELECT CASE WHEN state = 'failed' THEN 'failed' ELSE 'due' END AS name, COUNT(*) AS n FROM webhooks"
				       " WHERE state IN ('queued', 'retrying', 'failed') GROUP BY 1" },
		{ single, "webhook_oldest_ms", "SELECT COALESCE(MIN(e.at_ms), 0) FROM webhooks w JOIN events e ON e.id = w.event"
					       " WHERE w.state IN ('queued', 'retrying')" },
		{ single, "now_ms", "SELECT now_ms()" },
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(rows) / sizeof(rows[0]); i++)
		err = rows[i].get(db, out, rows[i].key, rows[i].sql);
	return err;
}

int catalog_stats(struct catalog *c, json_t **out)
{
	json_t *o;
	int err = catalog_view(c);

	if (err)
		return err;
	o = json_object();
	err = catalog_end(c, collect(c->db, o));
	if (err)
		json_decref(o);
	else
		*out = o;
	return err;
}
