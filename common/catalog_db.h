/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Between the catalog's nouns and its engines. Nouns (catalog_recording.c, catalog_job.c, …) speak SQL that SQLite and PostgreSQL both take, with
 * parameters ?1, ?2, … and the functions below; an engine runs it on one connection. A new engine is a file with a struct db_engine, a row in
 * catalog.c and its migrations in conf/sql/<engine>/.
 *
 * SQLite has one writer at a time. PostgreSQL has many (READ COMMITTED: each statement sees what was committed before it), so what is read to be
 * written is locked first:
 *
 *   - a transaction that reads and then writes about a recording begins with recording_lock(): one writer per recording
 *   - a row of which a state is read and then set is read with ROW_LOCK behind the SELECT (state_move does)
 *   - a job is leased by SELECT … SKIP_LOCKED without its recording's lock, so that runners do not wait for each other
 *   - order: hosts → rooms → calls → recordings → jobs → outputs → events; rows of one table by their key. A deadlock is -EBUSY for one of the two
 *   - numbers (seq of events, ids of outputs) are MAX + 1 under the recording's lock; ids of events are given in the order of commits
 *     (a trigger in conf/sql/postgresql/0001.sql), so that who follows them misses none
 *
 * After a statement that failed a transaction can only end: what may fail (a row that is there already) is said in SQL (ON CONFLICT).
 * SQL for both: no comparison of EXISTS or of a condition with a number (CASE WHEN … THEN 1 ELSE 0 END), CAST(… AS BIGINT), a parameter is of one type
 * ("i" BIGINT, "s" TEXT) wherever it stands, now_ms() for the time.
 *
 * Everything here is called with the catalog's lock held.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/catalog.h"
#include "common/event.h"
#include "common/sync.h"

/* Marks at the end of a SELECT from one table: its rows are locked until the transaction ends, or passed over where another one has them. */
#define ROW_LOCK "/*row lock*/"
#define SKIP_LOCKED "/*skip locked*/"
/* Of a recording: it is not closed, its length is not known. */
#define RECORDING_RUNS "status IN ('starting', 'recording', 'paused')"
/* Of a participant p of its call: they were there while recording r was made. */
#define WAS_THERE "(r.stopped_ms IS NULL OR p.joined_ms <= r.stopped_ms) AND (p.left_ms = 0 OR p.left_ms >= r.started_ms)"

/* Of a host h: it lives no more, as far as the database can tell; 1 or 0. */
#define HOST_SILENT "CASE WHEN h.heartbeat_ms < now_ms() - 60000 AND uptime_ms() > 60000 THEN 1 ELSE 0 END"
/* Of a worker w: no sign of life for so long. A database that was away starts counting when it is back. */
#define WORKER_SILENT "(w.heartbeat_ms <= now_ms() - 15000 AND uptime_ms() > 15000)"

/** One connection. Engines put their own struct around it. */
struct db {
	const struct db_engine *engine;
};
/** A prepared statement, kept by the engine; valid until the next db_query() of the same text. */
struct db_stmt;

struct db_engine {
	const char *name;          /* "sqlite": folder of the migrations */
	const char *one_migrates;  /* what a transaction that migrates says first, so that there is one at a time; NULL: begin() is enough */
	bool row_locks;            /* many write at a time */
	bool (*takes)(const char *url);                                    /* is it one of ours? */
	char *(*show)(const char *url);                                    /* as it may be logged, without passwords; g_free() */
	int (*open)(struct db **out, const char *url);
	void (*close)(struct db *db);
	void (*set_wait)(struct db *db, int ms);
	int (*version)(struct db *db, int64_t *out);
	/** A transaction. One that writes waits its turn here (SQLite), one that only reads sees one state. Connects anew where the connection broke. */
	int (*begin)(struct db *db, bool write);
	int (*commit)(struct db *db);
	void (*rollback)(struct db *db);
	/** Text without parameters, any number of statements. */
	int (*script)(struct db *db, const char *sql);
	int (*prepare)(struct db *db, struct db_stmt **out, const char *sql);
	int (*bind_int)(struct db_stmt *q, int n, int64_t v);
	int (*bind_text)(struct db_stmt *q, int n, const char *text);      /* NULL: null; the text lives until reset */
	int (*step)(struct db *db, struct db_stmt *q);                     /* 1 a row, 0 the end, negative errno */
	void (*reset)(struct db_stmt *q);
	int64_t (*changes)(struct db *db);                                 /* rows of the last INSERT, UPDATE, DELETE */
	int (*columns)(struct db_stmt *q);
	const char *(*column_name)(struct db_stmt *q, int n);
	bool (*is_null)(struct db_stmt *q, int n);
	bool (*is_int)(struct db_stmt *q, int n);
	int64_t (*get_int)(struct db_stmt *q, int n);
	const char *(*get_text)(struct db_stmt *q, int n);                 /* "" for null; until the next step */
};
extern const struct db_engine db_sqlite, db_pg;

