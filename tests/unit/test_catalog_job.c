/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Jobs of the catalog: leases and their end, retries, deleting, many workers at once.
 */
#include "common/catalog_job.c"
#include "catalog_box.h"

#define REC "rec_demo_1_aaaaaa"

static const struct catalog_file files[] = {
	{ "media", "output.webm", "video/webm", "aa", 1234 }, { "metadata", "metadata.json", "application/json", "bb", 56 },
	{ "thumbnail", "thumbnail.jpg", "image/jpeg", NULL, 78 },
};
static const struct catalog_result result = { .path = REC "/output.webm", .mime = "video/webm", .size = 1234, .duration_ms = 1900, .files = files,
					      .nfiles = G_N_ELEMENTS(files), .spec = "{\"fps\":30}" };

static struct catalog_job take(struct catalog *c, const char *worker)
{
	struct catalog_job j = { 0 };

	CHECK_INT(take_job(c, worker, &j), 1);
	return j;
}

static void nothing_to_do(struct catalog *c)
{
	struct catalog_job j;

	CHECK_INT(take_job(c, "idle", &j), 0);
}

/* Type, seq and reason of the last event */
static void last_event(struct catalog *c, const char *type, int64_t seq, const char *member, const char *value)
{
	int64_t row = 0;
	json_t *rows = NULL, *e;

	CHECK_INT(catalog_event_last(c, &row), 0);
	CHECK_INT(catalog_event_since(c, row - 1, 1, &rows), 0);
	e = json_array_get(rows, 0);
	CHECK_STR(json_str(e, "type"), type);
	CHECK_STR(json_str(e, "origin"), "worker");
	CHECK_INT(json_num(e, "seq", 0), seq);
	CHECK_STR(json_str(json_object_get(e, "payload"), "recordingId"), REC);
	CHECK_STR(json_str(json_object_get(e, "payload"), member), value);
	json_decref(rows);
}

static void test_done(void)
{
	struct catalog *c = box_open();
	struct catalog_job j;
	json_t *o, *output;

	nothing_to_do(c);
	box_stopped(c, REC);
	j = take(c, "w1");
	CHECK_STR(j.kind, "compose");
	CHECK_STR(j.recording, REC);
	CHECK_INT(j.output, 1);
	CHECK_INT(j.attempts, 1);
	nothing_to_do(c);
	box_states(c, REC, "running/running");
	CHECK_INT(catalog_job_done(c, j.id, "w2", &result), -EPROTO);
	CHECK_INT(catalog_job_deleted(c, j.id, "w1"), -EPROTO);
	box_status(c, REC, "processing");
	CHECK_INT(catalog_job_done(c, j.id, "w1", &result), 0);
	CHECK_INT(catalog_job_done(c, j.id, "w1", &result), -EPROTO);
	box_status(c, REC, "completed");
	box_states(c, REC, "done/done");
	last_event(c, "recordingcompleted", 1, "outputPath", REC "/output.webm");
	last_event(c, "recordingcompleted", 1, "chainHash", "ab");
	CHECK_INT(catalog_recording_get(c, REC, &o), 0);
	output = json_array_get(json_object_get(o, "outputs"), 0);
	CHECK_STR(json_str(output, "path"), REC "/output.webm");
	CHECK_STR(json_str(output, "mime"), "video/webm");
	CHECK_INT(json_num(output, "size", 0), 1234);
	CHECK_INT(json_num(json_object_get(output, "spec"), "fps", 0), 30);
	CHECK_INT(json_array_size(json_object_get(output, "files")), 3);
	CHECK_STR(json_str(json_array_get(json_object_get(output, "files"), 2), "name"), "thumbnail.jpg");
	CHECK_INT(json_num(json_object_get(o, "job"), "percent", 0), 100);
	json_decref(o);
	nothing_to_do(c);
	box_close(c);
}

