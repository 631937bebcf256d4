/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp catalog` as it is typed: saved, restored, moved from SQLite to PostgreSQL and back, checked; exit status and what is said.
 */
#include <glib/gstdio.h>
#include <libpq-fe.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "common/catalog.h"
#include "common/fsio.h"
#include "common/json.h"
#include "tests/lib/catalog_rows.h"
#include "test.h"
#include "command.h"

#define ID "rec_demo_1760090400123_aaaaaa"

static char *url_of(const char *folder)
{
	return g_strdup_printf("%s/%s/recroom.db", dir, folder);
}

/* Two folders, `a` with a catalog, `b` without. */
static void set_up(void)
{
	static const char *const names[] = { "a", "b" };
	struct catalog *c = NULL;
	g_autofree char *url = url_of("a");

	fs_remove_tree(dir);
	CHECK_INT(fs_mkdirs(dir, 0755), 0);
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_strdup_printf("%s/%s", dir, names[i]);

		CHECK_INT(fs_mkdirs(path, 0755), 0);
	}
	CHECK_INT(catalog_open(&c, url), 0);
	CHECK_INT(add_stopped_recording(c, ID, "demo", "Über uns", 1760090400123), 0);
	catalog_close(&c);
}

static void check_shown(const char *folder)
{
	g_autofree char *line = g_strdup_printf("--recordings @/%s show " ID, folder);

	CHECK_INT(run(line), 0);
	CHECK(strstr(out, "Über uns"));
}

static void test_backup(void)
{
	struct stat st;
	g_autofree char *file = NULL;
	json_t *o;

	set_up();
	CHECK_INT(run("--recordings @/b catalog backup @/x"), 3);
	CHECK_INT(run("--recordings @/a catalog backup @/saved --json"), 0);
	o = summary();
	CHECK(json_num(o, "rows", 0) > 3);
	json_decref(o);
	file = g_strdup_printf("%s/saved", dir);
	CHECK(stat(file, &st) == 0 && (st.st_mode & 0777) == 0600);
	CHECK_INT(run("--recordings @/a catalog backup @/saved"), 1);
	CHECK(strstr(err, "there already"));
	CHECK_INT(run("--recordings @/a catalog restore @/saved"), 1);
	CHECK(strstr(err, "not empty"));
	CHECK_INT(run("--recordings @/b catalog restore @/nothing"), 3);
	CHECK_INT(run("--recordings @/b catalog restore @/a/recroom.db"), 4);
	CHECK_INT(run("--recordings @/b catalog restore @/saved"), 0);
	check_shown("b");
	CHECK_INT(run("--recordings @/b catalog check"), 0);
	CHECK(strstr(out, "sound"));
}

static void test_usage(void)
{
	set_up();
	CHECK_INT(run("--recordings @/a catalog"), 2);
	CHECK_INT(run("--recordings @/a catalog burn"), 2);
	CHECK_INT(run("--recordings @/a catalog backup"), 2);
	CHECK_INT(run("--recordings @/a catalog check @/x"), 2);
	CHECK_INT(run("--recordings @/a catalog move"), 2);
	CHECK_INT(run("--recordings @/a catalog move --force --to sqlite:@/a/recroom.db"), 2);
}

static void test_check(void)
{
	g_autofree char *url = url_of("a");
	struct catalog *c = NULL;
	json_t *o;

	set_up();
	CHECK_INT(catalog_open(&c, url), 0);
	CHECK_INT(catalog_recording_insert(c, &(struct catalog_new_recording){ .id = "rec_demo_2_aaaaaa", .room = "demo", .call_id = "call_x", .host_id = "h",
									       .outputs = "[\"opus\",\"mp4\"]", .started_ms = 5 }), 0);
	catalog_close(&c);
	CHECK_INT(run("--recordings @/a catalog check --json"), 0);
	o = summary();
	CHECK_INT(json_array_size(json_object_get(o, "problems")), 0);
	CHECK(json_num(o, "schema", 0) > 2);
	json_decref(o);
}

/* There and back; while a host is alive only with --force. */
static void test_move(void)
{
	const char *conninfo = getenv("RECROOM_TEST_PG");
	g_autofree char *to = NULL, *text = NULL;

	set_up();
	if (!conninfo) {
		printf("PostgreSQL is not tested: RECROOM_TEST_PG is not set\n");
		return;
	}
	CHECK_INT(run("--recordings @/a catalog move --to sqlite:@/b/recroom.db"), 5);
	CHECK(strstr(err, "testhost"));
	text = g_strdup_printf("general: { recordings = \"%s/a\"; catalog = \"%s options='-csearch_path=cmd_%d'\"; };\n", dir, conninfo, (int)getpid());
	CHECK_INT(fs_write_atomic(dir, "pg.jcfg", text, strlen(text), 0600, 0), 0);
	to = g_strdup_printf("--recordings @/a catalog move --force --to \"%s options='-csearch_path=cmd_%d'\"", conninfo, (int)getpid());
	CHECK_INT(run(to), 0);
	CHECK(strstr(out, "moved") && strstr(err, "general.catalog"));
	CHECK_INT(run(to), 1);
	CHECK(strstr(err, "not empty"));
	CHECK_INT(run("--config @/pg.jcfg show " ID), 0);
	CHECK(strstr(out, "Über uns"));
	CHECK_INT(run("--config @/pg.jcfg catalog check"), 0);
	CHECK_INT(run("--config @/pg.jcfg catalog backup @/pg.jsonl"), 0);
	CHECK_INT(run("--config @/pg.jcfg catalog move --force --to sqlite:@/b/recroom.db"), 0);
	check_shown("b");
}

/* A schema of our own in the server of all tests */
static int in_schema(const char *what)
{
	const char *conninfo = getenv("RECROOM_TEST_PG");
	g_autofree char *sql = g_strdup_printf("SET client_min_messages = warning; %s SCHEMA cmd_%d %s", what, (int)getpid(), *what == 'D' ? "CASCADE" : "");
	PGconn *conn = conninfo ? PQconnectdb(conninfo) : NULL;
	PGresult *r = conn ? PQexec(conn, sql) : NULL;
	int failed = !conn || PQresultStatus(r) == PGRES_COMMAND_OK ? 0 : -1;

	PQclear(r);
	PQfinish(conn);
	return failed;
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_backup), TEST(test_usage), TEST(test_check), TEST(test_move) };
	int failed;

	dir = g_strdup_printf("/tmp/test_cmd_catalog.%d", (int)getpid());
	if (in_schema("CREATE"))
		return 1;
	failed = test_run(tests, G_N_ELEMENTS(tests), argc, argv);
	in_schema("DROP");
	fs_remove_tree(dir);
	g_free(dir);
	g_free(out);
	g_free(err);
	return failed;
}
