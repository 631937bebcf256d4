/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The ledger on a real SQLite file; an outage is another connection that holds the lock.
 */
#include "plugins/held.c"
#include "plugins/ledger.c"
#include "plugins/journal.c"
#include "plugins/ledger_claim.c"
#include "plugins/ledger_entry.c"
#include "plugins/ledger_query.c"
#include "plugins/ledger_watch.c"
#include <glib/gstdio.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include "tests/lib/catalog_rows.h"
#include "test.h"

enum { DEADLINE_US = 20000000 };

static char dir[] = "/tmp/test_ledger.XXXXXX", url[80], path[64], journal[80];
static char host[] = "host1";

/* What the handlers were told, joined by spaces. */
static struct {
	struct lock lock;
	struct cond changed;
	GString *text;
} told = { .lock = LOCK_INIT };

static void tell(char *text)
{
	lock_take(&told.lock);
	g_string_append_printf(told.text, "%s%s", told.text->len ? " " : "", text);
	cond_broadcast(&told.changed);
	lock_release(&told.lock);
	g_free(text);
}

static void on_event(json_t *row, void *arg)
{
	CHECK(arg == &told);
	tell(g_strdup_printf("%s:%s:%d", json_str(row, "room"), json_str(row, "type"), (int)json_num(row, "seq", 0)));
}

static void on_progress(json_t *row, void *arg)
{
	CHECK(arg == &told);
	tell(g_strdup_printf("%s:%d", json_str(row, "stage"), (int)json_num(row, "percent", 0)));
}

static void on_stale(const char *recording, void *arg)
{
	CHECK(arg == &told);
	tell(g_strdup_printf("stale:%s", recording));
}

static void wait_told(const char *last)
{
	int64_t until_us = clock_mono_us() + DEADLINE_US;

	lock_take(&told.lock);
	while (!g_str_has_suffix(told.text->str, last) && cond_wait_until(&told.changed, &told.lock, until_us))
		;
	lock_release(&told.lock);
	CHECK(g_str_has_suffix(told.text->str, last));
}

static void remove_db(void)
{
	static const char *const ends[] = { "", "-wal", "-shm" };

	for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
		char *name = g_strconcat(path, ends[i], NULL);

		g_remove(name);
		g_free(name);
	}
	g_remove(journal);
}

static struct ledger *start(void)
{
	static const struct ledger_handlers handlers = { on_event, on_progress, on_stale };
	struct settings s = { .catalog = url, .host_id = host, .recordings = dir };
	struct ledger *l = NULL;

	g_string_truncate(told.text, 0);
	CHECK_INT(ledger_start(&l, &s, &handlers, &told), 0);
	return l;
}

static void begin_recording(struct ledger *l, const char *id)
{
	struct catalog_new_recording r = { .id = id, .room = "demo", .call_id = "call_demo_1_aaaaaa", .host_id = "ignored", .title = "Hi",
					   .custom = "{\"a\":1}", .started_ms = 1000 };

	ledger_call_open(l, "call_demo_1_aaaaaa", "demo", 900);
	ledger_participant(l, "call_demo_1_aaaaaa", "user1", "auth0|7", "Ann", "host", 900, 0);
	ledger_recording_insert(l, &r);
	ledger_event(l, id, 1, "recordingstarting", json_pack("{s:s}", "recordingId", id));
	ledger_recording_status(l, id, "recording", NULL);
}

static void stop_recording_as(struct ledger *l, const char *id, int64_t seq)
{
	struct catalog_stop s = { .stopped_ms = 3000, .duration_ms = 1900, .elapsed_ms = 2000, .bytes = 5, .tracks = 2, .chain_hash = "ab",
				  .flags = "[\"interrupted\"]", .reason = "host" };

	ledger_event(l, id, seq, "recordingstopped", json_pack("{s:s}", "recordingId", id));
	ledger_recording_stop(l, id, &s);
}

static void stop_recording(struct ledger *l, const char *id)
{
	stop_recording_as(l, id, 2);
}

static void check_status(struct ledger *l, const char *id, const char *status)
{
	json_t *o = NULL;

	CHECK_INT(ledger_recording_get(l, id, &o), 0);
	CHECK_STR(json_str(o, "status"), status);
	json_decref(o);
}