static void test_progress(void)
{
	struct catalog *c = box_open();
	struct catalog_job j;
	json_t *rows, *row;

	box_stopped(c, REC);
	j = take(c, "w1");
	CHECK_INT(catalog_job_progress(c, j.id, "w2", &(struct catalog_progress){ "read", 1, 2, 0 }), -EPROTO);
	CHECK_INT(catalog_job_progress(c, j.id, "w1", &(struct catalog_progress){ "mix", 142, 3000, 0 }), 0);
	CHECK_INT(catalog_job_progress(c, j.id + 1, "w1", &(struct catalog_progress){ "mix", 42, 3000, 0 }), -EPROTO);
	CHECK_INT(catalog_jobs_running(c, &rows), 0);
	CHECK_INT(json_array_size(rows), 1);
	row = json_array_get(rows, 0);
	CHECK_STR(json_str(row, "recording"), REC);
	CHECK_STR(json_str(row, "room"), "demo");
	CHECK_STR(json_str(row, "kind"), "compose");
	CHECK_STR(json_str(row, "stage"), "mix");
	CHECK_STR(json_str(row, "worker"), "w1");
	CHECK_INT(json_num(row, "percent", 0), 100);
	CHECK_INT(json_num(row, "eta_ms", 0), 3000);
	CHECK_INT(json_num(row, "output", 0), 1);
	json_decref(rows);
	box_close(c);
}

static void test_failed(void)
{
	struct catalog *c = box_open();
	struct catalog_job j;
	json_t *o;

	box_stopped(c, REC);
	j = take(c, "w");
	CHECK_INT(catalog_job_failed(c, j.id, "w", "composer died", 1000000, 2, false), 0);
	box_states(c, REC, "retrying/retrying");
	box_status(c, REC, "processing");
	nothing_to_do(c);                                      /* its time has not come */
	CHECK(db_exec(c->db, "UPDATE jobs SET not_before_ms = 0", "") == 1);
	j = take(c, "w");
	CHECK_INT(j.attempts, 2);
	CHECK_INT(catalog_job_failed(c, j.id, "w", "disk full", 1000000, 2, false), 0);
	box_states(c, REC, "failed/failed");
	last_event(c, "recordingfailed", 1, "reason", "disk full");
	CHECK_INT(catalog_recording_get(c, REC, &o), 0);
	CHECK_STR(json_str(o, "status"), "failed");
	CHECK_STR(json_str(o, "reason"), "disk full");
	CHECK_STR(json_str(json_array_get(json_object_get(o, "outputs"), 0), "reason"), "disk full");
	json_decref(o);
	nothing_to_do(c);
	CHECK_INT(catalog_recording_delete(c, REC), 0);
	box_close(c);
}

static void test_failed_final(void)
{
	struct catalog *c = box_open();
	struct catalog_job j;

	box_stopped(c, REC);
	j = take(c, "w");
	CHECK_INT(catalog_job_failed(c, j.id, "w", "bad chunk", 0, 9, true), 0);
	box_states(c, REC, "failed/failed");
	box_status(c, REC, "failed");
	box_close(c);
}

