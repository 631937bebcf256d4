/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An empty catalog for each test, and short ways to fill it. box_main() runs the tests on both engines: SQLite in a scratch directory, PostgreSQL in a
 * schema of its own in the server that RECROOM_TEST_PG names (tests/run-unit starts one; without it only SQLite is tested, and that is said).
 */
#pragma once
#include <glib.h>
#include <glib/gstdio.h>
#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/catalog.h"
#include "common/json.h"
#include "tests/lib/catalog_rows.h"
#include "test.h"

static char box_dir[] = "/tmp/test_catalog.XXXXXX";
static char box_path[512];     /* URL of the catalog */
static bool box_pg;            /* which engine it is */

static inline struct catalog *box_open(void)
{
	struct catalog *c = NULL;

	CHECK_INT(catalog_open(&c, box_path), 0);
	return c;
}

static void box_pg_sql(const char *conninfo, const char *text)
{
	PGconn *conn = PQconnectdb(conninfo);
	PGresult *r = PQexec(conn, "SET client_min_messages = warning");
	bool done;

	PQclear(r);
	r = PQexec(conn, text);
	done = PQresultStatus(r) == PGRES_COMMAND_OK || PQresultStatus(r) == PGRES_TUPLES_OK;
	if (!done)
		printf("%s", PQerrorMessage(conn));
	PQclear(r);
	PQfinish(conn);
	CHECK(done);
}

/* As another program would, on a connection of its own. */
static inline void box_sql(const char *text)
{
	sqlite3 *conn;

	if (box_pg) {
		box_pg_sql(box_path, text);
		return;
	}
	CHECK_INT(sqlite3_open(box_path, &conn), SQLITE_OK);
	CHECK_INT(sqlite3_exec(conn, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(conn);
}

static int box_schema;          /* how many there were: a test that failed leaves its own behind, perhaps locked */

static void box_drop_schema(int n)
{
	char *text = g_strdup_printf("DROP SCHEMA IF EXISTS box_%d_%d CASCADE", (int)getpid(), n);

	box_pg_sql(getenv("RECROOM_TEST_PG"), text);
	g_free(text);
}

static void box_make_schema(void)
{
	char *text = g_strdup_printf("CREATE SCHEMA box_%d_%d", (int)getpid(), ++box_schema);

	box_pg_sql(getenv("RECROOM_TEST_PG"), text);
	g_free(text);
	snprintf(box_path, sizeof(box_path), "%s options='-csearch_path=box_%d_%d'", getenv("RECROOM_TEST_PG"), (int)getpid(), box_schema);
}

static void box_remove(void)
{
	static const char *const ends[] = { "", "-wal", "-shm" };

	if (box_pg) {
		box_drop_schema(box_schema);
		box_make_schema();
		return;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
		char *name = g_strconcat(box_path, ends[i], NULL);

		g_remove(name);
		g_free(name);
	}
}

static inline void box_close(struct catalog *c)
{
	catalog_close(&c);
	CHECK(!c);
	box_remove();
}

static inline void box_recording(struct catalog *c, const char *id, const char *room, int64_t started_ms)
{
	struct catalog_new_recording r = { .id = id, .room = room, .call_id = "call_demo_1_aaaaaa", .host_id = "host1", .title = "Hi", .layout = "grid",
					   .custom = "{\"a\":[1]}", .started_ms = started_ms };

	CHECK_INT(catalog_recording_insert(c, &r), 0);
}

/* Recorded and stopped: a job to compose waits. */
static inline void box_stopped(struct catalog *c, const char *id)
{
	struct catalog_stop s = { .stopped_ms = 9000, .duration_ms = 1900, .elapsed_ms = 2000, .bytes = 5, .tracks = 2, .chain_hash = "ab",
				  .flags = "[\"interrupted\"]", .reason = "host" };

	box_recording(c, id, "demo", 1000);
	CHECK_INT(catalog_recording_status(c, id, "recording", NULL), 0);
	CHECK_INT(catalog_recording_stop(c, id, &s), 0);
}

static inline void box_status(struct catalog *c, const char *id, const char *status)
{
	json_t *o = NULL;

	CHECK_INT(catalog_recording_get(c, id, &o), 0);
	CHECK_STR(json_str(o, "status"), status);
	json_decref(o);
}

/* States of the last job and of output 1, as "job/output" ("-" for none) */
static inline void box_states(struct catalog *c, const char *id, const char *want)
{
	const char *job, *output;
	char *got;
	json_t *o = NULL;

	CHECK_INT(catalog_recording_get(c, id, &o), 0);
	job = json_str(json_object_get(o, "job"), "state");
	output = json_str(json_array_get(json_object_get(o, "outputs"), 0), "state");
	got = g_strdup_printf("%s/%s", job ? job : "-", output ? output : "-");
	CHECK_STR(got, want);
	g_free(got);
	json_decref(o);
}

static void box_on_pg(const struct test *tests, size_t n, int argc, char **argv, int *passed, int *failed)
{
	const char *conninfo = getenv("RECROOM_TEST_PG");

	if (!conninfo) {
		printf("PostgreSQL is not tested: RECROOM_TEST_PG is not set (tests/lib/postgres.sh start DIR)\n");
		return;
	}
	printf("on PostgreSQL:\n");
	box_pg = true;
	for (size_t i = 0; i < n; i++) {
		int before = *failed;

		box_make_schema();
		test_each(&tests[i], 1, argc, argv, passed, failed);
		if (*failed == before)
			box_drop_schema(box_schema);
	}
	box_pg = false;
}

/** Tests of both engines, of SQLite alone, of PostgreSQL alone; any may be NULL. */
static inline int box_main_of(const struct test *both, size_t nboth, const struct test *sqlite, size_t nsqlite, const struct test *pg, size_t npg, int argc,
			      char **argv)
{
	int passed = 0, failed = 0;

	if (!mkdtemp(box_dir))
		return 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	snprintf(box_path, sizeof(box_path), "%s/recroom.db", box_dir);
	test_each(sqlite, nsqlite, argc, argv, &passed, &failed);
	test_each(both, nboth, argc, argv, &passed, &failed);
	if (nboth)
		box_on_pg(both, nboth, argc, argv, &passed, &failed);
	if (npg)
		box_on_pg(pg, npg, argc, argv, &passed, &failed);
	g_rmdir(box_dir);
	printf("%d passed, %d failed\n", passed, failed);
	return failed ? 1 : 0;
}

static inline int box_main(const struct test *both, size_t n, int argc, char **argv)
{
	return box_main_of(both, n, NULL, 0, NULL, 0, argc, argv);
}
