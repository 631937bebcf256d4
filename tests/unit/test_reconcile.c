/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What becomes of recordings whose Janus, worker or database died in each of their states: reconciler and worker together, two of each in processes of their own
 * (this program, run with --serve), with real directories and the real `recroom-pp repair`. Both engines.
 *
 *	rows and directories as left behind ─▶ two processes at once, killed as the table says ─▶ terminal states; events in order, each once
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include "common/catalog_sqlite.c"
#include "common/catalog_host.h"
#include "common/fsio.h"
#include "common/log.h"
#include "common/root.h"
#include "common/sync.h"
#include "postprocess/reconcile.h"
#include "postprocess/worker.h"
#include "tests/lib/make_recording.h"
#include "catalog_box.h"

enum { TIMEOUT_MS = 120000, STEP_US = 5000, SERVERS = 2, UP_MS = 100000000, EVERY_MS = 100 };
#define HOST "testhost"

/* Repairs and, where a file `real` says so, composes in earnest. Otherwise a file `slow` holds the first attempt of each step until its process is killed or the
 * file is gone. */
static const char composer[] =
	"#!/bin/sh\n"
	"dir=$2; top=${0%/*}\n"
	"for i in 1 2 3 4 5 6 7 8 9 10; do [ -e \"$dir/slow\" ] && sleep 0.03; done; rm -f \"$dir/slow\"\n"
	"if [ \"$1\" = repair ] || [ -e \"$dir/real\" ]; then exec \"$top/recroom-pp\" \"$@\"; fi\n"
	"echo '{\"message_type\":\"ready\"}'\n"
	"read -r word && [ \"$word\" = go ] || exit 143\n"
	"echo mixed >\"$dir/output.webm\"\n"
	"echo '{\"message_type\":\"summary\",\"ok\":true,\"size\":6,\"duration_ms\":1,\"spec\":{},\"files\":"
	"[{\"kind\":\"media\",\"name\":\"output.webm\",\"mime\":\"video/webm\",\"sha256\":\"aa\",\"size\":6}]}'\n";

static char *top, *root;       /* recordings lie in root */
static struct catalog *cat;
static pid_t servers[SERVERS];
static int serial;

/* ---- processes ---- */

/* As far as they can tell the database has been up for long. */
static void database_up(void)
{
	if (box_pg)
		box_sql("CREATE OR REPLACE FUNCTION uptime_ms() RETURNS BIGINT LANGUAGE SQL AS 'SELECT CAST(100000000 AS BIGINT)'");
	atomic_store(&first_open_us, clock_mono_us() - UP_MS * 1000LL);
}

static int run_as_server(char **argv)
{
	g_autofree char *exe = g_build_filename(argv[3], "composer.sh", NULL), *in = g_build_filename(argv[3], "recordings", NULL);
	g_autofree char *config = g_build_filename(argv[3], "recroom.jcfg", NULL);
	struct worker_conf wc = { .catalog = argv[2], .host_id = HOST, .recordings = in, .composer = exe, .config = config, .jobs = 3, .cores = 64000, .beat_ms = 200,
				  .grace_ms = 500, .retry_ms = { 50, 100, 100 } };
	struct reconcile_conf rc = { .catalog = argv[2], .host_id = HOST, .recordings = in, .composer = exe, .config = config, .address = "http://one:8090",
				     .sweep = true, .every_ms = EVERY_MS };
	struct reconciler *r = NULL;
	struct worker *w = NULL;
	sigset_t stop;
	int sig;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &stop, NULL);
	signal(SIGPIPE, SIG_IGN);
	log_set_level(getenv("RECROOM_TEST_LOG") ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR);
	atomic_store(&first_open_us, clock_mono_us() - UP_MS * 1000LL);
	if (worker_create(&w, &wc) || reconciler_create(&r, &rc))
		return 1;
	while (sigwait(&stop, &sig))
		;
	reconciler_unref(&r);
	worker_unref(&w);
	return 0;
}

static void begin_server(int n)
{
	servers[n] = fork();
	if (servers[n] == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl("/proc/self/exe", "test_reconcile", "--serve", box_path, top, (char *)NULL);
		_exit(1);
	}
	CHECK(servers[n] > 0);
}