/* While it records there is nothing to delete; afterwards once is enough. */
static void test_delete(void)
{
	struct catalog *c = box_open();
	struct catalog_filter f = { .page_size = 10 };
	struct catalog_job j;
	char next[128];
	json_t *rows;

	CHECK_INT(catalog_recording_delete(c, REC), -ENOENT);
	box_recording(c, REC, "demo", 1000);
	CHECK_INT(catalog_recording_delete(c, REC), -EPROTO);
	CHECK_INT(catalog_recording_status(c, REC, "recording", NULL), 0);
	CHECK_INT(catalog_recording_delete(c, REC), -EPROTO);
	box_stopped(c, REC);
	j = take(c, "w1");
	CHECK_INT(catalog_recording_delete(c, REC), 0);
	CHECK_INT(catalog_recording_delete(c, REC), 0);
	box_status(c, REC, "deleting");
	CHECK_INT(catalog_job_check(c, j.id, "w1"), -EPROTO);
	CHECK_INT(catalog_job_progress(c, j.id, "w1", &(struct catalog_progress){ "mix", 1, 1, 0 }), -EPROTO);
	CHECK_INT(catalog_job_done(c, j.id, "w1", &result), -EPROTO);          /* finished too late: nothing reappears */
	CHECK_INT(catalog_job_failed(c, j.id, "w1", "x", 0, 1, true), -EPROTO);
	box_status(c, REC, "deleting");
	box_states(c, REC, "queued/cancelled");
	j = take(c, "w2");
	CHECK_STR(j.kind, "delete");
	CHECK_INT(j.output, 0);
	nothing_to_do(c);
	CHECK_INT(catalog_job_done(c, j.id, "w2", &result), -EPROTO);
	CHECK_INT(catalog_job_failed(c, j.id, "w2", "busy", 0, 1, true), 0);     /* never given up */
	box_states(c, REC, "retrying/cancelled");
	j = take(c, "w2");
	CHECK_INT(catalog_job_deleted(c, j.id, "w2"), 0);
	box_status(c, REC, "deleted");
	last_event(c, "recordingdeleted", 1, "reason", "request");
	CHECK_INT(catalog_recording_delete(c, REC), 0);
	CHECK_INT(catalog_recording_list(c, &f, &rows, next), 0);
	CHECK_INT(json_array_size(rows), 0);
	json_decref(rows);
	nothing_to_do(c);
	box_close(c);
}

static void test_delete_completed(void)
{
	struct catalog *c = box_open();
	struct catalog_job j;
	json_t *o;

	box_stopped(c, REC);
	j = take(c, "w");
	CHECK_INT(catalog_job_done(c, j.id, "w", &result), 0);
	CHECK_INT(catalog_recording_delete(c, REC), 0);
	j = take(c, "w");
	CHECK_INT(catalog_job_deleted(c, j.id, "w"), 0);
	CHECK_INT(catalog_recording_get(c, REC, &o), 0);
	CHECK_INT(json_array_size(json_object_get(json_array_get(json_object_get(o, "outputs"), 0), "files")), 0);
	json_decref(o);
	last_event(c, "recordingdeleted", 2, "reason", "request");
	box_close(c);
}

enum { WORKERS = 4, JOBS = 60 };

/* A worker with a connection of its own takes jobs until none is left; `seen` counts how often each was done. */
struct hand {
	int number, failed;
	int *seen;
};

static void *work(void *arg)
{
	struct hand *h = arg;
	struct catalog *c = NULL;
	struct catalog_job j;
	char name[16];
	int got;

	snprintf(name, sizeof(name), "w%d", h->number);
	if (catalog_open(&c, box_path)) {
		h->failed++;
		return NULL;
	}
	while ((got = take_job(c, name, &j)) > 0) {
		__atomic_fetch_add(&h->seen[atoi(j.recording + strlen("rec_demo_"))], 1, __ATOMIC_RELAXED);
		h->failed += catalog_job_progress(c, j.id, name, &(struct catalog_progress){ "mix", 50, 0, 0 }) != 0;
		h->failed += catalog_job_done(c, j.id, name, &(struct catalog_result){ .path = "p", .mime = "m", .spec = "{}" }) != 0;
	}
	h->failed += got != 0;
	catalog_close(&c);
	return NULL;
}

static void test_many_workers(void)
{
	struct catalog *c = box_open();
	struct hand hands[WORKERS] = { 0 };
	int seen[JOBS] = { 0 };
	pthread_t t[WORKERS];
	json_t *rows;

	for (int i = 0; i < JOBS; i++) {
		char id[64];

		snprintf(id, sizeof(id), "rec_demo_%d_aaaaaa", i);
		box_stopped(c, id);
	}
	for (int i = 0; i < WORKERS; i++) {
		hands[i] = (struct hand){ .number = i, .seen = seen };
		CHECK_INT(thread_start(&t[i], "worker", work, &hands[i]), 0);
	}
	for (int i = 0; i < WORKERS; i++) {
		pthread_join(t[i], NULL);
		CHECK_INT(hands[i].failed, 0);
	}
	for (int i = 0; i < JOBS; i++)
		CHECK_INT(seen[i], 1);
	CHECK_INT(catalog_event_since(c, 0, 1000, &rows), 0);
	CHECK_INT(json_array_size(rows), JOBS);
	json_decref(rows);
	box_close(c);
}

