/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The catalog: opening, calls, states, lists, events. Jobs are in test_catalog_job.c.
 */
#include "common/catalog.c"
#include "common/catalog_call.c"
#include "common/catalog_consent.c"
#include "common/catalog_event.c"
#include "common/catalog_list.c"
#include "common/catalog_query.c"
#include "common/catalog_recording.c"
#include <sys/stat.h>
#include <sqlite3.h>
#include "catalog_box.h"
#include "common/catalog_stats.h"

#define REC "rec_demo_1_aaaaaa"

static int64_t count(struct catalog *c, const char *text)
{
	int64_t n = -1;

	CHECK_INT(db_int(c->db, &n, text, ""), 1);
	return n;
}

static void test_open(void)
{
	char *url = g_strconcat("sqlite:", box_path, NULL), *wal = g_strconcat(box_path, "-wal", NULL);
	struct catalog *c = NULL;
	char mode[16];
	struct stat st;

	umask(0077);
	CHECK_INT(catalog_open(&c, url), 0);
	CHECK_INT(db_text(c->db, mode, sizeof(mode), "PRAGMA journal_mode", ""), 1);
	CHECK_STR(mode, "wal");
	CHECK_INT(count(c, "PRAGMA foreign_keys"), 1);
	CHECK_INT(count(c, "PRAGMA synchronous"), 1);
	box_recording(c, REC, "demo", 1000);
	umask(0022);
	CHECK(stat(box_path, &st) == 0 && (st.st_mode & 0777) == 0660);
	CHECK(stat(wal, &st) == 0 && (st.st_mode & 0777) == 0660);
	catalog_close(&c);
	c = box_open();
	box_status(c, REC, "starting");
	CHECK(count(c, "SELECT COUNT(*) FROM schema_version") > 2);
	g_free(url);
	g_free(wal);
	box_close(c);
}

static void test_open_refuses(void)
{
	struct catalog *c = NULL;

	CHECK_INT(catalog_open(&c, "mysql://u:secret@localhost/x"), -EINVAL);
	CHECK_INT(catalog_open(&c, "/nonexistent/recroom.db"), -ENOENT);
	CHECK(g_file_set_contents(box_path, "this is no database, it is a text of some length", -1, NULL));
	CHECK_INT(catalog_open(&c, box_path), -EBADMSG);
	box_remove();
}

/* Made by a later program: left alone. */
static void test_newer(void)
{
	struct catalog *c = box_open();

	catalog_close(&c);
	box_sql("INSERT INTO schema_version VALUES (999, 0)");
	CHECK_INT(catalog_open(&c, box_path), -EPROTO);
	CHECK(!c);
	box_remove();
}

/* A later program adds to the tables while this one has the catalog open, with a recording that runs and a job it holds: both are finished, and begun, as ever. */
static void test_newer_meanwhile(void)
{
	static const char *const additions[] = { "recordings", "outputs", "jobs", "events", "files", "workers", "hosts" };
	struct catalog_stop s = { .stopped_ms = 9000, .duration_ms = 1900, .elapsed_ms = 2000, .chain_hash = "ab", .flags = "[]", .reason = "host" };
	struct catalog_result done = { .path = "p", .mime = "m", .spec = "{}" };
	struct catalog *old = box_open(), *other = NULL;
	struct catalog_job j;

	box_stopped(old, "rec_demo_1_aaaaaa");
	CHECK_INT(take_job(old, "w", &j), 1);
	box_recording(old, "rec_demo_2_bbbbbb", "demo", 2000);
	for (size_t i = 0; i < G_N_ELEMENTS(additions); i++) {
		g_autofree char *text = g_strdup_printf("ALTER TABLE %s ADD COLUMN future TEXT", additions[i]);

		box_sql(text);
	}
	box_sql("INSERT INTO schema_version VALUES (999, 0)");
	CHECK_INT(catalog_open(&other, box_path), -EPROTO);
	CHECK_INT(catalog_job_done(old, j.id, "w", &done), 0);
	box_status(old, "rec_demo_1_aaaaaa", "completed");
	CHECK_INT(catalog_recording_status(old, "rec_demo_2_bbbbbb", "recording", NULL), 0);
	CHECK_INT(catalog_recording_stop(old, "rec_demo_2_bbbbbb", &s), 0);
	CHECK_INT(take_job(old, "w", &j), 1);
	CHECK_INT(catalog_job_done(old, j.id, "w", &done), 0);
	box_recording(old, "rec_demo_3_cccccc", "demo", 3000);
	box_status(old, "rec_demo_2_bbbbbb", "completed");
	box_close(old);
}

