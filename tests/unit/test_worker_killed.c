/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Workers that are processes of their own (this program, run with --worker), killed and put to sleep at every stage of a job, with recordings deleted at every
 * stage too. What they bring about is counted outside the catalog, as files in a directory.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include "common/fsio.h"
#include "common/log.h"
#include "common/sync.h"
#include "postprocess/worker.h"
#include "catalog_box.h"

enum { TIMEOUT_MS = 60000, WORKERS = 4, JOBS = 40, JOBS_FULL = 500 };

/* $2 is the directory, which may say in `script` what to do at the first attempt; later ones are plain. It holds the lock on the chunks as composers do, and
 * brings about its one effect, a file of the recording's name in objects/, only when it was told to. Two at once in that are noted. */
static const char composer[] =
	"#!/bin/sh\n"
	"dir=$2; id=${dir##*/}; top=${0%/*}; what=$(cat \"$dir/script\" 2>/dev/null); echo plain >\"$dir/script\"\n"
	"exec 8<\"$dir/chunks\" && flock -s 8\n"
	"hold() { echo $$ >\"$top/held.$id\"; while :; do mkdir -p \"$dir/.compose\" && echo x >\"$dir/.compose/x\"; sleep 0.02; done; }\n"
	"echo '{\"message_type\":\"status\",\"stage\":\"composing\",\"percent\":1,\"eta_ms\":1000}'\n"
	"[ \"$what\" = before ] && hold\n"
	"[ \"$what\" = fail ] && exit 5\n"
	"echo '{\"message_type\":\"ready\"}'\n"
	"[ \"$what\" = asking ] && { echo $$ >\"$top/held.$id\"; sleep 1; }\n"
	"read -r word && [ \"$word\" = go ] || exit 143\n"
	"exec 9>\"$top/lock.$id\"; flock -w 5 9 || echo \"$id\" >>\"$top/overlaps\"\n"
	"echo \"$what\" >\"$top/tmp.$$\" && mv \"$top/tmp.$$\" \"$top/objects/$id\"\n"
	"[ \"$what\" = after ] && hold\n"
	"echo '{\"message_type\":\"summary\",\"ok\":true,\"size\":5,\"duration_ms\":1,\"spec\":{},\"files\":"
	"[{\"kind\":\"media\",\"name\":\"output.webm\",\"mime\":\"video/webm\",\"sha256\":\"aa\",\"size\":5}]}'\n";

static char *top, *root;       /* effects are counted in top; recordings lie in root */
static int serial;
static pid_t living[WORKERS];  /* processes of the test */

static void end(pid_t pid, int sig)
{
	for (int i = 0; i < WORKERS; i++)
		living[i] = living[i] == pid ? 0 : living[i];
	kill(pid, sig);
	CHECK_INT(waitpid(pid, NULL, 0), pid);
}

/* Those of a test that failed. */
static void end_all(void)
{
	for (int i = 0; i < WORKERS; i++)
		if (living[i])
			end(living[i], SIGKILL);
}

static void make_top(void)
{
	g_autofree char *objects = NULL;

	end_all();
	top = g_dir_make_tmp("recroom-killed-XXXXXX", NULL);
	root = g_build_filename(top, "recordings", NULL);
	objects = g_build_filename(top, "objects", NULL);
	CHECK_INT(fs_mkdirs(root, 0700), 0);
	CHECK_INT(fs_mkdirs(objects, 0700), 0);
	CHECK_INT(fs_write_atomic(top, "composer.sh", composer, strlen(composer), 0700, 0), 0);
}

static void remove_top(void)
{
	fs_remove_tree(top);
	g_clear_pointer(&top, g_free);
	g_clear_pointer(&root, g_free);
}

/* A stopped recording; `script`: what its first attempt does. */
static const char *add(struct catalog *c, const char *script)
{
	static char ids[512][ID_SIZE];
	char *id = ids[serial % 512];
	g_autofree char *dir = NULL, *chunks = NULL;

	snprintf(id, ID_SIZE, "rec_demo%d_%lld_aaaaaa", serial % 5, 1795357800000LL + serial);
	dir = g_build_filename(root, id, NULL);
	chunks = g_build_filename(dir, "chunks", NULL);
	CHECK_INT(fs_mkdirs(chunks, 0700), 0);
	CHECK_INT(fs_write_atomic(dir, "script", script, strlen(script), 0600, 0), 0);
	CHECK_INT(add_stopped_recording(c, id, "demo", "x", 1795357800000LL + serial++), 0);
	return id;
}