/* All goes in, in order, and who asks sees it at once. */
static void test_writes(void)
{
	struct ledger *l = start();
	char next[128];
	json_t *o, *rows;
	struct catalog_filter f = { .room = "demo", .page_size = 10 };

	begin_recording(l, "rec_demo_1_aaaaaa");
	check_status(l, "rec_demo_1_aaaaaa", "recording");
	CHECK_INT(ledger_recording_unclosed(l, &rows), 0);
	CHECK_INT(json_array_size(rows), 1);
	json_decref(rows);
	stop_recording(l, "rec_demo_1_aaaaaa");
	ledger_call_close(l, "call_demo_1_aaaaaa", 4000);
	CHECK_INT(ledger_recording_get(l, "rec_demo_1_aaaaaa", &o), 0);
	CHECK_STR(json_str(o, "status"), "processing");
	CHECK_STR(json_str(o, "host_id"), "host1");
	CHECK_STR(json_str(o, "chain_hash"), "ab");
	CHECK_STR(json_str(json_array_get(json_object_get(o, "participants"), 0), "name"), "Ann");
	CHECK_INT(json_num(o, "tracks", 0), 2);
	json_decref(o);
	ledger_recording_delete(l, "rec_demo_1_aaaaaa");
	check_status(l, "rec_demo_1_aaaaaa", "deleting");
	CHECK_INT(ledger_recording_list(l, &f, &rows, next), 0);
	CHECK_INT(json_array_size(rows), 1);
	json_decref(rows);
	CHECK_INT(ledger_recording_get(l, "rec_demo_1_bbbbbb", &o), -ENOENT);
	CHECK(!ledger_behind(l));
	ledger_stop(&l);
	CHECK(!l);
	remove_db();
}

/* An entry the catalog refuses is dropped; those behind it go on. */
static void test_refused(void)
{
	struct ledger *l = start();

	ledger_recording_status(l, "rec_demo_1_zzzzzz", "recording", NULL);
	begin_recording(l, "rec_demo_1_aaaaaa");
	ledger_recording_status(l, "rec_demo_1_aaaaaa", "completed", NULL);
	ledger_recording_status(l, "rec_demo_1_aaaaaa", "paused", NULL);
	check_status(l, "rec_demo_1_aaaaaa", "paused");
	ledger_stop(&l);
	remove_db();
}

static void wait_behind(struct ledger *l)
{
	int64_t until_us = clock_mono_us() + DEADLINE_US;

	lock_take(&l->lock);
	while (!l->away && cond_wait_until(&l->written, &l->lock, until_us))
		;
	lock_release(&l->lock);
	CHECK(ledger_behind(l));
}