static void test_tables(void)
{
	static const char *const tables[] = { "hosts", "rooms", "calls", "participants", "recordings", "outputs", "files", "copies", "jobs", "events",
					      "webhooks", "schema_version" };
	struct catalog *c = box_open();

	for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
		int64_t n = 0;

		CHECK_INT(db_int(c->db, &n, box_pg ? "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = ?1" :
				 "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = ?1", "s", tables[i]), 1);
		CHECK_INT(n, 1);
	}
	box_close(c);
}

static void *open_and_close(void *arg)
{
	struct catalog *c = NULL;

	(void)arg;
	if (catalog_open(&c, box_path))
		return NULL;
	catalog_close(&c);
	return &box_path;
}

/* Plugin and worker start together on an empty directory. */
static void test_open_together(void)
{
	pthread_t t[4];
	void *opened;

	for (int round = 0; round < 5; round++) {
		for (int i = 0; i < 4; i++)
			CHECK_INT(thread_start(&t[i], "opener", open_and_close, NULL), 0);
		for (int i = 0; i < 4; i++) {
			pthread_join(t[i], &opened);
			CHECK(opened);
		}
		box_remove();
	}
}

static void test_calls(void)
{
	struct catalog *c = box_open();

	CHECK_INT(catalog_call_open(c, "call_a", "demo", "host1", 100), 0);
	CHECK_INT(catalog_call_open(c, "call_a", "demo", "host1", 100), 0);
	CHECK_INT(catalog_participant_put(c, "call_a", "user1", "x", "Ann", "host", 100, 0), 0);
	CHECK_INT(catalog_participant_put(c, "call_x", "user1", "x", "Ann", "host", 100, 0), -ENOENT);
	CHECK_INT(catalog_call_open(c, "call_b", "demo", "host1", 200), 0);          /* call_a was left open by a crash */
	CHECK_INT(count(c, "SELECT ended_ms FROM calls WHERE id = 'call_a'"), 200);
	CHECK_INT(count(c, "SELECT left_ms FROM participants"), 200);
	CHECK_INT(catalog_call_open(c, "call_c", "demo", "host2", 300), 0);          /* another host */
	CHECK_INT(count(c, "SELECT conflict FROM calls WHERE id = 'call_c'"), 1);
	CHECK_INT(count(c, "SELECT COUNT(*) FROM calls WHERE ended_ms IS NULL"), 2);
	CHECK_INT(catalog_call_close(c, "call_b", 400), 0);
	CHECK_INT(catalog_call_close(c, "call_b", 500), 0);
	CHECK_INT(count(c, "SELECT ended_ms FROM calls WHERE id = 'call_b'"), 400);
	CHECK_INT(catalog_call_close(c, "call_x", 500), -ENOENT);
	CHECK_INT(catalog_call_open(c, "call_d", "demo", NULL, 300), -EINVAL);
	box_close(c);
}