static int run_as_worker(char **argv)
{
	g_autofree char *exe = g_build_filename(argv[3], "composer.sh", NULL), *in = g_build_filename(argv[3], "recordings", NULL);
	struct worker_conf conf = { .catalog = argv[2], .host_id = "testhost", .recordings = in, .composer = exe, .jobs = 2, .cores = 64000, .beat_ms = 200,
				    .grace_ms = 500, .retry_ms = { 50, 100, 100 } };
	struct worker *w = NULL;
	sigset_t stop;
	int sig;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &stop, NULL);
	signal(SIGPIPE, SIG_IGN);
	log_set_level(LOG_LEVEL_ERROR);
	if (worker_create(&w, &conf))
		return 1;
	while (sigwait(&stop, &sig))
		;
	worker_unref(&w);
	return 0;
}

static pid_t start(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl("/proc/self/exe", "test_worker_killed", "--worker", box_path, top, (char *)NULL);
		_exit(1);
	}
	CHECK(pid > 0);
	for (int i = 0; i < WORKERS; i++) {
		if (living[i])
			continue;
		living[i] = pid;
		break;
	}
	return pid;
}

static bool there(const char *format, const char *id)
{
	g_autofree char *name = g_strdup_printf("%s/%s%s", top, format, id);

	return g_file_test(name, G_FILE_TEST_EXISTS);
}

static void await_file(const char *format, const char *id)
{
	int64_t until_us = clock_mono_us() + TIMEOUT_MS * 1000LL;

	while (!there(format, id)) {
		if (clock_mono_us() > until_us)
			TEST_FAIL("%s%s does not come", format, id);
		g_usleep(5000);
	}
}

static bool has_status(struct catalog *c, const char *id, const char *status)
{
	json_t *row = NULL;
	bool is;

	CHECK_INT(catalog_recording_get(c, id, &row), 0);
	is = !strcmp(json_str(row, "status"), status);
	json_decref(row);
	return is;
}

static void await_status(struct catalog *c, const char *id, const char *status)
{
	int64_t until_us = clock_mono_us() + TIMEOUT_MS * 1000LL;

	while (!has_status(c, id, status)) {
		if (clock_mono_us() > until_us)
			TEST_FAIL("%s does not become %s", id, status);
		g_usleep(5000);
	}
}

/* How many events of the type there are. */
static int count(struct catalog *c, const char *type)
{
	json_t *rows = NULL, *row;
	size_t i;
	int n = 0;

	CHECK_INT(catalog_event_since(c, 0, 100000, &rows), 0);
	json_array_foreach(rows, i, row)
		n += !strcmp(json_str(row, "type"), type);
	json_decref(rows);
	return n;
}

/* Puts the worker to sleep and has it taken for dead. Where sleep met it in a transaction, its locks stay until the server ends that (30 s): then
 * it gets a moment more. */
static void bury_worker(struct catalog *c, pid_t sleeper)
{
	int64_t until_us = clock_mono_us() + TIMEOUT_MS * 1000LL;
	json_t *rows = NULL, *row;
	size_t i;
	int err = -ENOENT;

	CHECK_INT(catalog_workers(c, &rows), 0);
	CHECK_INT(json_array_size(rows), 1);
	json_array_foreach(rows, i, row)
		do {
			kill(sleeper, SIGCONT);
			g_usleep(1000);
			kill(sleeper, SIGSTOP);
			err = catalog_worker_gone(c, json_str(row, "id"));
		} while (err == -EBUSY && clock_mono_us() < until_us);
	CHECK(err >= 0);
	json_decref(rows);
}

/* ---- at random ---- */

/* Four workers, one killed every now and then; every recording has its effect and its event, once. */
static void test_at_random(void)
{
	const char *full = getenv("RECROOM_FULL");
	int jobs = full && *full ? JOBS_FULL : JOBS, kills = 0;
	unsigned seed = (unsigned)clock_mono_us();
	GRand *r = g_rand_new_with_seed(seed);
	int64_t until_us = clock_mono_us() + TIMEOUT_MS * 1000LL * (jobs / JOBS);
	struct catalog *c = box_open();
	const char *ids[JOBS_FULL];
	pid_t workers[WORKERS];

	printf("seed %u\n", seed);
	make_top();
	for (int i = 0; i < jobs; i++)
		ids[i] = add(c, "plain");
	for (int i = 0; i < WORKERS; i++)
		workers[i] = start();
	while (count(c, "recordingcompleted") < jobs && clock_mono_us() < until_us) {
		int i = g_rand_int_range(r, 0, WORKERS);

		g_usleep(g_rand_int_range(r, 20000, 200000));
		end(workers[i], g_rand_int_range(r, 0, 4) ? SIGKILL : SIGTERM);
		workers[i] = start();
		kills++;
	}
	for (int i = 0; i < WORKERS; i++)
		end(workers[i], SIGTERM);
	for (int i = 0; i < jobs; i++) {
		CHECK(has_status(c, ids[i], "completed"));
		CHECK(there("objects/", ids[i]));
	}
	CHECK_INT(count(c, "recordingcompleted"), jobs);
	CHECK_INT(count(c, "recordingfailed"), 0);
	CHECK(!there("overlaps", ""));
	printf("%d jobs, %d workers killed\n", jobs, kills);
	g_rand_free(r);
	remove_top();
	box_close(c);
}

