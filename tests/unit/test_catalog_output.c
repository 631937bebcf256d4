/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Outputs made again, cancelled, done again, and people taken out.
 */
#include "common/catalog_output.c"
#include "common/people.c"
#include "catalog_box.h"

#define REC "rec_demo_1_aaaaaa"
#define CALL "call_demo_1_aaaaaa"

static const struct catalog_file first_files[] = { { "media", "output.webm", "video/webm", "aa", 10 }, { "metadata", "metadata.json", "application/json", "bb", 5 } };
static const struct catalog_result first = { .path = REC "/output.webm", .mime = "video/webm", .size = 10, .duration_ms = 1900, .files = first_files,
					     .nfiles = 2, .spec = "{\"layout\":\"grid\"}" };

static struct catalog_job take(struct catalog *c)
{
	struct catalog_job j = { 0 };

	CHECK_INT(take_job(c, "w", &j), 1);
	return j;
}

static void nothing_to_do(struct catalog *c)
{
	struct catalog_job j;

	CHECK_INT(take_job(c, "idle", &j), 0);
}

/* Two people, recorded, stopped and mixed */
static struct catalog *completed(void)
{
	struct catalog *c = box_open();

	CHECK_INT(catalog_call_open(c, CALL, "demo", "host1", 500), 0);
	CHECK_INT(catalog_participant_put(c, CALL, "user1", "ann@example.org", "Ann", "host", 1000, 0), 0);
	CHECK_INT(catalog_participant_put(c, CALL, "user2", "bob@example.org", "Bob", "guest", 1000, 0), 0);
	box_stopped(c, REC);
	CHECK_INT(catalog_job_done(c, take(c).id, "w", &first), 0);
	box_status(c, REC, "completed");
	return c;
}

static int add_output(struct catalog *c, const char *spec, struct catalog_job *j)
{
	return catalog_output_add(c, &(struct catalog_new_output){ .recording = REC, .spec = spec }, j);
}

static json_t *row(struct catalog *c)
{
	json_t *o = NULL;

	CHECK_INT(catalog_recording_get(c, REC, &o), 0);
	return o;
}

/* State and reason of an output, "done -" */
static void check_output(struct catalog *c, int output, const char *want)
{
	json_t *r = row(c), *list = json_object_get(r, "outputs"), *o;
	char got[128] = "none";
	size_t i;

	json_array_foreach(list, i, o) {
		if (json_num(o, "id", 0) == output)
			g_snprintf(got, sizeof(got), "%s %s", json_str(o, "state"), json_str(o, "reason") ? json_str(o, "reason") : "-");
	}
	CHECK_STR(got, want);
	json_decref(r);
}

static void check_event(struct catalog *c, const char *type, const char *member, const char *want)
{
	json_t *rows = NULL, *e, *v;
	int64_t last = 0;
	char *got;

	CHECK_INT(catalog_event_last(c, &last), 0);
	CHECK_INT(catalog_event_since(c, last - 1, 1, &rows), 0);
	e = json_array_get(rows, 0);
	CHECK_STR(json_str(e, "type"), type);
	v = json_object_get(json_object_get(e, "payload"), member);
	got = json_is_string(v) ? g_strdup(json_string_value(v)) : g_strdup_printf("%lld", (long long)json_integer_value(v));
	CHECK_STR(got, want);
	g_free(got);
	json_decref(rows);
}

static void test_another(void)
{
	struct catalog *c = completed();
	struct catalog_job j, mine;
	struct catalog_result second = first;
	json_t *r, *o;

	CHECK_INT(add_output(c, "{\"layout\":\"speaker\"}", &j), 0);
	CHECK_INT(j.output, 2);
	check_output(c, 2, "queued -");
	box_status(c, REC, "completed");
	mine = take(c);
	CHECK_STR(mine.kind, "compose");
	CHECK_INT(mine.output, 2);
	CHECK_STR(mine.spec, "{\"layout\":\"speaker\"}");
	CHECK_INT(catalog_job_progress(c, mine.id, "w", &(struct catalog_progress){ "composing", 50, 700, 80 }), 0);
	r = row(c);
	CHECK_STR(json_str(json_object_get(r, "job"), "state"), "done");           /* the recording's own: that of output 1 */
	o = json_object_get(json_array_get(json_object_get(r, "outputs"), 1), "job");
	CHECK_INT(json_num(o, "percent", 0), 50);
	CHECK_INT(json_num(o, "lag_ms", 0), 80);
	json_decref(r);
	second.path = REC "/outputs/2-speaker-1280x720.webm";
	second.nfiles = 0;
	CHECK_INT(catalog_job_done(c, mine.id, "w", &second), 0);
	check_output(c, 2, "done -");
	box_status(c, REC, "completed");
	check_event(c, "outputcompleted", "outputPath", second.path);
	check_event(c, "outputcompleted", "outputId", "2");
	box_close(c);
}

