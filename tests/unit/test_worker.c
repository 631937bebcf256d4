/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The job runner with a composer that does what a file in the recording's directory says. The second worker of the test on a killed one is this very
 * program, run with --worker.
 */
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include "postprocess/worker.c"
#include "postprocess/worker_name.c"
#include "common/catalog_db.h"
#include "common/metrics.h"
#include "tests/lib/catalog_rows.h"
#include "test.h"

enum { TIMEOUT_MS = 20000, LEASE_MS = 15000 };

/* $2 is the directory. `script` in it is a list of words: what to do at the first attempt, the second, … (the last for all further ones). */
static const char composer[] =
	"#!/bin/sh\n"
	"echo x >>\"$2/attempts\"; n=$(wc -l <\"$2/attempts\")\n"
	"printf '%s\\n' \"$*\" >\"$2/arguments\"\n"
	"set -- \"$2\" $(cat \"$2/script\"); dir=$1; while [ \"$n\" -gt 1 ] && [ $# -gt 2 ]; do shift; n=$((n - 1)); done\n"
	"echo '{\"message_type\":\"status\",\"stage\":\"composing\",\"percent\":42,\"eta_ms\":1000}'\n"
	"mkdir -p \"$dir/.compose/output\"; echo >\"$dir/.compose/output/v-000000.seg\"\n"
	"begun() { echo $$ >\"$dir/pid\"; }\n"
	"case $2 in\n"
	"crash) kill -SEGV $$;;\n"
	"killed) kill -KILL $$;;\n"
	"hopeless) echo '{\"message_type\":\"summary\",\"ok\":false,\"reason\":\"The chunks make no sense.\"}'; exit 1;;\n"
	"silent) exit 1;;\n"
	"later) echo '{\"message_type\":\"summary\",\"ok\":false,\"reason\":\"The disk is full.\"}'; exit 5;;\n"
	"garbage) echo 'no json'; echo '[]'; echo '{\"message_type\":7}'; echo; exit 0;;\n"
	"hang) begun; exec sleep 600;;\n"
	"stubborn) trap '' TERM; begun; while :; do sleep 600; done;;\n"
	"tidy) trap 'echo >\"$dir/tidied\"; exit 143' TERM; begun; sleep 600 & wait;;\n"
	"good) begun; echo '{\"message_type\":\"summary\",\"ok\":true,\"size\":5,\"duration_ms\":60000,\"spec\":{\"width\":1280},\"files\":"
	"[{\"kind\":\"media\",\"name\":\"output.webm\",\"mime\":\"video/webm\",\"sha256\":\"aa\",\"size\":5}]}';;\n"
	"esac\n";

static char *dir, *url, *exe;
static struct catalog *catalog;
static int serial;

static struct worker_conf conf_of(void)
{
	return (struct worker_conf){ .catalog = url, .host_id = "testhost", .recordings = dir, .composer = exe, .config = "/etc/some.jcfg", .jobs = 1,
				     .cores = 64000, .beat_ms = 200, .stall_ms = 60000, .grace_ms = 500, .retry_ms = { 50, 100, 100 } };
}

/* A stopped recording whose composer follows `script`. */
static const char *add(const char *script)
{
	static char ids[64][ID_SIZE];
	char *id = ids[serial % 64], *path;

	snprintf(id, ID_SIZE, "rec_demo_%lld_aaaaaa", 1795357800000LL + ++serial);
	path = g_strdup_printf("%s/%s", dir, id);
	CHECK_INT(fs_mkdirs(path, 0700), 0);
	CHECK_INT(fs_write_atomic(path, "script", script, strlen(script), 0600, 0), 0);
	g_free(path);
	CHECK_INT(add_stopped_recording(catalog, id, "demo", "x", 1795357800000LL + serial), 0);
	return id;
}

/* A file of the recording's directory, or NULL; g_free() it. */
static char *slurp(const char *id, const char *name)
{
	char *path = g_strdup_printf("%s/%s/%s", dir, id, name), *text = NULL;
	size_t len;

	fs_read(path, 4096, &text, &len);
	g_free(path);
	return text;
}

