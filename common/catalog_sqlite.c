/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * SQLite under the catalog: one connection, WAL, so that readers and one writer do not disturb each other, on a local file system only (its locks and
 * shared memory do not work over a network). Called with the catalog's lock held, on any thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/catalog_db.h"
#include "common/fsio.h"
#include "common/log.h"
#include "common/sync.h"

enum { WAIT_MS = 5000 };

static _Atomic int64_t first_open_us;      /* of any catalog by this process */

struct sqlite {
	struct db db;
	sqlite3 *conn;
	GHashTable *statements;    /* by text */
};

static struct sqlite *sqlite_of(struct db *db)
{
	return (struct sqlite *)db;
}

static sqlite3_stmt *stmt_of(struct db_stmt *q)
{
	return (sqlite3_stmt *)q;
}

static int to_errno(sqlite3 *conn, int rc)
{
	static const struct { int rc, err; } extended[] = {
		{ SQLITE_CONSTRAINT_FOREIGNKEY, -ENOENT }, { SQLITE_CONSTRAINT_UNIQUE, -EEXIST }, { SQLITE_CONSTRAINT_PRIMARYKEY, -EEXIST },
	};
	static const struct { int rc, err; } primary[] = {
		{ SQLITE_BUSY, -EBUSY }, { SQLITE_LOCKED, -EBUSY }, { SQLITE_PROTOCOL, -EBUSY }, { SQLITE_NOMEM, -ENOMEM }, { SQLITE_READONLY, -EROFS },
		{ SQLITE_FULL, -ENOSPC }, { SQLITE_PERM, -EACCES }, { SQLITE_AUTH, -EACCES }, { SQLITE_CORRUPT, -EBADMSG }, { SQLITE_NOTADB, -EBADMSG },
		{ SQLITE_CONSTRAINT, -EINVAL }, { SQLITE_MISMATCH, -EINVAL }, { SQLITE_TOOBIG, -EFBIG },
	};

	if (rc == SQLITE_OK || rc == SQLITE_ROW || rc == SQLITE_DONE)
		return 0;
	for (size_t i = 0; i < G_N_ELEMENTS(extended); i++) {
		if (conn && sqlite3_extended_errcode(conn) == extended[i].rc)
			return extended[i].err;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(primary); i++) {
		if ((rc & 0xff) == primary[i].rc)
			return primary[i].err;
	}
	return -EIO;
}

/* What is neither waiting for others nor a rule of ours is worth a line. */
static int report(sqlite3 *conn, int rc, const char *what)
{
	int err = to_errno(conn, rc);

	if (err && err != -EBUSY && err != -ENOENT && err != -EEXIST)
		log_error("catalog: %s: %s", what, conn ? sqlite3_errmsg(conn) : sqlite3_errstr(rc));
	return err;
}

static int script(struct db *db, const char *sql)
{
	sqlite3 *conn = sqlite_of(db)->conn;

	return report(conn, sqlite3_exec(conn, sql, NULL, NULL, NULL), "statement");
}

static int begin(struct db *db, bool write)
{
	return script(db, write ? "BEGIN IMMEDIATE" : "BEGIN");
}

static int commit(struct db *db)
{
	return script(db, "COMMIT");
}

static void rollback(struct db *db)
{
	script(db, "ROLLBACK");
}

/* The file must not come from SQLite itself, whose mode would be 0644: plugin and worker share a group. */
static int make_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0660), err = 0;

	if (fd < 0)
		return errno == EEXIST ? 0 : -errno;
	if (fchmod(fd, 0660) < 0)
		err = -errno;
	close(fd);
	return err;
}

static int check_place(const char *path)
{
	char *dir = g_path_get_dirname(path);
	int remote = fs_is_network(dir);

	if (remote)
		log_error("catalog %s: lies on a network file system, where SQLite's locks do not hold: use a local directory", path);
	g_free(dir);
	return remote ? -EXDEV : 0;
}

static void now_ms(sqlite3_context *context, int argc, sqlite3_value **argv)
{
	(void)argc;
	(void)argv;
	sqlite3_result_int64(context, clock_wall_ms());
}

/* A file has no uptime of its own; the time for which this process has used one is the time for which it could have heard of others. */
static void uptime_ms(sqlite3_context *context, int argc, sqlite3_value **argv)
{
	(void)argc;
	(void)argv;
	sqlite3_result_int64(context, (clock_mono_us() - first_open_us) / 1000);
}

