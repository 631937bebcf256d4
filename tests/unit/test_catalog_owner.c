/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whose a call and a recording are, and that nothing stays stuck: every state a dead process can leave behind, on both engines. Time is moved by moving
 * heartbeats back; the database's uptime is made long.
 */
#include "common/catalog_sqlite.c"
#include "common/catalog_sweep.c"
#include "common/catalog_host.h"
#include "common/root.h"
#include "catalog_box.h"

#define REC "rec_demo_1_aaaaaa"
#define WORKER "host1:1:1:aaaaaa"

/* For so long, as far as this process can tell. */
static void database_up(int64_t ms)
{
	char *text = g_strdup_printf("CREATE OR REPLACE FUNCTION uptime_ms() RETURNS BIGINT LANGUAGE SQL AS 'SELECT CAST(%lld AS BIGINT)'", (long long)ms);

	if (box_pg)
		box_sql(text);
	atomic_store(&first_open_us, clock_mono_us() - ms * 1000);
	g_free(text);
}

static void silence(const char *host, int64_t ms)
{
	char *text = g_strdup_printf("UPDATE hosts SET heartbeat_ms = heartbeat_ms - %lld WHERE id = '%s'", (long long)ms, host);

	box_sql(text);
	g_free(text);
}

static void beats(struct catalog *c)
{
	CHECK_INT(catalog_host_beat(c, "host1", "0.1", false), 0);
	CHECK_INT(catalog_host_beat(c, "host2", "0.1", true), 0);
	CHECK_INT(catalog_host_serves(c, "host2", "http://two:8090"), 0);
}

static void test_silence(void)
{
	struct catalog *c = box_open();
	json_t *rows;

	CHECK_INT(catalog_host_silent(c, "host1"), -ENOENT);
	beats(c);
	silence("host2", 61000);
	database_up(1000);
	CHECK_INT(catalog_host_silent(c, "host2"), 0);       /* nobody could have been heard */
	database_up(100000000);
	CHECK_INT(catalog_host_silent(c, "host2"), 1);
	CHECK_INT(catalog_host_silent(c, "host1"), 0);
	CHECK_INT(catalog_host_list(c, &rows), 0);
	CHECK_INT(json_array_size(rows), 2);
	CHECK_STR(json_str(json_array_get(rows, 1), "address"), "http://two:8090");
	CHECK_INT(json_num(json_array_get(rows, 1), "silent", 0), 1);
	CHECK_INT(json_num(json_array_get(rows, 1), "draining", 0), 1);
	json_decref(rows);
	CHECK_INT(catalog_host_beat(c, "host2", "0.1", false), 0);
	CHECK_INT(catalog_host_silent(c, "host2"), 0);
	box_close(c);
}

static void test_claim(void)
{
	struct catalog *c = box_open();
	struct catalog_owner o;

	database_up(100000000);
	beats(c);
	CHECK_INT(catalog_call_owner(c, "demo", &o), -ENOENT);
	CHECK_INT(catalog_call_claim(c, "call_demo_1_aaaaaa", "demo", "host2", 1000, &o), 0);
	CHECK_INT(catalog_call_claim(c, "call_demo_1_aaaaaa", "demo", "host2", 1000, &o), 0);
	CHECK_INT(catalog_call_claim(c, "call_demo_2_bbbbbb", "demo", "host1", 2000, &o), -EEXIST);
	CHECK_STR(o.host_id, "host2");
	CHECK_STR(o.address, "http://two:8090");
	CHECK_STR(o.call_id, "call_demo_1_aaaaaa");
	CHECK(!o.silent);
	CHECK_INT(catalog_call_owner(c, "call_demo_1_aaaaaa", &o), 0);
	CHECK_STR(o.host_id, "host2");
	silence("host2", 61000);
	CHECK_INT(catalog_call_owner(c, "demo", &o), 0);
	CHECK(o.silent);
	CHECK_INT(catalog_call_claim(c, "call_demo_2_bbbbbb", "demo", "host1", 2000, &o), 0);
	CHECK_INT(catalog_call_owner(c, "demo", &o), 0);
	CHECK_STR(o.call_id, "call_demo_2_bbbbbb");
	CHECK_INT(catalog_host_begin(c, "host1", 5000), 0);       /* a new process of that host: the old call is over */
	CHECK_INT(catalog_call_owner(c, "demo", &o), -ENOENT);
	box_close(c);
}