/** A migration, built in from conf/sql/<engine>/<version>.sql. */
struct db_migration {
	const char *engine;
	int version;
	const char *sql;
};
extern const struct db_migration db_migrations[];      /* in order, ended by a row without engine */

/** A connection by its URL, without a look at what is in the database. */
int db_open(struct db **out, const char *url);
/** A transaction in which one program at a time changes the schema; there is a table schema_version. Between: migrate_to(). */
int migrate_begin(struct db *db);
int migrate_end(struct db *db, int err);
/** Up to this version (0: the newest). *there: the one it has then. -EPROTO: it is newer, or asked for, than this program knows. */
int migrate_to(struct db *db, const char *name, int version, int64_t *there);

struct catalog {
	struct lock lock;          /* guards db: one statement at a time */
	struct db *db;
};

/* Parameters are given as types and values: "s" const char * or NULL, "i" int64_t. */

/** Runs a statement; the number of rows it changed or negative errno. */
int db_exec(struct db *db, const char *sql, const char *types, ...);
/** First column of the first row: 1, 0 if there is no row (*out untouched), negative errno. */
int db_int(struct db *db, int64_t *out, const char *sql, const char *types, ...);
/** The same for text, cut to the size of `out`. */
int db_text(struct db *db, char *out, size_t size, const char *sql, const char *types, ...);
/** All rows as an array of objects, a member per column; a column named "x:json" holds JSON text and becomes the member x. */
int db_rows(struct db *db, json_t **out, const char *sql, const char *types, ...);
/** The same for a list of 1 to DB_IN_MAX texts: they stand where the statement says DB_IN, as in "id IN " DB_IN; it has no other parameters. */
#define DB_IN "(/*list*/)"
enum { DB_IN_MAX = 100 };
int db_rows_in(struct db *db, json_t **out, const char *sql, const char *const *texts, size_t n);

/** Takes the lock and begins a transaction that may write. On failure nothing is held. */
int catalog_begin(struct catalog *c);
/** The same to read only: one state of the database for several queries. */
int catalog_view(struct catalog *c);
/** Commits when err >= 0, rolls back when not; releases. Returns err, or why the commit failed. */
int catalog_end(struct catalog *c, int err);

/** Other writers of this recording wait until our transaction ends; nothing where there is one writer anyway. A recording that is not there is no error. */
int recording_lock(struct db *db, const char *id);

/* The state machine: one table for all nouns (catalog.c). */
enum noun { NOUN_RECORDING, NOUN_OUTPUT, NOUN_JOB };

/** True if the noun may go from one state to the other; the same state again is not a move. */
bool state_may(enum noun noun, const char *from, const char *to);
/** Sets a row's state inside a transaction; `output` only for NOUN_OUTPUT, `id` the job's in decimal. 1 moved, 0 was there already, -ENOENT, -EPROTO. */
int state_move(struct db *db, enum noun noun, const char *id, int output, const char *to);