static int add_functions(sqlite3 *conn)
{
	int rc = sqlite3_create_function(conn, "now_ms", 0, SQLITE_UTF8, NULL, now_ms, NULL, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_create_function(conn, "uptime_ms", 0, SQLITE_UTF8, NULL, uptime_ms, NULL, NULL);
	return report(conn, rc, "functions");
}

/* The change to WAL needs the file alone and does not wait by itself when two do it at once. */
static int set_wal(struct db *db)
{
	int64_t until_us = clock_mono_us() + WAIT_MS * 1000LL;
	int err = script(db, "PRAGMA journal_mode = WAL");

	while (err == -EBUSY && clock_mono_us() < until_us) {
		sqlite3_sleep(10);
		err = script(db, "PRAGMA journal_mode = WAL");
	}
	return err;
}

static int set_up(struct sqlite *s)
{
	int err;

	sqlite3_extended_result_codes(s->conn, 1);
	sqlite3_busy_timeout(s->conn, WAIT_MS);
	err = add_functions(s->conn);
	if (!err)
		err = set_wal(&s->db);
	if (!err)
		err = script(&s->db, "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON");
	return err;
}

static void finalize(gpointer q)
{
	sqlite3_finalize(q);
}

static void sqlite_close(struct db *db)
{
	struct sqlite *s = sqlite_of(db);

	g_hash_table_destroy(s->statements);
	sqlite3_close(s->conn);
	g_free(s);
}

static const char *path_of(const char *url)
{
	return g_str_has_prefix(url, "sqlite:") ? url + strlen("sqlite:") : url;
}

static bool takes(const char *url)
{
	return path_of(url) != url || !strstr(url, "://");
}

static int sqlite_open(struct db **out, const char *url)
{
	const char *path = path_of(url);
	struct sqlite *s = g_new0(struct sqlite, 1);
	int64_t unset = 0;
	int err;

	atomic_compare_exchange_strong(&first_open_us, &unset, clock_mono_us());
	s->db.engine = &db_sqlite;
	s->statements = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, finalize);
	err = check_place(path);
	if (!err) {
		err = make_file(path);
		if (err)
			log_error("catalog %s: %s", path, err_str(err));
	}
	if (!err)
		err = report(s->conn, sqlite3_open_v2(path, &s->conn, SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX, NULL), path);
	if (!err)
		err = set_up(s);
	if (err)
		sqlite_close(&s->db);
	else
		*out = &s->db;
	return err;
}

static void set_wait(struct db *db, int ms)
{
	sqlite3_busy_timeout(sqlite_of(db)->conn, ms);
}

static int prepare(struct db *db, struct db_stmt **out, const char *sql)
{
	struct sqlite *s = sqlite_of(db);
	sqlite3_stmt *q = g_hash_table_lookup(s->statements, sql);
	int err = 0;

	if (!q) {
		err = report(s->conn, sqlite3_prepare_v3(s->conn, sql, -1, SQLITE_PREPARE_PERSISTENT, &q, NULL), sql);
		if (!err)
			g_hash_table_insert(s->statements, g_strdup(sql), q);
	}
	*out = (struct db_stmt *)q;
	return err;
}

static int bind_int(struct db_stmt *q, int n, int64_t v)
{
	return to_errno(NULL, sqlite3_bind_int64(stmt_of(q), n, v));
}

static int bind_text(struct db_stmt *q, int n, const char *text)
{
	return to_errno(NULL, sqlite3_bind_text(stmt_of(q), n, text, -1, SQLITE_STATIC));
}

static int step(struct db *db, struct db_stmt *q)
{
	int rc = sqlite3_step(stmt_of(q));

	return rc == SQLITE_ROW ? 1 : report(sqlite_of(db)->conn, rc, sqlite3_sql(stmt_of(q)));
}

static void reset(struct db_stmt *q)
{
	sqlite3_reset(stmt_of(q));
	sqlite3_clear_bindings(stmt_of(q));
}

static int64_t changes(struct db *db)
{
	return sqlite3_changes64(sqlite_of(db)->conn);
}

static int columns(struct db_stmt *q)
{
	return sqlite3_column_count(stmt_of(q));
}

static const char *column_name(struct db_stmt *q, int n)
{
	return sqlite3_column_name(stmt_of(q), n);
}

static bool is_null(struct db_stmt *q, int n)
{
	return sqlite3_column_type(stmt_of(q), n) == SQLITE_NULL;
}

static bool is_int(struct db_stmt *q, int n)
{
	return sqlite3_column_type(stmt_of(q), n) == SQLITE_INTEGER;
}

static int64_t get_int(struct db_stmt *q, int n)
{
	return sqlite3_column_int64(stmt_of(q), n);
}

static const char *get_text(struct db_stmt *q, int n)
{
	const char *text = (const char *)sqlite3_column_text(stmt_of(q), n);

	return text ? text : "";
}

static int version(struct db *db, int64_t *out)
{
	int err = db_int(db, out, "PRAGMA data_version", "");

	return err < 0 ? err : 0;
}

const struct db_engine db_sqlite = {
	.name = "sqlite", .takes = takes, .show = g_strdup, .open = sqlite_open, .close = sqlite_close, .set_wait = set_wait, .version = version,
	.begin = begin, .commit = commit, .rollback = rollback, .script = script, .prepare = prepare, .bind_int = bind_int, .bind_text = bind_text, .step = step, .reset = reset, .changes = changes, .columns = columns,
	.column_name = column_name, .is_null = is_null, .is_int = is_int, .get_int = get_int, .get_text = get_text,
};
