/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Uploads in the catalog: no recording is completed without its copies, another store takes over, what is given up goes on when it is asked for.
 */
#include "common/catalog_upload.c"
#include "common/catalog_host.h"
#include "catalog_box.h"

#define REC "rec_demo_1_aaaaaa"

static const char *const stores[] = { "main", "far", NULL }, *const completing[] = { "main", "spare", NULL };
static const struct catalog_upload_rules rules = { .completing = completing, .fallback_ms = 600000, .give_up_ms = 3600000 };
static const struct catalog_file files[] = {
	{ "media", "output.webm", "video/webm", "aa", 1234 }, { "metadata", "metadata.json", "application/json", "bb", 56 },
};
static const struct catalog_result result = { .path = REC "/output.webm", .mime = "video/webm", .size = 1234, .duration_ms = 1900, .files = files,
					      .nfiles = G_N_ELEMENTS(files), .spec = "{}", .stores = stores };
static const struct catalog_file more[] = { { "media", "outputs/2-grid.webm", "video/webm", "cc", 99 } };
static const struct catalog_result second = { .path = REC "/outputs/2-grid.webm", .mime = "video/webm", .size = 99, .duration_ms = 1900, .files = more, .nfiles = 1,
					      .spec = "{}", .stores = stores };
static const struct catalog_copy copies[] = {
	{ .file = "output.webm", .key = "recordings/a.webm", .etag = "e1", .version = "v1", .sha256 = "aa", .size = 1234 },
	{ .file = "metadata.json", .key = "recordings/a.json", .etag = "e2", .size = 56 },
};
static const struct catalog_copy more_copies[] = { { .file = "outputs/2-grid.webm", .key = "recordings/a/outputs/2-grid.webm", .size = 99 } };

static struct catalog_job take(struct catalog *c, enum catalog_which which)
{
	struct catalog_job j = { 0 };

	CHECK_INT(take_which(c, "w", which, &j), 1);
	return j;
}

static struct catalog_job take_upload(struct catalog *c, const char *store)
{
	struct catalog_job j = take(c, CATALOG_TRANSFER);

	CHECK_STR(j.kind, "upload");
	CHECK_STR(j.about, store);
	return j;
}

static void nothing_to_send(struct catalog *c)
{
	struct catalog_job j;

	while (take_which(c, "w", CATALOG_TRANSFER, &j) == 1)
		CHECK(!job_is_upload(&j));
}

static void composed(struct catalog *c)
{
	box_stopped(c, REC);
	CHECK_INT(catalog_job_done(c, take(c, CATALOG_LATE).id, "w", &result), 0);
	box_status(c, REC, "uploading");
}

static int send(struct catalog *c, const struct catalog_job *j)
{
	return catalog_upload_done(c, j->id, "w", j->output == 1 ? copies : more_copies, j->output == 1 ? 2 : 1, &rules);
}

/* How many events there are, and the last one's member. */
static void last_event(struct catalog *c, int n, const char *type, const char *member, const char *value)
{
	json_t *rows = NULL, *e;
	int64_t last;

	CHECK_INT(catalog_event_of(c, REC, 0, 100, &rows, &last), 0);
	CHECK_INT(json_array_size(rows), n);
	e = json_array_get(rows, n - 1);
	CHECK_STR(json_str(e, "type"), type);
	CHECK_STR(json_str(json_object_get(e, "payload"), member), value);
	json_decref(rows);
}

/* Of each copy its store and state, in order. */
static void copy_states(struct catalog *c, const char *want)
{
	GString *got = g_string_new(NULL);
	json_t *rows = NULL, *row;
	size_t i;

	CHECK_INT(catalog_copies(c, REC, &rows), 0);
	json_array_foreach(rows, i, row)
		g_string_append_printf(got, "%s%s:%s", got->len ? " " : "", json_str(row, "store"), json_str(row, "state"));
	CHECK_STR(got->str, want);
	g_string_free(got, TRUE);
	json_decref(rows);
}

static void older(const char *what, int seconds)
{
	char *text = g_strdup_printf("UPDATE copies SET %s = %s - %d000", what, what, seconds);

	box_sql(text);
	g_free(text);
}

static void due_now(void)
{
	box_sql("UPDATE jobs SET not_before_ms = 0");
}

/* ---- done ---- */