/* ---- at each stage ---- */

static const char *const held[] = { "before", "asking", "after" };

/* Killed before the child asks, while it asks, after it was told to go on: the next one finishes it. */
static void test_killed_at_each_stage(void)
{
	struct catalog *c = box_open();
	const char *ids[G_N_ELEMENTS(held)];
	pid_t w;

	make_top();
	for (size_t i = 0; i < G_N_ELEMENTS(held); i++) {
		ids[i] = add(c, held[i]);
		w = start();
		await_file("held.", ids[i]);
		end(w, SIGKILL);
		CHECK(has_status(c, ids[i], "processing"));
		w = start();
		await_status(c, ids[i], "completed");
		end(w, SIGTERM);
		CHECK(there("objects/", ids[i]));
	}
	CHECK_INT(count(c, "recordingcompleted"), G_N_ELEMENTS(held));
	CHECK(!there("overlaps", ""));
	remove_top();
	box_close(c);
}

/* A worker that sleeps while another one finishes its job wakes up: its child is not told to go on, and ends. */
static void test_asleep(void)
{
	struct catalog *c = box_open();
	const char *id;
	pid_t sleeper, other;

	make_top();
	id = add(c, "asking");
	sleeper = start();
	await_file("held.", id);
	bury_worker(c, sleeper);
	other = start();
	await_status(c, id, "completed");
	CHECK(there("objects/", id));
	{
		g_autofree char *object = g_build_filename(top, "objects", id, NULL);

		CHECK(unlink(object) == 0);                        /* to see whether the first child makes it again */
	}
	kill(sleeper, SIGCONT);
	end(other, SIGTERM);
	id = add(c, "plain");
	await_status(c, id, "completed");                          /* the sleeper is well again, and has lost the other job for good */
	end(sleeper, SIGTERM);
	CHECK_INT(count(c, "recordingcompleted"), 2);
	CHECK(there("objects/", id));
	{
		g_autofree char *objects = g_build_filename(top, "objects", NULL);
		GDir *d = g_dir_open(objects, 0, NULL);
		int n = 0;

		while (g_dir_read_name(d))
			n++;
		g_dir_close(d);
		CHECK_INT(n, 1);
	}
	remove_top();
	box_close(c);
}

/* Deleted while it waits, is made, is about to have its name, has it, waits for another attempt, is done: nothing comes back. */
static void test_deleted_at_each_stage(void)
{
	static const char *const stages[] = { "queued", "before", "asking", "after", "fail", "done" };
	struct catalog *c = box_open();

	make_top();
	for (size_t i = 0; i < G_N_ELEMENTS(stages); i++) {
		const char *s = stages[i], *id = add(c, s);
		pid_t w = strcmp(s, "queued") ? start() : 0;
		g_autofree char *dir = g_build_filename(root, id, NULL), *aside = g_strdup_printf("%s/.deleted-%s", root, id);

		if (g_strv_contains((const char *const[]){ "before", "asking", "after", NULL }, s))
			await_file("held.", id);
		if (!strcmp(s, "done"))
			await_status(c, id, "completed");
		CHECK_INT(catalog_recording_delete(c, id), 0);
		w = w ? w : start();
		await_status(c, id, "deleted");
		end(w, SIGTERM);
		CHECK(!g_file_test(dir, G_FILE_TEST_EXISTS));
		CHECK(!g_file_test(aside, G_FILE_TEST_EXISTS));
		CHECK(has_status(c, id, "deleted"));
	}
	CHECK_INT(count(c, "recordingdeleted"), G_N_ELEMENTS(stages));
	CHECK_INT(count(c, "recordingcompleted"), 1);
	remove_top();
	box_close(c);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_at_random), TEST(test_killed_at_each_stage), TEST(test_asleep), TEST(test_deleted_at_each_stage),
	};

	int failed;

	if (argc == 4 && !strcmp(argv[1], "--worker"))
		return run_as_worker(argv);
	log_set_level(LOG_LEVEL_ERROR);
	failed = box_main(tests, G_N_ELEMENTS(tests), argc, argv);
	end_all();
	return failed;
}
