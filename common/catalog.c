/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The catalog's connection: engine by URL, schema, transactions, and the one table of states. Used by the plugin's ledger thread and queries,
 * and by every thread of recroom-pp.
 *
 *   catalog_recording.c  catalog_job.c  catalog_call.c  catalog_event.c      what the tables mean
 *                 catalog.c: open, begin, end, states   catalog_query.c: exec, rows
 *                 catalog_sqlite.c   catalog_pg.c (pg_link.c)                one file an engine
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "common/catalog_db.h"
#include "common/log.h"

static const struct db_engine *const engines[] = { &db_pg, &db_sqlite };      /* the first that takes the URL */

enum { WAIT_MS = 5000, MIGRATION_MS = 600000 };

/* Every move a recording, an output or a job may make. */
static const struct {
	enum noun noun;
	const char *from, *to;
} moves[] = {
	{ NOUN_RECORDING, "starting", "recording" },     { NOUN_RECORDING, "starting", "processing" },
	{ NOUN_RECORDING, "starting", "failed" },        { NOUN_RECORDING, "recording", "paused" },
	{ NOUN_RECORDING, "recording", "processing" },   { NOUN_RECORDING, "recording", "failed" },
	{ NOUN_RECORDING, "paused", "recording" },       { NOUN_RECORDING, "paused", "processing" },
	{ NOUN_RECORDING, "paused", "failed" },          { NOUN_RECORDING, "processing", "uploading" },
	{ NOUN_RECORDING, "processing", "failed" },      { NOUN_RECORDING, "processing", "deleting" },
	{ NOUN_RECORDING, "uploading", "completed" },    { NOUN_RECORDING, "uploading", "failed" },
	{ NOUN_RECORDING, "uploading", "processing" },   { NOUN_RECORDING, "failed", "uploading" },
	{ NOUN_RECORDING, "uploading", "deleting" },     { NOUN_RECORDING, "completed", "deleting" },
	{ NOUN_RECORDING, "completed", "processing" },   { NOUN_RECORDING, "failed", "processing" },
	{ NOUN_RECORDING, "failed", "deleting" },        { NOUN_RECORDING, "deleting", "deleted" },

	{ NOUN_OUTPUT, "queued", "running" },            { NOUN_OUTPUT, "queued", "cancelled" },
	{ NOUN_OUTPUT, "running", "done" },              { NOUN_OUTPUT, "running", "failed" },
	{ NOUN_OUTPUT, "running", "retrying" },          { NOUN_OUTPUT, "running", "queued" },
	{ NOUN_OUTPUT, "running", "cancelled" },         { NOUN_OUTPUT, "retrying", "running" },
	{ NOUN_OUTPUT, "retrying", "cancelled" },        { NOUN_OUTPUT, "done", "cancelled" },
	{ NOUN_OUTPUT, "failed", "cancelled" },          { NOUN_OUTPUT, "failed", "queued" },
	{ NOUN_OUTPUT, "cancelled", "queued" },

	{ NOUN_JOB, "queued", "running" },               { NOUN_JOB, "queued", "cancelled" },
	{ NOUN_JOB, "running", "done" },                 { NOUN_JOB, "running", "failed" },
	{ NOUN_JOB, "running", "retrying" },             { NOUN_JOB, "running", "queued" },
	{ NOUN_JOB, "running", "cancelled" },            { NOUN_JOB, "retrying", "running" },
	{ NOUN_JOB, "retrying", "cancelled" },
};

/* The time it is kept begins with its end. Of one that failed the originals are all there is, so these go with it and not before. */
#define KEPT_FOR(days) "CASE WHEN " days " > 0 THEN now_ms() + " days " * 86400000 END"

static const struct {
	const char *get, *set;
} state_sql[] = {
	[NOUN_RECORDING] = { "SELECT status FROM recordings WHERE id = ?1 AND ?2 = 0 " ROW_LOCK,
			     "UPDATE recordings SET status = ?3,"
			     " keep_until_ms = CASE WHEN ?3 IN ('completed', 'failed') THEN COALESCE(keep_until_ms, " KEPT_FOR("keep_outputs_days") ") ELSE keep_until_ms END,"
			     " chunks_until_ms = CASE ?3 WHEN 'completed' THEN COALESCE(chunks_until_ms, " KEPT_FOR("keep_chunks_days") ") ELSE chunks_until_ms END"
			     " WHERE id = ?1 AND ?2 = 0" },
	[NOUN_OUTPUT] = { "SELECT state FROM outputs WHERE recording = ?1 AND id = ?2 " ROW_LOCK,
			  "UPDATE outputs SET state = ?3 WHERE recording = ?1 AND id = ?2" },
	[NOUN_JOB] = { "SELECT state FROM jobs WHERE id = CAST(?1 AS BIGINT) AND ?2 = 0 " ROW_LOCK,
		       "UPDATE jobs SET state = ?3 WHERE id = CAST(?1 AS BIGINT) AND ?2 = 0" },
};

bool state_may(enum noun noun, const char *from, const char *to)
{
	for (size_t i = 0; i < G_N_ELEMENTS(moves); i++) {
		if (moves[i].noun == noun && !strcmp(moves[i].from, from) && !strcmp(moves[i].to, to))
			return true;
	}
	return false;
}

