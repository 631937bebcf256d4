/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The plugin and a catalog that is away, another host's, or taken from it. An outage is another connection that holds the database.
 */
#include <glib.h>
#include <sqlite3.h>
#include <unistd.h>
#include "common/catalog_host.h"
#include "tests/unit/test.h"
#include "tests/plugin/take.h"

static char *url(void)
{
	return g_strdup_printf("sqlite:%s/recordings/recroom.db", fake_folder());
}

static struct catalog *open_catalog(void)
{
	g_autofree char *name = url();
	struct catalog *c = NULL;

	CHECK_INT(catalog_open(&c, name), 0);
	return c;
}

static sqlite3 *hold_database(void)
{
	g_autofree char *name = url();
	sqlite3 *conn;

	CHECK_INT(sqlite3_open(name + strlen("sqlite:"), &conn), SQLITE_OK);
	sqlite3_busy_timeout(conn, WAIT_MS);
	CHECK_INT(sqlite3_exec(conn, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
	return conn;
}

static void give_database(sqlite3 *conn)
{
	CHECK_INT(sqlite3_exec(conn, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(conn);
}

/* The row when it has this status; the caller's. */
static json_t *await_status(struct catalog *c, const char *id, const char *status)
{
	int64_t until_us = clock_mono_us() + WAIT_MS * INT64_C(1000);
	json_t *row = NULL;

	while (clock_mono_us() < until_us) {
		json_decref(row);
		row = NULL;
		if (!catalog_recording_get(c, id, &row) && !strcmp(json_str(row, "status"), status))
			return row;
		g_usleep(10000);
	}
	TEST_FAIL("%s does not become %s, it is %s", id, status, row ? json_str(row, "status") : "not there");
	return NULL;
}

/* Types of a recording's events in order; numbers without a hole, each once. */
static char *events_of(struct catalog *c, const char *id)
{
	GString *text = g_string_new(NULL);
	json_t *rows, *row;
	int64_t seq = 0;
	size_t i;

	CHECK_INT(catalog_event_since(c, 0, 1000, &rows), 0);
	json_array_foreach(rows, i, row) {
		if (strcmp(json_str(row, "recording"), id))
			continue;
		CHECK_INT(json_num(row, "seq", 0), ++seq);
		g_string_append_printf(text, "%s%s", text->len ? " " : "", json_str(row, "type") + strlen("recording"));
	}
	json_decref(rows);
	return g_string_free(text, FALSE);
}

static void check_events(struct catalog *c, const char *id, const char *want)
{
	char *got = events_of(c, id);

	CHECK_STR(got, want);
	g_free(got);
}

static void turn(const char *request, bool behind)
{
	json_t *a = fake_ask(peer_pub(host), "{'recroom':'%s'}", request);

	CHECK_CODE(a, NULL);
	if (behind)
		CHECK_STR(json_str(a, "catalog"), "behind");
}

static void end(void)
{
	peer_stop(host);
	harness_end();
	peer_free(host);
}

/* The database is away from before the call to after it: the call and its recording notice nothing, and then everything is there, in order, once. */
static void test_away(void)
{
	struct recorded *r;
	struct catalog *c;
	struct take t;
	sqlite3 *other;
	json_t *a, *row;
	int64_t resumed_us;

	harness_start();
	other = hold_database();
	host = harness_host("Hedy");
	CHECK_INT(peer_publish(host, "audio,video"), 0);
	CHECK(peer_wait_frames(host, "video", 5, WAIT_MS));
	start(&t);
	wait_us(clock_mono_us() + 1300000);                      /* for over a second entries have waited */
	turn("pause_recording", true);
	turn("resume_recording", true);
	a = fake_ask(peer_pub(host), "{'recroom':'list_recordings'}");
	CHECK(!json_object_get(a, "list") || json_is_array(json_object_get(a, "list")));
	resumed_us = clock_mono_us() + LEAD_US;
	wait_us(resumed_us + 300000);
	stop(&t);
	r = load(&t);
	check_complete(r, host, "audio", resumed_us, t.stop_us);
	recorded_free(&r);
	give_database(other);
	c = open_catalog();
	row = await_status(c, t.id, "processing");
	CHECK_INT(json_num(row, "duration_ms", 0) > 0, 1);
	json_decref(row);
	check_events(c, t.id, "starting started paused resumed stopped");
	catalog_close(&c);
	end();
}

/* And the plugin starts without it. */
static void test_away_at_start(void)
{
	struct catalog *c;
	struct take t;
	sqlite3 *other;
	json_t *row;

	harness_start();
	CHECK_INT(fake_stop(), 0);
	other = hold_database();
	CHECK_INT(fake_restart(), 0);
	host = harness_host("Hedy");
	CHECK_INT(peer_publish(host, "audio"), 0);
	start(&t);
	wait_us(clock_mono_us() + 300000);
	stop(&t);
	CHECK(fake_expect(peer_pub(host), "event", "recordingstopped", WAIT_MS));
	give_database(other);
	c = open_catalog();
	row = await_status(c, t.id, "processing");
	json_decref(row);
	check_events(c, t.id, "starting started stopped");
	catalog_close(&c);
	end();
}

/* The end of a process while the database is away: the next one writes what is left. */
static void test_away_at_the_end(void)
{
	struct catalog *c;
	struct take t;
	sqlite3 *other;
	json_t *row;

	harness_start();
	other = hold_database();
	host = harness_host("Hedy");
	CHECK_INT(peer_publish(host, "audio"), 0);
	start(&t);
	wait_us(clock_mono_us() + 300000);
	stop(&t);
	CHECK(fake_expect(peer_pub(host), "event", "recordingstopped", WAIT_MS));
	peer_stop(host);
	CHECK_INT(fake_stop(), 0);
	peer_free(host);
	give_database(other);
	c = open_catalog();
	check_events(c, t.id, "");
	CHECK_INT(fake_restart(), 0);
	row = await_status(c, t.id, "processing");
	CHECK_INT(json_array_size(json_object_get(row, "flags")), 0);
	json_decref(row);
	check_events(c, t.id, "starting started stopped");
	catalog_close(&c);
	host = harness_host("Hedy");
	end();
}

static void test_elsewhere(void)
{
	struct catalog_owner o;
	struct catalog *c;
	struct peer *nobody;
	json_t *refusal = NULL;

	harness_start();
	c = open_catalog();
	CHECK_INT(catalog_host_beat(c, "other", "0.1", false), 0);
	CHECK_INT(catalog_host_serves(c, "other", "http://other:8090"), 0);
	CHECK_INT(catalog_call_claim(c, "call_demo_1_aaaaaa", "demo", "other", clock_wall_ms(), &o), 0);
	nobody = peer_join(&(struct peer_conf){ .room = "demo", .display = "Hedy", .join = "'secret':'hosthost'" }, &refusal);
	CHECK(!nobody);
	CHECK_CODE(refusal, "room_elsewhere");
	CHECK_STR(json_str(refusal, "address"), "http://other:8090");
	CHECK_INT(catalog_call_close(c, "call_demo_1_aaaaaa", clock_wall_ms()), 0);
	host = harness_host("Hedy");
	CHECK_INT(catalog_call_claim(c, "call_demo_2_aaaaaa", "demo", "other", clock_wall_ms(), &o), -EEXIST);
	CHECK_STR(o.call_id, json_str(peer_joined(host), "callId"));
	catalog_close(&c);
	end();
}

static void start_two_tracks(void)
{
	harness_start_limits("max_recorded_tracks = 2;");
}

/* A recording that another host has taken, which shows by the next event: it is paused, or there is a track too many. */
static struct catalog *begin_taken(struct take *t, struct take *next, bool paused)
{
	struct fake_event *e;
	struct catalog *c;

	begin_on(start_two_tracks, "audio,video");
	start(t);
	c = open_catalog();
	wait_us(clock_mono_us() + 700000);
	json_decref(await_status(c, t->id, "recording"));
	CHECK(fake_expect(peer_pub(host), "event", "recordingstarted", WAIT_MS));
	CHECK_INT(catalog_recording_take(c, t->id), 1);
	if (paused)
		turn("pause_recording", false);
	else
		CHECK_INT(peer_add(host, "video2"), 0);
	e = fake_expect(peer_pub(host), "continues", t->id, WAIT_MS);
	CHECK(e);
	g_strlcpy(next->id, json_str(e->message, "recordingId"), sizeof(next->id));
	CHECK(strcmp(next->id, t->id));
	return c;
}

/* Another host takes the recording: it goes on under another id, with everybody, and nothing between the two is missing. */
static void test_taken(void)
{
	struct recorded *r;
	struct catalog *c;
	struct take t, next;
	json_t *row;
	size_t n, m;
	int64_t last, first;

	c = begin_taken(&t, &next, false);
	r = load(&t);
	CHECK_STR(json_str(recorded_line(r, "stop", NULL, NULL, 0), "reason"), "taken_over");
	recorded_frames(r, peer_id(host), "audio", &n);
	CHECK(n > 5);
	last = recorded_frames(r, peer_id(host), "audio", &n)[n - 1].number;
	CHECK(last > 0);
	recorded_free(&r);
	wait_us(clock_mono_us() + 700000);
	stop(&next);
	r = load(&next);
	CHECK_STR(json_str(recorded_line(r, "start", NULL, NULL, 0), "continues"), t.id);
	recorded_frames(r, peer_id(host), "audio", &m);
	CHECK(m > 5);
	first = recorded_frames(r, peer_id(host), "audio", &m)[0].number;
	if (first > last + 1)
		TEST_FAIL("number %d was the last one, and it goes on with %d", (int)last, (int)first);
	recorded_free(&r);
	row = await_status(c, next.id, "processing");
	CHECK_STR(json_str(row, "continues"), t.id);
	json_decref(row);
	row = await_status(c, t.id, "recording");        /* until the job that closes it is done */
	CHECK_INT(json_num(row, "epoch", 0), 2);
	CHECK_STR(json_str(json_object_get(row, "job"), "kind"), "close");
	json_decref(row);
	catalog_close(&c);
	end();
}

/* One that is paused stays paused under its other id. */
static void test_taken_paused(void)
{
	struct take t, next;
	struct recorded *r;
	const struct recorded_frame *f;
	struct peer_frame *s;
	struct catalog *c;
	int64_t resumed_us;
	unsigned sent;
	size_t n;

	c = begin_taken(&t, &next, true);
	CHECK(fake_expect(peer_pub(host), "event", "recordingpaused", WAIT_MS));
	json_decref(await_status(c, next.id, "paused"));
	wait_us(clock_mono_us() + 300000);
	resumed_us = clock_mono_us();
	turn("resume_recording", false);
	wait_us(clock_mono_us() + 500000);
	stop(&next);
	r = load(&t);
	recorded_free(&r);
	r = load(&next);
	CHECK(recorded_line(r, "pause", NULL, NULL, 0));
	CHECK(recorded_line(r, "resume", NULL, NULL, 0));
	f = recorded_frames(r, peer_id(host), "audio", &n);
	CHECK(n > 5);
	s = peer_frames(host, "audio", &sent);
	CHECK(s[f[0].number].capture_us >= resumed_us - SLACK_US);
	g_free(s);
	recorded_free(&r);
	catalog_close(&c);
	end();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_away), TEST(test_away_at_start), TEST(test_away_at_the_end), TEST(test_elsewhere), TEST(test_taken), TEST(test_taken_paused),
	};

	return harness_run(tests, G_N_ELEMENTS(tests), G_N_ELEMENTS(tests), argc, argv);
}