/* Opened without an answer, and found later: both are kept, and each names the other. */
static void test_conflict(void)
{
	struct catalog *c = box_open();
	struct catalog_owner o;

	database_up(100000000);
	beats(c);
	CHECK_INT(catalog_call_open(c, "call_demo_1_aaaaaa", "demo", "host1", 1000), 0);
	CHECK_INT(catalog_call_open(c, "call_demo_2_bbbbbb", "demo", "host2", 2000), 0);
	CHECK_INT(catalog_call_owner(c, "demo", &o), 0);
	CHECK_STR(o.call_id, "call_demo_1_aaaaaa");
	CHECK_INT(catalog_call_owner(c, "call_demo_2_bbbbbb", &o), 0);
	CHECK_STR(o.host_id, "host2");
	box_sql("INSERT INTO rooms (id, seen_ms) SELECT 'both', 1 WHERE (SELECT COUNT(*) FROM calls WHERE rival IS NOT NULL) = 2");
	CHECK_INT(catalog_call_close(c, "call_demo_1_aaaaaa", 3000), 0);
	CHECK_INT(catalog_call_open(c, "call_both_1_cccccc", "both", "host1", 4000), 0);
	CHECK_INT(catalog_call_close(c, "call_both_1_cccccc", 6000), 0);
	CHECK_INT(catalog_call_open(c, "call_both_2_dddddd", "both", "host2", 5000), 0);      /* overlapped, an hour ago */
	CHECK_INT(catalog_call_owner(c, "both", &o), 0);
	CHECK_STR(o.call_id, "call_both_2_dddddd");
	box_close(c);
}

static void *claim_demo(void *arg)
{
	char host[8], call[32];
	struct catalog *c = NULL;
	struct catalog_owner o;
	int n = GPOINTER_TO_INT(arg), err;

	snprintf(host, sizeof(host), "host%d", n);
	snprintf(call, sizeof(call), "call_demo_%d_aaaaaa", n);
	err = catalog_open(&c, box_path);
	for (int i = 0; !err && i < 100; i++) {
		err = catalog_call_claim(c, call, "demo", host, 1000 + n, &o);
		if (err != -EBUSY)
			break;
		err = 0;
	}
	catalog_close(&c);
	return GINT_TO_POINTER(err);
}

/* Four hosts at the same moment: one has it. */
static void test_claim_race(void)
{
	struct catalog *c = box_open();
	pthread_t t[4];
	int won = 0, lost = 0;

	for (int i = 0; i < 4; i++)
		CHECK_INT(thread_start(&t[i], "claim", claim_demo, GINT_TO_POINTER(i + 1)), 0);
	for (int i = 0; i < 4; i++) {
		void *err;

		pthread_join(t[i], &err);
		won += GPOINTER_TO_INT(err) == 0;
		lost += GPOINTER_TO_INT(err) == -EEXIST;
	}
	CHECK_INT(won, 1);
	CHECK_INT(lost, 3);
	box_close(c);
}

/* Who knows an older epoch writes nothing more. */
static void test_epoch(void)
{
	struct catalog *c = box_open();
	struct catalog_stop s = { .stopped_ms = 9000, .duration_ms = 10, .elapsed_ms = 10, .reason = "host", .epoch = 1 };
	json_t *o = json_object(), *rows;
	int64_t epoch = 0;

	CHECK_INT(catalog_recording_take(c, REC), -ENOENT);
	box_recording(c, REC, "demo", 1000);
	CHECK_INT(catalog_recording_move(c, REC, 1, "recording", NULL), 0);
	CHECK_INT(catalog_event_put(c, REC, 1, 1, "recordingstarted", o, "plugin"), 0);
	CHECK_INT(catalog_recording_take(c, REC), 1);
	CHECK_INT(catalog_recording_take(c, REC), 0);
	CHECK_INT(catalog_recording_epoch(c, REC, &epoch), 0);
	CHECK_INT(epoch, 2);
	CHECK_INT(catalog_recording_move(c, REC, 1, "paused", NULL), -ESTALE);
	CHECK_INT(catalog_event_put(c, REC, 1, 2, "recordingpaused", o, "plugin"), -ESTALE);
	CHECK_INT(catalog_recording_stop(c, REC, &s), -ESTALE);
	box_status(c, REC, "recording");
	CHECK_INT(catalog_event_since(c, 0, 10, &rows), 0);
	CHECK_INT(json_array_size(rows), 1);
	json_decref(rows);
	CHECK_INT(catalog_recording_move(c, REC, 2, "paused", NULL), 0);
	s.epoch = 2;
	CHECK_INT(catalog_recording_stop(c, REC, &s), 0);
	CHECK_INT(catalog_recording_take(c, REC), 0);
	json_decref(o);
	box_close(c);
}

