/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tables, columns, keys and references, asked of the database itself, so that a migration needs nothing here. Called by catalog_copy.c and
 * catalog_check.c.
 */
#include <errno.h>
#include <string.h>
#include "common/catalog_schema.h"
#include "common/json.h"

/* What each engine calls these things. ?1 a table, ?2 its numbered column. */
static const struct dialect {
	const char *engine;
	const char *columns;       /* rows {table name is_int required key numbered}, in order; key: the place in the primary key, 0 none */
	const char *references;    /* rows {table parent id column to}, in order; id: which reference of the table */
	const char *own_numbers;
	const char *rows;          /* of a text of JSON, ?1: its arrays */
	const char *before, *after;        /* what stands around the place of one's value */
	const char *number, *forget_number, *set_number;       /* ?3: the number */
	const char *hold;          /* of a table, %s; NULL: one writes at a time anyway */
	const char *triggers;      /* rows {name sql} of those to be dropped and made again; NULL: of each table, %s, they can be switched: */
	const char *off, *on;
} dialects[] = {
	{ "sqlite",
	  "SELECT m.name AS \"table\", c.name AS name, CASE WHEN c.type LIKE '%INT%' THEN 1 ELSE 0 END AS is_int,"
	  " CASE WHEN c.\"notnull\" OR c.pk THEN 1 ELSE 0 END AS required, c.pk AS key,"
	  " CASE WHEN c.pk AND m.sql LIKE '%AUTOINCREMENT%' THEN 1 ELSE 0 END AS numbered"
	  " FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name <> 'schema_version'"
	  " ORDER BY m.name, c.cid",
	  "SELECT m.name AS \"table\", f.\"table\" AS parent, f.id AS id, f.\"from\" AS \"column\", f.\"to\" AS \"to\""
	  " FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table' ORDER BY m.name, f.id, f.seq",
	  "",
	  "json_each(?1)", "json_extract(value, '$[", "]')",
	  "SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = ?1 AND ?2 <> ''",
	  "DELETE FROM sqlite_sequence WHERE name = ?1 AND ?2 <> '' AND ?3 >= 0",
	  "INSERT INTO sqlite_sequence (name, seq) SELECT ?1, ?3 WHERE ?2 <> ''",
	  NULL,
	  "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name", NULL, NULL },
	{ "postgresql",
	  "SELECT CAST(c.relname AS TEXT) AS \"table\", CAST(a.attname AS TEXT) AS name, CASE WHEN a.atttypid IN (20, 21, 23) THEN 1 ELSE 0 END AS is_int,"
	  " CASE WHEN a.attnotnull THEN 1 ELSE 0 END AS required, COALESCE(array_position(k.conkey, a.attnum), 0) AS key,"
	  " CASE WHEN a.attidentity <> '' THEN 1 ELSE 0 END AS numbered"
	  " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
	  " LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'"
	  " WHERE c.relkind = 'r' AND c.relnamespace = CAST(current_schema() AS regnamespace) AND c.relname <> 'schema_version'"
	  " ORDER BY c.relname, a.attnum",
	  "SELECT CAST(c.relname AS TEXT) AS \"table\", CAST(p.relname AS TEXT) AS parent, CAST(k.oid AS BIGINT) AS id, CAST(a.attname AS TEXT) AS \"column\","
	  " CAST(b.attname AS TEXT) AS \"to\" FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class p ON p.oid = k.confrelid"
	  " CROSS JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY AS u (ours, theirs, place)"
	  " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.ours JOIN pg_attribute b ON b.attrelid = p.oid AND b.attnum = u.theirs"
	  " WHERE k.contype = 'f' AND c.relnamespace = CAST(current_schema() AS regnamespace) ORDER BY c.relname, k.oid, u.place",
	  " OVERRIDING SYSTEM VALUE",
	  "jsonb_array_elements(CAST(?1 AS JSONB)) r", "(r->>", ")",
	  "SELECT COALESCE(pg_sequence_last_value(CAST(pg_get_serial_sequence(?1, ?2) AS regclass)), 0)",
	  NULL,
	  "SELECT setval(CAST(pg_get_serial_sequence(?1, ?2) AS regclass), ?3)",
	  "LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE",
	  NULL, "ALTER TABLE %s DISABLE TRIGGER USER", "ALTER TABLE %s ENABLE TRIGGER USER" },
};

