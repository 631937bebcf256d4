/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Dumping and loading. Called by `recroom-pp catalog` on its main thread; each is one transaction.
 *
 *   tables (catalog_schema.c) ─▶ pages of rows by primary key ─▶ lines ─▶ a file, or a load ─▶ INSERT ─▶ numbers ─▶ commit
 */
#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <string.h>
#include "common/catalog_copy.h"
#include "common/catalog_schema.h"
#include "common/json.h"
#include "common/log.h"
#include "common/sync.h"

#define CATALOG_NAME "janus-recroom"
enum { FORMAT = 1, PAGE = 500 };

/* ---- statements whose parameters are an array ---- */

static int bind(struct db *db, struct db_stmt *q, json_t *values, size_t from)
{
	json_t *v;
	size_t i;
	int err = 0;

	json_array_foreach(values, i, v) {
		int n = (int)(from + i) + 1;

		if (!err)
			err = json_is_integer(v) ? db->engine->bind_int(q, n, json_integer_value(v)) : db->engine->bind_text(q, n, json_string_value(v));
	}
	return err;
}

static json_t *value_of(const struct db_engine *e, struct db_stmt *q, int n)
{
	if (e->is_null(q, n))
		return json_null();
	return e->is_int(q, n) ? json_integer(e->get_int(q, n)) : json_string(e->get_text(q, n));
}

static json_t *row_of(const struct db_engine *e, struct db_stmt *q)
{
	json_t *row = json_array();

	for (int n = 0; n < e->columns(q); n++)
		json_array_append_new(row, value_of(e, q, n));
	return row;
}

/* ---- out ---- */

struct dump {
	struct db *db;
	catalog_line_h *line;
	void *arg;
	int64_t rows;
};

static int put(struct dump *d, json_t *line)
{
	int err = line ? d->line(line, d->arg) : -EBADMSG;

	json_decref(line);
	return err;
}

static json_t *column_names(const struct schema_table *t)
{
	json_t *names = json_array();

	for (guint i = 0; i < t->columns->len; i++)
		json_array_append_new(names, json_string(g_array_index(t->columns, struct schema_column, i).name));
	return names;
}

/* The rows behind a key; all of the key's columns are part of the row. */
static char *page_sql(const struct schema_table *t, bool first)
{
	GString *sql = g_string_new("SELECT "), *key = g_string_new(NULL), *marks = g_string_new(NULL);

	for (guint i = 0; i < t->columns->len; i++)
		g_string_append_printf(sql, "%s%s", i ? ", " : "", g_array_index(t->columns, struct schema_column, i).name);
	for (guint i = 0; i < t->key->len; i++) {
		g_string_append_printf(key, "%s%s", i ? ", " : "", (char *)t->key->pdata[i]);
		g_string_append_printf(marks, "%s?%u", i ? ", " : "", i + 1);
	}
	g_string_append_printf(sql, " FROM %s", t->name);
	if (!first)
		g_string_append_printf(sql, " WHERE (%s) > (%s)", key->str, marks->str);
	g_string_append_printf(sql, " ORDER BY %s LIMIT %d", key->str, PAGE);
	g_string_free(key, TRUE);
	g_string_free(marks, TRUE);
	return g_string_free(sql, FALSE);
}

static json_t *key_of(const struct schema_table *t, json_t *row)
{
	json_t *key = json_array();

	for (guint k = 0; k < t->key->len; k++) {
		for (guint i = 0; i < t->columns->len; i++) {
			if (!strcmp(g_array_index(t->columns, struct schema_column, i).name, t->key->pdata[k]))
				json_array_append(key, json_array_get(row, i));
		}
	}
	return key;
}

/* One page behind *after (NULL: the first), which becomes the key of its last row; how many. */
static int put_page(struct dump *d, const struct schema_table *t, json_t **after)
{
	const struct db_engine *e = d->db->engine;
	char *sql = page_sql(t, !*after);
	struct db_stmt *q = NULL;
	json_t *row = NULL;
	int n = 0, err = e->prepare(d->db, &q, sql);

	if (!err && *after)
		err = bind(d->db, q, *after, 0);
	while (!err && (err = e->step(d->db, q)) > 0) {
		json_decref(row);
		row = row_of(e, q);
		err = d->line(row, d->arg);
		n++;
	}
	if (q)
		e->reset(q);
	json_decref(*after);
	*after = row ? key_of(t, row) : NULL;
	json_decref(row);
	g_free(sql);
	d->rows += n;
	return err < 0 ? err : n;
}

static int put_table(struct dump *d, const struct schema_table *t)
{
	json_t *after = NULL;
	int err = t->key->len ? put(d, json_pack("{s:s, s:o}", "table", t->name, "columns", column_names(t))) : -EINVAL;

	while (!err) {
		int n = put_page(d, t, &after);

		if (n < PAGE) {
			err = MIN(n, 0);
			break;
		}
	}
	json_decref(after);
	return err;
}

