/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Share links. Called by REST handlers, by the plugin's threads that may wait, and by commands; each call is one transaction.
 *
 *   secret ─▶ link, told once           secret ─SHA-256─▶ id ─▶ catalog, lists, revoking
 */
#include "common/catalog_share.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include "common/catalog_db.h"
#include "common/ids.h"
#include "common/json.h"

void share_secret_make(char secret[SHARE_SECRET])
{
	secret_make(secret);
}

int share_id_of(char id[SHARE_ID], const char *secret)
{
	static const char use[] = "recroom share ";
	size_t len = strlen(secret);
	struct sha256 *s;

	if (len < 26 || len >= SHARE_SECRET || strspn(secret, "abcdefghijklmnopqrstuvwxyz0123456789") != len)
		return -EINVAL;
	s = sha256_create();
	sha256_update(s, use, strlen(use));
	sha256_update(s, secret, len);
	sha256_final(s, id);
	return 0;
}

bool share_id_valid(const char *id)
{
	return strlen(id) == SHARE_ID - 1 && strspn(id, "0123456789abcdef") == SHARE_ID - 1;
}

char *share_link(const char *public_url, const char *secret)
{
	return g_strdup_printf("%s/s/%s", public_url ? public_url : "", secret);
}

int64_t share_expiry(int64_t now_ms, int64_t ttl_s)
{
	return ttl_s ? now_ms + 1000 * MIN(ttl_s < 0 ? SHARE_TTL_S : ttl_s, SHARE_TTL_MAX_S) : 0;
}

static json_t *output_of(json_t *row, int output)
{
	size_t i;
	json_t *o;

	json_array_foreach(json_object_get(row, "outputs"), i, o) {
		const char *state = json_str(o, "state");

		if (state && !strcmp(state, "done") && (!output || json_num(o, "id", 0) == output))
			return o;
	}
	return NULL;
}

json_t *share_file(json_t *row, int output, const char *name)
{
	const char *member = name ? "name" : "kind", *wanted = name ? name : "media";
	size_t i;
	json_t *file;

	json_array_foreach(json_object_get(output_of(row, output), "files"), i, file)
		if (json_str(file, member) && !strcmp(json_str(file, member), wanted))
			return file;
	return NULL;
}

/* Is the one that is there by this id just the same? */
static int same(struct db *db, const struct catalog_share *s)
{
	int64_t one = 0;
	int got = db_int(db, &one, "SELECT 1 FROM shares WHERE id = ?1 AND recording = ?2 AND output = ?3 AND COALESCE(name, '') = COALESCE(?4, '')", "ssis", s->id,
			 s->recording, (int64_t)s->output, s->name);

	return got < 0 ? got : got ? 0 : -EEXIST;
}

static int add(struct db *db, const struct catalog_share *s)
{
	int64_t one = 0;
	int err = recording_lock(db, s->recording), got;

	if (err < 0)
		return err;
	got = db_int(db, &one, "SELECT 1 FROM recordings WHERE id = ?1 AND status NOT IN ('deleting', 'deleted')", "s", s->recording);
	if (got <= 0)
		return got < 0 ? got : -ENOENT;
	got = db_exec(db, "INSERT INTO shares (id, recording, output, name, created_ms, expires_ms, created_by) VALUES (?1, ?2, ?3, ?4, now_ms(), NULLIF(?5, 0), ?6)"
			  " ON CONFLICT (id) DO NOTHING", "ssisis", s->id, s->recording, (int64_t)s->output, s->name, s->expires_ms, s->created_by);
	return got ? got : same(db, s);
}

int catalog_share_add(struct catalog *c, const struct catalog_share *s)
{
	int err = s->recording && share_id_valid(s->id) ? catalog_begin(c) : -EINVAL;

	return err ? err : catalog_end(c, add(c->db, s));
}

#define SHARE_ROWS "SELECT id, recording, output, name, created_ms, expires_ms, revoked_ms, created_by, uses," \
	" CASE WHEN revoked_ms IS NOT NULL OR expires_ms <= now_ms() THEN 1 ELSE 0 END AS gone FROM shares "

int catalog_share_get(struct catalog *c, const char *id, json_t **row)
{
	json_t *rows = NULL;
	int err = catalog_view(c);

	if (err)
		return err;
	err = catalog_end(c, db_rows(c->db, &rows, SHARE_ROWS "WHERE id = ?1", "s", id));
	if (!err && !json_array_size(rows))
		err = -ENOENT;
	if (!err)
		*row = json_incref(json_array_get(rows, 0));
	json_decref(rows);
	return err;
}

int catalog_shares(struct catalog *c, const char *recording, json_t **rows)
{
	int err = catalog_view(c);

	return err ? err : catalog_end(c, db_rows(c->db, rows, SHARE_ROWS "WHERE recording = ?1 ORDER BY created_ms DESC, id", "s", recording));
}

int catalog_share_revoke(struct catalog *c, const char *recording, const char *id)
{
	int n = catalog_begin(c);

	if (n)
		return n;
	n = db_exec(c->db, "UPDATE shares SET revoked_ms = COALESCE(revoked_ms, now_ms()) WHERE recording = ?1 AND id = ?2", "ss", recording, id);
	return catalog_end(c, n < 0 ? n : n ? 0 : -ENOENT);
}

int catalog_share_used(struct catalog *c, const char *id)
{
	int n = catalog_begin(c);

	return n ? n : MIN(catalog_end(c, db_exec(c->db, "UPDATE shares SET uses = uses + 1 WHERE id = ?1", "s", id)), 0);
}

int shares_forget(struct db *db, const char *recording, const char *participant)
{
	return db_exec(db, "UPDATE shares SET created_by = 'erased' WHERE recording = ?1 AND created_by = (SELECT call_id FROM recordings WHERE id = ?1) || '/' || ?2",
		       "ss", recording, participant);
}