static int attempts(const char *id)
{
	char *text = slurp(id, "attempts");
	int n = text ? (int)strlen(text) / 2 : 0;

	g_free(text);
	return n;
}

static json_t *row_of(const char *id)
{
	json_t *row = NULL;

	CHECK_INT(catalog_recording_get(catalog, id, &row), 0);
	return row;
}

static bool has_status(const char *id, const char *status)
{
	json_t *row = row_of(id);
	bool is = !strcmp(json_str(row, "status"), status);

	json_decref(row);
	return is;
}

/* Polls until the recording has the status or the time is over. */
static void await_status(const char *id, const char *status)
{
	int64_t until_us = clock_mono_us() + TIMEOUT_MS * 1000LL;

	while (!has_status(id, status)) {
		if (clock_mono_us() > until_us)
			TEST_FAIL("%s does not become %s", id, status);
		g_usleep(5000);
	}
}

/* The composer of this recording has begun: its process. */
static pid_t await_child(const char *id)
{
	int64_t until_us = clock_mono_us() + TIMEOUT_MS * 1000LL;
	char *text = NULL;
	pid_t pid;

	while (!(text = slurp(id, "pid")) || !strchr(text, '\n')) {
		g_free(text);
		if (clock_mono_us() > until_us)
			TEST_FAIL("%s: no composer", id);
		g_usleep(5000);
	}
	pid = atoi(text);
	g_free(text);
	return pid;
}

static void await_gone(pid_t pid)
{
	int64_t until_us = clock_mono_us() + TIMEOUT_MS * 1000LL;

	while (process_start(pid)) {    /* a zombie counts as gone */
		if (clock_mono_us() > until_us)
			TEST_FAIL("process %d lives on", (int)pid);
		g_usleep(5000);
	}
}

static struct worker *start(void)
{
	struct worker_conf conf = conf_of();
	struct worker *w = NULL;

	CHECK_INT(worker_create(&w, &conf), 0);
	return w;
}

static void check_reason(const char *id, const char *reason)
{
	json_t *row = row_of(id);
	const char *why = json_str(row, "reason");
	bool same = why && !strcmp(why, reason);

	if (!same)
		printf("reason: %s\n", why ? why : "(none)");
	json_decref(row);
	CHECK(same);
}

static void test_good(void)
{
	const char *id = add("good");
	struct worker *w = start();
	json_t *row, *output;
	char *arguments, *want;

	await_status(id, "completed");
	CHECK(worker_alive(w));
	worker_unref(&w);
	row = row_of(id);
	output = json_array_get(json_object_get(row, "outputs"), 0);
	CHECK_STR(json_str(output, "state"), "done");
	want = g_strdup_printf("%s/output.webm", id);
	CHECK_STR(json_str(output, "path"), want);
	g_free(want);
	CHECK_INT(json_num(output, "size", 0), 5);
	json_decref(row);
	arguments = slurp(id, "arguments");
	want = g_strdup_printf("compose %s/%s --follow --ask --progress=jsonl --json --overwrite --number 1 --config /etc/some.jcfg\n", dir, id);
	CHECK_STR(arguments, want);
	g_free(arguments);
	g_free(want);
}

/* From a stop to its composer's first line [ms], with a runner that waits for work. */
static int64_t start_delay(void)
{
	int64_t begin_us = clock_mono_us();
	const char *id = add("good");
	int64_t delay_ms;

	await_child(id);
	delay_ms = (clock_mono_us() - begin_us) / 1000;
	await_status(id, "completed");
	return delay_ms;
}

/* The best of some, so that a loaded machine does not fail it. */
static void test_starts_quickly(void)
{
	struct worker *w = start();
	int64_t best_ms = INT64_MAX;

	for (int i = 0; i < 3 || (i < 20 && best_ms >= 500); i++)
		best_ms = MIN(best_ms, start_delay());
	worker_unref(&w);
	CHECK(best_ms < 500);
}

static void test_dead_child_is_retried(void)
{
	const char *id = add("crash killed good");
	struct worker *w = start();

	await_status(id, "completed");
	CHECK_INT(attempts(id), 3);
	worker_unref(&w);
}