/* Another connection holds the database: callers do not wait, nothing is lost, the order stays. */
static void test_outage(void)
{
	struct ledger *l = start();
	struct catalog *c;
	json_t *rows, *row;
	int64_t before_us;
	sqlite3 *other;
	size_t i;

	begin_recording(l, "rec_demo_1_aaaaaa");
	check_status(l, "rec_demo_1_aaaaaa", "recording");
	CHECK_INT(sqlite3_open(path, &other), SQLITE_OK);
	CHECK_INT(sqlite3_exec(other, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
	before_us = clock_mono_us();
	for (int n = 10; n < 210; n++)
		ledger_event(l, "rec_demo_1_aaaaaa", n, "recordingpaused", json_pack("{s:i}", "n", n));
	CHECK(clock_mono_us() - before_us < 200 * WAIT_MS * 1000LL / 4);
	wait_behind(l);
	check_status(l, "rec_demo_1_aaaaaa", "recording");      /* reading goes on, as of before */
	CHECK_INT(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
	ledger_stop(&l);
	CHECK_INT(catalog_open(&c, url), 0);
	CHECK_INT(catalog_event_since(c, 1, 1000, &rows), 0);
	CHECK_INT(json_array_size(rows), 200);
	json_array_foreach(rows, i, row)
		CHECK_INT(json_num(row, "seq", 0), (long long)i + 10);
	json_decref(rows);
	catalog_close(&c);
	remove_db();
}

static sqlite3 *lock_database(void)
{
	sqlite3 *other;

	CHECK_INT(sqlite3_open(path, &other), SQLITE_OK);
	CHECK_INT(sqlite3_exec(other, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
	return other;
}

static void check_events(const char *id, int n)
{
	struct catalog *c;
	json_t *rows, *row;
	size_t i;

	CHECK_INT(catalog_open(&c, url), 0);
	CHECK_INT(catalog_event_since(c, 0, 10000, &rows), 0);
	CHECK_INT(json_array_size(rows), n);
	json_array_foreach(rows, i, row) {
		CHECK_INT(json_num(row, "seq", 0), (long long)i + 1);
		CHECK_STR(json_str(row, "recording"), id);
	}
	json_decref(rows);
	catalog_close(&c);
}

/* Still locked when the plugin ends: the deadline holds, and the next process writes what is left. */
static void test_stop_in_outage(void)
{
	struct ledger *l = start();
	sqlite3 *other;
	int64_t before_us;

	begin_recording(l, "rec_demo_1_aaaaaa");
	check_status(l, "rec_demo_1_aaaaaa", "recording");
	other = lock_database();
	for (int n = 2; n <= 300; n++)
		ledger_event(l, "rec_demo_1_aaaaaa", n, "recordingpaused", json_object());
	before_us = clock_mono_us();
	ledger_stop(&l);
	CHECK(clock_mono_us() - before_us < 20000000);
	sqlite3_close(other);
	l = start();
	CHECK(l->found >= 299);
	check_status(l, "rec_demo_1_aaaaaa", "recording");
	CHECK(ledger_caught_up(l));
	ledger_stop(&l);
	check_events("rec_demo_1_aaaaaa", 300);
	remove_db();
}

/* Killed with entries in the journal, some of them done already: each is there once, in order. */
static void test_killed(void)
{
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct ledger *l = start();
		sqlite3 *other;

		begin_recording(l, "rec_demo_1_aaaaaa");
		for (int n = 2; n <= 50; n++)
			ledger_event(l, "rec_demo_1_aaaaaa", n, "recordingpaused", json_object());
		check_status(l, "rec_demo_1_aaaaaa", "recording");
		other = lock_database();
		for (int n = 51; n <= 400; n++)
			ledger_event(l, "rec_demo_1_aaaaaa", n, "recordingpaused", json_object());
		stop_recording_as(l, "rec_demo_1_aaaaaa", 401);
		while (l->entries.length)
			g_usleep(1000);
		kill(getpid(), SIGKILL);
		_exit(other != NULL);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	for (int i = 0; i < 2; i++) {      /* and once more when nothing is left */
		struct ledger *l = start();

		check_status(l, "rec_demo_1_aaaaaa", "processing");
		ledger_stop(&l);
		check_events("rec_demo_1_aaaaaa", 401);
	}
	remove_db();
}

/* Stop writes all that is queued. */
static void test_drain(void)
{
	struct ledger *l = start();
	struct catalog *c;
	json_t *rows;

	begin_recording(l, "rec_demo_1_aaaaaa");
	for (int n = 0; n < 1000; n++)
		ledger_event(l, "rec_demo_1_aaaaaa", 2 + n, "recordingpaused", json_object());
	ledger_stop(&l);
	CHECK_INT(catalog_open(&c, url), 0);
	CHECK_INT(catalog_event_since(c, 0, 2000, &rows), 0);
	CHECK_INT(json_array_size(rows), 1001);
	json_decref(rows);
	catalog_close(&c);
	remove_db();
}

/* The file is full and the database away: memory ends somewhere; what finds it full is counted, the rest comes through, in order. People who come and go take
 * no more than half of it. */
static void test_bound(void)
{
	struct ledger *l = start();
	sqlite3 *other;

	begin_recording(l, "rec_demo_1_aaaaaa");
	check_status(l, "rec_demo_1_aaaaaa", "recording");
	other = lock_database();
	__atomic_store_n(&l->journal->max_bytes, 0, __ATOMIC_RELAXED);
	for (int n = 0; n < ENTRIES_MAX / 2 + 2; n++)
		ledger_participant(l, "call_demo_1_aaaaaa", "user1", "", "Ann", "guest", 1, 0);
	CHECK_INT(l->dropped, 2);
	for (int n = 0; n < ENTRIES_MAX / 2 + 3; n++)
		ledger_recording_status(l, "rec_demo_1_aaaaaa", "paused", NULL);
	CHECK_INT(l->dropped, 5);
	CHECK_INT(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
	ledger_stop(&l);
	remove_db();
}

/* Nothing is there to write to at the start; when it is, all that came before is written. */
static void test_away_at_start(void)
{
	struct ledger *l = start();
	sqlite3 *other;
	json_t *o = NULL;

	ledger_stop(&l);
	other = lock_database();
	l = start();
	CHECK(ledger_behind(l));
	CHECK(!ledger_caught_up(l));
	begin_recording(l, "rec_demo_1_aaaaaa");
	CHECK_INT(ledger_claim(l, "call_demo_2_aaaaaa", "other", 1, &(struct catalog_owner){ .silent = false }), -EAGAIN);
	CHECK_INT(ledger_recording_get(l, "rec_demo_1_aaaaaa", &o), -EBUSY);
	CHECK_INT(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
	stop_recording(l, "rec_demo_1_aaaaaa");
	for (int64_t until_us = clock_mono_us() + DEADLINE_US; !ledger_caught_up(l) && clock_mono_us() < until_us;)
		g_usleep(1000);
	check_status(l, "rec_demo_1_aaaaaa", "processing");
	CHECK(!ledger_behind(l));
	ledger_stop(&l);
	check_events("rec_demo_1_aaaaaa", 2);
	remove_db();
}

/* As the one who asked leaves it when a second is over while the ledger's thread is at it. */
static void claim_given_up(struct ledger *l, const char *call_id)
{
	struct ledger_claim *m = claim_new(call_id, "other", 5);

	m->given_up = true;
	lock_take(&l->lock);
	g_queue_push_tail(&l->claims, m);
	cond_signal(&l->wake);
	lock_release(&l->lock);
}

static int64_t rows(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *st = NULL;
	int64_t n = -1;

	CHECK_INT(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	if (sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return n;
}

/* Waits until the condition holds, or fails the test. */
#define AWAIT(what) do { \
	for (int64_t until_us_ = clock_mono_us() + DEADLINE_US; !(what) && clock_mono_us() < until_us_;) \
		g_usleep(1000); \
	CHECK(what); \
} while (0)

static void await_rows(sqlite3 *db, const char *sql, int64_t n)
{
	AWAIT(rows(db, sql) == n);
}

/* What nobody waits for any more is closed again, however often the catalog fails to (a number overflows in a trigger: an error, no refusal). A claim that
 * met a locked database leaves nothing. */
static void test_claim_given_up(void)
{
	struct catalog_owner other;
	struct ledger *l = start();
	sqlite3 *db;

	ledger_call_open(l, "call_demo_1_aaaaaa", "demo", 900);
	AWAIT(ledger_caught_up(l));
	CHECK_INT(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, DEADLINE_US / 1000);
	CHECK_INT(sqlite3_exec(db, "CREATE TRIGGER t BEFORE UPDATE ON calls BEGIN SELECT abs(-9223372036854775807 - 1); END", NULL, NULL, NULL), SQLITE_OK);
	claim_given_up(l, "call_other_5_aaaaaa");
	await_rows(db, "SELECT COUNT(*) FROM calls WHERE id = 'call_other_5_aaaaaa' AND ended_ms IS NULL", 1);
	AWAIT(ledger_behind(l));
	CHECK_INT(ledger_waiting(l), 1);
	CHECK_INT(sqlite3_exec(db, "DROP TRIGGER t", NULL, NULL, NULL), SQLITE_OK);
	await_rows(db, "SELECT COUNT(*) FROM calls WHERE id = 'call_other_5_aaaaaa' AND ended_ms IS NOT NULL", 1);
	AWAIT(!ledger_behind(l));
	CHECK_INT(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	CHECK_INT(ledger_claim(l, "call_other_6_aaaaaa", "other", 6, &other), -EAGAIN);
	CHECK_INT(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	AWAIT(!ledger_waiting(l));
	CHECK_INT(rows(db, "SELECT COUNT(*) FROM calls WHERE ended_ms IS NULL AND room = 'other'"), 0);
	sqlite3_close(db);
	ledger_stop(&l);
	remove_db();
}

/* A room is one host's: the other is told whose. Taken over, a recording takes nothing more from who had it. */
static void test_owners(void)
{
	struct ledger *l = start();
	struct catalog_owner other;
	struct catalog *c;

	CHECK_INT(catalog_open(&c, url), 0);
	CHECK_INT(ledger_claim(l, "call_demo_1_aaaaaa", "demo", clock_wall_ms() + 1, &other), 0);
	begin_recording(l, "rec_demo_1_aaaaaa");
	check_status(l, "rec_demo_1_aaaaaa", "recording");
	CHECK_INT(catalog_host_serves(c, "host2", "http://two:8090"), 0);
	CHECK_INT(catalog_call_claim(c, "call_demo_2_bbbbbb", "demo", "host2", 2, &other), -EEXIST);
	CHECK_STR(other.host_id, "host1");
	CHECK_INT(catalog_call_claim(c, "call_other_2_bbbbbb", "other", "host2", 2, &other), 0);
	CHECK_INT(ledger_claim(l, "call_other_3_aaaaaa", "other", 3, &other), -EEXIST);
	CHECK_STR(other.address, "http://two:8090");
	CHECK_STR(other.call_id, "call_other_2_bbbbbb");
	CHECK_INT(catalog_recording_take(c, "rec_demo_1_aaaaaa"), 1);
	ledger_recording_status(l, "rec_demo_1_aaaaaa", "paused", NULL);
	wait_told("stale:rec_demo_1_aaaaaa");
	check_status(l, "rec_demo_1_aaaaaa", "recording");
	ledger_recording_epoch(l, "rec_demo_1_aaaaaa", 2);
	ledger_recording_status(l, "rec_demo_1_aaaaaa", "paused", NULL);
	check_status(l, "rec_demo_1_aaaaaa", "paused");
	catalog_close(&c);
	ledger_stop(&l);
	remove_db();
}

/* What a worker does reaches the handlers, the plugin's own events do not come back. */
static void test_worker(void)
{
	struct catalog_result result = { .path = "rec_demo_1_aaaaaa/output.webm", .mime = "video/webm", .spec = "{}" };
	struct ledger *l = start();
	struct catalog_job job;
	struct catalog *c;

	CHECK_INT(catalog_open(&c, url), 0);
	begin_recording(l, "rec_demo_1_aaaaaa");
	stop_recording(l, "rec_demo_1_aaaaaa");
	check_status(l, "rec_demo_1_aaaaaa", "processing");
	CHECK_INT(take_job(c, "w", &job), 1);
	CHECK_INT(catalog_job_progress(c, job.id, "w", &(struct catalog_progress){ "compose", 10, 5000, 0 }), 0);
	wait_told("compose:10");
	CHECK_INT(catalog_job_check(c, job.id, "w"), 0);
	CHECK_INT(catalog_job_progress(c, job.id, "w", &(struct catalog_progress){ "compose", 70, 5000, 0 }), 0);
	wait_told("compose:70");
	CHECK_INT(catalog_job_done(c, job.id, "w", &result), 0);
	wait_told("demo:recordingcompleted:3");
	CHECK_STR(told.text->str, "compose:10 compose:70 demo:recordingcompleted:3");
	catalog_close(&c);
	ledger_stop(&l);
	l = start();                                            /* old events are no news */
	begin_recording(l, "rec_demo_1_bbbbbb");
	check_status(l, "rec_demo_1_bbbbbb", "recording");
	ledger_stop(&l);
	CHECK_STR(told.text->str, "");
	remove_db();
}

static void *push_many(void *arg)
{
	for (int i = 0; i < 200; i++)
		ledger_event(arg, "rec_demo_1_aaaaaa", 0, "recordingpaused", json_object());
	return NULL;
}

static void test_threads(void)
{
	struct ledger *l = start();
	pthread_t t[4];
	struct catalog *c;
	json_t *rows;

	begin_recording(l, "rec_demo_1_aaaaaa");
	for (int i = 0; i < 4; i++)
		CHECK_INT(thread_start(&t[i], "pusher", push_many, l), 0);
	check_status(l, "rec_demo_1_aaaaaa", "recording");
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	ledger_stop(&l);
	CHECK_INT(catalog_open(&c, url), 0);
	CHECK_INT(catalog_event_since(c, 0, 2000, &rows), 0);
	CHECK_INT(json_array_size(rows), 801);
	CHECK_INT(json_num(json_array_get(rows, 800), "seq", 0), 801);
	json_decref(rows);
	catalog_close(&c);
	remove_db();
}

static void test_no_place(void)
{
	static const struct ledger_handlers handlers = { on_event, on_progress, on_stale };
	char nowhere[] = "sqlite:/nonexistent/recroom.db";
	struct settings s = { .catalog = nowhere, .host_id = host, .recordings = dir };
	struct ledger *l = NULL;

	CHECK_INT(ledger_start(&l, &s, &handlers, NULL), -ENOENT);
	CHECK(!l);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_writes), TEST(test_refused), TEST(test_outage), TEST(test_stop_in_outage), TEST(test_drain), TEST(test_bound),
		TEST(test_worker), TEST(test_threads), TEST(test_killed), TEST(test_away_at_start), TEST(test_claim_given_up), TEST(test_owners), TEST(test_no_place),
	};
	int failed;

	if (!mkdtemp(dir))
		return 1;
	snprintf(path, sizeof(path), "%s/recroom.db", dir);
	snprintf(journal, sizeof(journal), "%s/journal/host1.jsonl", dir);
	snprintf(url, sizeof(url), "sqlite:%s", path);
	cond_init(&told.changed);
	told.text = g_string_new(NULL);
	log_set_level(LOG_LEVEL_ERROR);
	failed = test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
	g_string_free(told.text, TRUE);
	cond_destroy(&told.changed);
	*strrchr(journal, '/') = 0;
	rmdir(journal);
	rmdir(dir);
	return failed;
}