/* Takes whatever job is due and ends it well. 1, 0 when none is. */
static int work(struct catalog *c)
{
	struct catalog_stop stop = { .stopped_ms = 9000, .duration_ms = 1900, .elapsed_ms = 2000, .chain_hash = "ab", .flags = "[\"interrupted\"]", .reason = "interrupted" };
	struct catalog_result result = { .path = REC "/output.webm", .mime = "video/webm", .spec = "{}" };
	static const char *const places[] = { "host:host1", NULL };
	struct catalog_job j;
	int err;

	CHECK_INT(catalog_worker_put(c, &(struct catalog_worker){ .id = WORKER, .host_id = "host1", .version = "0.1", .cores = 4000, .places = places }), 0);
	if (catalog_job_lease(c, &(struct catalog_lease){ .worker = WORKER }, &j) != 1)
		return 0;
	if (!strcmp(j.kind, "close"))
		CHECK_INT(catalog_job_closed(c, j.id, WORKER, &stop), 0);
	else if (!strcmp(j.kind, "delete"))
		CHECK_INT(catalog_job_deleted(c, j.id, WORKER), 0);
	if (strcmp(j.kind, "compose"))
		return 1;
	err = catalog_job_done(c, j.id, WORKER, &result);
	if (err == -EAGAIN)            /* not closed yet */
		err = catalog_job_failed(c, j.id, WORKER, "early", 1, 9, false);
	CHECK_INT(err, 0);
	return 1;
}

/* What each process that dies at each state leaves behind, and what becomes of it. */
static void test_every_state(void)
{
	static const struct { const char *name, *left, *end; bool silent, live; } rows[] = {
		{ "Janus, starting", "", "completed", true, false },
		{ "Janus, recording", "UPDATE recordings SET status = 'recording'", "completed", true, false },
		{ "Janus, paused", "UPDATE recordings SET status = 'paused'", "completed", true, false },
		{ "Janus, recording, its live composer with it",
		  "UPDATE recordings SET status = 'recording'", "completed", true, true },
		{ "stuck in starting, Janus lives", "UPDATE recordings SET started_ms = 1000", "completed", false, false },
		{ "closed, no job", "UPDATE recordings SET status = 'processing', stopped_ms = 5", "completed", false, false },
		{ "closed, its output said to run, no job", "UPDATE recordings SET status = 'processing', stopped_ms = 5; UPDATE outputs SET state = 'running'", "completed", false, false },
		{ "closed, its output waits to be tried again, no job", "UPDATE recordings SET status = 'processing', stopped_ms = 5; UPDATE outputs SET state = 'retrying'",
		  "completed", false, false },
		{ "its output done, it is not", "UPDATE recordings SET status = 'processing', stopped_ms = 5; UPDATE outputs SET state = 'done'", "completed", false, false },
		{ "uploading", "UPDATE recordings SET status = 'uploading', stopped_ms = 5; UPDATE outputs SET state = 'done'", "completed", false, false },
		{ "its output failed, it did not", "UPDATE recordings SET status = 'processing', stopped_ms = 5; UPDATE outputs SET state = 'failed', reason = 'x'", "failed", false, false },
		{ "its output cancelled, it was not", "UPDATE recordings SET status = 'processing', stopped_ms = 5; UPDATE outputs SET state = 'cancelled'", "failed", false, false },
		{ "found again, not closed", "UPDATE recordings SET status = 'processing'", "completed", false, false },
		{ "deleting, no job", "UPDATE recordings SET status = 'deleting', stopped_ms = 5", "deleted", false, false },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct catalog *c = box_open();
		struct catalog_sweep s = { .lost_ms = 86400000 };

		database_up(100000000);
		beats(c);
		box_recording(c, REC, "demo", 1000);
		if (rows[i].left[0])
			box_sql(rows[i].left);
		if (rows[i].live)
			CHECK_INT(catalog_compose_live(c, REC), 0);
		if (rows[i].silent)
			silence("host1", 61000);
		for (int n = 0; n < 8; n++) {
			CHECK_INT(catalog_sweep(c, &s), 0);
			for (int k = 0; k < 4 && work(c); k++)
				;
		}
		printf("%s\n", rows[i].name);
		box_status(c, REC, rows[i].end);
		CHECK_INT(catalog_sweep(c, &s), 0);
		CHECK_INT(s.calls + s.taken + s.queued + s.settled + s.lost, 0);
		box_close(c);
	}
}