/* The people of a recording are those of its call who were there while it ran. */
static void test_participants(void)
{
	static const struct { const char *id; int64_t joined, left; } people[] = {
		{ "user10", 1500, 0 }, { "user2", 900, 1000 }, { "user1", 500, 999 }, { "user3", 9000, 9500 }, { "user4", 9001, 0 }, { "user5", 1200, 1300 },
	};
	struct catalog *c = box_open();
	GString *ids = g_string_new(NULL);
	json_t *o, *p;
	size_t i;

	CHECK_INT(catalog_call_open(c, "call_demo_1_aaaaaa", "demo", "host1", 100), 0);
	for (i = 0; i < G_N_ELEMENTS(people); i++) {
		CHECK_INT(catalog_participant_put(c, "call_demo_1_aaaaaa", people[i].id, "id", people[i].id, "guest", people[i].joined, 0), 0);
		if (people[i].left)
			CHECK_INT(catalog_participant_put(c, "call_demo_1_aaaaaa", people[i].id, "id", "Ünä", "host", 0, people[i].left), 0);
	}
	box_stopped(c, REC);
	CHECK_INT(catalog_recording_get(c, REC, &o), 0);
	json_array_foreach(json_object_get(o, "participants"), i, p)
		g_string_append_printf(ids, "%s %s %s,", json_str(p, "id"), json_str(p, "name"), json_str(p, "role"));
	CHECK_STR(ids->str, "user2 Ünä host,user3 Ünä host,user5 Ünä host,user10 user10 guest,");
	g_string_free(ids, TRUE);
	json_decref(o);
	CHECK_INT(catalog_participant_put(c, "call_demo_1_aaaaaa", "user2", "id", "Back", "guest", 1700, 0), 0);       /* comes again */
	CHECK_INT(count(c, "SELECT joined_ms * 10 + left_ms FROM participants WHERE id = 'user2'"), 9000);
	box_close(c);
}

static void test_recording(void)
{
	struct catalog *c = box_open();
	char *text;
	json_t *o;

	box_recording(c, REC, "demo", 1000);
	box_recording(c, REC, "other", 2000);                  /* twice: the first stays */
	CHECK_INT(catalog_recording_get(c, REC, &o), 0);
	CHECK_INT(strlen(json_str(o, "public_id")), 32);       /* random */
	json_object_set_new(o, "public_id", json_null());
	text = json_dumps(o, JSON_COMPACT);
	CHECK_STR(text, "{\"id\":\"rec_demo_1_aaaaaa\",\"room\":\"demo\",\"call_id\":\"call_demo_1_aaaaaa\",\"host_id\":\"host1\",\"title\":\"Hi\","
			"\"layout\":\"grid\",\"custom\":{\"a\":[1]},\"status\":\"starting\",\"reason\":null,\"flags\":[],\"started_ms\":1000,"
			"\"stopped_ms\":null,\"duration_ms\":0,\"elapsed_ms\":0,\"bytes\":0,\"tracks\":0,\"chain_hash\":null,\"epoch\":1,\"continues\":null,"
			"\"held\":0,\"held_reason\":null,\"keep_until_ms\":null,\"chunks_until_ms\":null,\"chunks_gone_ms\":null,\"backup\":null,"
			"\"public_id\":null,\"local_gone_ms\":null,\"participants\":[],\"outputs\":[{\"id\":1,\"state\":\"queued\",\"spec\":null,\"path\":null,\"mime\":null,\"size\":null,"
			"\"duration_ms\":null,\"reason\":null,\"files\":[],\"job\":null}],\"job\":null}");
	free(text);
	json_decref(o);
	CHECK_INT(catalog_recording_get(c, "rec_x", &o), -ENOENT);
	CHECK_INT(catalog_recording_insert(c, &(struct catalog_new_recording){ .id = REC }), -EINVAL);
	box_close(c);
}

/* Every pair of states: those of the design and no others. */
static void test_states(void)
{
	static const char *const states[] = { "starting", "recording", "paused", "processing", "uploading", "completed", "failed", "deleting", "deleted" };
	static const char *const allowed = " starting>recording starting>processing starting>failed recording>paused recording>processing"
					   " recording>failed paused>recording paused>processing paused>failed processing>uploading processing>failed"
					   " processing>deleting uploading>completed uploading>failed uploading>deleting completed>deleting failed>deleting"
					   " deleting>deleted completed>processing failed>processing uploading>processing failed>uploading ";
	struct catalog *c = box_open();

	box_recording(c, REC, "demo", 1000);
	for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
		for (size_t k = 0; k < G_N_ELEMENTS(states); k++) {
			char *move = g_strdup_printf(" %s>%s ", states[i], states[k]);
			bool may = i == k || strstr(allowed, move);

			CHECK(db_exec(c->db, "UPDATE recordings SET status = ?1, reason = NULL", "s", states[i]) == 1);
			CHECK_INT(catalog_recording_status(c, REC, states[k], "why"), may ? 0 : -EPROTO);
			box_status(c, REC, may ? states[k] : states[i]);
			CHECK_INT(count(c, "SELECT COUNT(*) FROM recordings WHERE reason = 'why'"), may && i != k);
			g_free(move);
		}
	}
	CHECK_INT(catalog_recording_status(c, "rec_x", "recording", NULL), -ENOENT);
	CHECK_INT(catalog_recording_status(c, REC, "asleep", NULL), -EPROTO);
	box_close(c);
}