static int put_numbers(struct dump *d, const GPtrArray *tables)
{
	json_t *numbers = json_object();
	int err = 0;

	for (guint i = 0; !err && i < tables->len; i++) {
		const struct schema_table *t = tables->pdata[i];
		int64_t last = 0;

		if (!t->numbered)
			continue;
		err = schema_number(d->db, t, &last);
		json_object_set_new(numbers, t->name, json_integer(last));
	}
	return put(d, json_pack("{s:o}", "numbers", numbers));
}

static int put_all(struct dump *d, bool hold)
{
	GPtrArray *tables = NULL;
	int64_t version = 0;
	int err = schema_read(d->db, &tables);

	if (!err && hold)
		err = schema_hold(d->db, tables);
	if (!err)
		err = db_int(d->db, &version, "SELECT MAX(version) FROM schema_version", "");
	if (err >= 0)
		err = put(d, json_pack("{s:s, s:i, s:I, s:I}", "catalog", CATALOG_NAME, "format", FORMAT, "schema", (json_int_t)version, "at_ms",
				       (json_int_t)clock_wall_ms()));
	for (guint i = 0; err >= 0 && i < tables->len; i++)
		err = put_table(d, tables->pdata[i]);
	if (err >= 0)
		err = put_numbers(d, tables);
	if (tables)
		g_ptr_array_unref(tables);
	return err < 0 ? err : put(d, json_pack("{s:b, s:I}", "end", 1, "rows", (json_int_t)d->rows));
}

int catalog_dump(struct catalog *c, bool hold, catalog_line_h *line, void *arg, int64_t *rows)
{
	struct dump d = { .db = c->db, .line = line, .arg = arg };
	int err = hold ? catalog_begin(c) : catalog_view(c);

	if (err)
		return err;
	err = catalog_end(c, put_all(&d, hold));
	*rows = d.rows;
	return err;
}

int catalog_alive(struct catalog *c, json_t **names)
{
	static const char *const kinds[][2] = {
		{ "hosts", "SELECT id FROM hosts WHERE heartbeat_ms > now_ms() - 60000" }, { "workers", "SELECT id FROM workers WHERE heartbeat_ms > now_ms() - 15000" },
	};
	GPtrArray *tables = NULL;
	json_t *rows = NULL;
	int err = catalog_view(c);

	if (err)
		return err;
	*names = json_array();
	err = schema_read(c->db, &tables);
	for (size_t k = 0; k < G_N_ELEMENTS(kinds); k++) {
		for (guint i = 0; !err && i < tables->len; i++) {
			if (strcmp(((struct schema_table *)tables->pdata[i])->name, kinds[k][0]))
				continue;
			err = db_rows(c->db, &rows, kinds[k][1], "");
			json_array_extend(*names, rows);
			json_decref(rows);
			rows = NULL;
		}
	}
	if (tables)
		g_ptr_array_unref(tables);
	err = catalog_end(c, err);
	if (err)
		json_decref(*names);
	return err;
}

/* ---- in ---- */

struct catalog_load {
	struct db *db;
	char *name;                /* of the target, as it may be shown */
	GPtrArray *tables;         /* NULL before the first line */
	struct schema_table *table;        /* of the rows that come */
	char *insert;
	json_t *numbers;
	json_t *triggers;          /* that are off */
	int64_t rows;
	bool ended;
};

static int is_empty(struct db *db, const GPtrArray *tables)
{
	int err = 0;

	for (guint i = 0; !err && i < tables->len; i++) {
		char *sql = g_strdup_printf("SELECT 1 FROM %s LIMIT 1", ((struct schema_table *)tables->pdata[i])->name);
		int64_t one;

		err = db_int(db, &one, sql, "");
		g_free(sql);
	}
	return err > 0 ? -ENOTEMPTY : err;
}

/* The first line: the tables are made as they were then, or must be so already. */
static int take_header(struct catalog_load *l, json_t *line)
{
	int64_t version = json_num(line, "schema", 0), there = 0;
	int err;

	if (g_strcmp0(json_str(line, "catalog"), CATALOG_NAME) || json_num(line, "format", 0) != FORMAT)
		return -EBADMSG;
	err = migrate_to(l->db, l->name, (int)version, &there);
	if (!err && there != version) {
		log_error("catalog %s: its schema is version %d, the dump's is %d: load it into an empty database, or with the program that made it", l->name,
			  (int)there, (int)version);
		err = -EPROTO;
	}
	if (!err)
		err = schema_read(l->db, &l->tables);
	if (!err)
		err = is_empty(l->db, l->tables);
	return err ? err : schema_triggers_off(l->db, l->tables, &l->triggers);
}

