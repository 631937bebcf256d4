/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What only PostgreSQL does: several writers at once, a server that is killed, started again or falls silent, passwords that nobody sees.
 */
#include "common/pg_link.c"
#include "common/catalog_pg.c"
#include <pthread.h>
#include <signal.h>
#include "common/fsio.h"
#include "tests/lib/catalog_rows.h"
#include "catalog_box.h"

#define REC "rec_demo_1_aaaaaa"
enum { HANDS = 4, ONE_HAND = 60 };

static int64_t count(struct catalog *c, const char *text)
{
	int64_t n = -1;

	CHECK_INT(catalog_view(c), 0);
	CHECK_INT(catalog_end(c, db_int(c->db, &n, text, "")), 1);
	return n;
}

/* ---- at once ---- */

/* Four connections, each with a thread that works until there is nothing left; they begin together. */
struct hand {
	int number, done, failed;
	int (*work)(struct catalog *c, struct hand *h);        /* 1 go on, 0 the end, negative errno */
	pthread_barrier_t *gate;
	void *arg;
};

static void *hand_main(void *arg)
{
	struct hand *h = arg;
	struct catalog *c = NULL;
	int got = catalog_open(&c, box_path);

	pthread_barrier_wait(h->gate);
	while (!got || got == 1) {
		got = h->work(c, h);
		if (got <= 0)
			break;
		h->done++;
	}
	h->failed = got;
	catalog_close(&c);
	return NULL;
}

static void at_once(struct hand hands[HANDS], int (*work)(struct catalog *c, struct hand *h), void *arg)
{
	pthread_barrier_t gate;
	pthread_t t[HANDS];

	pthread_barrier_init(&gate, NULL, HANDS);
	for (int i = 0; i < HANDS; i++) {
		hands[i] = (struct hand){ .number = i, .work = work, .gate = &gate, .arg = arg };
		CHECK_INT(thread_start(&t[i], "hand", hand_main, &hands[i]), 0);
	}
	for (int i = 0; i < HANDS; i++)
		pthread_join(t[i], NULL);
	pthread_barrier_destroy(&gate);
	for (int i = 0; i < HANDS; i++)
		CHECK_INT(hands[i].failed, 0);
}

static int take_one(struct catalog *c, struct hand *h)
{
	char name[8];
	struct catalog_job j;
	int got;

	snprintf(name, sizeof(name), "w%d", h->number);
	got = take_job(c, name, &j);
	if (got == 1)
		__atomic_fetch_add((int *)h->arg + atoi(j.recording + strlen("rec_demo_")), 1, __ATOMIC_RELAXED);
	return got;
}

/* 400 jobs, each is leased once. */
static void test_jobs_once(void)
{
	enum { JOBS = 400 };
	struct catalog *c = box_open();
	struct hand hands[HANDS];
	int seen[JOBS] = { 0 };

	box_recording(c, REC, "demo", 1000);
	box_sql("INSERT INTO recordings (id, room, call_id, host_id, status, started_ms) SELECT 'rec_demo_' || n || '_x', room, call_id, host_id, 'processing', n"
		" FROM recordings, generate_series(0, 399) n;"
		" INSERT INTO jobs (kind, recording, output, place, state, not_before_ms) SELECT 'delete', id, 0, 'host:host1', 'queued', 0 FROM recordings"
		" WHERE status = 'processing'");
	at_once(hands, take_one, seen);
	for (int i = 0; i < JOBS; i++)
		CHECK_INT(seen[i], 1);
	printf("figure jobs of four connections: %d %d %d %d\n", hands[0].done, hands[1].done, hands[2].done, hands[3].done);
	box_close(c);
}

/* What a transaction writes bears its number: the sum tells whether any row was written. */
static int64_t marks_of(struct catalog *c, const char *table)
{
	char text[120];

	snprintf(text, sizeof(text), "SELECT CAST(COALESCE(SUM(CAST(CAST(xmin AS TEXT) AS BIGINT)), 0) AS BIGINT) FROM %s", table);
	return count(c, text);
}

/* A hundred workers that hold 250,000 jobs (a hundredth of that unless RECROOM_FULL): their signs of life are a row each and no job's, and leasing
 * goes on as quickly as with none. */