static void test_stop(void)
{
	struct catalog *c = box_open();
	struct catalog_stop again = { .stopped_ms = 7, .duration_ms = 7 };
	json_t *o;

	box_stopped(c, REC);
	CHECK_INT(catalog_recording_stop(c, REC, &again), 0);
	CHECK_INT(catalog_recording_get(c, REC, &o), 0);
	CHECK_STR(json_str(o, "status"), "processing");
	CHECK_STR(json_str(o, "reason"), "host");
	CHECK_STR(json_string_value(json_array_get(json_object_get(o, "flags"), 0)), "interrupted");
	CHECK_INT(json_num(o, "stopped_ms", 0), 9000);
	CHECK_INT(json_num(o, "duration_ms", 0), 1900);
	CHECK_INT(json_num(o, "elapsed_ms", 0), 2000);
	json_decref(o);
	CHECK_INT(count(c, "SELECT COUNT(*) FROM jobs WHERE kind = 'compose' AND place = 'host:host1'"), 1);
	box_states(c, REC, "queued/queued");
	CHECK_INT(catalog_recording_stop(c, "rec_x", &again), -ENOENT);
	box_recording(c, "rec_demo_1_bbbbbb", "demo", 1000);
	CHECK_INT(catalog_recording_status(c, "rec_demo_1_bbbbbb", "failed", "disk"), 0);
	CHECK_INT(catalog_recording_stop(c, "rec_demo_1_bbbbbb", &again), -EPROTO);
	CHECK_INT(count(c, "SELECT COUNT(*) FROM jobs"), 1);
	box_close(c);
}

static void test_unclosed(void)
{
	static const char *const states[] = { "starting", "recording", "paused", "processing", "completed" };
	struct catalog *c = box_open();
	json_t *rows;

	for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
		char *id = g_strdup_printf("rec_demo_%zu_aaaaaa", i);

		box_recording(c, id, "demo", 1000 - (int64_t)i);
		CHECK(db_exec(c->db, "UPDATE recordings SET status = ?2 WHERE id = ?1", "ss", id, states[i]) == 1);
		g_free(id);
	}
	CHECK_INT(catalog_recording_unclosed(c, "host1", &rows), 0);
	CHECK_INT(json_array_size(rows), 3);
	CHECK_STR(json_str(json_array_get(rows, 0), "status"), "paused");      /* oldest first */
	json_decref(rows);
	CHECK_INT(catalog_recording_unclosed(c, "host2", &rows), 0);
	CHECK_INT(json_array_size(rows), 0);
	json_decref(rows);
	box_close(c);
}

/* All pages of a filter, as the last letters of the ids; between pages `meanwhile` happens. */
static char *pages(struct catalog *c, struct catalog_filter f, void (*meanwhile)(struct catalog *c))
{
	GString *got = g_string_new(NULL);
	char next[128] = "", token[128];

	do {
		json_t *rows = NULL, *o;
		size_t i;

		g_strlcpy(token, next, sizeof(token));
		f.page_token = token[0] ? token : NULL;
		CHECK_INT(catalog_recording_list(c, &f, &rows, next), 0);
		CHECK(json_array_size(rows) <= (size_t)f.page_size);
		json_array_foreach(rows, i, o)
			g_string_append_c(got, json_str(o, "id")[strlen(json_str(o, "id")) - 1]);
		g_string_append_c(got, '|');
		json_decref(rows);
		if (meanwhile)
			meanwhile(c);
		meanwhile = NULL;
	} while (next[0]);
	return g_string_free(got, FALSE);
}

static void expect_pages(struct catalog *c, struct catalog_filter f, void (*meanwhile)(struct catalog *c), const char *want)
{
	char *got = pages(c, f, meanwhile);

	CHECK_STR(got, want);
	g_free(got);
}