/* One connection, many threads: its lock keeps their transactions apart; and numbers are given out once. */
struct writer {
	struct catalog *c;
	int failed;
};

static void *add_events(void *arg)
{
	struct writer *w = arg;
	json_t *payload = json_object();

	for (int i = 0; i < 50; i++)
		w->failed += catalog_event_insert(w->c, REC, 0, "recordingpaused", payload, "plugin") != 0;
	json_decref(payload);
	return NULL;
}

static void test_event_numbers(void)
{
	struct catalog *c = box_open(), *other = box_open();
	struct writer w[4] = { { c, 0 }, { c, 0 }, { other, 0 }, { other, 0 } };
	pthread_t t[4];
	json_t *rows, *row;
	size_t i;

	box_recording(c, REC, "demo", 1000);
	for (i = 0; i < 4; i++)
		CHECK_INT(thread_start(&t[i], "writer", add_events, &w[i]), 0);
	for (i = 0; i < 4; i++) {
		pthread_join(t[i], NULL);
		CHECK_INT(w[i].failed, 0);
	}
	CHECK_INT(catalog_event_since(c, 0, 1000, &rows), 0);
	CHECK_INT(json_array_size(rows), 200);
	json_array_foreach(rows, i, row)
		CHECK_INT(json_num(row, "seq", 0), (long long)i + 1);
	json_decref(rows);
	catalog_close(&other);
	box_close(c);
}

/* An engine whose n-th step, begin or commit fails. */
static struct db_engine faulty;
static const struct db_engine *sound;
static int fail_in;

static int faulty_step(struct db *db, struct db_stmt *q)
{
	return --fail_in == 0 ? -EIO : sound->step(db, q);
}

static int faulty_begin(struct db *db, bool write)
{
	return --fail_in == 0 ? -EIO : sound->begin(db, write);
}

static int faulty_commit(struct db *db)
{
	return --fail_in == 0 ? -EIO : sound->commit(db);
}

static char *all_there_is(struct catalog *c)
{
	json_t *o = NULL, *events = NULL;
	char *text;

	CHECK_INT(catalog_recording_get(c, REC, &o), 0);
	CHECK_INT(catalog_event_since(c, 0, 100, &events), 0);
	json_object_set_new(o, "events", events);
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return text;
}

static int sweep_stop(struct catalog *c)
{
	return catalog_recording_stop(c, REC, &(struct catalog_stop){ .stopped_ms = 9000, .duration_ms = 1900 });
}

static int64_t leased;         /* numbers that a failed transaction took are gone in PostgreSQL */

static int sweep_lease(struct catalog *c)
{
	struct catalog_job j;
	int err = take_job(c, "w", &j);

	if (err == 1)
		leased = j.id;
	return err == 1 ? 0 : err;
}

static int sweep_failed(struct catalog *c)
{
	return catalog_job_failed(c, leased, "w", "x", 0, 9, false);
}

static int sweep_done(struct catalog *c)
{
	return catalog_job_done(c, leased, "w", &result);
}

static int sweep_delete(struct catalog *c)
{
	return catalog_recording_delete(c, REC);
}

static int sweep_deleted(struct catalog *c)
{
	return catalog_job_deleted(c, leased, "w");
}

/* Whatever statement fails, a change is made whole or not at all. */
static void test_sweep(void)
{
	static int (*const changes[])(struct catalog *c) = {
		sweep_stop, sweep_lease, sweep_failed, sweep_lease, sweep_done, sweep_delete, sweep_lease, sweep_deleted,
	};
	struct catalog *c = box_open();

	sound = c->db->engine;
	faulty = *sound;
	faulty.step = faulty_step;
	faulty.begin = faulty_begin;
	faulty.commit = faulty_commit;
	box_recording(c, REC, "demo", 1000);
	for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
		char *before = all_there_is(c), *after;
		int err = -EIO;

		for (int n = 1; err; n++) {
			CHECK(n < 50);
			fail_in = n;
			c->db->engine = &faulty;
			err = changes[i](c);
			c->db->engine = sound;
			after = all_there_is(c);
			CHECK_INT(err, err ? -EIO : 0);
			CHECK_INT(!strcmp(before, after), err != 0);
			free(after);
		}
		free(before);
	}
	box_status(c, REC, "deleted");
	box_close(c);
}

