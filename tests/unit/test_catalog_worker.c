/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Workers in the catalog: signs of life and their end, where who reaches what, whose turn it is, what fits whose cores, dead letters.
 */
#include "common/catalog_sqlite.c"
#include "common/job_cost.h"
#include "catalog_box.h"

#define REC "rec_demo_1_aaaaaa"

static const struct catalog_result result = { .path = "p", .mime = "m", .spec = "{}" };

/* As if the database had been up for that long. */
static void be_old(int64_t ms)
{
	char sql[160];

	first_open_us = clock_mono_us() - ms * 1000;
	snprintf(sql, sizeof(sql), "CREATE OR REPLACE FUNCTION uptime_ms() RETURNS BIGINT LANGUAGE SQL VOLATILE AS 'SELECT CAST(%lld AS BIGINT)'", (long long)ms);
	if (box_pg)
		box_sql(sql);
}

/* The database's clock cannot be set: the sign of life is put back in time instead. */
static void silence(struct catalog *c, const char *worker)
{
	CHECK(db_exec(c->db, "UPDATE workers SET heartbeat_ms = heartbeat_ms - 1000000 WHERE id = ?1", "s", worker) == 1);
}

static void put(struct catalog *c, const char *id, const char *host, int cores, const char *places)
{
	char **list = g_strsplit(places, ",", 0);

	CHECK_INT(catalog_worker_put(c, &(struct catalog_worker){ id, host, "1", cores, (const char *const *)list }), 0);
	g_strfreev(list);
}

static int lease(struct catalog *c, const char *worker, enum catalog_which which, struct catalog_job *j)
{
	return catalog_job_lease(c, &(struct catalog_lease){ .worker = worker, .which = which }, j);
}

static const char *id_of(const char *room, int n)
{
	static char ids[8][64];
	static int next;
	char *id = ids[next++ % 8];

	snprintf(id, sizeof(ids[0]), "rec_%s_%d_aaaaaa", room, n);
	return id;
}

/* Recorded on `host` and stopped: a job waits. */
static void stopped(struct catalog *c, const char *host, const char *room, int n)
{
	char call[64];
	const char *id = id_of(room, n);
	struct catalog_new_recording r = { .id = id, .room = room, .call_id = call, .host_id = host, .title = "x", .layout = "grid", .started_ms = 1000 };
	struct catalog_stop s = { .stopped_ms = 9000, .duration_ms = 1900, .chain_hash = "ab", .flags = "[]", .reason = "host" };

	snprintf(call, sizeof(call), "call_%s_1_aaaaaa", room);
	CHECK_INT(catalog_recording_insert(c, &r), 0);
	CHECK_INT(catalog_recording_status(c, id, "recording", NULL), 0);
	CHECK_INT(catalog_recording_stop(c, id, &s), 0);
}

/* Recording on `host`, with a job behind it. */
static void running(struct catalog *c, const char *host, const char *room, int n, const char *outputs)
{
	char call[64];
	const char *id = id_of(room, n);
	struct catalog_new_recording r = { .id = id, .room = room, .call_id = call, .host_id = host, .title = "x", .layout = "grid", .outputs = outputs,
					   .started_ms = 1000 };

	snprintf(call, sizeof(call), "call_%s_1_aaaaaa", room);
	CHECK_INT(catalog_recording_insert(c, &r), 0);
	CHECK_INT(catalog_recording_status(c, id, "recording", NULL), 0);
	CHECK_INT(catalog_compose_live(c, id), 0);
}

/* ---- life and death ---- */

/* Who is not heard of any more is buried by the one beside, and changes nothing when it comes back to life. */
static void test_dies(void)
{
	struct catalog *c = box_open();
	struct catalog_job a, b;
	bool draining = true;

	box_stopped(c, REC);
	CHECK_INT(take_job(c, "w1", &a), 1);
	CHECK_INT(catalog_job_check(c, a.id, "w1"), 0);
	be_old(1000000);
	CHECK_INT(catalog_worker_reap(c, "w2"), 0);
	silence(c, "w1");
	CHECK_INT(catalog_worker_beat(c, "w1", &draining), 0);     /* late, but nobody took it */
	CHECK(!draining);
	CHECK_INT(catalog_worker_reap(c, "w2"), 0);
	silence(c, "w1");
	CHECK_INT(catalog_worker_reap(c, "w1"), 0);                /* nobody buries himself */
	be_old(0);
	CHECK_INT(catalog_worker_reap(c, "w2"), 0);                /* the database has just come back: all have been silent */
	be_old(1000000);
	CHECK_INT(catalog_worker_reap(c, "w2"), 1);
	box_states(c, REC, "queued/queued");
	CHECK_INT(take_job(c, "w2", &b), 1);
	CHECK_INT(b.id, a.id);
	CHECK_INT(b.attempts, 2);
	CHECK_INT(catalog_worker_beat(c, "w1", &draining), -ENOENT);
	CHECK_INT(catalog_job_check(c, a.id, "w1"), -EPROTO);
	CHECK_INT(catalog_job_progress(c, a.id, "w1", &(struct catalog_progress){ "mix", 1, 1, 0 }), -EPROTO);
	CHECK_INT(catalog_job_failed(c, a.id, "w1", "x", 0, 3, true), -EPROTO);
	CHECK_INT(catalog_job_give(c, a.id, "w1"), -EPROTO);
	CHECK_INT(catalog_job_done(c, a.id, "w1", &result), -EPROTO);
	CHECK_INT(catalog_job_done(c, b.id, "w2", &result), 0);
	box_status(c, REC, "completed");
	box_close(c);
}