/* A new recording and one that is gone shift nobody's page. */
static void disturb(struct catalog *c)
{
	box_recording(c, "rec_demo_9_aaaaaz", "demo", 9000);
	CHECK(db_exec(c->db, "UPDATE recordings SET status = 'deleted' WHERE id = 'rec_demo_1_aaaaaf'", "") == 1);
}

static void test_list(void)
{
	struct catalog *c = box_open();
	char next[128], *token;
	json_t *rows;
	struct catalog_filter f = { .page_size = 2 };

	for (char x = 'a'; x <= 'g'; x++) {                    /* a b | c d | e f | g share their times */
		char id[] = "rec_demo_1_aaaaa?";

		id[sizeof(id) - 2] = x;
		box_recording(c, id, x < 'f' ? "demo" : "den", 1000 + (x - 'a') / 2);
	}
	expect_pages(c, f, NULL, "gf|ed|cb|a|");
	f.page_size = 7;
	expect_pages(c, f, NULL, "gfedcba|");
	f.room = "demo";
	f.page_size = 3;
	expect_pages(c, f, NULL, "edc|ba|");
	f.from_ms = 1001;
	expect_pages(c, f, NULL, "edc|");
	f.room = "nobody's";
	expect_pages(c, f, NULL, "|");
	f = (struct catalog_filter){ .status = "recording", .page_size = 5 };
	CHECK_INT(catalog_recording_status(c, "rec_demo_1_aaaaab", "recording", NULL), 0);
	expect_pages(c, f, NULL, "b|");
	f = (struct catalog_filter){ .host_id = "host1", .call_id = "call_demo_1_aaaaaa", .page_size = 100 };
	expect_pages(c, f, NULL, "gfedcba|");
	f = (struct catalog_filter){ .page_size = 2 };
	expect_pages(c, f, disturb, "gf|ed|cb|a|");
	expect_pages(c, f, NULL, "zg|ed|cb|a|");
	for (const char *const *bad = (const char *const[]){ "x", "12", "12.", "12.abc", ".rec_a", "99999999999999999999.rec_a", "", NULL }; *bad; bad++) {
		f.page_token = *bad;
		CHECK_INT(catalog_recording_list(c, &f, &rows, next), -EINVAL);
	}
	token = g_strnfill(200, '1');
	f.page_token = token;
	CHECK_INT(catalog_recording_list(c, &f, &rows, next), -EINVAL);
	g_free(token);
	for (int size = -1; size < 200; size += 102) {
		f = (struct catalog_filter){ .page_size = size };
		CHECK_INT(catalog_recording_list(c, &f, &rows, next), -EINVAL);
	}
	box_close(c);
}

static void test_events(void)
{
	struct catalog *c = box_open();
	json_t *payload = json_pack("{s:s}", "recordingId", REC), *rows, *row;
	int64_t last = -1;

	box_recording(c, REC, "demo", 1000);
	box_recording(c, "rec_demo_1_bbbbbb", "den", 1000);
	CHECK_INT(catalog_event_last(c, &last), 0);
	CHECK_INT(last, 0);
	CHECK_INT(catalog_event_insert(c, REC, 1, "recordingstarting", payload, "plugin"), 0);
	CHECK_INT(catalog_event_insert(c, REC, 2, "recordingstarted", payload, "plugin"), 0);
	CHECK_INT(catalog_event_insert(c, REC, 2, "recordingfailed", payload, "plugin"), 0);        /* again: the first stays */
	CHECK_INT(catalog_event_insert(c, "rec_demo_1_bbbbbb", 0, "recordingstarting", payload, "plugin"), 0);
	CHECK_INT(catalog_event_insert(c, REC, 7, "recordingstopped", payload, "plugin"), 0);
	CHECK_INT(catalog_event_insert(c, REC, 0, "recordingcompleted", payload, "worker"), 0);
	CHECK_INT(catalog_event_insert(c, "rec_x", 1, "recordingstarted", payload, "plugin"), -ENOENT);
	CHECK_INT(catalog_event_insert(c, REC, -1, "recordingstarted", payload, "plugin"), -EINVAL);
	CHECK_INT(catalog_event_insert(c, REC, 9, "recordingstarted", NULL, "plugin"), -EINVAL);
	CHECK_INT(catalog_event_since(c, 0, 100, &rows), 0);
	CHECK_INT(json_array_size(rows), 5);
	row = json_array_get(rows, 1);
	CHECK_STR(json_str(row, "type"), "recordingstarted");
	CHECK_STR(json_str(json_object_get(row, "payload"), "recordingId"), REC);
	CHECK_STR(json_str(row, "origin"), "plugin");
	row = json_array_get(rows, 2);
	CHECK_INT(json_num(row, "seq", 0), 1);
	CHECK_STR(json_str(row, "room"), "den");
	row = json_array_get(rows, 4);
	CHECK_INT(json_num(row, "seq", 0), 8);
	CHECK_STR(json_str(row, "origin"), "worker");
	CHECK(json_num(row, "at_ms", 0) > 1600000000000);
	last = json_num(row, "row", 0);
	json_decref(rows);
	CHECK_INT(catalog_event_since(c, last - 2, 1, &rows), 0);
	CHECK_INT(json_array_size(rows), 1);
	CHECK_INT(json_num(json_array_get(rows, 0), "row", 0), last - 1);
	json_decref(rows);
	CHECK_INT(catalog_event_last(c, &last), 0);
	CHECK_INT(catalog_event_since(c, last, 10, &rows), 0);
	CHECK_INT(json_array_size(rows), 0);
	json_decref(rows);
	json_decref(payload);
	box_close(c);
}

