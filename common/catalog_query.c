/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Statements: types and values in, counts, single values or JSON rows out. Called by the catalog's nouns with its lock held.
 */
#include <errno.h>
#include <glib.h>
#include <stdarg.h>
#include <string.h>
#include "common/catalog_db.h"

/* Binds and leaves the statement before its first row; *q is to be reset also on failure, if set. */
static int query(struct db *db, struct db_stmt **q, const char *sql, const char *types, va_list ap)
{
	int err = db->engine->prepare(db, q, sql);

	for (int n = 1; !err && types[n - 1]; n++) {
		if (types[n - 1] == 's')
			err = db->engine->bind_text(*q, n, va_arg(ap, const char *));
		else
			err = db->engine->bind_int(*q, n, va_arg(ap, int64_t));
	}
	return err;
}

static int first_row(struct db *db, struct db_stmt **q, const char *sql, const char *types, va_list ap)
{
	int err = query(db, q, sql, types, ap);

	return err ? err : db->engine->step(db, *q);
}

static void done(struct db *db, struct db_stmt *q)
{
	if (q)
		db->engine->reset(q);
}

int db_exec(struct db *db, const char *sql, const char *types, ...)
{
	struct db_stmt *q = NULL;
	va_list ap;
	int err;

	va_start(ap, types);
	err = first_row(db, &q, sql, types, ap);
	va_end(ap);
	if (err >= 0)
		err = (int)db->engine->changes(db);
	done(db, q);
	return err;
}

int db_int(struct db *db, int64_t *out, const char *sql, const char *types, ...)
{
	struct db_stmt *q = NULL;
	va_list ap;
	int err;

	va_start(ap, types);
	err = first_row(db, &q, sql, types, ap);
	va_end(ap);
	if (err > 0)
		*out = db->engine->get_int(q, 0);
	done(db, q);
	return err;
}

int db_text(struct db *db, char *out, size_t size, const char *sql, const char *types, ...)
{
	struct db_stmt *q = NULL;
	va_list ap;
	int err;

	va_start(ap, types);
	err = first_row(db, &q, sql, types, ap);
	va_end(ap);
	if (err > 0)
		g_strlcpy(out, db->engine->get_text(q, 0), size);
	done(db, q);
	return err;
}

/* JSON text that does not parse is NULL to the reader, not the end of the list. */
static json_t *column(const struct db_engine *e, struct db_stmt *q, int n, bool is_json)
{
	json_t *v = NULL;

	if (e->is_null(q, n))
		return json_null();
	if (e->is_int(q, n))
		return json_integer(e->get_int(q, n));
	v = is_json ? json_loads(e->get_text(q, n), JSON_DECODE_ANY, NULL) : json_string(e->get_text(q, n));
	return v ? v : json_null();
}

static json_t *row_object(const struct db_engine *e, struct db_stmt *q)
{
	json_t *o = json_object();

	for (int n = 0; n < e->columns(q); n++) {
		const char *name = e->column_name(q, n), *mark = strstr(name, ":json");
		char *key = g_strndup(name, mark ? (size_t)(mark - name) : strlen(name));

		json_object_set_new(o, key, column(e, q, n, mark != NULL));
		g_free(key);
	}
	return o;
}

int db_rows(struct db *db, json_t **out, const char *sql, const char *types, ...)
{
	struct db_stmt *q = NULL;
	json_t *rows = json_array();
	va_list ap;
	int err;

	va_start(ap, types);
	err = query(db, &q, sql, types, ap);
	va_end(ap);
	while (!err && (err = db->engine->step(db, q)) > 0)
		err = json_array_append_new(rows, row_object(db->engine, q)) ? -ENOMEM : 0;
	done(db, q);
	if (err < 0)
		json_decref(rows);
	else
		*out = rows;
	return err;
}