static void test_another_fails(void)
{
	struct catalog *c = completed();
	struct catalog_job j;

	CHECK_INT(add_output(c, "{}", &j), 0);
	CHECK_INT(catalog_job_failed(c, take(c).id, "w", "There is no such codec.", 0, 3, true), 0);
	check_output(c, 2, "failed There is no such codec.");
	box_status(c, REC, "completed");
	check_event(c, "outputfailed", "reason", "There is no such codec.");
	CHECK_INT(catalog_output_again(c, REC, 2), 0);
	CHECK_INT(catalog_output_again(c, REC, 2), -EPROTO);
	check_output(c, 2, "queued -");
	CHECK_INT(take(c).output, 2);
	box_close(c);
}

static void test_numbers(void)
{
	struct catalog *c = completed();
	struct catalog_job j = { 0 };
	const struct catalog_worker cli = { .id = "cli:1", .host_id = "host1", .version = "1" };
	struct catalog_new_output o = { .recording = REC, .spec = "{}", .at_least = 7, .worker = "cli:1" };
	char *large = g_strnfill(CATALOG_SPEC, ' ');

	CHECK_INT(catalog_output_add(c, &o, &j), -ESTALE);     /* nobody of that name is there */
	CHECK_INT(catalog_worker_put(c, &cli), 0);
	CHECK_INT(catalog_output_add(c, &o, &j), 0);
	CHECK_INT(j.output, 7);
	CHECK_STR(j.kind, "compose");
	nothing_to_do(c);                                      /* leased at once */
	CHECK_INT(catalog_job_check(c, j.id, "cli:1"), 0);
	o.at_least = 3;
	CHECK_INT(catalog_output_add(c, &o, &j), 0);
	CHECK_INT(j.output, 8);
	o.spec = large;
	CHECK_INT(catalog_output_add(c, &o, &j), -EINVAL);
	o = (struct catalog_new_output){ .recording = REC, .spec = "{}" };
	for (int i = 2; i < CATALOG_OPEN_OUTPUTS; i++)
		CHECK_INT(catalog_output_add(c, &o, &j), 0);
	CHECK_INT(catalog_output_add(c, &o, &j), -EDQUOT);
	g_free(large);
	box_close(c);
}

static void test_not_now(void)
{
	struct catalog *c = box_open();
	struct catalog_job j;

	CHECK_INT(add_output(c, "{}", &j), -ENOENT);
	box_recording(c, REC, "demo", 1000);
	CHECK_INT(add_output(c, "{}", &j), -EPROTO);
	CHECK_INT(catalog_output_cancel(c, REC, 1), -EPROTO);
	CHECK_INT(catalog_erase(c, REC, "user1", NULL, &j), -EPROTO);
	box_stopped(c, "rec_demo_2_aaaaaa");
	CHECK_INT(catalog_erase(c, "rec_demo_2_aaaaaa", "user1", NULL, &j), -ENOENT);
	CHECK_INT(catalog_erase(c, "rec_demo_2_aaaaaa", "ann", NULL, &j), -EINVAL);
	CHECK_INT(catalog_recording_delete(c, "rec_demo_2_aaaaaa"), 0);
	CHECK_INT(catalog_output_again(c, "rec_demo_2_aaaaaa", 1), -EPROTO);
	box_close(c);
}

static void test_cancel(void)
{
	struct catalog *c = completed();
	struct catalog_job j;

	CHECK_INT(catalog_output_cancel(c, REC, 1), -EPROTO);
	CHECK_INT(catalog_output_cancel(c, REC, 2), -ENOENT);
	CHECK_INT(add_output(c, "{}", &j), 0);
	j = take(c);
	CHECK_INT(catalog_job_cancelled(c, j.id), 0);
	CHECK_INT(catalog_output_cancel(c, REC, 2), 0);
	CHECK_INT(catalog_job_cancelled(c, j.id), 1);
	CHECK_INT(catalog_job_check(c, j.id, "w"), -EPROTO);
	CHECK_INT(catalog_job_done(c, j.id, "w", &first), -EPROTO);
	check_output(c, 2, "cancelled cancelled");
	check_event(c, "outputfailed", "reason", "cancelled");
	box_status(c, REC, "completed");
	CHECK_INT(catalog_output_again(c, REC, 2), 0);
	j = take(c);
	CHECK_INT(catalog_job_done(c, j.id, "w", &(struct catalog_result){ .path = "p", .mime = "m", .spec = "{}" }), 0);
	check_output(c, 2, "done -");
	box_close(c);
}