/* A change of another connection is seen, one's own is none. */
static void test_version(void)
{
	struct catalog *a = box_open(), *b = box_open();
	int64_t first, now;

	CHECK_INT(catalog_version(a, &first), 0);
	box_recording(a, REC, "demo", 1000);
	CHECK_INT(catalog_version(a, &now), 0);
	CHECK_INT(now, first);
	box_status(b, REC, "starting");
	CHECK_INT(catalog_version(a, &now), 0);
	CHECK_INT(now, first);
	CHECK_INT(catalog_recording_status(b, REC, "recording", NULL), 0);
	CHECK_INT(catalog_version(a, &now), 0);
	CHECK(now != first);
	catalog_close(&b);
	box_close(a);
}

/* What was asked for at the start is made after it, the first being the primary output. */
static void test_outputs(void)
{
	struct catalog *c = box_open();
	struct catalog_new_recording r = { .id = REC, .room = "demo", .call_id = "call_demo_1_aaaaaa", .host_id = "host1", .layout = "grid",
					   .outputs = "[{\"format\":\"mp4\"},{\"format\":\"opus\"}]", .started_ms = 1000 };
	struct catalog_stop s = { .stopped_ms = 2000, .duration_ms = 1000, .flags = "[]" };
	json_t *o = NULL, *outputs;

	CHECK_INT(catalog_recording_insert(c, &(struct catalog_new_recording){ .id = REC, .room = "demo", .call_id = "call_demo_1_aaaaaa",
									      .host_id = "host1", .outputs = "[]", .started_ms = 1000 }), -EINVAL);
	CHECK_INT(catalog_recording_insert(c, &r), 0);
	CHECK_INT(catalog_recording_insert(c, &r), 0);
	CHECK_INT(catalog_recording_status(c, REC, "recording", NULL), 0);
	CHECK_INT(catalog_recording_stop(c, REC, &s), 0);
	CHECK_INT(catalog_recording_stop(c, REC, &s), 0);
	CHECK_INT(catalog_recording_get(c, REC, &o), 0);
	outputs = json_object_get(o, "outputs");
	CHECK_INT(json_array_size(outputs), 2);
	CHECK_STR(json_str(json_object_get(json_array_get(outputs, 0), "spec"), "format"), "mp4");
	CHECK_STR(json_str(json_array_get(outputs, 1), "state"), "queued");
	CHECK_INT(count(c, "SELECT COUNT(*) FROM jobs WHERE kind = 'compose'"), 2);
	json_decref(o);
	box_close(c);
}

