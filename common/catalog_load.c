/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Loading what catalog_copy.c dumped. Called by `recroom-pp catalog` on its main thread; one transaction.
 *
 *   lines ─▶ rows of one table, up to a batch ─▶ one INSERT for all of them ─▶ numbers ─▶ commit
 *
 * A batch goes as one text of JSON, which both engines read: with a server far away a row costs no round trip of its own.
 */
#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <string.h>
#include "common/catalog_copy.h"
#include "common/catalog_schema.h"
#include "common/json.h"
#include "common/log.h"

enum { BATCH = 500 };

struct catalog_load {
	struct db *db;
	char *name;                /* of the target, as it may be shown */
	GPtrArray *tables;         /* NULL before the first line */
	struct schema_table *table;        /* of the rows that come */
	char *insert;
	json_t *batch;             /* rows for it */
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

	if (g_strcmp0(json_str(line, "catalog"), CATALOG_COPY_NAME) || json_num(line, "format", 0) != CATALOG_COPY_FORMAT)
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

/* The rows that wait, in one statement. */
static int put_batch(struct catalog_load *l)
{
	char *text = json_array_size(l->batch) ? json_dumps(l->batch, JSON_COMPACT) : NULL;
	int err = text ? db_exec(l->db, l->insert, "s", text) : 0;

	free(text);
	json_array_clear(l->batch);
	return MIN(err, 0);
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
		g_autofree char *value = NULL;

		c = l->table ? column_of(l->table, json_string_value(name)) : NULL;
		if (!c)
			break;
		value = schema_json_value(l->db, i, c->is_int);
		g_string_append_printf(columns, "%s%s", i ? ", " : "", c->name);
		g_string_append_printf(values, "%s%s", i ? ", " : "", value);
	}
	g_free(l->insert);
	l->insert = !c ? NULL : g_strdup_printf("INSERT INTO %s (%s)%s SELECT %s FROM %s", l->table->name, columns->str, schema_own_numbers(l->db), values->str,
						schema_json_rows(l->db));
	g_string_free(columns, TRUE);
	g_string_free(values, TRUE);
	return l->insert && json_array_size(names) == l->table->columns->len ? 0 : -EBADMSG;
}

static bool is_row(const struct catalog_load *l, json_t *row)
{
	bool good = l->insert && json_array_size(row) == l->table->columns->len;
	json_t *v;
	size_t i;

	json_array_foreach(row, i, v)
		good = good && (json_is_null(v) || json_is_integer(v) || json_is_string(v));
	return good;
}

static int take_row(struct catalog_load *l, json_t *row)
{
	if (!is_row(l, row))
		return -EBADMSG;
	json_array_append(l->batch, row);
	l->rows++;
	return json_array_size(l->batch) < BATCH ? 0 : put_batch(l);
}

static int take_end(struct catalog_load *l, json_t *line)
{
	l->ended = true;
	return json_num(line, "rows", -1) == l->rows ? 0 : -EBADMSG;
}

int catalog_load_line(struct catalog_load *l, json_t *line)
{
	int err;

	if (l->ended)
		return -EBADMSG;
	if (!l->tables)
		return take_header(l, line);
	if (json_is_array(line))
		return take_row(l, line);
	err = put_batch(l);
	if (err)
		return err;
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
	l->batch = json_array();
	if (!err)
		err = migrate_begin(l->db);
	if (err) {
		if (l->db)
			l->db->engine->close(l->db);
		json_decref(l->batch);
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
	json_decref(l->batch);
	json_decref(l->numbers);
	json_decref(l->triggers);
	g_free(l->insert);
	g_free(l->name);
	g_free(l);
	return err;
}
