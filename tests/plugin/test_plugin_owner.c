/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The plugin and a catalog that is away, another host's, or taken from it. An outage is another connection that holds the database.
 */
#include <glib.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
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

static sqlite3 *hold_database_of(const char *folder)
{
	g_autofree char *path = g_build_filename(folder, "recordings", "recroom.db", NULL);
	sqlite3 *conn;

	CHECK_INT(sqlite3_open(path, &conn), SQLITE_OK);
	sqlite3_busy_timeout(conn, WAIT_MS);
	CHECK_INT(sqlite3_exec(conn, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
	return conn;
}

static sqlite3 *hold_database(void)
{
	return hold_database_of(fake_folder());
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

/* ---- killed while the database is away ---- */

/* Shared by the test and the process that dies. */
struct board {
	char folder[64], closed[ID_SIZE], open[ID_SIZE];
	atomic_int stage;          /* 1: the plugin runs; 2: the database is away; 3: all was asked for */
};

static void await_stage(struct board *b, int stage)
{
	int64_t until_us = clock_mono_us() + WAIT_MS * INT64_C(1000);

	while (atomic_load(&b->stage) < stage && clock_mono_us() < until_us)
		g_usleep(2000);
	CHECK_INT(atomic_load(&b->stage), stage);
}

/* One recording from its start to its end, one that is paused when death comes. */
static void record_until_killed(struct board *b)
{
	struct take t;

	harness_start();
	g_strlcpy(b->folder, fake_folder(), sizeof(b->folder));
	host = harness_host("Hedy");
	CHECK_INT(peer_publish(host, "audio"), 0);
	atomic_store(&b->stage, 1);
	await_stage(b, 2);
	start(&t);
	turn("pause_recording", false);
	turn("resume_recording", false);
	stop(&t);
	CHECK(fake_expect(peer_pub(host), "event", "recordingstopped", WAIT_MS));
	g_strlcpy(b->closed, t.id, sizeof(b->closed));
	start(&t);
	turn("pause_recording", false);
	CHECK(fake_expect(peer_pub(host), "event", "recordingpaused", WAIT_MS));
	g_strlcpy(b->open, t.id, sizeof(b->open));
	atomic_store(&b->stage, 3);
	for (;;)
		g_usleep(100000);
}

static pid_t begin_process(struct board *b)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!setjmp(test_env))
			record_until_killed(b);
		_exit(1);
	}
	return pid;
}

/* The journal's text; NULL: there is none. g_free() it. */
static char *journal_text(const char *folder, char **path)
{
	g_autofree char *dir = g_build_filename(folder, "recordings", "journal", NULL);
	GDir *d = g_dir_open(dir, 0, NULL);
	const char *name = d ? g_dir_read_name(d) : NULL;
	char *text = NULL;

	*path = name ? g_build_filename(dir, name, NULL) : NULL;
	if (*path)
		g_file_get_contents(*path, &text, NULL, NULL);
	if (d)
		g_dir_close(d);
	return text;
}

/* The last that was asked for is in the file. */
static void await_journal(struct board *b)
{
	g_autofree char *event = g_strdup_printf("[\"%s\",\"recordingpaused\"]", b->open), *status = g_strdup_printf("[\"%s\",\"paused\",null]", b->open);
	int64_t until_us = clock_mono_us() + WAIT_MS * INT64_C(1000);
	bool there = false;

	while (!there && clock_mono_us() < until_us) {
		g_autofree char *path = NULL, *text = journal_text(b->folder, &path);

		there = text && strstr(text, event) && strstr(text, status);
		g_usleep(5000);
	}
	CHECK(there);
}

/* As when each entry was written, and the process was killed before it could note that: all of them come again. */
static void forget_what_is_done(void)
{
	g_autofree char *path = NULL, *text = journal_text(fake_folder(), &path);
	char *done = text ? strstr(text, "\"done\":\"") : NULL, digits[21];

	CHECK(done && strchr(text, '\n'));
	snprintf(digits, sizeof(digits), "%020d", (int)(strchr(text, '\n') - text) + 1);
	memcpy(done + strlen("\"done\":\""), digits, 20);
	CHECK(g_file_set_contents(path, text, -1, NULL));
}

