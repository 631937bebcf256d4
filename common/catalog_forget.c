/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A store that is gone for good, out of the catalog. Called by `recroom-pp storage forget`.
 *
 *	its copies, its originals, uploads to it: gone ─▶ what was to be deleted there ends, as nobody can ask it any more
 */
#include "common/catalog_db.h"
#include "common/catalog_store.h"

/* Of which nothing is anywhere else: their media had their only copy there, and not here. */
#define NOWHERE_ELSE "SELECT COUNT(DISTINCT f.recording) FROM copies c JOIN files f ON f.id = c.file JOIN recordings r ON r.id = f.recording WHERE c.store = ?1" \
	" AND c.state = 'verified' AND f.kind = 'media' AND r.local_gone_ms IS NOT NULL AND NOT EXISTS (SELECT 1 FROM copies d WHERE d.file = c.file AND d.store <> ?1" \
	" AND d.state = 'verified')"

static int count(struct db *db, const char *store, struct catalog_forgotten *f)
{
	const struct { const char *sql; int64_t *n; } rows[] = {
		{ "SELECT COUNT(*) FROM copies WHERE store = ?1", &f->copies }, { "SELECT COUNT(*) FROM originals WHERE store = ?1", &f->originals },
		{ NOWHERE_ELSE, &f->lost },
	};
	int err = 0;

	for (size_t i = 0; err >= 0 && i < sizeof(rows) / sizeof(rows[0]); i++)
		err = db_int(db, rows[i].n, rows[i].sql, "s", store);
	return err < 0 ? err : 0;
}

static int forget(struct db *db, const char *store)
{
	static const char *const steps[] = {
		"UPDATE jobs SET state = 'cancelled', owner = NULL, worker = NULL WHERE kind = 'upload' AND about = ?1 AND state IN ('queued', 'retrying', 'running')",
		"DELETE FROM copies WHERE store = ?1",
		"DELETE FROM originals WHERE store = ?1",
		"UPDATE recordings SET backup = NULL, backup_ms = NULL WHERE backup = ?1",
		/* those that waited for it are due now */
		"UPDATE jobs SET not_before_ms = now_ms() WHERE kind IN ('delete', 'expire', 'erase') AND state = 'retrying' AND ?1 <> ''",
	};
	int err = 0;

	for (size_t i = 0; err >= 0 && i < sizeof(steps) / sizeof(steps[0]); i++)
		err = db_exec(db, steps[i], "s", store);
	return err < 0 ? err : 0;
}

int catalog_store_forget(struct catalog *c, const char *store, bool dry, struct catalog_forgotten *f)
{
	int err = catalog_begin(c);

	*f = (struct catalog_forgotten){ 0 };
	if (err)
		return err;
	err = count(c->db, store, f);
	if (!err && !dry)
		err = forget(c->db, store);
	return catalog_end(c, err);
}