static void begin_all(void)
{
	for (int i = 0; i < SERVERS; i++)
		begin_server(i);
}

static void end_server(int n, int sig)
{
	pid_t pid = servers[n];

	servers[n] = 0;
	if (pid <= 0)
		return;
	kill(pid, sig);
	waitpid(pid, NULL, 0);
}

static void end_all(int sig)
{
	for (int i = 0; i < SERVERS; i++)
		end_server(i, sig);
}

/* ---- what is there ---- */

static void write_config(void)
{
	g_autofree char *text = g_strdup_printf("general: { recordings = \"%s\"; catalog = \"%s\"; host_id = \"" HOST "\" }\n", root, box_path);

	CHECK_INT(fs_write_atomic(top, "recroom.jcfg", text, strlen(text), 0600, 0), 0);
}

static void box_begin(void)
{
	g_autofree char *pp = NULL, *here = g_canonicalize_filename("recroom-pp", NULL);

	end_all(SIGKILL);              /* those of a test that failed */
	top = g_dir_make_tmp("recroom-reconcile-XXXXXX", NULL);
	root = g_build_filename(top, "recordings", NULL);
	pp = g_build_filename(top, "recroom-pp", NULL);
	CHECK_INT(fs_mkdirs(root, 0700), 0);
	CHECK_INT(symlink(here, pp), 0);
	CHECK_INT(fs_write_atomic(top, "composer.sh", composer, strlen(composer), 0700, 0), 0);
	write_config();
	cat = box_open();
	database_up();
	CHECK_INT(catalog_host_beat(cat, HOST, "0.1", false), 0);
	CHECK_INT(root_is_there(cat, root, HOST), 1);
}

static void box_end(void)
{
	end_all(SIGTERM);
	fs_remove_tree(top);
	g_clear_pointer(&top, g_free);
	g_clear_pointer(&root, g_free);
	box_close(cat);
	cat = NULL;
}

static char *dir_of(const char *id)
{
	return g_build_filename(root, id, NULL);
}

static void put_file(const char *id, const char *name)
{
	g_autofree char *dir = dir_of(id);

	CHECK_INT(fs_write_atomic(dir, name, "", 0, 0600, 0), 0);
}

/* Nobody has written there for two hours. */
static void age(const char *id)
{
	g_autofree char *dir = dir_of(id);
	char *argv[] = { "find", dir, "-exec", "touch", "-d", "2 hours ago", "{}", "+", NULL };
	int status = -1;

	CHECK(g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, NULL));
	CHECK_INT(status, 0);
}

/* A second of one person's sound, never closed; the id. */
static const char *make_directory(void)
{
	static char ids[64][ID_SIZE];
	static const struct make_participant people[] = { { .id = "user1", .name = "Ann", .sources = { { .source = "audio" } } }, { .id = NULL } };
	char *id = ids[serial % 64];
	g_autofree char *dir = NULL;

	snprintf(id, ID_SIZE, "rec_demo_%lld_aaaaaa", (long long)clock_wall_ms() - 7200000 + serial);
	serial++;
	dir = dir_of(id);
	CHECK_INT(make_recording(&(struct make_conf){ .dir = dir, .duration_ms = 1000, .chunk_ms = 500, .title = "", .people = people, .no_stop = true }), 0);
	return id;
}

static void tell(const char *id, int64_t seq, const char *type)
{
	json_t *o = json_object();

	CHECK_INT(catalog_event_put(cat, id, 1, seq, type, o, "plugin"), 0);
	json_decref(o);
}

static void insert(const char *id)
{
	struct catalog_new_recording r = { .id = id, .room = "demo", .call_id = "call_demo_1_aaaaaa", .host_id = HOST, .title = "", .layout = "grid",
					   .started_ms = clock_wall_ms() - 7200000 };

	CHECK_INT(catalog_recording_insert(cat, &r), 0);
	tell(id, 1, "recordingstarting");
}