/* What lives is left alone. */
static void test_alive(void)
{
	struct catalog *c = box_open();
	struct catalog_sweep s = { .lost_ms = 86400000 };
	json_t *nothing = json_object();

	database_up(100000000);
	beats(c);
	box_recording(c, REC, "demo", clock_wall_ms());
	CHECK_INT(catalog_call_open(c, "call_x_1_aaaaaa", "x", "host1", 1), 0);
	CHECK_INT(catalog_recording_status(c, REC, "recording", NULL), 0);
	box_recording(c, "rec_demo_2_bbbbbb", "demo", clock_wall_ms());
	box_stopped(c, "rec_demo_3_cccccc");
	box_recording(c, "rec_demo_4_dddddd", "demo", 1000);        /* by a host whose clock is wrong */
	CHECK_INT(catalog_event_insert(c, "rec_demo_4_dddddd", 1, "recordingstarting", nothing, "plugin"), 0);
	CHECK_INT(catalog_sweep(c, &s), 0);
	CHECK_INT(s.calls + s.taken + s.queued + s.settled + s.lost, 0);
	json_decref(nothing);
	box_close(c);
}

/* Host and files never come back; and then they do. */
static void test_lost(void)
{
	struct catalog *c = box_open();
	struct catalog_sweep s = { .lost_ms = 86400000 };

	database_up(100000000);
	beats(c);
	box_recording(c, REC, "demo", 1000);
	box_stopped(c, "rec_demo_3_cccccc");
	silence("host1", 61000);
	CHECK_INT(catalog_sweep(c, &s), 0);
	CHECK_INT(s.taken, 1);
	silence("host1", 86400000);
	box_sql("UPDATE jobs SET not_before_ms = not_before_ms - 86500000");
	CHECK_INT(catalog_sweep(c, &s), 0);
	CHECK_INT(s.lost, 2);
	box_status(c, REC, "failed");
	box_status(c, "rec_demo_3_cccccc", "failed");
	CHECK_INT(catalog_sweep(c, &s), 0);
	CHECK_INT(s.lost + s.queued + s.settled, 0);
	CHECK_INT(catalog_host_beat(c, "host1", "0.1", false), 0);
	CHECK_INT(catalog_recording_found(c, REC), 1);
	CHECK_INT(catalog_recording_found(c, REC), 0);
	CHECK_INT(catalog_recording_found(c, "rec_demo_3_cccccc"), 1);
	for (int n = 0; n < 4; n++) {
		CHECK_INT(catalog_sweep(c, &s), 0);
		while (work(c))
			;
	}
	box_status(c, REC, "completed");
	box_status(c, "rec_demo_3_cccccc", "completed");
	box_close(c);
}

/* Its files are reached by a worker that lives, however long they have waited. */
static void test_backlog(void)
{
	static const char *const places[] = { "host:host1", NULL };
	struct catalog *c = box_open();
	struct catalog_sweep s = { .lost_ms = 3600000 };

	database_up(100000000);
	beats(c);
	box_stopped(c, REC);
	silence("host1", 86400000);
	box_sql("UPDATE jobs SET not_before_ms = not_before_ms - 86400000");
	CHECK_INT(catalog_worker_put(c, &(struct catalog_worker){ .id = WORKER, .host_id = "host2", .version = "0.1", .cores = 4000, .places = places }), 0);
	CHECK_INT(catalog_sweep(c, &s), 0);
	CHECK_INT(s.lost, 0);
	box_sql("UPDATE workers SET heartbeat_ms = heartbeat_ms - 16000");
	CHECK_INT(catalog_sweep(c, &s), 0);
	CHECK_INT(s.lost, 1);
	box_status(c, REC, "failed");
	box_close(c);
}

static int count_events(struct catalog *c, const char *type)
{
	json_t *rows, *row;
	size_t i;
	int n = 0;

	CHECK_INT(catalog_event_since(c, 0, 100, &rows), 0);
	json_array_foreach(rows, i, row)
		n += !strcmp(json_str(row, "type"), type);
	json_decref(rows);
	return n;
}

