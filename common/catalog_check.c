/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Is a catalog what its rules say? Asked by `recroom-pp catalog check`; changes nothing.
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "common/catalog_copy.h"
#include "common/catalog_schema.h"
#include "common/json.h"

#define STATES "('queued', 'running', 'retrying', 'done', 'failed', 'cancelled')"

/* Rules that no constraint of the schema holds: how many rows break each. */
static const struct { const char *what, *table, *count; } rules[] = {
	{ "a state that does not exist", "recordings", "SELECT COUNT(*) FROM recordings WHERE status NOT IN ('starting', 'recording', 'paused', 'processing',"
	  " 'uploading', 'completed', 'failed', 'deleting', 'deleted')" },
	{ "a state that does not exist", "outputs", "SELECT COUNT(*) FROM outputs WHERE state NOT IN " STATES },
	{ "a state that does not exist", "jobs", "SELECT COUNT(*) FROM jobs WHERE state NOT IN " STATES },
	{ "no primary output", "recordings", "SELECT COUNT(*) FROM recordings r WHERE NOT EXISTS (SELECT 1 FROM outputs o WHERE o.recording = r.id AND"
	  " o.id = r.primary_output)" },
	{ "an output that is not there", "jobs", "SELECT COUNT(*) FROM jobs j WHERE j.output > 0 AND NOT EXISTS (SELECT 1 FROM outputs o WHERE"
	  " o.recording = j.recording AND o.id = j.output)" },
	{ "done without a file", "outputs", "SELECT COUNT(*) FROM outputs WHERE state = 'done' AND path IS NULL" },
	{ "running without an owner", "jobs", "SELECT COUNT(*) FROM jobs WHERE state = 'running' AND owner IS NULL" },
};

static void add(json_t *problems, const char *what, int64_t count, const char *of)
{
	if (count)
		json_array_append_new(problems, json_pack("{s:s, s:I, s:s}", "what", what, "count", (json_int_t)count, "of", of));
}

static int check_rules(struct db *db, json_t *problems)
{
	int err = 0;

	for (size_t i = 0; err >= 0 && i < G_N_ELEMENTS(rules); i++) {
		int64_t n = 0;

		err = db_int(db, &n, rules[i].count, "");
		add(problems, rules[i].what, n, rules[i].table);
	}
	return MIN(err, 0);
}

static int check_references(struct db *db, const struct schema_table *t, json_t *problems)
{
	int err = 0;

	for (guint i = 0; !err && i < t->references->len; i++) {
		const struct schema_reference *r = &g_array_index(t->references, struct schema_reference, i);
		char *what = g_strdup_printf("%s refers to %s that are not there", r->from, r->table);
		int64_t n = 0;

		err = schema_orphans(db, t, r, &n);
		add(problems, what, n, t->name);
		g_free(what);
	}
	return err;
}

/* A number that was given already would be given again. */
static int check_number(struct db *db, const struct schema_table *t, json_t *problems)
{
	char *sql;
	int64_t last = 0, most = 0;
	int err;

	if (!t->numbered)
		return 0;
	sql = g_strdup_printf("SELECT COALESCE(MAX(%s), 0) FROM %s", t->numbered, t->name);
	err = db_int(db, &most, sql, "");
	g_free(sql);
	if (err >= 0)
		err = schema_number(db, t, &last);
	add(problems, "the next number is taken", err >= 0 && most > last, t->name);
	return MIN(err, 0);
}

static int check_tables(struct db *db, json_t *problems)
{
	GPtrArray *tables = NULL;
	int err = schema_read(db, &tables);

	for (guint i = 0; !err && i < tables->len; i++) {
		err = check_references(db, tables->pdata[i], problems);
		if (!err)
			err = check_number(db, tables->pdata[i], problems);
	}
	if (tables)
		g_ptr_array_unref(tables);
	return err;
}

/* The file itself; PostgreSQL looks after its own. */
static int check_file(struct db *db, json_t *problems)
{
	json_t *rows = NULL, *row;
	size_t i;
	int err = strcmp(db->engine->name, "sqlite") ? 0 : db_rows(db, &rows, "PRAGMA integrity_check(10)", "");

	json_array_foreach(rows, i, row) {
		const char *said = json_str(row, "integrity_check");

		if (g_strcmp0(said, "ok"))
			add(problems, said ? said : "damaged", 1, "file");
	}
	json_decref(rows);
	return err;
}

int catalog_check(struct catalog *c, json_t **problems, int64_t *schema)
{
	json_t *found = json_array();
	int err = catalog_view(c);

	if (!err) {
		err = db_int(c->db, schema, "SELECT COALESCE(MAX(version), 0) FROM schema_version", "");
		if (err >= 0)
			err = check_file(c->db, found);
		if (!err)
			err = check_tables(c->db, found);
		if (!err)
			err = check_rules(c->db, found);
		err = catalog_end(c, err);
	}
	if (err)
		json_decref(found);
	else
		*problems = found;
	return err;
}