/* Without its primary output a recording is not complete, and not for ever on its way either. */
static void test_cancel_primary(void)
{
	struct catalog *c = box_open();

	box_stopped(c, REC);
	take(c);
	CHECK_INT(catalog_output_cancel(c, REC, 1), 0);
	box_states(c, REC, "cancelled/cancelled");
	box_status(c, REC, "failed");
	check_event(c, "recordingfailed", "reason", "cancelled");
	CHECK_INT(catalog_output_again(c, REC, 1), 0);
	box_status(c, REC, "processing");
	CHECK_INT(catalog_job_done(c, take(c).id, "w", &first), 0);
	box_status(c, REC, "completed");
	box_close(c);
}

/* People of the recording, "user1 user2" */
static void check_people(struct catalog *c, const char *want)
{
	json_t *r = row(c), *p;
	GString *got = g_string_new(NULL);
	size_t i;

	json_array_foreach(json_object_get(r, "participants"), i, p)
		g_string_append_printf(got, "%s%s", i ? " " : "", json_str(p, "id"));
	CHECK_STR(got->str, want);
	g_string_free(got, TRUE);
	json_decref(r);
}

static bool file_has(const char *path, const char *text)
{
	gchar *data = NULL;
	gsize len = 0;
	bool has;

	if (!g_file_get_contents(path, &data, &len, NULL))
		return false;
	has = memmem(data, len, text, strlen(text)) != NULL;
	g_free(data);
	return has;
}

static void test_erase(void)
{
	struct catalog *c = completed();
	struct catalog_job j, other;
	json_t *r;

	CHECK_INT(add_output(c, "{\"without\":[\"user2\"]}", &j), 0);                 /* 2: holds nothing of user2 */
	CHECK_INT(catalog_job_done(c, take(c).id, "w", &(struct catalog_result){ .path = "2", .mime = "m", .spec = "{\"without\":[\"user1\",\"user2\"]}" }), 0);
	CHECK_INT(add_output(c, "{\"only\":\"user1,user2\"}", &j), 0);              /* 3: is being made, and does */
	other = take(c);
	CHECK_INT(catalog_erase(c, REC, "user2", NULL, &j), 0);
	CHECK_STR(j.about, "user2");
	check_people(c, "user1");
	check_output(c, 1, "cancelled erased");
	check_output(c, 2, "done -");
	check_output(c, 3, "cancelled erased");
	CHECK_INT(catalog_job_cancelled(c, other.id), 1);
	box_status(c, REC, "processing");
	r = row(c);
	CHECK_INT(json_array_size(json_object_get(json_array_get(json_object_get(r, "outputs"), 0), "files")), 0);
	CHECK_STR(json_str(json_object_get(r, "job"), "kind"), "erase");
	json_decref(r);
	CHECK_INT(add_output(c, "{}", &other), -EPROTO);       /* not while somebody is being taken out */
	CHECK_INT(catalog_erase(c, REC, "user2", NULL, &other), 0);
	CHECK_INT(other.id, j.id);
	j = take(c);
	CHECK_STR(j.kind, "erase");
	CHECK_STR(j.about, "user2");
	CHECK_INT(catalog_job_failed(c, j.id, "w", "busy", 0, 1, true), 0);             /* never given up */
	j = take(c);
	CHECK_INT(catalog_job_erased(c, j.id, "other"), -EPROTO);
	CHECK_INT(catalog_job_erased(c, j.id, "w"), 0);
	check_output(c, 1, "queued -");
	check_output(c, 3, "cancelled erased");
	CHECK_INT(catalog_job_done(c, take(c).id, "w", &first), 0);
	box_status(c, REC, "completed");
	r = row(c);
	CHECK_INT(json_array_size(json_object_get(r, "flags")), 2);             /* interrupted, erased */
	json_decref(r);
	CHECK_INT(catalog_erase(c, REC, "user2", NULL, &j), 0);
	CHECK_INT(j.id, 0);
	nothing_to_do(c);
	catalog_close(&c);
	if (box_pg) {
		box_remove();
		return;
	}
	CHECK(!file_has(box_path, "Bob") && !file_has(box_path, "bob@"));
	CHECK(file_has(box_path, "Ann"));
	box_remove();
}