/* Names are a ring: each looks at the next ones, the last ones at the first. */
static void test_ring(void)
{
	struct catalog *c = box_open();
	char name[8];

	for (int i = 0; i < 12; i++) {
		snprintf(name, sizeof(name), "w%02d", i);
		put(c, name, "host1", 1000, "host:host1");
		if (i != 3)
			silence(c, name);
	}
	be_old(1000000);
	CHECK_INT(catalog_worker_reap(c, "w03"), 7);       /* 4 behind it and the 3 before it */
	CHECK_INT(catalog_worker_reap(c, "w03"), 4);
	CHECK_INT(catalog_worker_reap(c, "w03"), 0);
	box_close(c);
}

/* What was finished in the moment of its worker's burial is finished. */
static void test_done_before_burial(void)
{
	struct catalog *c = box_open();
	struct catalog_job j;

	box_stopped(c, REC);
	CHECK_INT(take_job(c, "w1", &j), 1);
	CHECK_INT(catalog_job_done(c, j.id, "w1", &result), 0);
	CHECK_INT(catalog_worker_gone(c, "w1"), 0);
	CHECK_INT(catalog_worker_gone(c, "w1"), 0);
	box_status(c, REC, "completed");
	CHECK_INT(take_job(c, "w2", &j), 0);
	box_close(c);
}

/* Gone, it gives back all it has; a job that ends each worker that takes it comes to an end itself. */
static void test_gone(void)
{
	struct catalog *c = box_open();
	struct catalog_job j;
	char name[16];

	box_stopped(c, REC);
	box_stopped(c, "rec_demo_1_bbbbbb");
	CHECK_INT(take_job(c, "w", &j), 1);
	CHECK_INT(catalog_job_give(c, j.id, "w"), 0);              /* an attempt that was given back does not count */
	for (int i = 0; i < CATALOG_LOST_MAX; i++) {
		snprintf(name, sizeof(name), "w%d", i);
		CHECK_INT(take_job(c, name, &j), 1);
		CHECK_INT(j.attempts, i + 1);
		CHECK_STR(j.recording, REC);
		CHECK_INT(catalog_worker_gone(c, name), 1);
	}
	box_states(c, REC, "failed/failed");
	box_status(c, REC, "failed");
	box_states(c, "rec_demo_1_bbbbbb", "queued/queued");
	box_close(c);
}

/* A lease needs a sign of life, and a worker that drains takes nothing. */
static void test_fresh(void)
{
	struct catalog *c = box_open();
	struct catalog_job j;
	bool draining = false;

	stopped(c, "host1", "demo", 1);
	CHECK_INT(lease(c, "nobody", CATALOG_ANY, &j), -ESTALE);
	put(c, "w", "host1", 1000, "host:host1");
	silence(c, "w");
	CHECK_INT(lease(c, "w", CATALOG_ANY, &j), -ESTALE);
	CHECK_INT(catalog_worker_beat(c, "w", &draining), 0);
	CHECK_INT(catalog_worker_drain(c, "nobody", true), 0);
	CHECK_INT(catalog_worker_drain(c, "host1", true), 1);
	CHECK_INT(lease(c, "w", CATALOG_ANY, &j), -ESTALE);
	CHECK_INT(catalog_worker_beat(c, "w", &draining), 0);
	CHECK(draining);
	CHECK_INT(catalog_worker_drain(c, "w", false), 1);
	CHECK_INT(lease(c, "w", CATALOG_ANY, &j), 1);
	box_close(c);
}

/* ---- which one ---- */