static void test_many_running(void)
{
	enum { WORKERS = 100, QUEUED = 100 };
	const char *full = getenv("RECROOM_FULL"), *const places[] = { "host:host1", NULL };
	int jobs = full && *full ? 250000 : 2500;
	struct catalog *c = box_open();
	int64_t before, began_us, beats_us, leases_us = 0;
	g_autofree char *text = NULL;
	struct catalog_job j;
	bool draining;
	char name[16];

	box_recording(c, REC, "demo", 1000);
	for (int i = 0; i < WORKERS; i++) {
		snprintf(name, sizeof(name), "w%d", i);
		CHECK_INT(catalog_worker_put(c, &(struct catalog_worker){ name, "host1", "1", 1000000000, places }), 0);
	}
	text = g_strdup_printf("INSERT INTO recordings (id, room, call_id, host_id, status, started_ms) SELECT 'rec_demo_' || n || '_x', room, call_id, host_id,"
			       " 'processing', n FROM recordings, generate_series(0, %d) n; INSERT INTO jobs (kind, recording, output, place, state, not_before_ms, owner,"
			       " worker, room) SELECT 'delete', id, 0, 'host:host1', 'running', 0, 'w' || started_ms %% %d || '/0', 'w' || started_ms %% %d, room"
			       " FROM recordings WHERE status = 'processing'; UPDATE jobs SET state = 'queued', owner = NULL, worker = NULL WHERE id <= %d; ANALYZE",
			       jobs + QUEUED - 1, WORKERS, WORKERS, QUEUED);
	box_sql(text);
	CHECK_INT(count(c, "SELECT COUNT(*) FROM jobs WHERE state = 'running'"), jobs);
	before = marks_of(c, "jobs");
	began_us = clock_mono_us();
	for (int i = 0; i < WORKERS; i++) {
		snprintf(name, sizeof(name), "w%d", i);
		CHECK_INT(catalog_worker_beat(c, name, &draining), 0);
	}
	beats_us = clock_mono_us() - began_us;
	CHECK_INT(marks_of(c, "jobs"), before);
	CHECK_INT(count(c, "SELECT COUNT(DISTINCT CAST(xmin AS TEXT)) FROM workers"), WORKERS);
	for (int i = 0; i < QUEUED; i++) {
		CHECK_INT(catalog_worker_beat(c, "w0", &draining), 0);
		began_us = clock_mono_us();
		CHECK_INT(catalog_job_lease(c, &(struct catalog_lease){ .worker = "w0", .which = CATALOG_LATE }, &j), 1);
		leases_us += clock_mono_us() - began_us;
	}
	CHECK_INT(catalog_job_lease(c, &(struct catalog_lease){ .worker = "w0", .which = CATALOG_LATE }, &j), 0);
	printf("figure with %d jobs running: a sign of life %.1f ms, leasing a job %.1f ms\n", jobs, (double)beats_us / 1000 / WORKERS, (double)leases_us / 1000 / QUEUED);
	box_close(c);
}

static int add_event(struct catalog *c, struct hand *h)
{
	json_t *payload = json_object();
	int err = catalog_event_insert(c, REC, 0, "x", payload, "worker");

	json_decref(payload);
	return err < 0 ? err : h->done < ONE_HAND - 1;
}

/* One recording, four writers: numbers without a hole, none twice. */
static void test_event_numbers(void)
{
	struct catalog *c = box_open();
	struct hand hands[HANDS];

	box_recording(c, REC, "demo", 1000);
	at_once(hands, add_event, NULL);
	CHECK_INT(count(c, "SELECT COUNT(*) FROM events"), HANDS * ONE_HAND);
	CHECK_INT(count(c, "SELECT COUNT(DISTINCT seq) FROM events WHERE seq BETWEEN 1 AND 240"), HANDS * ONE_HAND);
	box_close(c);
}

/* A reader that follows the numbers of rows, while three write to recordings of their own, misses none. */
static int write_or_follow(struct catalog *c, struct hand *h)
{
	int64_t *cursor = h->arg;
	json_t *rows = NULL;
	char id[32];
	int err;

	snprintf(id, sizeof(id), "rec_demo_%d_aaaaaa", h->number);
	if (h->number) {
		json_t *payload = json_object();

		err = catalog_event_insert(c, id, 0, "x", payload, "worker");
		json_decref(payload);
		return err < 0 ? err : h->done < ONE_HAND - 1;
	}
	err = catalog_event_since(c, cursor[0], 7, &rows);
	if (err < 0)
		return err;
	if (json_array_size(rows))
		cursor[0] = json_num(json_array_get(rows, json_array_size(rows) - 1), "row", 0);
	cursor[1] += (int64_t)json_array_size(rows);
	json_decref(rows);
	return cursor[1] < (HANDS - 1) * ONE_HAND && h->done < 100000;
}