/* ---- while the recording runs ---- */

static void begin_live(struct catalog *c)
{
	box_recording(c, REC, "demo", 1000);
	CHECK_INT(catalog_compose_live(c, "rec_demo_2_aaaaaa"), 0);     /* not known: nothing */
	CHECK_INT(catalog_recording_status(c, REC, "recording", NULL), 0);
	CHECK_INT(catalog_compose_live(c, REC), 0);
	CHECK_INT(catalog_compose_live(c, REC), 0);
}

static void stop_now(struct catalog *c)
{
	struct catalog_stop s = { .stopped_ms = 9000, .duration_ms = 1900, .elapsed_ms = 2000, .flags = "[]", .reason = "host", .chain_hash = "ab" };

	CHECK_INT(catalog_recording_stop(c, REC, &s), 0);
	CHECK_INT(catalog_recording_stop(c, REC, &s), 0);
}

/* One job, from the beginning to the end, and it ends when the recording has. */
static void test_live(void)
{
	struct catalog *c = box_open();
	struct catalog_job j, other;

	begin_live(c);
	CHECK_INT(take_which(c, "late", CATALOG_LATE, &j), 0);
	CHECK_INT(take_which(c, "w", CATALOG_LIVE, &j), 1);
	CHECK_INT(catalog_recording_status(c, REC, "paused", NULL), 0);
	CHECK_INT(catalog_job_done(c, j.id, "w", &result), -EAGAIN);
	box_states(c, REC, "running/running");
	stop_now(c);
	CHECK_INT(take_job(c, "other", &other), 0);
	CHECK_INT(catalog_job_done(c, j.id, "w", &result), 0);
	box_status(c, REC, "completed");
	last_event(c, "recordingcompleted", 1, "chainHash", "ab");
	box_close(c);
}

/* No failure gives up a recording that runs; its stop gives the job new attempts, of a runner for late ones. */
static void test_live_failed(void)
{
	struct catalog *c = box_open();
	struct catalog_job j;

	begin_live(c);
	CHECK_INT(take_which(c, "w", CATALOG_LIVE, &j), 1);
	CHECK_INT(catalog_job_failed(c, j.id, "w", "broken", 0, 3, true), 0);
	box_states(c, REC, "retrying/retrying");
	box_status(c, REC, "recording");
	nothing_to_do(c);
	stop_now(c);
	CHECK_INT(take_which(c, "w", CATALOG_LIVE, &j), 0);
	CHECK_INT(take_which(c, "late", CATALOG_LATE, &j), 1);
	CHECK_INT(j.attempts, 1);
	CHECK_INT(catalog_job_failed(c, j.id, "late", "broken", 0, 3, true), 0);
	box_status(c, REC, "failed");
	box_close(c);
}

/* A recording that fails takes its job with it. */
static void test_live_recording_failed(void)
{
	struct catalog *c = box_open();
	struct catalog_job j;

	begin_live(c);
	CHECK_INT(take_which(c, "w", CATALOG_LIVE, &j), 1);
	CHECK_INT(catalog_recording_status(c, REC, "failed", "missing"), 0);
	box_states(c, REC, "cancelled/cancelled");
	CHECK_INT(catalog_job_check(c, j.id, "w"), -EPROTO);
	box_close(c);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_done), TEST(test_progress), TEST(test_failed), TEST(test_failed_final),
		TEST(test_delete), TEST(test_delete_completed), TEST(test_many_workers), TEST(test_event_numbers),
		TEST(test_sweep), TEST(test_live), TEST(test_live_failed), TEST(test_live_recording_failed),
	};

	return box_main(tests, G_N_ELEMENTS(tests), argc, argv);
}