int state_move(struct db *db, enum noun noun, const char *id, int output, const char *to)
{
	char from[16];
	int err = db_text(db, from, sizeof(from), state_sql[noun].get, "si", id, (int64_t)output);

	if (err <= 0)
		return err ? err : -ENOENT;
	if (!strcmp(from, to))
		return 0;
	if (!state_may(noun, from, to))
		return -EPROTO;
	return db_exec(db, state_sql[noun].set, "sis", id, (int64_t)output, to);
}

int recording_lock(struct db *db, const char *id)
{
	int64_t one;
	int err = db->engine->row_locks ? db_int(db, &one, "SELECT 1 FROM recordings WHERE id = ?1 " ROW_LOCK, "s", id) : 0;

	return MIN(err, 0);
}

static const struct db_engine *find_engine(const char *url)
{
	for (size_t i = 0; i < G_N_ELEMENTS(engines); i++) {
		if (engines[i]->takes(url))
			return engines[i];
	}
	return NULL;
}

char *catalog_url_show(const char *url)
{
	const struct db_engine *engine = find_engine(url);
	const char *colon = strchr(url, ':');

	return engine ? engine->show(url) : g_strndup(url, colon ? (size_t)(colon - url) : 0);
}

static int end(struct db *db, int err)
{
	int failed = err < 0 ? err : db->engine->commit(db);

	if (!failed)
		return err;
	db->engine->rollback(db);
	return failed;
}

static int newest_version(const char *engine)
{
	int known = 0;

	for (const struct db_migration *m = db_migrations; m->engine; m++) {
		if (!strcmp(m->engine, engine))
			known = m->version;
	}
	return known;
}

static int apply(struct db *db, const char *name, const struct db_migration *m)
{
	int err;

	db->engine->set_wait(db, MIGRATION_MS);
	err = db->engine->script(db, m->sql);
	if (err >= 0)
		err = db_exec(db, "INSERT INTO schema_version (version, applied_ms) VALUES (?1, now_ms())", "i", (int64_t)m->version);
	if (err < 0)
		log_error("catalog %s: migration %d failed: %s", name, m->version, err_str(err));
	return MIN(err, 0);
}

int migrate_to(struct db *db, const char *name, int version, int64_t *there)
{
	int known = newest_version(db->engine->name), to = version ? version : known;
	int err = db_int(db, there, "SELECT COALESCE(MAX(version), 0) FROM schema_version", "");

	if (err >= 0 && MAX(*there, to) > known) {
		log_error("catalog %s: its schema is version %d, this program knows %d: use the newer program", name, (int)MAX(*there, to), known);
		return -EPROTO;
	}
	for (const struct db_migration *m = db_migrations; err >= 0 && m->engine; m++) {
		if (strcmp(m->engine, db->engine->name) || m->version <= *there || m->version > to)
			continue;
		err = apply(db, name, m);
		*there = m->version;
	}
	return MIN(err, 0);
}

int migrate_begin(struct db *db)
{
	int err = db->engine->begin(db, true);

	if (err)
		return err;
	if (db->engine->one_migrates)
		err = db->engine->script(db, db->engine->one_migrates);
	if (!err)
		err = db->engine->script(db, "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL, applied_ms BIGINT NOT NULL)");
	if (err)
		db->engine->rollback(db);
	return err;
}

int migrate_end(struct db *db, int err)
{
	err = end(db, err);
	db->engine->set_wait(db, WAIT_MS);
	return err;
}

static int migrate(struct db *db, const char *name)
{
	int64_t there;
	int err = migrate_begin(db);

	return err ? err : migrate_end(db, migrate_to(db, name, 0, &there));
}

int db_open(struct db **out, const char *url)
{
	const struct db_engine *engine = find_engine(url);
	char *name;

	if (engine)
		return engine->open(out, url);
	name = catalog_url_show(url);
	log_error("catalog %s: no engine of that name is built in", name);
	g_free(name);
	return -EINVAL;
}

int catalog_open(struct catalog **out, const char *url)
{
	struct catalog *c = g_new0(struct catalog, 1);
	char *name = catalog_url_show(url);
	int err;

	lock_init(&c->lock);
	err = db_open(&c->db, url);
	if (!err)
		err = migrate(c->db, name);
	g_free(name);
	if (err)
		catalog_close(&c);
	else
		*out = c;
	return err;
}

void catalog_close(struct catalog **c)
{
	if (!*c)
		return;
	if ((*c)->db)
		(*c)->db->engine->close((*c)->db);
	lock_destroy(&(*c)->lock);
	g_free(*c);
	*c = NULL;
}

void catalog_set_wait(struct catalog *c, int ms)
{
	lock_take(&c->lock);
	c->db->engine->set_wait(c->db, ms);
	lock_release(&c->lock);
}

int catalog_version(struct catalog *c, int64_t *out)
{
	int err;

	lock_take(&c->lock);
	err = c->db->engine->version(c->db, out);
	lock_release(&c->lock);
	return err;
}

static int begin(struct catalog *c, bool write)
{
	int err;

	lock_take(&c->lock);
	err = c->db->engine->begin(c->db, write);
	if (err)
		lock_release(&c->lock);
	return err;
}

int catalog_begin(struct catalog *c)
{
	return begin(c, true);
}

int catalog_view(struct catalog *c)
{
	return begin(c, false);
}

int catalog_end(struct catalog *c, int err)
{
	err = end(c->db, err);
	lock_release(&c->lock);
	return err;
}