static void test_follow(void)
{
	struct catalog *c = box_open();
	struct hand hands[HANDS];
	int64_t cursor[2] = { 0 };

	for (int i = 1; i < HANDS; i++) {
		char id[32];

		snprintf(id, sizeof(id), "rec_demo_%d_aaaaaa", i);
		box_recording(c, id, "demo", 1000);
	}
	at_once(hands, write_or_follow, cursor);
	CHECK_INT(cursor[1], (HANDS - 1) * ONE_HAND);
	box_close(c);
}

static int add_output(struct catalog *c, struct hand *h)
{
	struct catalog_job j;
	int err = catalog_output_add(c, &(struct catalog_new_output){ .recording = REC, .spec = "{}" }, &j);

	return err < 0 ? err : h->done < 5;
}

static void test_output_numbers(void)
{
	struct catalog *c = box_open();
	struct hand hands[HANDS];

	box_stopped(c, REC);
	at_once(hands, add_output, NULL);
	CHECK_INT(count(c, "SELECT COUNT(*) FROM outputs"), 1 + 6 * HANDS);
	CHECK_INT(count(c, "SELECT MAX(id) FROM outputs"), 1 + 6 * HANDS);
	box_close(c);
}

/* Each host has a call in each of some rooms: one of them holds it, whoever was first. */
static int open_call(struct catalog *c, struct hand *h)
{
	char id[32], room[16], host[16];
	int err;

	snprintf(id, sizeof(id), "call_r%d_%d", h->done, h->number);
	snprintf(room, sizeof(room), "r%d", h->done);
	snprintf(host, sizeof(host), "host%d", h->number);
	err = catalog_call_open(c, id, room, host, 100);
	return err < 0 ? err : h->done < 19;
}

static void test_calls(void)
{
	struct catalog *c = box_open();
	struct hand hands[HANDS];

	at_once(hands, open_call, NULL);
	CHECK_INT(count(c, "SELECT COUNT(*) FROM calls WHERE ended_ms IS NULL"), 20 * HANDS);
	CHECK_INT(count(c, "SELECT COUNT(*) FROM calls WHERE conflict = 0"), 20);
	box_close(c);
}

/* Stopped, deleted and leased by all at once: one job of each kind, and a state that fits. */
static int stop_lease_delete(struct catalog *c, struct hand *h)
{
	struct catalog_stop s = { .stopped_ms = 9000, .duration_ms = 1900, .flags = "[]" };
	struct catalog_job j;
	char id[64];
	int err;

	snprintf(id, sizeof(id), "rec_demo_%d_aaaaaa", h->done);
	err = catalog_recording_stop(c, id, &s);
	if (err == -EPROTO)        /* another one deletes it already */
		err = 0;
	if (!err)
		err = take_job(c, "w", &j);
	if (err >= 0)
		err = catalog_recording_delete(c, id);
	return err < 0 && err != -EBUSY ? err : h->done < 9;
}

static void test_states(void)
{
	struct catalog *c = box_open();
	struct hand hands[HANDS];

	for (int i = 0; i < 10; i++) {
		char id[64];

		snprintf(id, sizeof(id), "rec_demo_%d_aaaaaa", i);
		box_recording(c, id, "demo", 1000);
		CHECK_INT(catalog_recording_status(c, id, "recording", NULL), 0);
	}
	at_once(hands, stop_lease_delete, NULL);
	CHECK_INT(count(c, "SELECT COUNT(*) FROM recordings WHERE status = 'deleting'"), 10);
	CHECK_INT(count(c, "SELECT COUNT(*) FROM jobs WHERE kind = 'compose'"), 10);
	CHECK_INT(count(c, "SELECT COUNT(*) FROM jobs WHERE kind = 'compose' AND state <> 'cancelled'"), 0);
	CHECK_INT(count(c, "SELECT COUNT(*) FROM jobs WHERE kind = 'delete'"), 10);
	CHECK_INT(count(c, "SELECT COUNT(*) FROM outputs WHERE state <> 'cancelled'"), 0);
	box_close(c);
}

/* Who holds a recording for too long is told of by -EBUSY, and who only reads waits for nobody. */
static void test_locked(void)
{
	struct catalog *a = box_open(), *b = box_open();

	box_recording(a, REC, "demo", 1000);
	catalog_set_wait(b, 20);
	CHECK_INT(catalog_begin(a), 0);
	CHECK_INT(recording_lock(a->db, REC), 0);
	CHECK_INT(catalog_recording_status(b, REC, "recording", NULL), -EBUSY);
	box_status(b, REC, "starting");
	CHECK_INT(catalog_end(a, 0), 0);
	CHECK_INT(catalog_recording_status(b, REC, "recording", NULL), 0);
	catalog_close(&b);
	box_close(a);
}