static void test_completed(void)
{
	struct catalog *c = box_open();
	struct catalog_job j, mirror;
	json_t *o = NULL;

	composed(c);
	copy_states(c, "far:queued main:queued far:queued main:queued");
	j = take_upload(c, "main");
	box_states(c, REC, "running/done");
	CHECK_INT(catalog_upload_begin(c, j.id, "w", copies, 2), 0);
	copy_states(c, "far:queued main:uploading far:queued main:uploading");
	CHECK_INT(catalog_upload_begin(c, j.id, "other", copies, 2), -EPROTO);
	CHECK_INT(catalog_upload_done(c, j.id, "other", copies, 2, &rules), -EPROTO);
	CHECK_INT(catalog_upload_done(c, j.id, "w", copies, 1, &rules), -EINVAL);
	box_status(c, REC, "uploading");
	copy_states(c, "far:queued main:uploading far:queued main:uploading");
	CHECK_INT(send(c, &j), 0);
	CHECK_INT(send(c, &j), -EPROTO);
	box_status(c, REC, "completed");
	last_event(c, 1, "recordingcompleted", "outputPath", "recordings/a.webm");
	last_event(c, 1, "recordingcompleted", "chainHash", "ab");
	mirror = take_upload(c, "far");
	CHECK_INT(catalog_recording_get(c, REC, &o), 0);
	CHECK_STR(json_str(json_object_get(o, "job"), "kind"), "compose");     /* the mirror is nobody's progress */
	json_decref(o);
	CHECK_INT(send(c, &mirror), 0);
	copy_states(c, "far:verified main:verified far:verified main:verified");
	last_event(c, 1, "recordingcompleted", "outputPath", "recordings/a.webm");
	nothing_to_send(c);
	box_close(c);
}

static void test_mirror_first(void)
{
	struct catalog *c = box_open();
	struct catalog_job j, mirror;

	composed(c);
	j = take_upload(c, "main");
	mirror = take_upload(c, "far");
	CHECK_INT(send(c, &mirror), 0);
	box_status(c, REC, "uploading");
	CHECK_INT(send(c, &j), 0);
	box_status(c, REC, "completed");
	box_close(c);
}

static void test_further_output(void)
{
	struct catalog *c = box_open();
	struct catalog_new_output n = { .recording = REC, .spec = "{}", .at_least = 1 };
	struct catalog_job j, added;
	json_t *o = NULL;

	composed(c);
	j = take_upload(c, "main");
	CHECK_INT(send(c, &j), 0);
	j = take_upload(c, "far");
	CHECK_INT(send(c, &j), 0);
	CHECK_INT(catalog_output_add(c, &n, &added), 0);
	CHECK_INT(catalog_job_done(c, take(c, CATALOG_LATE).id, "w", &second), 0);
	CHECK_INT(catalog_output_cancel(c, REC, 2), -EPROTO);          /* it is made */
	box_status(c, REC, "completed");
	last_event(c, 1, "recordingcompleted", "outputPath", "recordings/a.webm");
	j = take_upload(c, "main");
	CHECK_INT(j.output, 2);
	CHECK_INT(catalog_recording_get(c, REC, &o), 0);
	CHECK_STR(json_str(json_array_get(json_object_get(o, "outputs"), 1), "reason"), "uploading");
	json_decref(o);
	CHECK_INT(send(c, &j), 0);
	last_event(c, 2, "outputcompleted", "outputPath", "recordings/a/outputs/2-grid.webm");
	j = take_upload(c, "far");
	CHECK_INT(send(c, &j), 0);
	last_event(c, 2, "outputcompleted", "outputPath", "recordings/a/outputs/2-grid.webm");
	box_close(c);
}

/* ---- failed ---- */

static int fail(struct catalog *c, const struct catalog_job *j, bool final)
{
	return catalog_upload_failed(c, j->id, "w", &(struct catalog_upload_failure){ "403 AccessDenied", 60000, final }, &rules);
}

static void test_retried(void)
{
	struct catalog *c = box_open();
	struct catalog_job j;
	json_t *o = NULL;
	int64_t in_ms;

	composed(c);
	j = take_upload(c, "main");
	CHECK_INT(fail(c, &j, false), 0);
	box_status(c, REC, "uploading");
	box_states(c, REC, "retrying/done");
	CHECK_INT(catalog_recording_get(c, REC, &o), 0);
	CHECK_STR(json_str(json_object_get(o, "job"), "reason"), "403 AccessDenied");
	json_decref(o);
	CHECK_INT(catalog_job_due(c, &in_ms), 0);
	CHECK(in_ms > 30000 && in_ms <= 60000);
	older("changed_ms", 590);
	due_now();
	CHECK_INT(fail(c, &(struct catalog_job){ .id = take_upload(c, "main").id }, false), 0);
	CHECK_INT(catalog_job_due(c, &in_ms), 0);
	CHECK(in_ms > 0 && in_ms <= 10000);    /* not beyond the time when the other is asked */
	for (int i = 0; i < CATALOG_LOST_MAX + 2; i++) {        /* workers that die never end it */
		due_now();
		j = take_upload(c, "main");
		CHECK_INT(catalog_worker_gone(c, "w"), 1);
	}
	box_status(c, REC, "uploading");
	CHECK_INT(send(c, &(struct catalog_job){ .id = take_upload(c, "main").id, .output = 1 }), 0);
	box_status(c, REC, "completed");
	box_close(c);
}