/* Shared by nouns, inside a transaction; negative errno on failure. */
int host_seen(struct db *db, const char *host);
int room_seen(struct db *db, const char *room);
/** Ends the calls that a host left open in a room, or (NULL) in all, if they began before `before_ms`, and with them who was in; how many. */
int calls_close(struct db *db, const char *room, const char *host, int64_t before_ms, int64_t ended_ms);
/** Closes a recording: as catalog_recording_stop(), inside a transaction. */
int recording_close(struct db *db, const char *id, const struct catalog_stop *s);
/** Locks the recording: 0, or -ESTALE when a writer knows an older epoch than the recording has; one that knows none (0) may write. */
int recording_fence(struct db *db, const char *id, int64_t epoch);
/** As catalog_recording_take(), and what a recording whose files are gone becomes; inside a transaction. */
int recording_take(struct db *db, const char *id);
int recording_lose(struct db *db, const char *id, const char *reason);
/** 0, or -EPERM: it is held, and nothing of it may be removed. Its row is locked. */
int recording_not_held(struct db *db, const char *id);
/** recordingexpiring: its end is a day away, or it is its end that waits. 1 or negative errno. */
int recording_tell_expiring(struct db *db, const char *id);
/** As catalog_recording_delete(), inside a transaction. reason: what recordingdeleted will say; NULL: "request". */
int recording_delete(struct db *db, const char *id, const char *reason);
/** Gives back the running jobs of a recording: whoever has them loses them. How many. */
int jobs_give_back(struct db *db, const char *recording);
/** As catalog_copies(), of these recordings and with a member `recording`, inside a transaction. */
int copies_of(struct db *db, const char *const *recordings, size_t n, json_t **rows);
/** A recording may come without its call (rebuilt from a directory): then the call is there, closed. */
int call_known(struct db *db, const char *call, const char *room, const char *host, int64_t at_ms);
int event_add(struct db *db, const char *recording, int64_t seq, const char *type, json_t *payload, const char *origin);
/** A job of a recording, queued; about: whom it concerns, or NULL. */
int job_add(struct db *db, const char *kind, const char *recording, int output, const char *about);
int job_move(struct db *db, int64_t id, const char *to);
/** Leases one that may be leased: 1 and all about it in *out. owner: NULL is the worker. */
int job_take(struct db *db, int64_t id, const char *worker, const char *owner, struct catalog_job *out);
/** Locks a job, and before it its recording. */
int job_lock(struct db *db, int64_t id);
int job_load(struct db *db, int64_t id, struct catalog_job *j);
/** The job, locked, if this owner holds it and it is of this kind (NULL: any), else -EPROTO. */
int job_held(struct db *db, int64_t id, const char *owner, const char *kind, struct catalog_job *j);
/** A row of `JOB_ROWS`. */
#define JOB_ROWS "SELECT j.id, j.kind, j.recording, j.output, j.attempts, j.about, o.spec FROM jobs j" \
	     " LEFT JOIN outputs o ON o.recording = j.recording AND o.id = j.output AND j.output > 0 "
void job_of_row(struct catalog_job *j, json_t *row);
/** Its output is made by it: "compose". One that only concerns an output ("upload") leaves that as it is. */
bool job_makes_output(const struct catalog_job *j);
bool job_is_upload(const struct catalog_job *j);
/** Moves a job and the output it makes, which go together. */
int job_move_both(struct db *db, const struct catalog_job *j, const char *to);
/** Nobody's any more, due in delay_ms. */
int job_let_go(struct db *db, int64_t id, int64_t delay_ms);
/** Does its recording still run? 1 or 0. */
int job_runs(struct db *db, const struct catalog_job *j);
/** Failed for good, and told. */
int job_give_up(struct db *db, const struct catalog_job *j, const char *reason);
/** Is the job's output the recording's primary one? 1 or 0. */
int job_is_primary(struct db *db, const struct catalog_job *j);
/** An event of a job; takes `extra`. */
int job_tell(struct db *db, const struct catalog_job *j, enum event_type type, json_t *extra);
/** As catalog_key_drop(), inside a transaction. */
int keys_drop(struct db *db, const char *recording, int output);
/** Whoever is erased from a recording goes out of its access log, too. */
int access_forget(struct db *db, const char *recording, const char *participant);
/** And links that they gave away no longer say so. */
int shares_forget(struct db *db, const char *recording, const char *participant);
/** Cancels what is queued or running of a recording, all kinds but one (NULL: all); how many. */
int jobs_cancel(struct db *db, const char *recording, const char *but);
/** Cancels the jobs of one output; how many. */
int job_cancel(struct db *db, const char *recording, int output);
/** An output's files are to be in a store: rows of copies and a job. */
int upload_add(struct db *db, const char *recording, int output, const char *store);
/** The output that job j has made is to be in all of these, ended by NULL. */
int upload_queue(struct db *db, const struct catalog_job *j, const char *const *stores, bool primary);
/** 1 when there is a job for it by now, or it is due; 0 when all is there. */
int upload_again(struct db *db, const char *recording, int output, const char *store);
/** An output that failed or was cancelled is queued again, and with the primary one its recording is "processing". */
int output_again(struct db *db, const char *recording, int output);
/** The same if that is over and stays; -EPROTO when it is not, or the output neither failed nor was cancelled. */
int output_again_if_over(struct db *db, const char *recording, int output);