/* A failure that somebody overlooked does not pass for success. */
static void test_overlooked(void)
{
	struct catalog *c = box_open();
	int64_t n;

	CHECK_INT(catalog_begin(c), 0);
	CHECK(db_exec(c->db, "INSERT INTO rooms (id, seen_ms) VALUES ('x', 1)", "") == 1);
	CHECK(db_int(c->db, &n, "SELECT 1 / 0", "") < 0);
	CHECK_INT(catalog_end(c, 0), -EIO);
	CHECK_INT(count(c, "SELECT COUNT(*) FROM rooms"), 0);
	box_close(c);
}

/* ---- away ---- */

static char server_dir[] = "/tmp/recroom-pg.XXXXXX";

static bool server_runs;
static char *server_url;

/* It speaks TLS, and by TCP nothing else. */
static void server(const char *what)
{
	char *argv[] = { (char *)"env", (char *)"PG_TLS=1", (char *)SRCDIR "/tests/lib/postgres.sh", (char *)what, server_dir, NULL }, *out = NULL;
	int status = -1;
	bool ran = g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, NULL, &status, NULL);

	CHECK(ran && status == 0);
	server_runs = !strcmp(what, "start");
	if (server_runs) {
		g_free(server_url);
		server_url = g_strdup(g_strstrip(out));
	}
	g_free(out);
}

/* Whatever became of the test */
static void end_server(void)
{
	if (server_runs)
		server("stop");
	fs_remove_tree(server_dir);
	g_free(server_url);
}

/* Killed in the middle of a transaction and started again: nothing of it is left, the same connection goes on. */
static void check_killed(const char *url)
{
	struct catalog *c = NULL;
	int64_t began_us;

	CHECK_INT(catalog_open(&c, url), 0);
	box_recording(c, REC, "demo", 1000);
	CHECK_INT(catalog_begin(c), 0);
	CHECK_INT(db_exec(c->db, "UPDATE recordings SET title = 'lost'", ""), 1);
	server("stop");
	CHECK_INT(db_exec(c->db, "UPDATE recordings SET title = 'lost'", ""), -EBUSY);
	CHECK_INT(catalog_end(c, 0), -EBUSY);
	began_us = clock_mono_us();
	for (int i = 0; i < 100; i++)
		CHECK_INT(catalog_recording_status(c, REC, "recording", NULL), -EBUSY);
	CHECK(clock_mono_us() - began_us < 20000000);
	server("start");
	while (catalog_recording_status(c, REC, "recording", NULL) == -EBUSY && clock_mono_us() - began_us < 60000000)
		g_usleep(20000);
	box_status(c, REC, "recording");
	CHECK_INT(count(c, "SELECT COUNT(*) FROM recordings WHERE title = 'lost'"), 0);
	server("stop");            /* while it is idle: the next call finds a dead connection, and the one after the restart works at once */
	server("start");
	box_status(c, REC, "recording");
	catalog_close(&c);
}

/* Encrypted, to the server that the certificate names, signed by the authority that was given: else there is no catalog, and no password is sent. */
static void check_tls(const char *url)
{
	static const struct { const char *from, *to; } bad[] = {
		{ "/ca.pem", "/other.pem" }, { "host=localhost", "host=db.example.org" }, { "sslmode=verify-full", "sslmode=disable" },
	};
	struct catalog *c = NULL;

	CHECK_INT(catalog_open(&c, url), 0);
	CHECK_INT(count(c, "SELECT COUNT(*) FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl"), 1);
	catalog_close(&c);
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		char **halves = g_strsplit(url, bad[i].from, 2), *other = g_strjoinv(bad[i].to, halves);

		CHECK_INT(g_strv_length(halves), 2);
		CHECK(catalog_open(&c, other) < 0);
		CHECK(!c);
		g_free(other);
		g_strfreev(halves);
	}
}

static void test_killed(void)
{
	CHECK(mkdtemp(server_dir) != NULL);
	server("start");
	check_tls(server_url);
	check_killed(server_url);
}