static void test_fallback(void)
{
	struct catalog *c = box_open();
	struct catalog_job j, spare;

	composed(c);
	j = take_upload(c, "main");
	older("changed_ms", 601);
	CHECK_INT(fail(c, &j, false), 0);
	take_upload(c, "far");
	spare = take_upload(c, "spare");
	copy_states(c, "far:queued main:queued spare:queued far:queued main:queued spare:queued");
	due_now();
	j = take_upload(c, "main");
	CHECK_INT(fail(c, &j, false), 0);
	nothing_to_send(c);             /* once is enough */
	CHECK_INT(send(c, &spare), 0);
	box_status(c, REC, "completed");
	due_now();
	j = take_upload(c, "main");
	CHECK_INT(send(c, &j), 0);
	last_event(c, 1, "recordingcompleted", "outputPath", "recordings/a.webm");
	copy_states(c, "far:queued main:verified spare:verified far:queued main:verified spare:verified");
	box_close(c);
}

static void hopeless(struct catalog *c, const char *store)
{
	struct catalog_job j;

	older("changed_ms", 3600);
	due_now();
	j = take_upload(c, store);
	CHECK_INT(fail(c, &j, false), 1);
}

static void test_given_up(void)
{
	struct catalog *c = box_open();
	static const char *const main_only[] = { "main", NULL };
	struct catalog_job j;
	json_t *o = NULL;

	composed(c);
	hopeless(c, "main");
	box_status(c, REC, "uploading");        /* the spare one is asked */
	hopeless(c, "far");
	hopeless(c, "spare");
	box_status(c, REC, "failed");
	last_event(c, 1, "recordingfailed", "reason", "upload_failed");
	CHECK_INT(catalog_recording_get(c, REC, &o), 0);
	CHECK_STR(json_str(o, "reason"), "upload_failed");
	CHECK_STR(json_str(json_array_get(json_object_get(o, "outputs"), 0), "state"), "done");
	CHECK_INT(json_array_size(json_object_get(json_array_get(json_object_get(o, "outputs"), 0), "files")), 2);
	json_decref(o);
	nothing_to_send(c);
	CHECK_INT(catalog_upload_again(c, "rec_none_1_aaaaaa", main_only), -ENOENT);
	CHECK_INT(catalog_upload_again(c, REC, main_only), 1);
	box_status(c, REC, "uploading");
	CHECK_INT(catalog_upload_again(c, REC, main_only), 1);  /* the same job */
	j = take_upload(c, "main");
	nothing_to_send(c);
	CHECK_INT(send(c, &j), 0);
	box_status(c, REC, "completed");
	last_event(c, 2, "recordingcompleted", "outputPath", "recordings/a.webm");
	CHECK_INT(catalog_upload_again(c, REC, main_only), 0);  /* all is there */
	box_close(c);
}

static void test_jobs_retry(void)
{
	struct catalog *c = box_open();
	struct catalog_job j;

	composed(c);
	j = take_upload(c, "main");
	CHECK_INT(fail(c, &j, true), 1);
	box_status(c, REC, "failed");
	CHECK_INT(catalog_job_again(c, j.id), 1);
	box_status(c, REC, "uploading");
	CHECK_INT(catalog_job_again(c, j.id), -EPROTO);
	box_close(c);
}

/* ---- whoever dies, whatever comes between ---- */

static void test_swept(void)
{
	struct catalog *c = box_open();
	struct catalog_sweep s = { 0 };
	struct catalog_job j;

	composed(c);
	CHECK_INT(catalog_sweep(c, &s), 0);
	CHECK_INT(s.queued + s.settled, 0);
	box_sql("UPDATE jobs SET state = 'cancelled' WHERE kind = 'upload'");
	CHECK_INT(catalog_sweep(c, &s), 0);
	CHECK_INT(s.queued, 1);
	box_status(c, REC, "uploading");
	take_upload(c, "far");
	j = take_upload(c, "main");
	CHECK_INT(send(c, &j), 0);
	box_status(c, REC, "completed");
	box_sql("UPDATE recordings SET status = 'uploading'");  /* as if that had been lost */
	box_sql("UPDATE jobs SET state = 'done' WHERE kind = 'upload'");
	box_sql("UPDATE copies SET state = 'failed' WHERE store = 'far'");
	CHECK_INT(catalog_sweep(c, &s), 0);
	CHECK_INT(s.settled, 1);
	box_status(c, REC, "completed");
	last_event(c, 2, "recordingcompleted", "outputPath", "recordings/a.webm");
	box_sql("UPDATE recordings SET status = 'uploading'");
	box_sql("UPDATE copies SET state = 'failed'");
	CHECK_INT(catalog_sweep(c, &s), 0);
	box_status(c, REC, "failed");
	last_event(c, 3, "recordingfailed", "reason", "upload_failed");
	box_close(c);
}