static void test_gives_up(void)
{
	static const struct { const char *script, *reason; int attempts; } rows[] = {
		{ "crash", "composer died: signal 11", 3 },
		{ "killed crash killed", "composer died: signal 9", 3 },
		{ "hopeless", "The chunks make no sense.", 1 },
		{ "silent", "composer failed: exit status 1", 1 },
		{ "garbage", "composer failed: exit status 0", 1 },
		{ "later later later later hopeless", "The chunks make no sense.", 5 },
	};
	struct worker *w = start();

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		const char *id = add(rows[i].script);
		g_autofree char *kept = g_build_filename(dir, id, ".compose", NULL);

		await_status(id, "failed");
		CHECK(access(kept, F_OK));         /* what the composer kept there, for nobody */
		check_reason(id, rows[i].reason);
		CHECK_INT(attempts(id), rows[i].attempts);
	}
	worker_unref(&w);
}

static void test_no_composer(void)
{
	struct worker_conf conf = conf_of();
	struct worker *w = NULL;
	const char *id = add("good");

	conf.composer = "/nonexistent";
	CHECK_INT(worker_create(&w, &conf), 0);
	await_status(id, "failed");
	check_reason(id, "composer failed: exit status 127");
	worker_unref(&w);
}

static void test_progress(void)
{
	const char *id = add("hang");
	struct worker *w = start();
	int64_t until_us = clock_mono_us() + TIMEOUT_MS * 1000LL, percent = 0;

	while (percent != 42 && clock_mono_us() < until_us) {
		json_t *row = row_of(id);

		percent = json_num(json_object_get(row, "job"), "percent", 0);
		json_decref(row);
		g_usleep(5000);
	}
	CHECK_INT(percent, 42);
	CHECK_INT(catalog_recording_delete(catalog, id), 0);
	await_status(id, "deleted");
	worker_unref(&w);
}

static void test_silence(void)
{
	struct worker_conf conf = conf_of();
	struct worker *w = NULL;
	const char *id = add("hang good");
	pid_t pid;

	conf.stall_ms = 1000;
	CHECK_INT(worker_create(&w, &conf), 0);
	pid = await_child(id);
	await_status(id, "completed");
	await_gone(pid);
	CHECK_INT(attempts(id), 2);
	worker_unref(&w);
}

/* A worker that is told to stop ends its children and gives the jobs back at once. */
static void test_clean_stop(void)
{
	const char *id = add("tidy good");
	struct worker *w = start();
	json_t *row;
	char *tidied;
	pid_t pid = await_child(id);

	worker_unref(&w);
	await_gone(pid);
	tidied = slurp(id, "tidied");
	CHECK(tidied);
	g_free(tidied);
	row = row_of(id);
	CHECK_STR(json_str(json_object_get(row, "job"), "state"), "queued");
	json_decref(row);
	w = start();
	await_status(id, "completed");
	worker_unref(&w);
}

/* A job that is cancelled ends tidily, and is done when it is asked for again. */
static void test_cancelled(void)
{
	const char *id = add("tidy good");
	struct worker *w = start();
	pid_t child = await_child(id);
	char *tidied;

	CHECK_INT(catalog_output_cancel(catalog, id, 1), 0);
	await_gone(child);
	await_status(id, "failed");
	tidied = slurp(id, "tidied");
	CHECK(tidied);
	g_free(tidied);
	CHECK_INT(attempts(id), 1);
	CHECK_INT(catalog_output_again(catalog, id, 1), 0);
	await_status(id, "completed");
	worker_unref(&w);
}

static void test_stubborn_child(void)
{
	const char *id = add("stubborn good");
	struct worker *w = start();
	pid_t pid = await_child(id);

	worker_unref(&w);
	await_gone(pid);
	w = start();
	await_status(id, "completed");
	worker_unref(&w);
}

/* As if its worker had been taken for dead. */
static void take_away(const char *id)
{
	json_t *rows = NULL, *row;
	char *name = NULL, *end;
	size_t i;

	CHECK_INT(catalog_jobs_running(catalog, &rows), 0);
	json_array_foreach(rows, i, row)
		if (!strcmp(json_str(row, "recording"), id))
			name = g_strdup(json_str(row, "worker"));
	json_decref(rows);
	CHECK(name);
	end = strrchr(name, '/');
	*end = '\0';
	CHECK_INT(catalog_worker_gone(catalog, name), 1);
	g_free(name);
}