/* Its connection is ended by somebody else. */
static void test_terminated(void)
{
	struct catalog *c = box_open();

	box_recording(c, REC, "demo", 1000);
	CHECK_INT(catalog_begin(c), 0);
	CHECK_INT(recording_lock(c->db, REC), 0);
	box_sql("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE relation = 'recordings'::regclass AND pid <> pg_backend_pid()");
	CHECK_INT(recording_lock(c->db, REC), -EBUSY);
	CHECK_INT(catalog_end(c, -EBUSY), -EBUSY);
	CHECK_INT(catalog_recording_status(c, REC, "recording", NULL), 0);
	box_close(c);
}

/* The server's process stands still: after the deadline it is given up. */
static void test_silent(void)
{
	struct catalog *c = box_open();
	struct pg_link *l = ((struct pg *)c->db)->link;
	int64_t pid = count(c, "SELECT pg_backend_pid()"), n;

	l->wait_ms = l->work_ms = 50;
	l->silence_ms = 200;
	CHECK_INT(catalog_begin(c), 0);
	CHECK_INT(kill((pid_t)pid, SIGSTOP), 0);
	CHECK_INT(db_int(c->db, &n, "SELECT 1", ""), -EBUSY);
	CHECK_INT(catalog_end(c, -EBUSY), -EBUSY);
	l->wait_ms = l->work_ms = l->silence_ms = 5000;
	CHECK_INT(count(c, "SELECT 1"), 1);
	CHECK_INT(kill((pid_t)pid, SIGCONT), 0);
	box_close(c);
}

/* ---- what is said ---- */

static GString *said;

static void keep_line(enum log_level level, const char *line, void *arg)
{
	(void)level;
	(void)arg;
	g_string_append(said, line);
}

static void test_passwords(void)
{
	static const char *const urls[] = {
		"postgresql://ann:geheim@127.0.0.1:1/x", "postgres://ann:geheim@127.0.0.1:1/x?sslpassword=geheim", "host=127.0.0.1 port=1 user=ann password=geheim",
		"host=127.0.0.1 password=so geheim", "postgresql://ann:geheim@127.0.0.1:1/x?nonsense=geheim", "mysql://ann:geheim@localhost/x",
	};
	struct catalog *c = NULL;
	char *shown;

	said = g_string_new(NULL);
	log_set_handler(keep_line, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(urls); i++) {
		CHECK(catalog_open(&c, urls[i]) < 0);
		shown = catalog_url_show(urls[i]);
		g_string_append(said, shown);
		g_free(shown);
	}
	log_set_handler(NULL, NULL);
	CHECK(!strstr(said->str, "geheim"));
	CHECK(strstr(said->str, "user=ann") && strstr(said->str, "port=1") && strstr(said->str, "mysql"));
	g_string_free(said, TRUE);
}

static void test_translate(void)
{
	static const struct { const char *sql, *want; } rows[] = {
		{ "SELECT ?1, ?12", "SELECT $1, $12" }, { "SELECT '?1', \"a?\", ?2", "SELECT '?1', \"a?\", $2" },
		{ "SELECT 'it''s ?', ?1", "SELECT 'it''s ?', $1" }, { "SELECT 1 " ROW_LOCK, "SELECT 1 FOR NO KEY UPDATE" },
		{ "SELECT 1 " SKIP_LOCKED, "SELECT 1 FOR NO KEY UPDATE SKIP LOCKED" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char *got = translate(rows[i].sql);

		CHECK_STR(got, rows[i].want);
		g_free(got);
	}
}

static void test_urls(void)
{
	static const struct { const char *url; bool pg; } rows[] = {
		{ "postgresql://h/d", true }, { "postgres://h/d", true }, { "host=/run/postgresql dbname=recroom", true }, { "service = recroom", true },
		{ "sqlite:/r/recroom.db", false }, { "/r/a=b/recroom.db", false }, { "./x=y.db", false }, { "recroom.db", false },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		CHECK_INT(pg_link_takes(rows[i].url), rows[i].pg);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_jobs_once), TEST(test_many_running), TEST(test_event_numbers), TEST(test_follow), TEST(test_output_numbers), TEST(test_calls), TEST(test_states), TEST(test_locked),
		TEST(test_overlooked), TEST(test_killed), TEST(test_terminated), TEST(test_silent),
	};
	static const struct test alone[] = { TEST(test_passwords), TEST(test_translate), TEST(test_urls) };

	int failed = box_main_of(NULL, 0, alone, G_N_ELEMENTS(alone), tests, G_N_ELEMENTS(tests), argc, argv);

	end_server();
	return failed;
}
