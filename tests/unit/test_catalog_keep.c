/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Hold and retention: what is refused while a recording is held, and what happens to one when its time is over. Times are moved, not waited for. On both engines.
 */
#include "common/catalog_keep.c"
#include "common/catalog_host.h"
#include "catalog_box.h"

#define REC "rec_demo_1_aaaaaa"
#define DAY 86400000LL

/* Recorded in a room with these days, stopped and mixed */
static struct catalog *completed(int outputs_days, int chunks_days)
{
	struct catalog_new_recording r = { .id = REC, .room = "demo", .call_id = "call_demo_1_aaaaaa", .host_id = "host1", .title = "Hi", .layout = "grid",
					   .started_ms = 1000, .keep_outputs_days = outputs_days, .keep_chunks_days = chunks_days };
	struct catalog_stop s = { .stopped_ms = 9000, .duration_ms = 1900, .elapsed_ms = 2000, .bytes = 5, .tracks = 2, .chain_hash = "ab", .reason = "host" };
	struct catalog *c = box_open();

	CHECK_INT(catalog_call_open(c, r.call_id, "demo", "host1", 500), 0);
	CHECK_INT(catalog_participant_put(c, r.call_id, "user1", "ann@example.org", "Ann", "host", 1000, 0), 0);
	CHECK_INT(catalog_recording_insert(c, &r), 0);
	CHECK_INT(catalog_recording_status(c, REC, "recording", NULL), 0);
	CHECK_INT(catalog_recording_stop(c, REC, &s), 0);
	CHECK_INT(finish_recording(c, REC, REC "/output.webm", 10, "aa"), 0);
	return c;
}

static int64_t column(struct catalog *c, const char *name)
{
	json_t *r = NULL;
	int64_t n;

	CHECK_INT(catalog_recording_get(c, REC, &r), 0);
	n = json_num(r, name, 0);
	json_decref(r);
	return n;
}

static bool has_flag(struct catalog *c, const char *flag)
{
	json_t *r = NULL, *f;
	bool found = false;
	size_t i;

	CHECK_INT(catalog_recording_get(c, REC, &r), 0);
	json_array_foreach(json_object_get(r, "flags"), i, f)
		found = found || !strcmp(json_string_value(f), flag);
	json_decref(r);
	return found;
}

static struct catalog_sweep sweep(struct catalog *c)
{
	struct catalog_sweep s = { .lost_ms = 86400000 };

	CHECK_INT(catalog_sweep(c, &s), 0);
	return s;
}

/* As if so much time had gone by since it ended */
static void pass(struct catalog *c, int64_t ms)
{
	char *text = g_strdup_printf("UPDATE recordings SET keep_until_ms = keep_until_ms - %lld, chunks_until_ms = chunks_until_ms - %lld,"
				     " expiring_ms = expiring_ms - %lld", (long long)ms, (long long)ms, (long long)ms);

	(void)c;
	box_sql(text);
	g_free(text);
}

/* The newest event: its type; *payload is the caller's, or NULL. */
static void last_event(struct catalog *c, const char *type, json_t **payload)
{
	json_t *rows = NULL, *last;
	int64_t seq;

	CHECK_INT(catalog_event_of(c, REC, 0, 100, &rows, &seq), 0);
	last = json_array_get(rows, json_array_size(rows) - 1);
	CHECK_STR(json_str(last, "type"), type);
	if (payload)
		*payload = json_incref(json_object_get(last, "payload"));
	json_decref(rows);
}

static void test_hold(void)
{
	struct catalog *c = completed(0, 0);
	struct catalog_job j;

	CHECK_INT(catalog_hold(c, "rec_demo_2_aaaaaa", true, NULL), -ENOENT);
	CHECK_INT(catalog_hold(c, REC, true, "Case 4711"), 0);
	CHECK_INT(catalog_hold(c, REC, true, "Case 4712"), 0);
	CHECK_INT(column(c, "held"), 1);
	CHECK(has_flag(c, "held"));
	CHECK_INT(catalog_recording_delete(c, REC), -EPERM);
	CHECK_INT(catalog_erase(c, REC, "user1", NULL, &j), -EPERM);
	CHECK_INT(catalog_output_add(c, &(struct catalog_new_output){ .recording = REC, .spec = "{}" }, &j), 0);
	box_status(c, REC, "completed");
	CHECK_INT(catalog_hold(c, REC, false, NULL), 0);
	CHECK(!has_flag(c, "held"));
	CHECK_INT(catalog_recording_delete(c, REC), 0);
	CHECK_INT(catalog_hold(c, REC, true, NULL), -EPROTO);
	CHECK_INT(catalog_recording_delete(c, REC), 0);
	box_close(c);
}