static void check_both(struct catalog *c, struct board *b)
{
	json_t *row = await_status(c, b->closed, "processing");

	CHECK_INT(json_array_size(json_object_get(row, "flags")), 0);
	json_decref(row);
	row = await_status(c, b->open, "processing");
	CHECK_STR(json_string_value(json_array_get(json_object_get(row, "flags"), 0)), "interrupted");
	json_decref(row);
	check_events(c, b->closed, "starting started paused resumed stopped");
	check_events(c, b->open, "starting started paused stopped");
}

static int64_t rows_of(struct catalog *c)
{
	struct catalog_filter f = { .page_size = 50 };
	char next[128];
	json_t *rows;
	int64_t n;

	CHECK_INT(catalog_recording_list(c, &f, &rows, next), 0);
	n = (int64_t)json_array_size(rows);
	json_decref(rows);
	return n;
}

/* SIGKILL in an outage: the next process tells the catalog everything, in order, each once; and again, when it was killed before it could note what it had told. */
static void test_killed_while_away(void)
{
	struct board *b = mmap(NULL, sizeof(*b), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct catalog *c;
	struct take t;
	sqlite3 *other;
	json_t *row;
	pid_t pid;

	CHECK(b != MAP_FAILED);
	pid = begin_process(b);
	await_stage(b, 1);
	other = hold_database_of(b->folder);
	atomic_store(&b->stage, 2);
	await_stage(b, 3);
	await_journal(b);
	CHECK_INT(kill(pid, SIGKILL), 0);
	CHECK_INT(waitpid(pid, NULL, 0), pid);
	give_database(other);
	CHECK_INT(fake_adopt(b->folder), 0);
	c = open_catalog();
	check_both(c, b);
	for (int i = 0; i < 2; i++) {
		CHECK_INT(fake_stop(), 0);
		forget_what_is_done();
		CHECK_INT(fake_restart(), 0);
		host = harness_host("Hedy");
		CHECK_INT(peer_publish(host, "audio"), 0);
		start(&t);
		stop(&t);
		row = await_status(c, t.id, "processing");        /* written behind all that came again */
		json_decref(row);
		check_both(c, b);
		check_events(c, t.id, "starting started stopped");
		CHECK_INT(rows_of(c), 3 + i);
		if (i)
			break;
		peer_stop(host);
		peer_free(host);
	}
	catalog_close(&c);
	end();
	munmap(b, sizeof(*b));
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

/* Who may only wait claims nothing: the room's host may open the call on another server. Who waits here is told where it is. */
static void test_waiting_claims_nothing(void)
{
	struct catalog_owner o;
	struct fake_handle *h;
	struct catalog *c;
	json_t *a;

	harness_start_with("rooms: ( { id = \"demo\"; host_secret = \"hosthost\"; admission = \"lobby\" } )\n");
	c = open_catalog();
	h = fake_attach();
	a = fake_ask(h, "{'recroom':'join','room':'demo'}");
	CHECK_STR(json_str(a, "recroom"), "waiting");
	CHECK_INT(catalog_call_owner(c, "demo", &o), -ENOENT);
	CHECK_INT(catalog_host_beat(c, "other", "0.1", false), 0);
	CHECK_INT(catalog_call_claim(c, "call_demo_1_aaaaaa", "demo", "other", clock_wall_ms(), &o), 0);
	CHECK_CODE(fake_ask(fake_attach(), "{'recroom':'join','room':'demo'}"), "room_elsewhere");
	catalog_close(&c);
	harness_end();
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

static void start_limited(void)
{
	harness_start_with("capture: { chunk_ms = 500; call_end_grace_s = 1; durability = \"none\" }\n"
			   "rooms: ( { id = \"demo\"; host_secret = \"hosthost\"; publishers = 6; max_recording_s = 3600; } )\n");
}

/* The host's packets that were sampled in this time and are there all the same. */
static unsigned kept_between(const struct recorded *r, int64_t from_us, int64_t to_us)
{
	unsigned sent, n = 0;
	struct peer_frame *f = peer_frames(host, "audio", &sent);

	for (unsigned i = 0; i < sent; i++)
		n += f[i].capture_us >= from_us && f[i].capture_us < to_us && recorded_has(r, peer_id(host), "audio", f[i].number);
	g_free(f);
	return n;
}

static char *next_of(const struct take *t, struct take *next)
{
	struct fake_event *e = fake_expect(peer_pub(host), "continues", t->id, WAIT_MS);

	CHECK(e);
	g_strlcpy(next->id, json_str(e->message, "recordingId"), sizeof(next->id));
	CHECK(strcmp(next->id, t->id));
	return next->id;
}

/* Begins a recording that the catalog gives to another host, which nobody here knows yet. */
static struct catalog *begin_as_taken(struct take *t)
{
	struct catalog *c = open_catalog();

	start(t);
	json_decref(await_status(c, t->id, "recording"));
	wait_us(clock_mono_us() + 700000);
	CHECK(fake_expect(peer_pub(host), "event", "recordingstarted", WAIT_MS));
	CHECK_INT(catalog_recording_take(c, t->id), 1);
	return c;
}

static void check_closed(struct catalog *c, const struct take *old, const struct take *next)
{
	json_t *row = await_status(c, next->id, "processing");

	CHECK_STR(json_str(row, "continues"), old->id);
	json_decref(row);
	row = await_status(c, old->id, "recording");     /* until the job that closes it is done */
	CHECK_INT(json_num(row, "epoch", 0), 2);
	CHECK_STR(json_str(json_object_get(row, "job"), "kind"), "close");
	json_decref(row);
}

/* Nothing happens in the call that there would be anything to write of: the next sign of life finds out. */
static void test_taken_unasked(void)
{
	struct take t, next;
	struct catalog *c;

	begin_on(harness_start, "audio");
	c = begin_as_taken(&t);
	CHECK(fake_await(peer_pub(host), "continues", t.id, WAIT_MS));
	next_of(&t, &next);
	stop(&next);
	check_closed(c, &t, &next);
	catalog_close(&c);
	end();
}

/* Waits for no answer. */
static void say(struct peer *p, bool agree)
{
	static unsigned said;
	char transaction[24];

	g_snprintf(transaction, sizeof(transaction), "say%u", ++said);
	fake_send(peer_pub(p), transaction, json_pack("{ss sb}", "recroom", "consent", "agree", agree), NULL);
}

/* What people say in that moment is not lost: who says yes and no all the while, and at last no, is in neither from there on, and who comes is told. */
static void test_taken_in_a_storm(void)
{
	struct peer *guest, *late;
	struct recorded *r;
	struct catalog *c;
	struct take t, next;
	sqlite3 *other;
	json_t *a;
	int64_t last, no_us;
	size_t n, m;
	unsigned sent, said = 0, kept = 0;
	struct peer_frame *frames;

	begin_on(harness_start, "audio,video");
	guest = peer_join(&(struct peer_conf){ .room = "demo", .display = "Gus" }, NULL);
	CHECK_INT(peer_publish(guest, "audio"), 0);
	CHECK(peer_wait_frames(guest, "audio", 10, WAIT_MS));
	c = begin_as_taken(&t);
	other = hold_database();
	turn("pause_recording", false);
	turn("resume_recording", false);
	wait_us(clock_mono_us() + 700000);
	fake_drop_events(peer_pub(host));
	give_database(other);
	while (!fake_count(peer_pub(host), "continues", t.id) && said < 1000) {
		say(guest, said++ % 2);
		g_usleep(30000);
	}
	late = peer_join(&(struct peer_conf){ .room = "demo", .display = "Lea" }, NULL);
	say(guest, true);
	no_us = clock_mono_us();
	a = fake_ask(peer_pub(guest), "{'recroom':'consent','agree':false}");
	CHECK_CODE(a, NULL);
	CHECK_STR(json_str(a, "recordingId"), next_of(&t, &next));
	CHECK_STR(json_str(a, "state"), "declined");
	CHECK_INT(fake_count(peer_pub(guest), "code", "not_recording"), 0);
	CHECK(fake_await(peer_pub(late), "recordingId", next.id, WAIT_MS));
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
	CHECK(recorded_frames(r, peer_id(host), "audio", &m)[0].number <= last + 1);
	CHECK(m > 5);
	frames = peer_frames(guest, "audio", &sent);
	for (unsigned i = 0; i < sent; i++)
		kept += frames[i].capture_us > no_us + SLACK_US && recorded_has(r, peer_id(guest), "audio", frames[i].number);
	CHECK_INT(kept, 0);
	g_free(frames);
	recorded_free(&r);
	check_closed(c, &t, &next);
	catalog_close(&c);
	peer_stop(guest);
	peer_stop(late);
	end();
	peer_free(guest);
	peer_free(late);
}

static json_int_t ends_at(void)
{
	return json_num(fake_ask(peer_pub(host), "{'recroom':'recording_status'}"), "endsAt", 0);
}

/* A pause stays one: nothing is captured until the host goes on. Nor does the recording become any younger. */
static void test_taken_in_a_pause(void)
{
	struct recorded *r;
	struct catalog *c;
	struct take t, next;
	json_t *a;
	json_int_t end_ms;
	int64_t paused_us, resumed_us;
	size_t n;

	begin_on(start_limited, "audio,video");
	c = begin_as_taken(&t);
	end_ms = ends_at();
	CHECK(end_ms > 0);
	turn("pause_recording", false);
	paused_us = clock_mono_us();
	next_of(&t, &next);
	CHECK(fake_expect(peer_pub(host), "event", "recordingpaused", WAIT_MS));
	a = fake_ask(peer_pub(host), "{'recroom':'recording_status'}");
	CHECK_STR(json_str(a, "recordingId"), next.id);
	CHECK_STR(json_str(a, "status"), "paused");
	CHECK(ABS(ends_at() - end_ms) < 500);
	recorded_free(&(struct recorded *){ load(&t) });
	wait_us(paused_us + 1000000);
	CHECK_INT(json_num(fake_ask(peer_pub(host), "{'recroom':'recording_status'}"), "duration", -1) < 300, 1);
	turn("resume_recording", false);
	resumed_us = clock_mono_us();
	wait_us(resumed_us + TAKE_US);
	stop(&next);
	r = load(&next);
	CHECK_INT(recorded_count(r, "pause", NULL, NULL), 1);
	CHECK_INT(recorded_count(r, "resume", NULL, NULL), 1);
	recorded_frames(r, peer_id(host), "audio", &n);
	CHECK(n > 5);
	CHECK_INT(kept_between(r, paused_us + SLACK_US, resumed_us - LEAD_US), 0);
	check_complete(r, host, "audio", resumed_us + SLACK_US, next.stop_us - SLACK_US);
	recorded_free(&r);
	check_closed(c, &t, &next);
	check_events(c, next.id, "starting started paused resumed stopped");
	catalog_close(&c);
	end();
}

/* Taken while people are told that it goes on: the request for that is answered, by the new one. */
static void test_taken_at_the_end_of_a_pause(void)
{
	struct recorded *r;
	struct catalog *c;
	struct take t, next;
	struct peer *guest;
	json_t *a;
	int64_t asked_us, resumed_us;

	begin_on(harness_start, "audio");
	guest = peer_join(&(struct peer_conf){ .room = "demo", .display = "Gus" }, NULL);
	c = open_catalog();
	start(&t);
	turn("pause_recording", false);
	json_decref(await_status(c, t.id, "paused"));
	CHECK_INT(catalog_recording_take(c, t.id), 1);
	fake_push(peer_pub(guest), FAKE_PUSH_WAITS);
	asked_us = clock_mono_us();
	a = fake_ask(peer_pub(host), "{'recroom':'resume_recording'}");
	resumed_us = clock_mono_us();
	CHECK_CODE(a, NULL);
	CHECK_STR(json_str(a, "status"), "recording");
	CHECK_STR(json_str(a, "recordingId"), next_of(&t, &next));
	fake_push(peer_pub(guest), FAKE_PUSH_TAKEN);
	recorded_free(&(struct recorded *){ load(&t) });
	wait_us(resumed_us + TAKE_US);
	stop(&next);
	r = load(&next);
	CHECK_INT(kept_between(r, asked_us, resumed_us - SLACK_US), 0);
	check_complete(r, host, "audio", resumed_us + SLACK_US, next.stop_us - SLACK_US);
	recorded_free(&r);
	json_decref(await_status(c, next.id, "processing"));
	check_events(c, next.id, "starting started paused resumed stopped");
	catalog_close(&c);
	peer_stop(guest);
	end();
	peer_free(guest);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_away), TEST(test_away_at_start), TEST(test_away_at_the_end), TEST(test_killed_while_away), TEST(test_elsewhere), TEST(test_waiting_claims_nothing), TEST(test_taken),
		TEST(test_taken_paused), TEST(test_taken_unasked),
		TEST(test_taken_in_a_storm), TEST(test_taken_in_a_pause), TEST(test_taken_at_the_end_of_a_pause),
	};

	return harness_run(tests, G_N_ELEMENTS(tests), 3, argc, argv);
}
