/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Dumping. Called by `recroom-pp catalog` on its main thread; one transaction.
 *
 *   tables (catalog_schema.c) ─▶ pages of rows by primary key ─▶ lines ─▶ a file, or a load (catalog_load.c)
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

enum { PAGE = 500 };

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
		err = put(d, json_pack("{s:s, s:i, s:I, s:I}", "catalog", CATALOG_COPY_NAME, "format", CATALOG_COPY_FORMAT, "schema", (json_int_t)version, "at_ms",
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