/* The days count from the end on; of one that failed the originals stay with the rest. */
static void test_days(void)
{
	struct catalog *c = completed(30, 7);
	int64_t now_ms = g_get_real_time() / 1000;
	struct catalog_job j;

	CHECK(llabs(column(c, "keep_until_ms") - now_ms - 30 * DAY) < 600000);
	CHECK(llabs(column(c, "chunks_until_ms") - now_ms - 7 * DAY) < 600000);
	box_close(c);
	c = completed(0, 0);
	CHECK_INT(column(c, "keep_until_ms") + column(c, "chunks_until_ms"), 0);
	box_close(c);
	c = box_open();
	box_stopped(c, REC);
	box_sql("UPDATE recordings SET keep_outputs_days = 30, keep_chunks_days = 7");
	CHECK_INT(take_job(c, "w", &j), 1);
	CHECK_INT(catalog_job_failed(c, j.id, "w", "broken", 0, 1, true), 0);
	box_status(c, REC, "failed");
	CHECK(column(c, "keep_until_ms") > now_ms);
	CHECK_INT(column(c, "chunks_until_ms"), 0);
	box_close(c);
}

static void test_kept_by_hand(void)
{
	struct catalog *c = completed(30, 7);

	CHECK_INT(catalog_keep(c, REC, &(struct catalog_keep){ .outputs = true, .keep_until_ms = 4000000000000 }), 0);
	CHECK_INT(column(c, "keep_until_ms"), 4000000000000);
	CHECK(column(c, "chunks_until_ms") > 0);
	CHECK_INT(catalog_keep(c, REC, &(struct catalog_keep){ .outputs = true, .chunks = true }), 0);
	CHECK_INT(column(c, "keep_until_ms") + column(c, "chunks_until_ms"), 0);
	CHECK_INT(catalog_keep(c, "rec_demo_2_aaaaaa", &(struct catalog_keep){ .outputs = true }), -ENOENT);
	box_close(c);
}

/* Told a day before, once; deleted when a day has passed since, and its time. */
static void test_expires(void)
{
	struct catalog *c = completed(30, 0);
	int64_t until_ms = column(c, "keep_until_ms");
	struct catalog_job j;
	json_t *said;

	CHECK_INT(sweep(c).expiring, 0);
	pass(c, 28 * DAY);
	CHECK_INT(sweep(c).expiring, 0);
	pass(c, 1 * DAY + 60000);
	CHECK_INT(sweep(c).expiring, 1);
	last_event(c, "recordingexpiring", &said);
	CHECK(json_num(said, "at", 0) >= until_ms - 29 * DAY - 60000);
	json_decref(said);
	CHECK_INT(sweep(c).expiring, 0);
	pass(c, DAY / 2);
	CHECK_INT(sweep(c).expired, 0);
	box_status(c, REC, "completed");
	pass(c, DAY / 2);
	CHECK_INT(sweep(c).expired, 1);
	box_status(c, REC, "deleting");
	CHECK_INT(take_job(c, "w", &j), 1);
	CHECK_STR(j.kind, "delete");
	CHECK_INT(catalog_job_deleted(c, j.id, "w"), 0);
	last_event(c, "recordingdeleted", &said);
	CHECK_STR(json_str(said, "reason"), "expired");
	json_decref(said);
	box_close(c);
}