/* The plugin's last number, the next process that found it open, that one once more, and a job that closes it: all come to tell the same. */
static void test_told_once(void)
{
	struct catalog *c = box_open();
	json_t *o = json_object();

	database_up(100000000);
	beats(c);
	box_recording(c, REC, "demo", 1000);
	CHECK_INT(catalog_recording_status(c, REC, "recording", NULL), 0);
	CHECK_INT(catalog_event_put(c, REC, 1, 1, "recordingstarted", o, "plugin"), 0);
	CHECK_INT(catalog_event_put(c, REC, 1, 2, "recordingstopped", o, "plugin"), 0);
	CHECK_INT(catalog_event_put(c, REC, 1, 0, "recordingstopped", o, "plugin"), 0);
	CHECK_INT(catalog_event_put(c, REC, 1, 0, "recordingstopped", o, "plugin"), 0);
	CHECK_INT(catalog_event_put(c, REC, 1, 1, "recordingstarted", o, "plugin"), 0);
	CHECK_INT(catalog_recording_take(c, REC), 1);
	CHECK_INT(work(c), 1);
	CHECK_INT(count_events(c, "recordingstopped"), 1);
	CHECK_INT(count_events(c, "recordingstarted"), 1);
	box_status(c, REC, "processing");
	json_decref(o);
	box_close(c);
}

/* Found, but no longer so when its turn comes: nothing is done to it. */
static void test_moved_on(void)
{
	struct catalog *c = box_open();

	database_up(100000000);
	beats(c);
	box_recording(c, REC, "demo", clock_wall_ms());
	CHECK_INT(catalog_recording_status(c, REC, "recording", NULL), 0);
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
		struct catalog_sweep s = { .lost_ms = 86400000 };

		CHECK_INT(step_one(c, &kinds[i], REC, s.lost_ms, &s), 0);
		CHECK_INT(s.calls + s.taken + s.queued + s.settled + s.lost, 0);
	}
	box_status(c, REC, "recording");
	box_close(c);
}

static void test_lease(void)
{
	struct catalog *c = box_open();

	CHECK_INT(catalog_lease(c, "reconcile", "a", 60000), 1);
	CHECK_INT(catalog_lease(c, "reconcile", "b", 60000), 0);
	CHECK_INT(catalog_lease(c, "reconcile", "a", 60000), 1);
	CHECK_INT(catalog_lease(c, "other", "b", 60000), 1);
	box_sql("UPDATE leases SET until_ms = 1");
	CHECK_INT(catalog_lease(c, "reconcile", "b", 60000), 1);
	CHECK_INT(catalog_lease(c, "reconcile", "a", 60000), 0);
	box_close(c);
}

/* A disk that is not mounted is seen to be another one. */
static void test_root(void)
{
	struct catalog *c = box_open();
	char *dir = g_strdup("/tmp/test_root.XXXXXX"), *word, *text = NULL;

	CHECK(mkdtemp(dir));
	word = g_build_filename(dir, ".recroom", NULL);
	CHECK_INT(root_is_there(c, dir, "host1"), 1);
	CHECK_INT(root_is_there(c, dir, "host1"), 1);
	CHECK_INT(root_is_there(c, dir, "host2"), 1);        /* a directory that two hosts share */
	CHECK(g_file_get_contents(word, &text, NULL, NULL));
	g_unlink(word);
	CHECK_INT(root_is_there(c, dir, "host1"), 0);
	CHECK(g_file_set_contents(word, "another", -1, NULL));
	CHECK_INT(root_is_there(c, dir, "host1"), 0);
	CHECK(g_file_set_contents(word, text, -1, NULL));
	CHECK_INT(root_is_there(c, dir, "host1"), 1);
	g_unlink(word);
	g_rmdir(dir);
	g_free(text);
	g_free(word);
	g_free(dir);
	box_close(c);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_silence), TEST(test_claim), TEST(test_conflict), TEST(test_claim_race), TEST(test_epoch), TEST(test_every_state), TEST(test_alive),
		TEST(test_lost), TEST(test_backlog), TEST(test_told_once), TEST(test_moved_on), TEST(test_lease), TEST(test_root),
	};

	return box_main(tests, G_N_ELEMENTS(tests), argc, argv);
}