/* Whoever lost the lease ends its child and writes nothing more. */
static void test_lost_lease(void)
{
	const char *id = add("hang good");
	struct worker *w = start();
	pid_t pid = await_child(id);

	take_away(id);
	await_gone(pid);
	await_status(id, "completed");    /* taken again, by the same worker */
	CHECK_INT(attempts(id), 2);
	worker_unref(&w);
}

/* 'T' of a process that is halted. */
static char state_of(pid_t pid)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/stat", (int)pid);
	char *text = NULL, *p, state;
	size_t len;

	CHECK_INT(fs_read(path, 4096, &text, &len), 0);
	p = strrchr(text, ')');
	state = p && p[1] ? p[2] : '?';
	g_free(text);
	return state;
}

static void await_halted(pid_t pid, bool halted)
{
	int64_t until_us = clock_mono_us() + TIMEOUT_MS * 1000LL;

	while ((state_of(pid) == 'T') != halted) {
		if (clock_mono_us() > until_us)
			TEST_FAIL("process %d is%s halted", (int)pid, halted ? " not" : "");
		g_usleep(5000);
	}
}

/* While no sign of life gets through, somebody else may have the job: its child is halted, and goes on when the job turns out to be ours. */
static void test_halted(void)
{
	struct worker_conf conf = conf_of();
	struct worker *w = NULL;
	struct catalog *other = NULL;
	const char *id = add("tidy good");
	pid_t child;

	conf.unsure_ms = 1000;
	CHECK_INT(worker_create(&w, &conf), 0);
	child = await_child(id);
	CHECK_INT(catalog_open(&other, url), 0);
	CHECK_INT(catalog_begin(other), 0);
	await_halted(child, true);
	CHECK_INT(catalog_end(other, 0), 0);
	await_halted(child, false);
	catalog_close(&other);
	CHECK(has_status(id, "processing"));
	worker_unref(&w);
	await_gone(child);
	CHECK_INT(attempts(id), 1);
	w = start();
	await_status(id, "completed");
	worker_unref(&w);
}

static void test_delete(void)
{
	const char *id = add("good");
	struct worker *w = start();
	char *path = g_strdup_printf("%s/%s", dir, id);

	await_status(id, "completed");
	CHECK_INT(catalog_recording_delete(catalog, id), 0);
	await_status(id, "deleted");
	CHECK(access(path, F_OK) != 0);
	CHECK(access(dir, F_OK) == 0);
	g_free(path);
	worker_unref(&w);
}

static pid_t start_other_process(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl("/proc/self/exe", "test_worker", "--worker", dir, (char *)NULL);
		_exit(1);
	}
	CHECK(pid > 0);
	return pid;
}