static void test_places(void)
{
	struct catalog *c = box_open();
	struct catalog_job j;
	json_t *rows, *row;

	stopped(c, "host1", "demo", 1);
	put(c, "w2", "host2", 1000, "host:host2");
	CHECK_INT(lease(c, "w2", CATALOG_ANY, &j), 0);
	CHECK_INT(catalog_jobs_list(c, &(struct catalog_jobs){ .limit = 10 }, &rows), 0);
	CHECK_INT(json_array_size(rows), 1);
	row = json_array_get(rows, 0);
	CHECK_STR(json_str(row, "place"), "host:host1");
	CHECK_INT(json_num(row, "reached", 7), 0);
	json_decref(rows);
	put(c, "w2", "host2", 1000, "host:host2,host:host1,store:far");     /* the same directory, it was told */
	CHECK_INT(lease(c, "w2", CATALOG_ANY, &j), 1);
	CHECK_STR(j.recording, id_of("demo", 1));
	stopped(c, "host1", "demo", 2);
	CHECK_INT(catalog_jobs_list(c, &(struct catalog_jobs){ .state = "queued", .limit = 10 }, &rows), 0);
	CHECK_INT(json_array_size(rows), 1);
	CHECK_INT(json_num(json_array_get(rows, 0), "reached", 7), 1);
	json_decref(rows);
	CHECK_INT(catalog_workers(c, &rows), 0);
	CHECK_INT(json_array_size(rows), 1);
	row = json_array_get(rows, 0);
	CHECK_STR(json_str(row, "id"), "w2");
	CHECK_INT(json_num(row, "jobs", 0), 1);
	CHECK_INT(json_array_size(json_object_get(row, "places")), 3);
	json_decref(rows);
	box_close(c);
}

/* The room the n-th leased job is of. */
static char next_room(struct catalog *c)
{
	struct catalog_job j;

	CHECK_INT(lease(c, "w", CATALOG_LATE, &j), 1);
	return j.recording[4];
}

/* A hundred jobs of one room do not make another room wait for a hundred. */
static void test_fair(void)
{
	struct catalog *c = box_open();
	char got[9] = "";

	put(c, "w", "host1", 1000000, "host:host1");
	for (int i = 0; i < 100; i++)
		stopped(c, "host1", "a", i);
	got[0] = next_room(c);
	got[1] = next_room(c);
	stopped(c, "host1", "b", 0);
	stopped(c, "host1", "b", 1);
	stopped(c, "host1", "c", 0);
	for (int i = 2; i < 8; i++)
		got[i] = next_room(c);
	CHECK_STR(got, "aaabcaba");
	box_close(c);
}

/* What is to go goes first. */
static void test_delete_first(void)
{
	struct catalog *c = box_open();
	struct catalog_job j;

	put(c, "w", "host1", 1000000, "host:host1");
	for (int i = 0; i < 10; i++)
		stopped(c, "host1", "a", i);
	CHECK_INT(catalog_recording_delete(c, id_of("a", 7)), 0);
	CHECK_INT(lease(c, "w", CATALOG_LATE, &j), 1);
	CHECK_STR(j.kind, "delete");
	CHECK_STR(j.recording, id_of("a", 7));
	box_close(c);
}

/* Live ones before late ones, and a job that waits for its call to end is a late one then. */
static void test_live_first(void)
{
	struct catalog *c = box_open();
	struct catalog_job j;

	put(c, "w", "host1", 1000000, "host:host1");
	stopped(c, "host1", "a", 1);
	running(c, "host1", "b", 1, NULL);
	running(c, "host1", "c", 1, NULL);
	CHECK_INT(lease(c, "w", CATALOG_ANY, &j), 1);
	CHECK_STR(j.recording, id_of("b", 1));
	CHECK_INT(catalog_recording_stop(c, id_of("c", 1), &(struct catalog_stop){ .stopped_ms = 9000, .flags = "[]" }), 0);
	CHECK_INT(lease(c, "w", CATALOG_LIVE, &j), 0);
	CHECK_INT(lease(c, "w", CATALOG_LATE, &j), 1);
	CHECK_STR(j.recording, id_of("a", 1));
	CHECK_INT(lease(c, "w", CATALOG_LATE, &j), 1);
	CHECK_STR(j.recording, id_of("c", 1));
	box_close(c);
}

