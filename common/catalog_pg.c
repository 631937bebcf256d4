/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * PostgreSQL under the catalog: one connection that begin() makes anew when it broke. Called with the catalog's lock held, on any thread.
 *
 *   prepare: ?1 becomes $1, marks become row locks (kept by text) ─▶ bind ─▶ step: run, then one row of the result after the other
 *
 * Statements are sent with their parameters and planned each time, so nothing of them lives in the server: it may be started again, or a pooler
 * may give us another one, between two transactions. After a statement that failed the transaction takes nothing but its end.
 */
#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/catalog_db.h"
#include "common/log.h"
#include "common/pg_link.h"

enum { PARAMS_MAX = 64, INT_TEXT = 24 };
enum { OID_BOOL = 16, OID_INT8 = 20, OID_INT2 = 21, OID_INT4 = 23, OID_TEXT = 25, OID_NUMERIC = 1700 };

struct pg {
	struct db db;
	struct pg_link *link;
	GHashTable *statements;    /* by text */
	int64_t changed;
};

struct pg_stmt {
	char *sql;
	int n;                     /* parameters bound */
	Oid types[PARAMS_MAX];
	const char *values[PARAMS_MAX];
	char ints[PARAMS_MAX][INT_TEXT];
	PGresult *rows;            /* NULL: not run yet */
	int row;
};

static struct pg *pg_of(struct db *db)
{
	return (struct pg *)db;
}

static struct pg_stmt *stmt_of(struct db_stmt *q)
{
	return (struct pg_stmt *)q;
}

/* ---- statements ---- */

/* Rows are locked against other writers, not against those that only refer to them (an event of a recording). */
static const struct { const char *mark, *sql; } marks[] = {
	{ SKIP_LOCKED, "FOR NO KEY UPDATE SKIP LOCKED" }, { ROW_LOCK, "FOR NO KEY UPDATE" },
};

/* How long the mark is that `p` begins with; 0: none. */
static size_t add_mark(GString *to, const char *p)
{
	for (size_t i = 0; i < G_N_ELEMENTS(marks); i++) {
		if (g_str_has_prefix(p, marks[i].mark)) {
			g_string_append(to, marks[i].sql);
			return strlen(marks[i].mark);
		}
	}
	return 0;
}

static char *translate(const char *sql)
{
	GString *to = g_string_new(NULL);
	char quote = 0;
	size_t n;

	for (const char *p = sql; *p; p += MAX(n, 1)) {
		n = quote ? 0 : add_mark(to, p);
		if (n)
			continue;
		if (quote ? *p == quote : *p == '\'' || *p == '"')
			quote = quote ? 0 : *p;
		g_string_append_c(to, !quote && *p == '?' ? '$' : *p);
	}
	return g_string_free(to, FALSE);
}

static void reset(struct db_stmt *q)
{
	struct pg_stmt *s = stmt_of(q);

	PQclear(s->rows);
	s->rows = NULL;
	s->n = 0;
}

static void free_stmt(gpointer p)
{
	struct pg_stmt *s = p;

	reset((struct db_stmt *)s);
	g_free(s->sql);
	g_free(s);
}

static int prepare(struct db *db, struct db_stmt **out, const char *sql)
{
	struct pg *p = pg_of(db);
	struct pg_stmt *s = g_hash_table_lookup(p->statements, sql);

	if (!s) {
		s = g_new0(struct pg_stmt, 1);
		s->sql = translate(sql);
		g_hash_table_insert(p->statements, g_strdup(sql), s);
	}
	reset((struct db_stmt *)s);
	*out = (struct db_stmt *)s;
	return 0;
}

static int bind(struct pg_stmt *s, int n, Oid type, const char *value)
{
	if (n < 1 || n > PARAMS_MAX)
		return -EINVAL;
	s->types[n - 1] = type;
	s->values[n - 1] = value;
	s->n = MAX(s->n, n);
	return 0;
}

static int bind_int(struct db_stmt *q, int n, int64_t v)
{
	struct pg_stmt *s = stmt_of(q);

	if (n < 1 || n > PARAMS_MAX)
		return -EINVAL;
	snprintf(s->ints[n - 1], INT_TEXT, "%" PRId64, v);
	return bind(s, n, OID_INT8, s->ints[n - 1]);
}

static int bind_text(struct db_stmt *q, int n, const char *text)
{
	return bind(stmt_of(q), n, OID_TEXT, text);
}