/* A job ends while the catalog is held by somebody else: its end is told when that is over. */
static void test_end_is_told_later(void)
{
	const char *id = add("hang good");
	struct worker *w = start();
	pid_t child = await_child(id);
	size_t again = metric_label(METRIC_JOB_ENDS, "retrying");
	int64_t before = metric_get(METRIC_JOB_ENDS, again), until_us = clock_mono_us() + TIMEOUT_MS * 1000LL;
	sqlite3 *other;

	catalog_set_wait(w->catalog, 20);
	CHECK_INT(sqlite3_open(url + strlen("sqlite:"), &other), SQLITE_OK);
	sqlite3_busy_timeout(other, TIMEOUT_MS);
	CHECK_INT(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	kill(child, SIGKILL);
	await_gone(child);
	while (metric_get(METRIC_JOB_ENDS, again) == before && clock_mono_us() < until_us)
		g_usleep(5000);
	CHECK_INT(metric_get(METRIC_JOB_ENDS, again), before + 1);
	g_usleep(50000);               /* it is at it, in vain; were it not yet, it would tell at once, which is right as well */
	CHECK_INT(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	await_status(id, "completed");
	CHECK_INT(attempts(id), 2);
	sqlite3_close(other);
	worker_unref(&w);
}

/* A job that is leased to the worker and in nobody's hands, since the answer to the lease was lost, is queued again. */
static void test_stray_lease(void)
{
	const char *id = add("good");
	struct worker_conf conf = conf_of();
	struct worker *w = NULL;

	CHECK_INT(catalog_begin(catalog), 0);
	CHECK_INT(catalog_end(catalog, db_exec(catalog->db, "UPDATE jobs SET not_before_ms = now_ms() + 3600000, state = 'retrying' WHERE recording = ?1", "s", id)), 1);
	CHECK_INT(worker_create(&w, &conf), 0);
	CHECK_INT(catalog_begin(catalog), 0);
	CHECK_INT(catalog_end(catalog, db_exec(catalog->db, "UPDATE jobs SET not_before_ms = now_ms(), state = 'running', worker = ?2, owner = ?2 || '/7' WHERE recording = ?1",
					       "ss", id, w->name)), 1);
	await_status(id, "completed");
	worker_unref(&w);
}

/* A worker killed by SIGKILL takes its child along; the next one on the host has the job at once, long before the lease is over. */
static void test_killed_worker(void)
{
	const char *id = add("hang good");
	pid_t other = start_other_process(), child = await_child(id);
	int64_t begin_us;
	struct worker *w;

	kill(other, SIGKILL);
	await_gone(other);    /* though nobody has asked for its status yet */
	await_gone(child);
	begin_us = clock_mono_us();
	w = start();
	await_status(id, "completed");
	CHECK((clock_mono_us() - begin_us) / 1000 < LEASE_MS * 2 / 3);
	CHECK_INT(attempts(id), 2);
	worker_unref(&w);
	CHECK_INT(waitpid(other, NULL, 0), other);
}

/* What a living worker of the same host holds is left alone. */
static void test_living_worker(void)
{
	const char *id = add("hang");
	pid_t other = start_other_process(), child = await_child(id);
	struct worker *w = start();
	const char *second = add("good");

	await_status(second, "completed");
	CHECK_INT(kill(child, 0), 0);
	worker_unref(&w);
	kill(other, SIGKILL);
	CHECK_INT(waitpid(other, NULL, 0), other);
	await_gone(child);
	CHECK_INT(catalog_recording_delete(catalog, id), 0);
	w = start();
	await_status(id, "deleted");
	worker_unref(&w);
}

static void test_names(void)
{
	char name[WORKER_NAME_SIZE], other[WORKER_NAME_SIZE];

	CHECK(process_start(getpid()) > 0);
	worker_name_make(name, "h");
	worker_name_make(other, "h");
	CHECK(strcmp(name, other));
	CHECK(!worker_name_dead(name, "h"));
	CHECK(!worker_name_dead(name, "other"));
	snprintf(name, sizeof(name), "h:%d:%llu:%08x:abc", (int)getpid(), process_start(getpid()) + 1, machine());
	CHECK(worker_name_dead(name, "h"));
	CHECK(!worker_name_dead(name, "hh"));
	snprintf(name, sizeof(name), "h:%d:%llu:%08x:abc", (int)getpid(), process_start(getpid()) + 1, machine() + 1);
	CHECK(!worker_name_dead(name, "h"));               /* of another machine */
	CHECK(!worker_name_dead("h:x", "h"));
}

static int run_as_worker(const char *in)
{
	struct worker_conf conf;
	struct worker *w = NULL;

	dir = g_strdup(in);
	url = g_strdup_printf("sqlite:%s/recroom.db", dir);
	exe = g_strdup_printf("%s/composer.sh", dir);
	conf = conf_of();
	if (worker_create(&w, &conf))
		return 1;
	for (;;)
		pause();
}

/* ---- recordings that run ---- */

static const struct catalog_stop stop_row = { .stopped_ms = 9000, .duration_ms = 1900, .elapsed_ms = 2000, .flags = "[]", .reason = "host", .chain_hash = "" };

/* A recording that runs, with its live job. */
static const char *add_running(const char *script)
{
	static char ids[8][ID_SIZE];
	char *id = ids[serial % 8], *path;
	struct catalog_new_recording r = { .id = id, .room = "demo", .call_id = "call_live", .host_id = "testhost", .title = "x", .layout = "grid",
					   .started_ms = 1795357800000LL };

	snprintf(id, ID_SIZE, "rec_demo_%lld_aaaaaa", 1795357800000LL + ++serial);
	path = g_strdup_printf("%s/%s", dir, id);
	CHECK_INT(fs_mkdirs(path, 0700), 0);
	CHECK_INT(fs_write_atomic(path, "script", script, strlen(script), 0600, 0), 0);
	g_free(path);
	CHECK_INT(catalog_recording_insert(catalog, &r), 0);
	CHECK_INT(catalog_recording_status(catalog, id, "recording", NULL), 0);
	CHECK_INT(catalog_compose_live(catalog, id), 0);
	return id;
}

/* Calls hold neither late jobs nor each other; what finds no live runner is made afterwards. A composer that is done waits for the stop. */
static void test_live(void)
{
	struct worker_conf conf = conf_of();
	struct worker *w = NULL;
	const char *done_early, *hangs, *third, *late;

	conf.live_jobs = 2;
	CHECK_INT(worker_create(&w, &conf), 0);
	done_early = add_running("good");
	hangs = add_running("hang");
	await_child(done_early);
	await_child(hangs);
	third = add_running("good");
	late = add("good");
	await_status(late, "completed");
	CHECK(has_status(done_early, "recording"));
	CHECK_INT(attempts(third), 0);
	CHECK_INT(catalog_recording_stop(catalog, third, &stop_row), 0);
	await_status(third, "completed");
	CHECK_INT(catalog_recording_stop(catalog, done_early, &stop_row), 0);
	await_status(done_early, "completed");
	CHECK_INT(attempts(done_early), 1);
	worker_unref(&w);
	CHECK_INT(catalog_recording_stop(catalog, hangs, &stop_row), 0);
	CHECK_INT(catalog_recording_delete(catalog, hangs), 0);
}

/* A composer that cannot does not end the recording; after the stop it has its attempts like any other. */
static void test_live_fails(void)
{
	struct worker_conf conf = conf_of();
	struct worker *w = NULL;
	const char *id;

	conf.live_jobs = 1;
	CHECK_INT(worker_create(&w, &conf), 0);
	id = add_running("crash crash crash good");
	for (int64_t until_us = clock_mono_us() + TIMEOUT_MS * 1000LL; attempts(id) < 3 && clock_mono_us() < until_us;)
		g_usleep(5000);
	CHECK(has_status(id, "recording"));
	CHECK_INT(catalog_recording_stop(catalog, id, &stop_row), 0);
	await_status(id, "completed");
	CHECK_INT(attempts(id), 4);
	worker_unref(&w);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_names), TEST(test_good), TEST(test_starts_quickly), TEST(test_dead_child_is_retried), TEST(test_gives_up), TEST(test_no_composer),
		TEST(test_progress), TEST(test_silence), TEST(test_clean_stop), TEST(test_cancelled), TEST(test_stubborn_child), TEST(test_lost_lease), TEST(test_halted), TEST(test_delete), TEST(test_end_is_told_later), TEST(test_stray_lease), TEST(test_killed_worker), TEST(test_living_worker), TEST(test_live), TEST(test_live_fails),
	};
	int r;

	if (argc == 3 && !strcmp(argv[1], "--worker"))
		return run_as_worker(argv[2]);
	dir = g_dir_make_tmp("recroom-worker-XXXXXX", NULL);
	url = g_strdup_printf("sqlite:%s/recroom.db", dir);
	exe = g_strdup_printf("%s/composer.sh", dir);
	if (setjmp(test_env) || fs_write_atomic(dir, "composer.sh", composer, strlen(composer), 0700, 0) || catalog_open(&catalog, url)) {
		printf("0 passed, 1 failed\n");
		return 1;
	}
	log_set_level(LOG_LEVEL_ERROR);
	r = test_run(tests, G_N_ELEMENTS(tests), argc, argv);
	catalog_close(&catalog);
	fs_remove_tree(dir);
	g_free(dir);
	g_free(url);
	g_free(exe);
	return r;
}