static void test_stats(void)
{
	struct catalog *c = box_open();
	json_t *o = NULL;

	CHECK_INT(catalog_stats(c, &o), 0);
	CHECK_INT(json_object_size(json_object_get(o, "recordings")), 0);
	CHECK_INT(json_num(o, "output_bytes", -1), 0);
	json_decref(o);
	box_recording(c, REC, "demo", 1000);
	box_stopped(c, "rec_demo_2_aaaaab");
	CHECK_INT(catalog_stats(c, &o), 0);
	CHECK_INT(json_num(json_object_get(o, "recordings"), "starting", 0), 1);
	CHECK_INT(json_num(json_object_get(o, "recordings"), "processing", 0), 1);
	CHECK_INT(json_num(json_object_get(o, "jobs"), "queued", 0), 1);
	CHECK(json_num(o, "now_ms", 0) > 1700000000000);
	json_decref(o);
	box_close(c);
}

/* Locked by another: -EBUSY after the wait, and all is well again behind it. A failed transaction leaves nothing. */
static void test_busy(void)
{
	struct catalog *a = box_open();
	sqlite3 *other;

	box_recording(a, REC, "demo", 1000);
	catalog_set_wait(a, 20);
	CHECK_INT(sqlite3_open(box_path, &other), SQLITE_OK);
	CHECK_INT(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	CHECK_INT(catalog_recording_status(a, REC, "recording", NULL), -EBUSY);
	box_status(a, REC, "starting");                        /* reading goes on */
	CHECK_INT(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	CHECK_INT(catalog_recording_status(a, REC, "recording", NULL), 0);
	sqlite3_close(other);
	CHECK_INT(catalog_begin(a), 0);
	CHECK_INT(db_exec(a->db, "UPDATE recordings SET title = 'gone'", ""), 1);
	CHECK_INT(catalog_end(a, -EPROTO), -EPROTO);
	CHECK_INT(count(a, "SELECT COUNT(*) FROM recordings WHERE title = 'gone'"), 0);
	box_close(a);
}

static void test_consents_and_quota(void)
{
	static const char other[] = "rec_demo_2_aaaaaa";
	struct catalog *c = box_open();
	struct catalog_usage usage;
	json_t *r, *p;

	box_recording(c, REC, "demo", 1000);
	CHECK_INT(catalog_consent_put(c, other, "user1", "told", 5, 5), -ENOENT);
	CHECK_INT(catalog_participant_put(c, "call_demo_1_aaaaaa", "user1", "", "Ann", "guest", 1000, 0), 0);
	CHECK_INT(catalog_consent_put(c, REC, "user1", "told", 1010, 1010), 0);
	CHECK_INT(catalog_consent_put(c, REC, "user1", "agreed", 1010, 1200), 0);
	CHECK_INT(catalog_recording_get(c, REC, &r), 0);
	p = json_array_get(json_object_get(r, "participants"), 0);
	CHECK_STR(json_str(p, "consent"), "agreed");
	json_decref(r);
	CHECK_INT(catalog_room_usage(c, "demo", &usage), 0);
	CHECK(usage.recordings == 0 && usage.bytes == 0);
	CHECK_INT(catalog_recording_status(c, REC, "failed", "storage"), 0);
	box_stopped(c, other);
	CHECK_INT(catalog_room_usage(c, "demo", &usage), 0);
	CHECK(usage.recordings == 1 && usage.bytes == 5);
	CHECK_INT(catalog_room_usage(c, "other", &usage), 0);
	CHECK(usage.recordings == 0 && usage.bytes == 0);
	CHECK_INT(catalog_recording_delete(c, other), 0);
	CHECK_INT(catalog_room_usage(c, "demo", &usage), 0);
	CHECK(usage.recordings == 0 && usage.bytes == 5);        /* it still lies there */
	catalog_close(&c);
}

int main(int argc, char **argv)
{
	static const struct test both[] = {
		TEST(test_newer), TEST(test_newer_meanwhile), TEST(test_tables), TEST(test_open_together), TEST(test_calls), TEST(test_participants),
		TEST(test_recording), TEST(test_states), TEST(test_stop), TEST(test_unclosed), TEST(test_list), TEST(test_events), TEST(test_outputs), TEST(test_stats),
		TEST(test_consents_and_quota),
	};
	static const struct test sqlite[] = { TEST(test_open), TEST(test_open_refuses), TEST(test_version), TEST(test_busy) };

	return box_main_of(both, G_N_ELEMENTS(both), sqlite, G_N_ELEMENTS(sqlite), NULL, 0, argc, argv);
}