static void test_deleted(void)
{
	struct catalog *c = box_open();
	struct catalog_job j;

	composed(c);
	j = take_upload(c, "main");
	CHECK_INT(catalog_recording_delete(c, REC), 0);
	CHECK_INT(send(c, &j), -EPROTO);
	box_status(c, REC, "deleting");
	nothing_to_send(c);
	CHECK_INT(catalog_upload_again(c, REC, stores), -EPROTO);
	box_close(c);
}

static void test_erased(void)
{
	struct catalog *c = box_open();
	struct catalog_job j, e;

	CHECK_INT(catalog_call_open(c, "call_demo_1_aaaaaa", "demo", "host1", 1000), 0);
	CHECK_INT(catalog_participant_put(c, "call_demo_1_aaaaaa", "user1", "u", "Ann", "host", 1000, 0), 0);
	composed(c);
	j = take_upload(c, "main");
	CHECK_INT(catalog_erase(c, REC, "user1", NULL, &e), 0);
	box_status(c, REC, "processing");
	CHECK_INT(send(c, &j), -EPROTO);
	nothing_to_send(c);
	CHECK_INT(catalog_job_erased(c, take(c, CATALOG_LATE).id, "w"), 0);
	CHECK_INT(catalog_job_done(c, take(c, CATALOG_LATE).id, "w", &result), 0);
	box_status(c, REC, "uploading");
	j = take_upload(c, "main");
	CHECK_INT(send(c, &j), 0);
	box_status(c, REC, "completed");
	box_close(c);
}

static int local_ones(struct catalog *c, int64_t local_ms)
{
	json_t *rows = NULL;
	int n;

	CHECK_INT(catalog_upload_local(c, "host1", local_ms, &rows), 0);
	n = (int)json_array_size(rows);
	json_decref(rows);
	return n;
}

static void test_local(void)
{
	struct catalog *c = box_open();
	struct catalog_job j;
	json_t *gone = NULL;

	composed(c);
	CHECK_INT(local_ones(c, 0), 0);
	j = take_upload(c, "main");
	CHECK_INT(send(c, &j), 0);
	CHECK_INT(local_ones(c, 0), 0);         /* the mirror's is still to be read */
	CHECK_INT(catalog_upload_local_gone(c, REC, 0, &gone), -EPROTO);
	j = take_upload(c, "far");
	CHECK_INT(send(c, &j), 0);
	older("verified_ms", 100);
	CHECK_INT(local_ones(c, 10000000), 0);
	CHECK_INT(local_ones(c, 99000), 1);
	CHECK_INT(catalog_upload_local_gone(c, REC, 99000, &gone), 0);
	CHECK_INT(json_array_size(gone), 2);
	json_decref(gone);
	CHECK_INT(local_ones(c, 99000), 1);     /* who removes them may have been interrupted */
	box_sql("UPDATE recordings SET local_gone_ms = 5");
	CHECK_INT(local_ones(c, 99000), 0);
	box_close(c);
}

/* A lane of their own: neither waits for the other. */
static void test_lane(void)
{
	struct catalog *c = box_open();
	struct catalog_job j = { 0 };

	composed(c);
	CHECK_INT(take_which(c, "w", CATALOG_LATE, &j), 0);
	CHECK_INT(take_which(c, "w", CATALOG_LIVE, &j), 0);
	CHECK_INT(take_which(c, "w", CATALOG_ANY, &j), 1);
	CHECK_STR(j.about, "main");
	CHECK_INT(catalog_job_give(c, j.id, "w"), 0);
	box_states(c, REC, "queued/done");
	box_close(c);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{ "completed with its copies, no sooner", test_completed },
		{ "a mirror completes nothing", test_mirror_first },
		{ "a further output", test_further_output },
		{ "tried again, whatever dies", test_retried },
		{ "another store takes over", test_fallback },
		{ "given up, and sent again", test_given_up },
		{ "jobs retry", test_jobs_retry },
		{ "swept", test_swept },
		{ "deleted meanwhile", test_deleted },
		{ "somebody erased meanwhile", test_erased },
		{ "local copies", test_local },
		{ "a lane of their own", test_lane },
	};

	return box_main(tests, G_N_ELEMENTS(tests), argc, argv);
}