static int step(struct db *db, struct db_stmt *q)
{
	struct pg *p = pg_of(db);
	struct pg_stmt *s = stmt_of(q);
	const struct pg_params params = { .n = s->n, .types = s->types, .values = s->values };
	int err;

	if (s->rows)
		return ++s->row < PQntuples(s->rows);
	err = pg_link_run(p->link, &s->rows, s->sql, &params);
	if (err)
		return err;
	p->changed = strtoll(PQcmdTuples(s->rows), NULL, 10);
	s->row = 0;
	return PQntuples(s->rows) > 0;
}

static int64_t changes(struct db *db)
{
	return pg_of(db)->changed;
}

static int columns(struct db_stmt *q)
{
	return PQnfields(stmt_of(q)->rows);
}

static const char *column_name(struct db_stmt *q, int n)
{
	return PQfname(stmt_of(q)->rows, n);
}

static bool is_null(struct db_stmt *q, int n)
{
	return PQgetisnull(stmt_of(q)->rows, stmt_of(q)->row, n);
}

static const char *get_text(struct db_stmt *q, int n)
{
	return PQgetvalue(stmt_of(q)->rows, stmt_of(q)->row, n);
}

/* Sums of BIGINT are NUMERIC. */
static bool is_int(struct db_stmt *q, int n)
{
	switch (PQftype(stmt_of(q)->rows, n)) {
	case OID_BOOL: case OID_INT8: case OID_INT2: case OID_INT4:
		return true;
	case OID_NUMERIC:
		return !strpbrk(get_text(q, n), ".eENI");
	default:
		return false;
	}
}

static int64_t get_int(struct db_stmt *q, int n)
{
	const char *text = get_text(q, n);

	return PQftype(stmt_of(q)->rows, n) == OID_BOOL ? text[0] == 't' : strtoll(text, NULL, 10);
}

/* ---- the connection ---- */

static int script(struct db *db, const char *sql)
{
	return pg_link_script(pg_of(db)->link, sql);
}

/* A server started again is noticed only by the first thing that is sent to it. */
static int begin(struct db *db, bool write)
{
	const char *sql = write ? "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
	struct pg_link *l = pg_of(db)->link;
	bool old = l->conn != NULL;
	int err = pg_link_ready(l);

	if (!err)
		err = pg_link_script(l, sql);
	if (!err || !old || l->conn)
		return err;
	err = pg_link_ready(l);
	return err ? err : pg_link_script(l, sql);
}

/* A transaction in which something failed answers COMMIT with ROLLBACK, and calls it success. */
static int commit(struct db *db)
{
	PGresult *r;
	int err = pg_link_run(pg_of(db)->link, &r, "COMMIT", NULL);

	if (err)
		return err;
	if (strcmp(PQcmdStatus(r), "COMMIT")) {
		log_error("catalog: a transaction went on after a failure and was rolled back");
		err = -EIO;
	}
	PQclear(r);
	return err;
}

static void rollback(struct db *db)
{
	struct pg_link *l = pg_of(db)->link;

	if (l->conn && PQtransactionStatus(l->conn) != PQTRANS_IDLE)
		pg_link_script(l, "ROLLBACK");
}

static void pg_close(struct db *db)
{
	struct pg *p = pg_of(db);

	g_hash_table_destroy(p->statements);
	pg_link_unref(&p->link);
	g_free(p);
}

static int pg_open(struct db **out, const char *url)
{
	struct pg *p = g_new0(struct pg, 1);
	int err;

	p->db.engine = &db_pg;
	p->statements = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_stmt);
	err = pg_link_create(&p->link, url);
	if (!err)
		err = pg_link_ready(p->link);
	if (err)
		pg_close(&p->db);
	else
		*out = &p->db;
	return err;
}

static void set_wait(struct db *db, int ms)
{
	pg_link_set_wait(pg_of(db)->link, ms);
}

/* Grows with each transaction of the server that wrote, our own included: who sees it change looks for what. */
static int version(struct db *db, int64_t *out)
{
	int err = pg_link_ready(pg_of(db)->link);

	if (!err)
		err = db_int(db, out, "SELECT CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT) AS BIGINT)", "");
	return MIN(err, 0);
}

const struct db_engine db_pg = {
	.name = "postgresql", .one_migrates = "SELECT pg_advisory_xact_lock(hashtext('janus-recroom ' || current_schema()))", .row_locks = true,
	.takes = pg_link_takes, .show = pg_link_name, .open = pg_open, .close = pg_close, .set_wait = set_wait, .version = version, .begin = begin,
	.commit = commit, .rollback = rollback, .script = script, .prepare = prepare, .bind_int = bind_int, .bind_text = bind_text, .step = step,
	.reset = reset, .changes = changes, .columns = columns, .column_name = column_name, .is_null = is_null, .is_int = is_int, .get_int = get_int,
	.get_text = get_text,
};