/* Nobody looked for a year: it is told, and there is a day left to do something about it. */
static void test_expires_late(void)
{
	struct catalog *c = completed(1, 0);
	struct catalog_sweep s;
	json_t *said;

	pass(c, 365 * DAY);
	s = sweep(c);
	CHECK_INT(s.expiring, 1);
	CHECK_INT(s.expired, 0);
	last_event(c, "recordingexpiring", &said);
	CHECK(json_num(said, "at", 0) > g_get_real_time() / 1000);
	json_decref(said);
	CHECK_INT(catalog_keep(c, REC, &(struct catalog_keep){ .outputs = true, .keep_until_ms = 1 }), 0);      /* told anew */
	CHECK_INT(sweep(c).expiring, 1);
	CHECK_INT(catalog_hold(c, REC, true, NULL), 0);
	pass(c, 2 * DAY);
	CHECK_INT(sweep(c).expired, 0);
	CHECK_INT(catalog_hold(c, REC, false, NULL), 0);
	CHECK_INT(sweep(c).expired, 1);
	box_close(c);
}

static int open_jobs(struct catalog *c)
{
	json_t *rows = NULL;
	int n;

	CHECK_INT(catalog_jobs_list(c, &(struct catalog_jobs){ .limit = 100 }, &rows), 0);
	n = (int)json_array_size(rows);
	json_decref(rows);
	return n;
}

static void test_originals_expire(void)
{
	struct catalog *c = completed(0, 7);
	struct catalog_usage u;
	struct catalog_job j;

	CHECK_INT(sweep(c).expired, 0);
	pass(c, 8 * DAY);
	CHECK_INT(catalog_hold(c, REC, true, NULL), 0);
	CHECK_INT(sweep(c).expired, 0);
	CHECK_INT(catalog_hold(c, REC, false, NULL), 0);
	CHECK_INT(sweep(c).expired, 1);
	CHECK_INT(sweep(c).expired, 0);
	CHECK_INT(take_job(c, "w", &j), 1);
	CHECK_STR(j.kind, "expire");
	CHECK_INT(catalog_hold(c, REC, true, NULL), 0);                /* the order is taken back */
	CHECK_INT(catalog_job_check(c, j.id, "w"), -EPROTO);
	CHECK_INT(catalog_job_expired(c, j.id, "w"), -EPROTO);
	CHECK_INT(open_jobs(c), 0);
	CHECK_INT(catalog_hold(c, REC, false, NULL), 0);
	CHECK_INT(sweep(c).expired, 1);
	CHECK_INT(take_job(c, "w", &j), 1);
	CHECK_INT(catalog_room_usage(c, "demo", &u), 0);
	CHECK_INT(u.bytes, 5 + 10 + 2 + 3 + 3 + 5 + 60);
	CHECK_INT(catalog_job_expired(c, j.id, "w"), 0);
	CHECK(column(c, "chunks_gone_ms") > 0);
	box_status(c, REC, "completed");
	CHECK_INT(catalog_room_usage(c, "demo", &u), 0);
	CHECK_INT(u.bytes, 10 + 2 + 3 + 3 + 5 + 60);
	CHECK_INT(sweep(c).expired, 0);
	CHECK_INT(catalog_output_add(c, &(struct catalog_new_output){ .recording = REC, .spec = "{}" }, &j), -ENODATA);
	box_close(c);
}

/* Without its originals no primary output is made without somebody: the recording has failed. */
static void test_erased_without_originals(void)
{
	struct catalog *c = completed(0, 7);
	struct catalog_job j;

	pass(c, 8 * DAY);
	CHECK_INT(sweep(c).expired, 1);
	CHECK_INT(take_job(c, "w", &j), 1);
	CHECK_INT(catalog_job_expired(c, j.id, "w"), 0);
	CHECK_INT(catalog_erase(c, REC, "user1", NULL, &j), 0);
	CHECK_INT(take_job(c, "w", &j), 1);
	CHECK_STR(j.kind, "erase");
	CHECK_INT(catalog_job_erased(c, j.id, "w"), 0);
	CHECK_INT(open_jobs(c), 0);
	sweep(c);
	box_status(c, REC, "failed");
	box_close(c);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_hold), TEST(test_days), TEST(test_kept_by_hand), TEST(test_expires), TEST(test_expires_late),
					     TEST(test_originals_expire), TEST(test_erased_without_originals) };

	return box_main(tests, G_N_ELEMENTS(tests), argc, argv);
}