static void stopped(const char *id, int64_t seq)
{
	struct catalog_stop s = { .stopped_ms = clock_wall_ms(), .duration_ms = 1000, .elapsed_ms = 1000, .tracks = 1, .chain_hash = "ab", .flags = "[]", .reason = "host" };

	tell(id, seq, "recordingstopped");
	CHECK_INT(catalog_recording_stop(cat, id, &s), 0);
}

/* What a plugin has told the catalog by then. */
static void bring_to(const char *id, const char *status)
{
	g_autofree char *sql = g_strdup_printf("UPDATE recordings SET status = 'uploading' WHERE id = '%s'; UPDATE outputs SET state = 'done', path = 'x', size = 1, duration_ms = 1"
					       " WHERE recording = '%s'; UPDATE jobs SET state = 'done' WHERE recording = '%s'", id, id, id);

	insert(id);
	if (!strcmp(status, "starting"))
		return;
	CHECK_INT(catalog_recording_status(cat, id, "recording", NULL), 0);
	tell(id, 2, "recordingstarted");
	if (!strcmp(status, "recording"))
		return;
	if (!strcmp(status, "paused")) {
		CHECK_INT(catalog_recording_status(cat, id, "paused", NULL), 0);
		tell(id, 3, "recordingpaused");
		return;
	}
	stopped(id, 3);
	if (!strcmp(status, "uploading"))
		box_sql(sql);
	else if (!strcmp(status, "deleting"))
		CHECK_INT(catalog_recording_delete(cat, id), 0);
}

static const char *add(const char *status)
{
	const char *id = make_directory();

	bring_to(id, status);
	age(id);
	return id;
}

static void silence(void)
{
	box_sql("UPDATE hosts SET heartbeat_ms = heartbeat_ms - 61000");
}

/* ---- what comes of it ---- */

/* NULL: no row. The database may be away for a moment. */
static char *status_of(const char *id)
{
	int64_t until_us = clock_mono_us() + TIMEOUT_MS * 1000LL;
	json_t *row = NULL;
	char *status;
	int err;

	while ((err = catalog_recording_get(cat, id, &row)) == -EBUSY && clock_mono_us() < until_us)
		g_usleep(STEP_US);
	CHECK(!err || err == -ENOENT);
	status = g_strdup(json_str(row, "status"));
	json_decref(row);
	return status;
}

static bool is(const char *id, const char *want)
{
	g_autofree char *status = status_of(id);

	return !g_strcmp0(status, want);
}

static void await(const char *id, const char *want)
{
	int64_t until_us = clock_mono_us() + TIMEOUT_MS * 1000LL;

	while (!is(id, want)) {
		if (clock_mono_us() > until_us)
			TEST_FAIL("%s does not become %s, it is %s", id, want, status_of(id));
		g_usleep(STEP_US);
	}
}

static int64_t number(const char *sql, const char *text)
{
	int64_t n = 0;
	int err;

	CHECK_INT(catalog_view(cat), 0);
	err = db_int(cat->db, &n, sql, "s", text);
	CHECK(catalog_end(cat, err) >= 0);
	return n;
}

static void await_number(const char *sql, const char *text, int64_t least)
{
	int64_t until_us = clock_mono_us() + TIMEOUT_MS * 1000LL;

	while (number(sql, text) < least) {
		if (clock_mono_us() > until_us)
			TEST_FAIL("%s: \"%s\" does not come to %d", text, sql, (int)least);
		g_usleep(STEP_US);
	}
}

/* Types of a recording's events in order; numbered without hole or double. */
static void check_events(const char *id, const char *want)
{
	g_autoptr(GString) text = g_string_new(NULL);
	json_t *rows = NULL, *row;
	int64_t seq = 0;
	size_t i;

	CHECK_INT(catalog_event_since(cat, 0, 1000, &rows), 0);
	json_array_foreach(rows, i, row) {
		if (strcmp(json_str(row, "recording"), id))
			continue;
		CHECK_INT(json_num(row, "seq", 0), ++seq);
		g_string_append_printf(text, "%s%s", text->len ? " " : "", json_str(row, "type") + strlen("recording"));
	}
	json_decref(rows);
	CHECK_STR(text->str, want);
}