static const struct dialect *dialect_of(struct db *db)
{
	for (size_t i = 0; i < G_N_ELEMENTS(dialects); i++) {
		if (!strcmp(dialects[i].engine, db->engine->name))
			return &dialects[i];
	}
	return &dialects[0];
}

static void clear_column(gpointer p)
{
	g_free(((struct schema_column *)p)->name);
}

static void clear_reference(gpointer p)
{
	struct schema_reference *r = p;

	g_free(r->from);
	g_free(r->table);
	g_free(r->to);
}

static void free_table(gpointer p)
{
	struct schema_table *t = p;

	g_array_unref(t->columns);
	g_array_unref(t->references);
	g_ptr_array_unref(t->key);
	g_free(t->numbered);
	g_free(t->name);
	g_free(t);
}

static struct schema_table *find_table(const GPtrArray *tables, const char *name)
{
	for (guint i = 0; i < tables->len; i++) {
		if (!strcmp(((struct schema_table *)tables->pdata[i])->name, name))
			return tables->pdata[i];
	}
	return NULL;
}

static struct schema_table *table_of(GPtrArray *tables, const char *name)
{
	struct schema_table *t = find_table(tables, name);

	if (t)
		return t;
	t = g_new0(struct schema_table, 1);
	t->name = g_strdup(name);
	t->columns = g_array_new(FALSE, TRUE, sizeof(struct schema_column));
	g_array_set_clear_func(t->columns, clear_column);
	t->references = g_array_new(FALSE, TRUE, sizeof(struct schema_reference));
	g_array_set_clear_func(t->references, clear_reference);
	t->key = g_ptr_array_new();
	g_ptr_array_add(tables, t);
	return t;
}

/* ---- columns ---- */

static void add_column(GPtrArray *tables, json_t *row)
{
	struct schema_table *t = table_of(tables, json_str(row, "table"));
	struct schema_column column = { .name = g_strdup(json_str(row, "name")), .is_int = json_num(row, "is_int", 0) != 0,
					.required = json_num(row, "required", 0) != 0 };
	guint place = (guint)json_num(row, "key", 0);

	g_array_append_val(t->columns, column);
	if (json_num(row, "numbered", 0))
		t->numbered = g_strdup(column.name);
	if (!place)
		return;
	if (t->key->len < place)
		g_ptr_array_set_size(t->key, (gint)place);
	t->key->pdata[place - 1] = column.name;
}

static void append(char **to, const char *name)
{
	char *longer = *to ? g_strconcat(*to, ", ", name, NULL) : g_strdup(name);

	g_free(*to);
	*to = longer;
}

static void add_references(GPtrArray *tables, json_t *rows)
{
	int64_t last_id = -1;
	const char *last_table = "";
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		struct schema_table *t = table_of(tables, json_str(row, "table"));
		struct schema_reference *r;

		if (strcmp(last_table, t->name) || last_id != json_num(row, "id", 0)) {
			g_array_set_size(t->references, t->references->len + 1);
			g_array_index(t->references, struct schema_reference, t->references->len - 1).table = g_strdup(json_str(row, "parent"));
		}
		r = &g_array_index(t->references, struct schema_reference, t->references->len - 1);
		append(&r->from, json_str(row, "column"));
		append(&r->to, json_str(row, "to"));
		last_table = t->name;
		last_id = json_num(row, "id", 0);
	}
}

/* ---- order ---- */

static bool is_ready(const struct schema_table *t, const GPtrArray *done)
{
	for (guint i = 0; i < t->references->len; i++) {
		const char *parent = g_array_index(t->references, struct schema_reference, i).table;

		if (strcmp(parent, t->name) && !find_table(done, parent))
			return false;
	}
	return true;
}

/* Takes from `tables`, again and again, what refers only to what is taken already. A circle would be left over: -EINVAL. */
static int sort_tables(GPtrArray *tables, GPtrArray *done)
{
	guint before;

	do {
		before = tables->len;
		for (guint i = 0; i < tables->len; i++) {
			if (is_ready(tables->pdata[i], done))
				g_ptr_array_add(done, g_ptr_array_steal_index(tables, i--));
		}
	} while (tables->len && tables->len < before);
	return tables->len ? -EINVAL : 0;
}