static const struct schema_column *column_of(const struct schema_table *t, const char *name)
{
	for (guint i = 0; name && i < t->columns->len; i++) {
		const struct schema_column *c = &g_array_index(t->columns, struct schema_column, i);

		if (!strcmp(c->name, name))
			return c;
	}
	return NULL;
}

/* Names come from a file: only those that the database has go into the statement. */
static int take_table(struct catalog_load *l, json_t *line)
{
	json_t *names = json_object_get(line, "columns"), *name;
	GString *columns = g_string_new(NULL), *values = g_string_new(NULL);
	const struct schema_column *c = NULL;
	size_t i;

	l->table = NULL;
	for (guint t = 0; t < l->tables->len; t++) {
		if (!g_strcmp0(((struct schema_table *)l->tables->pdata[t])->name, json_str(line, "table")))
			l->table = l->tables->pdata[t];
	}
	json_array_foreach(names, i, name) {
		c = l->table ? column_of(l->table, json_string_value(name)) : NULL;
		if (!c)
			break;
		g_string_append_printf(columns, "%s%s", i ? ", " : "", c->name);
		g_string_append_printf(values, "%sCAST(?%zu AS %s)", i ? ", " : "", i + 1, c->is_int ? "BIGINT" : "TEXT");
	}
	g_free(l->insert);
	l->insert = !c ? NULL : g_strdup_printf("INSERT INTO %s (%s)%s VALUES (%s)", l->table->name, columns->str, schema_own_numbers(l->db), values->str);
	g_string_free(columns, TRUE);
	g_string_free(values, TRUE);
	return l->insert && json_array_size(names) == l->table->columns->len ? 0 : -EBADMSG;
}

static int take_row(struct catalog_load *l, json_t *row)
{
	struct db_stmt *q = NULL;
	int err;

	if (!l->insert || json_array_size(row) != l->table->columns->len)
		return -EBADMSG;
	err = l->db->engine->prepare(l->db, &q, l->insert);
	if (!err)
		err = bind(l->db, q, row, 0);
	if (!err)
		err = l->db->engine->step(l->db, q);
	if (q)
		l->db->engine->reset(q);
	l->rows++;
	return MIN(err, 0);
}

static int take_end(struct catalog_load *l, json_t *line)
{
	l->ended = true;
	return json_num(line, "rows", -1) == l->rows ? 0 : -EBADMSG;
}

int catalog_load_line(struct catalog_load *l, json_t *line)
{
	if (l->ended)
		return -EBADMSG;
	if (!l->tables)
		return take_header(l, line);
	if (json_is_array(line))
		return take_row(l, line);
	if (json_object_get(line, "table"))
		return take_table(l, line);
	if (json_object_get(line, "end"))
		return take_end(l, line);
	if (!json_is_object(json_object_get(line, "numbers")))
		return -EBADMSG;
	json_decref(l->numbers);
	l->numbers = json_incref(json_object_get(line, "numbers"));
	return 0;
}

int catalog_load_begin(struct catalog_load **out, const char *url)
{
	struct catalog_load *l = g_new0(struct catalog_load, 1);
	int err = db_open(&l->db, url);

	l->name = catalog_url_show(url);
	if (!err)
		err = migrate_begin(l->db);
	if (err) {
		if (l->db)
			l->db->engine->close(l->db);
		g_free(l->name);
		g_free(l);
	} else {
		*out = l;
	}
	return err;
}

/* Numbers go on behind the last one that was given, whether its row is still there or not. */
static int set_numbers(struct catalog_load *l)
{
	int err = 0;

	for (guint i = 0; err >= 0 && i < l->tables->len; i++) {
		const struct schema_table *t = l->tables->pdata[i];
		int64_t last = 0;
		char *sql;

		if (!t->numbered)
			continue;
		sql = g_strdup_printf("SELECT COALESCE(MAX(%s), 0) FROM %s", t->numbered, t->name);
		err = db_int(l->db, &last, sql, "");
		g_free(sql);
		if (err >= 0)
			err = schema_set_number(l->db, t, MAX(last, json_num(l->numbers, t->name, 0)));
	}
	return MIN(err, 0);
}

int catalog_load_end(struct catalog_load **lp, int err)
{
	struct catalog_load *l = *lp;
	int64_t there;

	*lp = NULL;
	if (!err && !l->ended)
		err = -EBADMSG;
	if (!err)
		err = set_numbers(l);
	if (!err)
		err = schema_triggers_on(l->db, l->tables, l->triggers);
	if (!err)
		err = migrate_to(l->db, l->name, 0, &there);
	err = migrate_end(l->db, err);
	l->db->engine->close(l->db);
	if (l->tables)
		g_ptr_array_unref(l->tables);
	json_decref(l->numbers);
	json_decref(l->triggers);
	g_free(l->insert);
	g_free(l->name);
	g_free(l);
	return err;
}