static void check_closed(const char *id)
{
	json_t *row = NULL;

	CHECK_INT(catalog_recording_get(cat, id, &row), 0);
	CHECK_STR(json_string_value(json_array_get(json_object_get(row, "flags"), 0)), "interrupted");
	CHECK(json_num(row, "duration_ms", 0) >= 900);
	CHECK_INT(json_num(row, "tracks", 0), 1);
	CHECK_INT(json_num(row, "epoch", 0), 2);       /* of two reconcilers one took it, once */
	CHECK_INT(strlen(json_str(row, "chain_hash")), 64);
	json_decref(row);
	CHECK_INT(number("SELECT COUNT(*) FROM jobs WHERE recording = ?1 AND kind = 'close'", id), 1);
	CHECK_INT(number("SELECT COUNT(*) FROM jobs WHERE recording = ?1 AND kind = 'compose'", id), 1);
}

/* Two more passes have gone by. */
static void await_passes(void)
{
	static const char until[] = "SELECT until_ms FROM leases WHERE name = ?1";
	int64_t now = number(until, "reconcile");

	await_number(until, "reconcile", now + 1);
	await_number(until, "reconcile", number(until, "reconcile") + 1);
	await_number(until, "reconcile", number(until, "reconcile") + 1);
}

/* The host is gone for good, and each of its recordings ends as its directory allows; what nobody knew of is known again. */
static void test_host_gone(void)
{
	const char *open, *missing, *unknown, *young, *jobless, *deleting;
	g_autofree char *gone = NULL, *left = NULL, *output = NULL;

	box_begin();
	open = add("recording");
	put_file(open, "real");
	age(open);
	missing = add("paused");
	gone = dir_of(missing);
	fs_remove_tree(gone);
	unknown = make_directory();
	age(unknown);
	young = make_directory();
	jobless = add("processing");
	deleting = add("deleting");
	box_sql("DELETE FROM jobs");
	silence();
	begin_all();
	await(open, "completed");
	await(missing, "failed");
	await(unknown, "completed");
	await(jobless, "completed");
	await(deleting, "deleted");
	await_passes();
	CHECK(is(young, NULL));                        /* somebody may be at it */
	age(young);
	await(young, "completed");
	check_closed(open);
	output = g_build_filename(root, open, "output.webm", NULL);
	CHECK(g_file_test(output, G_FILE_TEST_EXISTS));
	left = dir_of(deleting);
	CHECK(!g_file_test(left, G_FILE_TEST_EXISTS));
	check_events(open, "starting started stopped completed");
	check_events(missing, "starting started paused failed");
	check_events(jobless, "starting started stopped completed");
	check_events(deleting, "starting started stopped deleted");
	CHECK_INT(number("SELECT COUNT(*) FROM jobs WHERE recording = ?1", unknown), 1);
	CHECK_INT(number("SELECT COUNT(*) FROM events WHERE recording = ?1 AND type = 'recordingcompleted'", unknown), 1);
	box_end();
}

/* Nothing is called missing while the disk is not there; when it is, all go on. A directory that comes back is found. */
static void test_not_mounted(void)
{
	static const char put_off[] = "SELECT COUNT(*) FROM jobs WHERE recording = ?1 AND state IN ('queued', 'retrying') AND not_before_ms > now_ms() + 10";
	const char *open, *stopped, *lost;
	g_autofree char *aside = NULL, *dir = NULL, *kept = NULL;

	box_begin();
	open = add("recording");
	stopped = add("processing");
	lost = add("recording");
	dir = dir_of(lost);
	kept = g_build_filename(top, "kept", NULL);
	CHECK_INT(rename(dir, kept), 0);
	aside = g_build_filename(top, "disk", NULL);
	CHECK_INT(rename(root, aside), 0);
	CHECK_INT(fs_mkdirs(root, 0700), 0);
	silence();
	log_set_level(LOG_LEVEL_ERROR + 1);
	begin_all();
	await_number(put_off, open, 1);
	await_number(put_off, stopped, 1);
	await_passes();
	CHECK(is(open, "recording"));
	CHECK(is(stopped, "processing"));
	CHECK(is(lost, "recording"));
	CHECK_INT(rmdir(root), 0);
	CHECK_INT(rename(aside, root), 0);
	box_sql("UPDATE jobs SET not_before_ms = 0");
	await(open, "completed");
	await(stopped, "completed");
	await(lost, "failed");
	check_events(lost, "starting started failed");
	CHECK_INT(rename(kept, dir), 0);
	await(lost, "completed");
	check_events(lost, "starting started failed stopped completed");
	box_end();
}