int schema_read(struct db *db, GPtrArray **out)
{
	const struct dialect *d = dialect_of(db);
	GPtrArray *tables = g_ptr_array_new_with_free_func(free_table), *done = g_ptr_array_new_with_free_func(free_table);
	json_t *columns = NULL, *references = NULL, *row;
	size_t i;
	int err = db_rows(db, &columns, d->columns, "");

	if (!err)
		err = db_rows(db, &references, d->references, "");
	json_array_foreach(columns, i, row)
		add_column(tables, row);
	add_references(tables, references);
	if (!err)
		err = sort_tables(tables, done);
	json_decref(columns);
	json_decref(references);
	g_ptr_array_unref(tables);
	if (err)
		g_ptr_array_unref(done);
	else
		*out = done;
	return err;
}

/* ---- what differs ---- */

const char *schema_own_numbers(struct db *db)
{
	return dialect_of(db)->own_numbers;
}

const char *schema_json_rows(struct db *db)
{
	return dialect_of(db)->rows;
}

char *schema_json_value(struct db *db, size_t place, bool is_int)
{
	const struct dialect *d = dialect_of(db);

	return g_strdup_printf("CAST(%s%zu%s AS %s)", d->before, place, d->after, is_int ? "BIGINT" : "TEXT");
}

int schema_number(struct db *db, const struct schema_table *t, int64_t *out)
{
	int err = db_int(db, out, dialect_of(db)->number, "ss", t->name, t->numbered);

	return MIN(err, 0);
}

int schema_set_number(struct db *db, const struct schema_table *t, int64_t last)
{
	const struct dialect *d = dialect_of(db);
	int err = d->forget_number ? db_exec(db, d->forget_number, "ssi", t->name, t->numbered, last) : 0;

	if (err >= 0 && last > 0)
		err = db_exec(db, d->set_number, "ssi", t->name, t->numbered, last);
	return MIN(err, 0);
}

/* A statement with a %s, for a name */
static int say_of(struct db *db, const char *text, const char *name)
{
	char **halves = g_strsplit(text, "%s", 2);
	char *sql = g_strconcat(halves[0], name, halves[1], NULL);
	int err = db->engine->script(db, sql);

	g_free(sql);
	g_strfreev(halves);
	return err;
}

static int say_of_all(struct db *db, const char *text, const GPtrArray *tables)
{
	int err = 0;

	for (guint i = 0; text && !err && i < tables->len; i++)
		err = say_of(db, text, ((struct schema_table *)tables->pdata[i])->name);
	return err;
}

int schema_hold(struct db *db, const GPtrArray *tables)
{
	return say_of_all(db, dialect_of(db)->hold, tables);
}

int schema_triggers_off(struct db *db, const GPtrArray *tables, json_t **kept)
{
	const struct dialect *d = dialect_of(db);
	json_t *row;
	size_t i;
	int err = d->triggers ? db_rows(db, kept, d->triggers, "") : say_of_all(db, d->off, tables);

	json_array_foreach(d->triggers && !err ? *kept : NULL, i, row)
		if (!err)
			err = say_of(db, "DROP TRIGGER %s", json_str(row, "name"));
	return err;
}

int schema_triggers_on(struct db *db, const GPtrArray *tables, json_t *kept)
{
	json_t *row;
	size_t i;
	int err = say_of_all(db, dialect_of(db)->on, tables);

	json_array_foreach(kept, i, row)
		if (!err)
			err = db->engine->script(db, json_str(row, "sql"));
	return err;
}

int schema_orphans(struct db *db, const struct schema_table *t, const struct schema_reference *r, int64_t *n)
{
	char **ours = g_strsplit(r->from, ", ", -1), **theirs = g_strsplit(r->to, ", ", -1);
	GString *sql = g_string_new(NULL);
	int err;

	g_string_printf(sql, "SELECT COUNT(*) FROM %s c WHERE ", t->name);
	for (char **name = ours; *name; name++)
		g_string_append_printf(sql, "c.%s IS NOT NULL AND ", *name);
	g_string_append_printf(sql, "NOT EXISTS (SELECT 1 FROM %s p WHERE ", r->table);
	for (size_t i = 0; ours[i] && theirs[i]; i++)
		g_string_append_printf(sql, "%sp.%s = c.%s", i ? " AND " : "", theirs[i], ours[i]);
	g_string_append_c(sql, ')');
	err = db_int(db, n, sql->str, "");
	g_string_free(sql, TRUE);
	g_strfreev(ours);
	g_strfreev(theirs);
	return MIN(err, 0);
}
