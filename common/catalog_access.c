/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The access log in the catalog. Called by the writer's thread of recroom-pp serve, by the ledger's thread, by REST handlers and by commands; each call is one transaction.
 *
 * Rows wait in their writers before they come here, so an erased person is looked for when a row comes in as well as when they are erased.
 */
#include <errno.h>
#include <string.h>
#include "common/catalog_access.h"
#include "common/catalog_db.h"

enum { PRUNE_AT_ONCE = 1000 };
#define IS_ERASED "EXISTS (SELECT 1 FROM erased e JOIN recordings r ON r.id = e.recording WHERE e.recording = ?2 AND r.call_id || '/' || e.participant = ?5)"

const char *const access_actions[] = { "viewed", "downloaded", "shared", "recomposed", "cancelled", "erased", "deleted", "held", "released", "kept", NULL };

static int add(struct db *db, const struct catalog_access *a)
{
	if (!a->recording || !a->actor || a->action >= ACCESS_ACTIONS)
		return -EINVAL;
	return db_exec(db, "INSERT INTO accesses (at_ms, recording, action, item, actor, address) VALUES (?1, ?2, ?3, ?4,"
			   " CASE WHEN " IS_ERASED " THEN 'erased' ELSE ?5 END, CASE WHEN " IS_ERASED " THEN NULL ELSE ?6 END)", "isssss", a->at_ms, a->recording,
		       access_actions[a->action], a->item, a->actor, a->address);
}

int catalog_access_add(struct catalog *c, const struct catalog_access *rows, size_t n)
{
	int err = catalog_begin(c);

	if (err)
		return err;
	for (size_t i = 0; err >= 0 && i < n; i++)
		err = add(c->db, &rows[i]);
	return catalog_end(c, err < 0 ? err : 0);
}

int catalog_access_once(struct catalog *c, const struct catalog_access *a)
{
	int64_t known;
	int err = catalog_begin(c);

	if (err)
		return err;
	err = db_int(c->db, &known, "SELECT 1 FROM accesses WHERE recording = ?1 AND at_ms = ?2 AND action = ?3 AND COALESCE(item, '') = ?4 AND actor IN (?5, 'erased') LIMIT 1",
		     "sisss", a->recording, a->at_ms, access_actions[a->action], a->item ? a->item : "", a->actor);
	if (!err)
		err = add(c->db, a);
	return catalog_end(c, err < 0 ? err : 0);
}

int access_action_find(const char *word)
{
	for (int i = 0; word && access_actions[i]; i++)
		if (!strcmp(access_actions[i], word))
			return i;
	return -EINVAL;
}

int access_forget(struct db *db, const char *recording, const char *participant)
{
	return db_exec(db, "UPDATE accesses SET actor = 'erased', address = NULL WHERE recording = ?1"
			   " AND actor = (SELECT call_id FROM recordings WHERE id = ?1) || '/' || ?2", "ss", recording, participant);
}

int catalog_access_list(struct catalog *c, const struct catalog_access_filter *f, json_t **rows)
{
	json_t *found = NULL;
	int err = catalog_view(c);

	if (err)
		return err;
	err = db_rows(c->db, &found, "SELECT id, at_ms, recording, action, item, actor, address FROM accesses WHERE (?1 IS NULL OR recording = ?1)"
				     " AND at_ms >= ?2 AND (?3 = 0 OR id < ?3) ORDER BY id DESC LIMIT ?4", "siii", f->recording, f->since_ms, f->before, (int64_t)f->limit);
	err = catalog_end(c, err);
	if (err)
		json_decref(found);
	else
		*rows = found;
	return err;
}

int catalog_access_prune(struct catalog *c, int64_t before_ms)
{
	int n = catalog_begin(c);

	if (n)
		return n;
	n = db_exec(c->db, "DELETE FROM accesses WHERE id IN (SELECT id FROM accesses WHERE at_ms < ?1 ORDER BY at_ms LIMIT ?2)", "ii", before_ms, (int64_t)PRUNE_AT_ONCE);
	return catalog_end(c, n);
}
