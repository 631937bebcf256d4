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

/* From the statement before its first row, unless that failed; resets it. */
static int all_rows(struct db *db, struct db_stmt *q, int err, json_t **out)
{
	json_t *rows = json_array();

	while (!err && (err = db->engine->step(db, q)) > 0)
		err = json_array_append_new(rows, row_object(db->engine, q)) ? -ENOMEM : 0;
	done(db, q);
	if (err < 0)
		json_decref(rows);
	else
		*out = rows;
	return err;
}

int db_rows(struct db *db, json_t **out, const char *sql, const char *types, ...)
{
	struct db_stmt *q = NULL;
	va_list ap;
	int err;

	va_start(ap, types);
	err = query(db, &q, sql, types, ap);
	va_end(ap);
	return all_rows(db, q, err, out);
}

/* Statements are kept by their text, so there are lists of few lengths. */
static size_t list_length(size_t n)
{
	static const size_t lengths[] = { 1, 10, DB_IN_MAX };
	size_t i = 0;

	while (lengths[i] < n)
		i++;
	return lengths[i];
}

/* (?1, ?2, …) in the place of the mark; g_free(). */
static char *with_list(const char *sql, size_t length)
{
	const char *mark = strstr(sql, DB_IN);
	GString *text = g_string_new_len(sql, mark - sql);

	for (size_t i = 1; i <= length; i++)
		g_string_append_printf(text, "%s?%zu", i == 1 ? "(" : ", ", i);
	g_string_append_c(text, ')');
	g_string_append(text, mark + strlen(DB_IN));
	return g_string_free(text, FALSE);
}

int db_rows_in(struct db *db, json_t **out, const char *sql, const char *const *texts, size_t n)
{
	struct db_stmt *q = NULL;
	size_t length;
	char *text;
	int err;

	if (!n || n > DB_IN_MAX)
		return -EINVAL;
	length = list_length(n);
	text = with_list(sql, length);
	err = db->engine->prepare(db, &q, text);
	for (size_t i = 0; !err && i < length; i++)
		err = db->engine->bind_text(q, (int)i + 1, texts[MIN(i, n - 1)]);
	err = all_rows(db, q, err, out);
	g_free(text);
	return err;
}