/* Cores are given out once; the next job waits until there are enough, and nobody overtakes it. What is too large for all is made alone. */
static void test_capacity(void)
{
	static const char large[] = "[{\"width\":3840,\"height\":2160,\"fps\":60,\"video_codec\":\"vp9\"}]";
	struct catalog *c = box_open();
	struct catalog_job a, b, j;

	put(c, "w", "host1", 700, "host:host1");
	running(c, "host1", "a", 1, NULL);
	running(c, "host1", "b", 1, NULL);
	running(c, "host1", "c", 1, NULL);
	CHECK_INT(lease(c, "w", CATALOG_LIVE, &a), 1);
	CHECK_INT(lease(c, "w", CATALOG_LIVE, &b), 1);
	CHECK_INT(lease(c, "w", CATALOG_LIVE, &j), 0);
	put(c, "other", "host1", 700, "host:host1");
	CHECK_INT(lease(c, "other", CATALOG_LIVE, &j), 1);         /* has cores of its own */
	stopped(c, "host1", "d", 1);
	CHECK_INT(lease(c, "w", CATALOG_LATE, &j), 1);             /* one late job there always may be */
	running(c, "host1", "e", 1, large);
	running(c, "host1", "f", 1, NULL);
	CHECK_INT(catalog_job_give(c, a.id, "w"), 0);
	CHECK_INT(lease(c, "w", CATALOG_LIVE, &j), 0);             /* used up by the late one; nor is there anything behind it for us */
	put(c, "third", "host1", 100, "host:host1");
	CHECK_INT(lease(c, "third", CATALOG_LIVE, &j), 1);
	CHECK_INT(lease(c, "third", CATALOG_LIVE, &j), 0);
	box_close(c);
}

static void test_cost(void)
{
	int usual = job_cost(NULL, 3);

	CHECK(usual >= 300 && usual <= 400);
	CHECK_INT(job_cost("{}", 3), usual);
	CHECK_INT(job_cost("not json", 3), usual);
	CHECK(job_cost(NULL, 30) > 3 * usual);
	CHECK(job_cost("{\"width\":1920,\"height\":1080}", 3) > usual);
	CHECK(job_cost("{\"video_codec\":\"av1\"}", 3) > 2 * usual);
	CHECK(job_cost("{\"format\":\"mp4\"}", 3) > usual);
	CHECK(job_cost("{\"format\":\"opus\"}", 3) < 100);
	CHECK(job_cost("{\"width\":7680,\"height\":4320,\"fps\":120,\"video_codec\":\"av1\"}", 1000000) <= 64000);
	CHECK(job_cost("{\"width\":-5,\"fps\":0}", -1) > 0);
}

/* ---- what is left over ---- */

static void test_dead_letters(void)
{
	struct catalog *c = box_open();
	struct catalog_jobs failed = { .state = "failed", .limit = 10 };
	struct catalog_job j;
	json_t *rows;

	box_stopped(c, REC);
	CHECK_INT(take_job(c, "w", &j), 1);
	CHECK_INT(catalog_job_again(c, j.id), -EPROTO);
	CHECK_INT(catalog_job_again(c, j.id + 7), -ENOENT);
	CHECK_INT(catalog_job_failed(c, j.id, "w", "There is no such codec.", 0, 3, true), 0);
	CHECK_INT(catalog_jobs_list(c, &failed, &rows), 0);
	CHECK_INT(json_array_size(rows), 1);
	CHECK_INT(json_num(json_array_get(rows, 0), "job", 0), j.id);
	CHECK_STR(json_str(json_array_get(rows, 0), "reason"), "There is no such codec.");
	json_decref(rows);
	CHECK_INT(catalog_job_again(c, j.id), 0);
	CHECK_INT(catalog_job_again(c, j.id), -EPROTO);            /* once is enough */
	box_states(c, REC, "queued/queued");
	box_status(c, REC, "processing");
	CHECK_INT(catalog_jobs_list(c, &failed, &rows), 0);
	CHECK_INT(json_array_size(rows), 0);
	json_decref(rows);
	CHECK_INT(take_job(c, "w", &j), 1);
	CHECK_INT(catalog_job_done(c, j.id, "w", &result), 0);
	box_status(c, REC, "completed");
	box_close(c);
}

/* A retry is due at a time, which a worker can wait for. */
static void test_due(void)
{
	struct catalog *c = box_open();
	struct catalog_job j;
	int64_t in_ms = 0;

	box_stopped(c, REC);
	CHECK_INT(catalog_job_due(c, &in_ms), 0);
	CHECK_INT(in_ms, -1);
	CHECK_INT(take_job(c, "w", &j), 1);
	CHECK_INT(catalog_job_failed(c, j.id, "w", "x", 100000, 3, false), 0);
	CHECK_INT(catalog_job_due(c, &in_ms), 0);
	CHECK(in_ms > 50000 && in_ms <= 100000);
	box_close(c);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_dies), TEST(test_ring), TEST(test_done_before_burial), TEST(test_gone), TEST(test_fresh), TEST(test_places), TEST(test_fair),
		TEST(test_delete_first), TEST(test_live_first), TEST(test_capacity), TEST(test_cost), TEST(test_dead_letters), TEST(test_due),
	};

	return box_main(tests, G_N_ELEMENTS(tests), argc, argv);
}