/* Two at once: the mix is made once, when both are gone. A name stays while another recording of the call has the person. */
static void test_erase_more(void)
{
	struct catalog *c = completed();
	struct catalog_job a, b;
	char name[32] = "";

	box_stopped(c, "rec_demo_2_bbbbbb");
	CHECK_INT(catalog_job_done(c, take(c).id, "w", &(struct catalog_result){ .path = "p", .mime = "m", .spec = "{}" }), 0);
	CHECK_INT(catalog_worker_put(c, &(struct catalog_worker){ .id = "cli", .host_id = "host1", .version = "1" }), 0);
	CHECK_INT(catalog_erase(c, REC, "user1", "cli", &a), 0);
	CHECK_STR(a.kind, "erase");
	CHECK_INT(catalog_erase(c, REC, "user2", "cli", &b), 0);
	CHECK_INT(catalog_job_erased(c, a.id, "cli"), 0);
	nothing_to_do(c);
	CHECK_INT(catalog_job_erased(c, b.id, "cli"), 0);
	CHECK_INT(take(c).output, 1);
	nothing_to_do(c);
	CHECK_INT(db_text(c->db, name, sizeof(name), "SELECT name FROM participants WHERE id = 'user1'", ""), 1);
	CHECK_STR(name, "Ann");
	CHECK_INT(catalog_erase(c, "rec_demo_2_bbbbbb", "user1", "cli", &a), 0);
	CHECK_INT(catalog_job_erased(c, a.id, "cli"), 0);
	CHECK_INT(db_text(c->db, name, sizeof(name), "SELECT name FROM participants WHERE id = 'user1'", ""), 1);
	CHECK_STR(name, "");
	box_close(c);
}

/* Who left the call before the recording began is nobody in it: nothing of it is taken away. */
static void test_erase_stranger(void)
{
	struct catalog *c = completed();
	struct catalog_job j;
	char name[32] = "";

	CHECK_INT(catalog_participant_put(c, CALL, "user3", "cem@example.org", "Cem", "guest", 600, 900), 0);
	CHECK_INT(catalog_participant_put(c, CALL, "user4", "dee@example.org", "Dee", "guest", 9500, 0), 0);
	CHECK_INT(catalog_erase(c, REC, "user3", NULL, &j), -ENOENT);
	CHECK_INT(catalog_erase(c, REC, "user4", NULL, &j), -ENOENT);
	box_status(c, REC, "completed");
	check_output(c, 1, "done -");
	nothing_to_do(c);

	/* Nor does a recording they were not in keep a name. */
	box_recording(c, "rec_demo_2_bbbbbb", "demo", 9600);
	CHECK_INT(catalog_recording_status(c, "rec_demo_2_bbbbbb", "recording", NULL), 0);
	CHECK_INT(catalog_participant_put(c, CALL, "user2", "bob@example.org", "Bob", "guest", 1000, 9400), 0);
	CHECK_INT(catalog_worker_put(c, &(struct catalog_worker){ .id = "cli", .host_id = "host1", .version = "1" }), 0);
	CHECK_INT(catalog_erase(c, REC, "user2", "cli", &j), 0);
	CHECK_INT(catalog_job_erased(c, j.id, "cli"), 0);
	CHECK_INT(db_text(c->db, name, sizeof(name), "SELECT name FROM participants WHERE id = 'user2'", ""), 1);
	CHECK_STR(name, "");
	box_close(c);
}

static void test_people(void)
{
	static const struct { const char *only, *without; bool out; } rows[] = {
		{ "", "", false }, { NULL, NULL, false }, { "user2", "", false }, { "user1", "", true }, { "user1, user2", "", false }, { "", "user2", true },
		{ "", "user22", false }, { "", "user1,user2,user3", true }, { "user2", "user2", true }, { " ,", "", true },
	};
	char bad[32];

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		CHECK_INT(people_left_out(rows[i].only, rows[i].without, "user2"), rows[i].out);
	CHECK_INT(people_check("user1,user2", bad, sizeof(bad)), 0);
	CHECK_INT(people_check("", bad, sizeof(bad)), 0);
	CHECK_INT(people_check("user1,ann", bad, sizeof(bad)), -EINVAL);
	CHECK_STR(bad, "ann");
	CHECK_INT(people_check("user12345678901234567890", bad, sizeof(bad)), -EINVAL);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_another), TEST(test_another_fails), TEST(test_numbers), TEST(test_not_now), TEST(test_cancel), TEST(test_cancel_primary),
		TEST(test_erase), TEST(test_erase_more), TEST(test_erase_stranger), TEST(test_people),
	};

	return box_main(tests, G_N_ELEMENTS(tests), argc, argv);
}