/* ---- who dies, at each change of state ---- */

static const struct { const char *status, *end, *events; } states[] = {
	{ "starting", "completed", "starting stopped completed" },
	{ "recording", "completed", "starting started stopped completed" },
	{ "paused", "completed", "starting started paused stopped completed" },
	{ "processing", "completed", "starting started stopped completed" },
	{ "uploading", "completed", "starting started stopped completed" },
	{ "deleting", "deleted", "starting started stopped deleted" },
};
enum { STATES = G_N_ELEMENTS(states) };

static void nobody_dies(int n)
{
	(void)n;
}

static void worker_dies(int n)
{
	end_server(n % SERVERS, SIGKILL);
	begin_server(n % SERVERS);
}

/* As a restart looks to everybody: all connections are gone. SQLite has no server: somebody holds the file for a while. */
static void database_dies(int n)
{
	sqlite3 *conn;

	(void)n;
	if (box_pg) {
		box_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = current_setting('application_name') AND pid <> pg_backend_pid()");
		return;
	}
	CHECK_INT(sqlite3_open(box_path, &conn), SQLITE_OK);
	sqlite3_busy_timeout(conn, TIMEOUT_MS);
	CHECK_INT(sqlite3_exec(conn, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
	g_usleep(100000);
	CHECK_INT(sqlite3_exec(conn, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(conn);
}

/* The states of all in one word, and whether that is the end. */
static char *look(const char *const ids[STATES], bool *over)
{
	GString *all = g_string_new(NULL);

	*over = true;
	for (size_t i = 0; i < STATES; i++) {
		g_autofree char *status = status_of(ids[i]);

		*over &= !strcmp(status, states[i].end);
		g_string_append_printf(all, "%s ", status);
	}
	return g_string_free(all, FALSE);
}

static void strike_at_each_change(const char *const ids[STATES], void (*strike)(int n), const char *who)
{
	int64_t until_us = clock_mono_us() + TIMEOUT_MS * 1000LL;
	g_autofree char *before = g_strdup("");
	bool over = false;
	int strikes = 0;

	while (!over) {
		char *now = look(ids, &over);

		if (strcmp(now, before) && !over)
			strike(strikes++);
		g_free(before);
		before = now;
		if (clock_mono_us() > until_us)
			TEST_FAIL("%s, still: %s", who, now);
		g_usleep(STEP_US);
	}
	printf("%s: %d changes\n", who, strikes);
}

static void die_in_each_state(const char *who, void (*strike)(int n))
{
	const char *ids[STATES];

	box_begin();
	for (size_t i = 0; i < STATES; i++) {
		ids[i] = add(states[i].status);
		put_file(ids[i], "slow");
		age(ids[i]);
	}
	silence();
	begin_all();
	strike_at_each_change(ids, strike, who);
	for (size_t i = 0; i < STATES; i++)
		check_events(ids[i], states[i].events);
	box_end();
}

/* The plugin was killed in each state, and nothing else happens. */
static void test_plugin_dies(void)
{
	die_in_each_state("the plugin", nobody_dies);
}

static void test_worker_dies(void)
{
	die_in_each_state("a worker", worker_dies);
}

static void test_database_dies(void)
{
	die_in_each_state("the database", database_dies);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_host_gone), TEST(test_not_mounted), TEST(test_plugin_dies), TEST(test_worker_dies), TEST(test_database_dies),
	};
	g_autofree char *name = g_strdup_printf("test_reconcile_%d", (int)getpid());
	int failed;

	if (argc == 4 && !strcmp(argv[1], "--serve"))
		return run_as_server(argv);
	g_setenv("PGAPPNAME", name, TRUE);
	log_set_level(LOG_LEVEL_ERROR);
	failed = box_main(tests, G_N_ELEMENTS(tests), argc, argv);
	end_all(SIGKILL);
	return failed;
}
