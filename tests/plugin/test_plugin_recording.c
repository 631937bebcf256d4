/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Recording: what the directory and the catalog hold after calls of a few seconds, frame by frame.
 */
#include <glib.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include "common/catalog_access.h"
#include "common/catalog_share.h"
#include "common/json.h"
#include "common/sync.h"
#include "tests/unit/test.h"
#include "tests/lib/catalog_rows.h"
#include "tests/plugin/harness.h"
#include "tests/plugin/recorded.h"
#include "tests/plugin/take.h"

/* The zero of recording time on the monotonic clock: the host's answer came later, on a busy machine much later. */
static int64_t zero_us(const struct recorded *r)
{
	int64_t began_ms = (int64_t)json_num(recorded_line(r, "start", NULL, NULL, 0), "wall_ms", 0);

	return began_ms * 1000 - (clock_wall_ms() * 1000 - clock_mono_us());
}

/* Recording time follows capture time: every frame lies where its sampling lies, but for one constant, which is small. */
static void check_times(const struct recorded *r, struct peer *p, const char *source, double tolerance_ms)
{
	int64_t from_us = zero_us(r);
	size_t n;
	unsigned sent;
	const struct recorded_frame *f = recorded_frames(r, peer_id(p), source, &n);
	struct peer_frame *s = peer_frames(p, source, &sent);

	for (size_t i = 0; i < n; i++)
		CHECK_NEAR((double)f[i].t_ms, (double)(s[f[i].number].capture_us - from_us) / 1000.0, tolerance_ms);
	g_free(s);
}

static void begin(const char *sources)
{
	begin_on(harness_start, sources);
}

static void end(struct recorded *r)
{
	recorded_free(&r);
	peer_stop(host);
	harness_end();
	peer_free(host);
}

static void test_two_people(void)
{
	struct take t;
	struct recorded *r;
	struct peer *guest;
	json_t *line;

	begin("audio,video");
	guest = harness_guest("Gus");
	CHECK_INT(peer_publish(guest, "audio,video"), 0);
	start(&t);
	CHECK(fake_expect(peer_pub(guest), "event", "recordingstarting", WAIT_MS));
	CHECK(fake_expect(peer_pub(guest), "event", "recordingstarted", WAIT_MS));
	wait_us(t.started_us + 3000000);
	stop(&t);
	CHECK_NEAR(t.duration_ms, (double)(t.stop_us - t.started_us) / 1000.0, 250 * SLOWNESS);
	r = load(&t);
	check_complete(r, host, "audio", t.captured_us, t.stop_us);
	check_complete(r, host, "video", t.captured_us, t.stop_us);
	check_complete(r, guest, "audio", t.captured_us, t.stop_us);
	check_complete(r, guest, "video", t.captured_us, t.stop_us);
	check_times(r, host, "audio", 60 * SLOWNESS);
	check_times(r, guest, "video", 60 * SLOWNESS);
	line = recorded_line(r, "start", NULL, NULL, 0);
	CHECK_STR(json_str(line, "recording"), t.id);
	CHECK_STR(json_str(line, "room"), "demo");
	CHECK_STR(json_str(line, "title"), "A test");
	CHECK_INT(json_num(line, "chunk_ms", 0), 500);
	CHECK(json_num(line, "seq", 0) > 0);
	CHECK_STR(json_str(recorded_line(r, "joined", peer_id(host), NULL, 0), "role"), "host");
	CHECK_STR(json_str(recorded_line(r, "joined", peer_id(guest), NULL, 0), "role"), "guest");
	line = recorded_line(r, "segment", peer_id(host), "video", 0);
	CHECK_STR(json_str(line, "codec"), "vp8");
	CHECK_STR(json_str(line, "reason"), "start");
	CHECK_INT(json_num(line, "width", 0), 160);
	CHECK_INT(json_num(line, "height", 0), 96);
	CHECK_INT(json_num(line, "rate_hz", 0), 90000);
	CHECK_INT(recorded_count(r, "segment", NULL, NULL), 4);
	CHECK(recorded_count(r, "sync", peer_id(host), "video") >= 2);
	CHECK(recorded_count(r, "sealed", NULL, NULL) >= 6);
	line = recorded_line(r, "stop", NULL, NULL, 0);
	CHECK_INT(json_num(line, "duration_ms", 0), t.duration_ms);
	CHECK_STR(json_str(line, "reason"), "host");
	CHECK_INT(json_array_size(json_object_get(line, "flags")), 0);
	peer_stop(guest);
	end(r);
	peer_free(guest);
}

/* What the host wants of the picture is in the timeline where it was asked, and everybody is told. */
static void test_layout(void)
{
	struct take t;
	struct recorded *r;
	struct peer *guest;
	json_t *line;

	begin("audio,video");
	guest = harness_guest("Gus");
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'set_layout','layout':'speaker'}"), "not_recording");
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'start_recording','layout':'mosaic'}"), "invalid_element");
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'start_recording','layout':'custom'}"), "invalid_element");
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'start_recording','outputs':['avi']}"), "invalid_element");
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'start_recording','outputs':[{'format':'webm','image':'/etc/passwd'}]}"), "invalid_element");
	start(&t);
	CHECK_CODE(fake_ask(peer_pub(guest), "{'recroom':'set_layout','layout':'speaker'}"), "not_host");
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'set_layout','layout':'single','focus':'me'}"), "invalid_element");
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'set_layout','layout':'grid','regions':[{}]}"), "invalid_element");
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'set_layout','layout':'single','focus':'user2'}"), NULL);
	CHECK_STR(json_str(fake_expect(peer_pub(guest), "event", "layoutchanged", WAIT_MS)->message, "focus"), "user2");
	CHECK_STR(json_str(fake_ask(peer_pub(guest), "{'recroom':'recording_status'}"), "layout"), "single");
	wait_us(t.started_us + 1000000);
	stop(&t);
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'set_layout','layout':'grid'}"), "not_recording");
	r = load(&t);
	CHECK_INT(recorded_count(r, "layout", NULL, NULL), 1);
	line = recorded_line(r, "layout", NULL, NULL, 0);
	CHECK_STR(json_str(line, "layout"), "single");
	CHECK_STR(json_str(line, "focus"), "user2");
	CHECK(json_num(line, "t_ms", -1) >= 0 && json_num(line, "t_ms", -1) < 1000);
	CHECK_STR(json_str(recorded_line(r, "start", NULL, NULL, 0), "layout"), "grid");
	end(r);
	peer_free(guest);
}

static void test_status_every_second(void)
{
	struct fake_event *e;
	struct take t;

	begin("audio,video");
	start(&t);
	for (int i = 0; i < 3; i++) {
		e = fake_expect(peer_pub(host), "event", "recordingstatus", 3000);
		CHECK(e);
		CHECK_STR(json_str(e->message, "recordingId"), t.id);
		CHECK_STR(json_str(e->message, "status"), "recording");
	}
	CHECK(json_num(e->message, "duration", 0) > 0);
	CHECK(json_num(e->message, "bytes", 0) > 0);
	CHECK_INT(json_num(e->message, "tracks", 0), 2);
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'start_recording'}"), "already_recording");
	stop(&t);
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'stop_recording'}"), "not_recording");
	end(load(&t));
}

static void test_bad_network(void)
{
	struct peer_conf conf = {
		.room = "demo", .display = "Nell", .seed = 20261123, .late = 0.1, .late_ms = 120, .twice = 0.05, .jitter_ms = 60, .skew_ppm = 200,
		.ntp_offset_s = 7200, .seq0 = 65500, .ts0 = 0xffff8000U,
	};
	struct peer *nell;
	struct take t;
	struct recorded *r;

	printf("network seed %u\n", conf.seed);
	begin("audio");
	nell = peer_join(&conf, NULL);
	CHECK(nell);
	CHECK_INT(peer_publish(nell, "audio,video"), 0);
	CHECK(peer_wait_frames(nell, "video", 30, WAIT_MS));
	start(&t);
	wait_us(t.started_us + 3000000);
	stop(&t);
	r = load(&t);
	check_complete(r, nell, "audio", t.captured_us, t.stop_us - 2 * SLACK_US);
	check_complete(r, nell, "video", t.captured_us, t.stop_us - 2 * SLACK_US);
	check_times(r, nell, "audio", 100 * SLOWNESS);
	check_times(r, nell, "video", 100 * SLOWNESS);
	peer_stop(nell);
	end(r);
	peer_free(nell);
}

static void test_loss_is_told(void)
{
	struct peer_conf conf = { .room = "demo", .display = "Lou", .seed = 7, .loss = 0.03 };
	struct peer *lou;
	struct take t;
	struct recorded *r;
	size_t n;

	begin("audio");
	lou = peer_join(&conf, NULL);
	CHECK(lou);
	CHECK_INT(peer_publish(lou, "audio,video"), 0);
	start(&t);
	wait_us(t.started_us + 3000000);
	stop(&t);
	r = load(&t);                   /* whatever is there decodes */
	CHECK(recorded_frames(r, peer_id(lou), "video", &n) && n > 5);
	CHECK(recorded_count(r, "gap", peer_id(lou), "video") > 0);
	CHECK(fake_plis(peer_pub(lou), 1) > 1);
	peer_stop(lou);
	end(r);
	peer_free(lou);
}

static void test_pause_and_resume(void)
{
	struct take t;
	struct recorded *r;
	int64_t pause_us, paused_us, resume_us, resumed_us;
	json_t *pause, *resume;
	size_t n;
	const struct recorded_frame *f;

	begin("audio,video");
	start(&t);
	wait_us(t.started_us + TAKE_US);
	pause_us = clock_mono_us();
	CHECK_STR(json_str(fake_ask(peer_pub(host), "{'recroom':'pause_recording'}"), "status"), "paused");
	paused_us = clock_mono_us();
	CHECK(fake_expect(peer_pub(host), "event", "recordingpaused", WAIT_MS));
	CHECK(json_str(fake_ask(peer_pub(host), "{'recroom':'pause_recording'}"), "code"));
	CHECK_STR(json_str(fake_ask(peer_pub(host), "{'recroom':'recording_status'}"), "status"), "paused");
	wait_us(paused_us + TAKE_US);
	resume_us = clock_mono_us();
	CHECK_STR(json_str(fake_ask(peer_pub(host), "{'recroom':'resume_recording'}"), "status"), "recording");
	resumed_us = clock_mono_us();
	CHECK(fake_expect(peer_pub(host), "event", "recordingresumed", WAIT_MS));
	wait_us(resumed_us + TAKE_US);
	stop(&t);
	CHECK_NEAR(t.duration_ms, (double)(t.stop_us - t.started_us - (resume_us - pause_us)) / 1000.0, 250 * SLOWNESS);
	CHECK_NEAR(t.elapsed_ms, (double)(t.stop_us - t.started_us) / 1000.0, 250 * SLOWNESS);
	r = load(&t);
	pause = recorded_line(r, "pause", NULL, NULL, 0);
	resume = recorded_line(r, "resume", NULL, NULL, 0);
	CHECK(pause && resume);
	CHECK_INT(json_num(pause, "t_ms", -1), json_num(resume, "t_ms", -2));
	CHECK(json_num(resume, "seq", 0) > json_num(pause, "seq", 0));
	check_complete(r, host, "audio", t.captured_us, pause_us);
	check_complete(r, host, "audio", resumed_us + SLACK_US, t.stop_us);
	check_complete(r, host, "video", t.captured_us, pause_us);
	check_complete(r, host, "video", resumed_us + SLACK_US, t.stop_us);
	CHECK_STR(json_str(recorded_line(r, "segment", peer_id(host), "video", 1), "reason"), "resume");
	/* Nothing of the pause is there. */
	f = recorded_frames(r, peer_id(host), "audio", &n);
	for (size_t i = 0; i < n; i++) {
		unsigned sent;
		struct peer_frame *s = peer_frames(host, "audio", &sent);
		int64_t at_us = s[f[i].number].capture_us;

		g_free(s);
		CHECK(at_us < paused_us + 50000 || at_us > resume_us - 50000);
	}
	end(r);
}

static void test_two_cycles(void)
{
	struct take a, b;
	struct recorded *ra, *rb;

	begin("audio,video");
	start(&a);
	wait_us(a.started_us + TAKE_US);
	stop(&a);
	start(&b);
	wait_us(b.started_us + TAKE_US);
	stop(&b);
	CHECK(strcmp(a.id, b.id));
	ra = load(&a);
	rb = load(&b);
	check_complete(ra, host, "audio", a.captured_us, a.stop_us);
	check_complete(rb, host, "audio", b.captured_us, b.stop_us);
	check_complete(ra, host, "video", a.captured_us, a.stop_us);
	check_complete(rb, host, "video", b.captured_us, b.stop_us);
	recorded_free(&ra);
	end(rb);
}

static void test_empty_recording(void)
{
	struct take t;
	struct recorded *r;

	begin(NULL);
	start(&t);
	wait_us(t.started_us + TAKE_US);
	stop(&t);
	r = load(&t);
	CHECK_INT(recorded_count(r, "chunk", NULL, NULL), 0);
	CHECK_INT(recorded_count(r, "segment", NULL, NULL), 0);
	CHECK(recorded_count(r, "sealed", NULL, NULL) >= 2);
	CHECK_NEAR(json_num(recorded_line(r, "stop", NULL, NULL, 0), "duration_ms", 0), TAKE_US / 1000, 250 * SLOWNESS);
	end(r);
}

static void test_late_joiner_and_early_leaver(void)
{
	struct peer *early, *late;
	struct take t;
	struct recorded *r;
	int64_t left_us, joined_us;
	json_t *told;

	begin("audio");
	early = harness_guest("Early");
	CHECK_INT(peer_publish(early, "audio,video"), 0);
	start(&t);
	wait_us(t.started_us + TAKE_US);
	left_us = clock_mono_us();
	peer_leave(early);
	late = harness_guest("Late");
	told = json_object_get(peer_joined(late), "recording");
	CHECK_STR(json_str(told, "recordingId"), t.id);
	CHECK(g_str_equal(json_str(told, "startedBy"), peer_id(host)) && g_str_equal(json_str(told, "startedByName"), "Hedy"));
	CHECK_INT(peer_publish(late, "audio,video"), 0);
	joined_us = clock_mono_us();
	wait_us(joined_us + TAKE_US);
	stop(&t);
	r = load(&t);
	check_complete(r, early, "audio", t.captured_us, left_us - SLACK_US);
	check_complete(r, early, "video", t.captured_us, left_us - SLACK_US);
	check_complete(r, late, "audio", joined_us + 2 * SLACK_US, t.stop_us);
	check_complete(r, late, "video", joined_us + 2 * SLACK_US, t.stop_us);
	CHECK_NEAR(json_num(recorded_line(r, "left", peer_id(early), NULL, 0), "t_ms", 0), (double)(left_us - t.started_us) / 1000.0, 300 * SLOWNESS);
	CHECK_NEAR(json_num(recorded_line(r, "joined", peer_id(late), NULL, 0), "t_ms", 0), (double)(joined_us - t.started_us) / 1000.0, 300 * SLOWNESS);
	peer_stop(late);
	end(r);
	peer_free(early);
	peer_free(late);
}

static void test_camera_off(void)
{
	struct take t;
	struct recorded *r;
	int64_t off_us, on_us;
	json_t *muted, *unmuted;

	begin("audio,video");
	start(&t);
	wait_us(t.started_us + TAKE_US);
	off_us = clock_mono_us();
	CHECK_INT(peer_mute(host, "video", true, true), 0);
	wait_us(off_us + TAKE_US);
	on_us = clock_mono_us();
	CHECK_INT(peer_mute(host, "video", false, true), 0);
	wait_us(on_us + TAKE_US);
	stop(&t);
	r = load(&t);
	check_complete(r, host, "audio", t.captured_us, t.stop_us);
	check_complete(r, host, "video", t.captured_us, off_us - SLACK_US);
	check_complete(r, host, "video", on_us + SLACK_US, t.stop_us);
	muted = recorded_line(r, "muted", peer_id(host), "video", 0);
	unmuted = recorded_line(r, "unmuted", peer_id(host), "video", 0);
	CHECK(muted && unmuted);
	CHECK_NEAR(json_num(muted, "t_ms", 0), (double)(off_us - t.started_us) / 1000.0, 300 * SLOWNESS);
	CHECK_NEAR(json_num(unmuted, "t_ms", 0), (double)(on_us - t.started_us) / 1000.0, 300 * SLOWNESS);
	CHECK_STR(json_str(recorded_line(r, "segment", peer_id(host), "video", 1), "reason"), "unmuted");
	end(r);
}

static void test_screen_share(void)
{
	struct take t;
	struct recorded *r;
	int64_t shared_us;

	begin("audio,video");
	start(&t);
	wait_us(t.started_us + 700000);
	CHECK_INT(peer_add(host, "screen"), 0);
	shared_us = clock_mono_us();
	wait_us(shared_us + TAKE_US + 100000);
	CHECK_INT(peer_remove(host, "screen"), 0);
	wait_us(clock_mono_us() + 400000);
	stop(&t);
	r = load(&t);
	check_complete(r, host, "screen", shared_us + SLACK_US, shared_us + TAKE_US);
	check_complete(r, host, "video", t.captured_us, t.stop_us);
	end(r);
}

/* --- the catalog --- */

static struct catalog *catalog(void)
{
	char *url = g_strdup_printf("sqlite:%s/recordings/recroom.db", fake_folder());
	struct catalog *c = NULL;

	CHECK_INT(catalog_open(&c, url), 0);
	g_free(url);
	return c;
}

/* The row of a recording once it has this status. */
static json_t *row_with_status(const char *id, const char *status)
{
	int64_t deadline_us = clock_mono_us() + WAIT_MS * 1000;
	struct catalog *c = catalog();
	json_t *row = NULL;

	while (clock_mono_us() < deadline_us) {
		json_decref(row);
		row = NULL;
		if (!catalog_recording_get(c, id, &row) && !strcmp(json_str(row, "status"), status))
			break;
		g_usleep(10000);
	}
	catalog_close(&c);
	CHECK(row);
	CHECK_STR(json_str(row, "status"), status);
	return row;
}

static void check_events(const char *id)
{
	static const char *const types[] = { "recordingstarting", "recordingstarted", "recordingstopped" };
	struct catalog *c = catalog();
	json_t *rows = NULL, *row;
	int64_t seq = 0;
	size_t i, n = 0;

	CHECK_INT(catalog_event_since(c, 0, 100, &rows), 0);
	json_array_foreach(rows, i, row) {
		if (strcmp(json_str(row, "recording"), id))
			continue;
		CHECK(n < G_N_ELEMENTS(types));
		CHECK_STR(json_str(row, "type"), types[n++]);
		CHECK_INT(json_num(row, "seq", -1), ++seq);
		CHECK_STR(json_str(row, "origin"), "plugin");
	}
	CHECK_INT(n, G_N_ELEMENTS(types));
	json_decref(rows);
	catalog_close(&c);
}

/* The access log has what the host did, oldest first; what was refused is not in it, nor that they looked twice. */
static void check_accesses(const char *id)
{
	const struct catalog_access_filter f = { .recording = id, .limit = 100 };
	int64_t deadline_us = clock_mono_us() + WAIT_MS * 1000;
	char *actor = g_strdup_printf("%s/%s", json_str(peer_joined(host), "callId"), peer_id(host));
	struct catalog *c = catalog();
	json_t *rows = NULL, *row;
	GString *all = g_string_new("");

	do {                           /* the deletion is written before what is noted of it */
		json_decref(rows);
		CHECK_INT(catalog_access_list(c, &f, &rows), 0);
	} while (g_strcmp0(json_str(json_array_get(rows, 0), "action"), "deleted") && clock_mono_us() < deadline_us);
	for (size_t i = json_array_size(rows); i-- > 0;) {
		row = json_array_get(rows, i);
		CHECK_STR(json_str(row, "actor"), actor);
		g_string_append_printf(all, "%s %s ", json_str(row, "action"), json_str(row, "item") ? json_str(row, "item") : "-");
	}
	CHECK_STR(all->str, "viewed - recomposed 2 cancelled 2 recomposed 2 deleted - ");
	g_string_free(all, TRUE);
	json_decref(rows);
	catalog_close(&c);
	g_free(actor);
}

#define RECOMPOSE "{'recroom':'recompose','recordingId':'%s',"

/* Another output, cancelled, and asked for again. */
static void check_outputs(const char *id, struct peer *guest)
{
	json_t *a;

	CHECK_CODE(fake_ask(peer_pub(guest), RECOMPOSE "'output':{}}", id), "not_host");
	CHECK_CODE(fake_ask(peer_pub(host), RECOMPOSE "'outputId':1,'output':{}}", id), "invalid_element");
	CHECK_CODE(fake_ask(peer_pub(host), RECOMPOSE "'output':{'layuot':'grid'}}", id), "invalid_element");
	CHECK_CODE(fake_ask(peer_pub(host), RECOMPOSE "'output':{'without':['user9']}}", id), "no_such_participant");
	CHECK_CODE(fake_ask(peer_pub(host), RECOMPOSE "'outputId':1}", id), "recording_busy");
	a = fake_ask(peer_pub(host), RECOMPOSE "'output':{'layout':'speaker','format':'mp4'}}", id);
	CHECK_CODE(a, NULL);
	CHECK_INT(json_num(a, "outputId", 0), 2);
	CHECK_CODE(fake_ask(peer_pub(guest), "{'recroom':'cancel_job','recordingId':'%s','outputId':2}", id), "not_host");
	a = fake_ask(peer_pub(host), "{'recroom':'cancel_job','recordingId':'%s','outputId':2}", id);
	CHECK_STR(json_str(a, "state"), "cancelled");
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'cancel_job','recordingId':'%s','outputId':2}", id), "recording_busy");
	CHECK_CODE(fake_ask(peer_pub(host), RECOMPOSE "'outputId':2}", id), NULL);
	CHECK_CODE(fake_ask(peer_pub(host), RECOMPOSE "'outputId':7}", id), "not_found");
}

/* Links are a host's affair, to what is finished, and of this room; that they open something is REST's. */
static void check_shares(const char *id, struct peer *guest)
{
	CHECK_CODE(fake_ask(peer_pub(guest), "{'recroom':'share_recording','recordingId':'%s'}", id), "not_host");
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'share_recording','recordingId':'%s'}", id), "not_found");
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'share_recording','recordingId':'%s','expiresInS':-1}", id), "invalid_element");
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'share_recording','recordingId':'rec_demo_1_aaaaaa'}"), "no_such_recording");
	CHECK_CODE(fake_ask(peer_pub(guest), "{'recroom':'revoke_share','recordingId':'%s','shareId':'x'}", id), "not_host");
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'revoke_share','recordingId':'%s','shareId':'x'}", id), "not_found");
}

/* As if the worker had made it. */
static void finish(const char *id)
{
	struct catalog *c = catalog();

	CHECK_INT(finish_recording(c, id, "output.webm", 4, NULL), 0);
	catalog_close(&c);
}

static void test_share(void)
{
	struct recorded *r;
	struct catalog *c;
	struct take t;
	char *share_id, *url, secret_id[SHARE_ID];
	json_t *a, *row = NULL;

	begin("audio");
	start(&t);
	wait_us(t.started_us + TAKE_US);
	stop(&t);
	r = load(&t);
	json_decref(row_with_status(t.id, "processing"));
	finish(t.id);
	a = fake_ask(peer_pub(host), "{'recroom':'share_recording','recordingId':'%s','expiresInS':60}", t.id);
	CHECK_CODE(a, NULL);
	CHECK_STR(json_str(a, "recroom"), "shared");
	CHECK(json_num(a, "expiresAt", 0) > clock_wall_ms());
	share_id = g_strdup(json_str(a, "shareId"));
	url = g_strdup(json_str(a, "url"));
	CHECK(g_str_has_prefix(url, "/s/"));
	CHECK_INT(share_id_of(secret_id, url + 3), 0);
	CHECK_STR(secret_id, share_id);
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'revoke_share','recordingId':'%s','shareId':'%s'}", t.id, share_id), NULL);
	c = catalog();
	CHECK_INT(catalog_share_get(c, share_id, &row), 0);
	CHECK_INT(json_num(row, "gone", 0), 1);
	CHECK(g_str_has_suffix(json_str(row, "created_by"), "/user1"));
	json_decref(row);
	catalog_close(&c);
	g_free(share_id);
	g_free(url);
	end(r);
}

static void test_catalog_rows(void)
{
	struct peer *guest;
	struct recorded *r;
	struct take t;
	json_t *row, *a;

	begin("audio,video");
	guest = harness_guest("Gus");
	start(&t);
	json_decref(row_with_status(t.id, "recording"));
	wait_us(t.started_us + TAKE_US);
	stop(&t);
	r = load(&t);
	row = row_with_status(t.id, "processing");
	CHECK_STR(json_str(row, "room"), "demo");
	CHECK_STR(json_str(row, "title"), "A test");
	CHECK_STR(json_str(row, "call_id"), json_str(peer_joined(host), "callId"));
	CHECK_INT(json_num(row, "duration_ms", 0), t.duration_ms);
	CHECK_INT(json_num(row, "tracks", 0), 2);
	CHECK(json_num(row, "bytes", 0) > 0);
	CHECK_INT(json_array_size(json_object_get(row, "flags")), 0);
	CHECK_INT(json_array_size(json_object_get(row, "participants")), 2);
	CHECK_STR(json_str(json_object_get(row, "job"), "kind"), "compose");
	CHECK_STR(json_str(json_object_get(row, "job"), "state"), "queued");
	json_decref(row);
	check_events(t.id);
	a = fake_ask(peer_pub(host), "{'recroom':'list_recordings'}");
	CHECK_INT(json_array_size(json_object_get(a, "recordings")), 1);
	a = fake_ask(peer_pub(host), "{'recroom':'get_recording','recordingId':'%s'}", t.id);
	CHECK_CODE(a, NULL);
	check_shares(t.id, guest);
	check_outputs(t.id, guest);
	a = fake_ask(peer_pub(host), "{'recroom':'delete_recording','recordingId':'%s'}", t.id);
	CHECK_STR(json_str(a, "status"), "deleting");
	json_decref(row_with_status(t.id, "deleting"));
	check_accesses(t.id);
	end(r);
	peer_free(guest);
}

static void await_told(const char *event, const char *id)
{
	int64_t deadline_us = clock_mono_us() + WAIT_MS * 1000;

	while (!fake_notified(event, id) && clock_mono_us() < deadline_us)
		g_usleep(10000);
	CHECK_INT(fake_notified(event, id), 1);
}

/* A recording made on a host, in a room that is not there, is completed. */
static void complete_elsewhere(struct catalog *c, const char *id, const char *host_id)
{
	struct catalog_new_recording r = { .id = id, .room = "gone", .call_id = "call_gone_1_aaaaaa", .host_id = host_id, .started_ms = 1000 };
	json_t *payload = json_pack("{s:s}", "recordingId", id);

	CHECK_INT(catalog_recording_insert(c, &r), 0);
	CHECK_INT(catalog_event_insert(c, id, 0, "recordingcompleted", payload, "worker"), 0);
	json_decref(payload);
}

/* Janus' event handlers hear of it once: also when the room is gone by then, and from the host alone that recorded. */
static void check_told(struct catalog *c, const char *id)
{
	json_t *row = NULL;

	await_told("recordingcompleted", id);
	CHECK_INT(fake_notified("recordingstarted", id), 1);
	CHECK_INT(fake_notified("recordingstopped", id), 1);
	CHECK_INT(catalog_recording_get(c, id, &row), 0);
	complete_elsewhere(c, "rec_gone_1000_aaaaaa", "another");
	complete_elsewhere(c, "rec_gone_1000_bbbbbb", json_str(row, "host_id"));
	await_told("recordingcompleted", "rec_gone_1000_bbbbbb");
	CHECK_INT(fake_notified("recordingcompleted", "rec_gone_1000_aaaaaa"), 0);
	json_decref(row);
}

/* The worker's doing comes to the room as events. */
static void test_worker_events_reach_the_room(void)
{
	struct catalog_job job;
	struct catalog_file file = { .kind = "media", .name = "output.webm", .mime = "video/webm", .sha256 = "00", .size = 5 };
	struct catalog_result result = { .mime = "video/webm", .size = 5, .duration_ms = 1000, .files = &file, .nfiles = 1, .spec = "{}" };
	struct fake_event *e;
	struct catalog *c;
	struct take t;
	char *path;

	begin("audio");
	start(&t);
	wait_us(t.started_us + 700000);
	stop(&t);
	json_decref(row_with_status(t.id, "processing"));
	path = g_strdup_printf("%s/output.webm", t.id);
	result.path = path;
	c = catalog();
	CHECK_INT(take_job(c, "worker/1", &job), 1);
	CHECK_STR(job.recording, t.id);
	CHECK_INT(catalog_job_progress(c, job.id, "worker/1", &(struct catalog_progress){ "compose", 50, 1000, 0 }), 0);
	e = fake_expect(peer_pub(host), "event", "recordingprogress", WAIT_MS);
	CHECK(e);
	CHECK_INT(json_num(e->message, "percent", 0), 50);
	CHECK_STR(json_str(e->message, "recordingId"), t.id);
	CHECK_INT(catalog_job_done(c, job.id, "worker/1", &result), 0);
	e = fake_expect(peer_pub(host), "event", "recordingcompleted", WAIT_MS);
	CHECK(e);
	CHECK_STR(json_str(e->message, "outputPath"), path);
	CHECK_INT(json_num(e->message, "size", 0), 5);
	CHECK_INT(json_num(e->message, "duration", 0), 1000);
	check_told(c, t.id);
	catalog_close(&c);
	g_free(path);
	end(NULL);
}

/* --- ends that nobody asked for --- */

static void check_closed(const struct take *t, const char *reason, const char *flag)
{
	char *dir = recording_dir(t->id);
	struct recorded *r = recorded_load(dir, false);
	json_t *line, *row;

	CHECK(r);
	line = recorded_line(r, "stop", NULL, NULL, 0);
	CHECK(line);
	if (reason)
		CHECK_STR(json_str(line, "reason"), reason);
	if (flag)
		CHECK_STR(json_string_value(json_array_get(json_object_get(line, "flags"), 0)), flag);
	row = row_with_status(t->id, "processing");
	if (flag)
		CHECK_STR(json_string_value(json_array_get(json_object_get(row, "flags"), 0)), flag);
	CHECK(json_object_get(row, "job"));
	json_decref(row);
	check_complete(r, host, "audio", t->captured_us, t->stop_us - SLACK_US);
	recorded_free(&r);
	g_free(dir);
}

static void stop_host(void *unused)
{
	(void)unused;
	peer_stop(host);
}

static void test_destroy_closes_the_recording(void)
{
	struct take t;

	begin("audio,video");
	start(&t);
	wait_us(t.started_us + TAKE_US);
	t.stop_us = clock_mono_us();
	CHECK_INT(fake_stop_while(stop_host, NULL), 0);
	check_closed(&t, NULL, "interrupted");
	fake_cleanup();
	peer_free(host);
}

static void test_empty_call_ends_the_recording(void)
{
	struct take t;

	begin("audio,video");
	start(&t);
	wait_us(t.started_us + TAKE_US);
	t.stop_us = clock_mono_us();
	peer_leave(host);
	json_decref(row_with_status(t.id, "processing"));
	check_closed(&t, NULL, NULL);
	harness_end();
	peer_free(host);
}

/* In a process of its own: records three seconds, tells its folder and recording on `fd`, and dies. */
static void record_and_die(int fd)
{
	struct take t;

	begin("audio,video");
	start(&t);
	wait_us(t.started_us + 3000000);
	dprintf(fd, "%s %s\n", fake_folder(), t.id);
	raise(SIGKILL);
}

static void check_recovered(const struct take *t)
{
	json_t *row = row_with_status(t->id, "processing"), *line;
	char *dir = recording_dir(t->id);
	struct recorded *r = recorded_load(dir, false);
	const struct recorded_frame *f;
	size_t n;

	CHECK(r);
	CHECK_INT(recorded_count(r, "recovered", NULL, NULL), 1);
	line = recorded_line(r, "stop", NULL, NULL, 0);
	CHECK_STR(json_string_value(json_array_get(json_object_get(line, "flags"), 0)), "interrupted");
	f = recorded_frames(r, "user1", "audio", &n);
	CHECK(n > 0);
	for (size_t i = 1; i < n; i++)
		CHECK_INT(f[i].number, f[i - 1].number + 1);
	/* At most a chunk, the reordering time and the write under way are lost. */
	CHECK(f[n - 1].t_ms >= 3000 - (500 + 1000 + 300 * SLOWNESS));
	CHECK(json_num(line, "duration_ms", 0) >= f[n - 1].t_ms);
	CHECK_STR(json_string_value(json_array_get(json_object_get(row, "flags"), 0)), "interrupted");
	json_decref(row);
	recorded_free(&r);
	g_free(dir);
}

static void test_killed_recording_is_recovered(void)
{
	struct take t;
	char folder[128];
	int fds[2], status;
	pid_t pid;
	FILE *f;

	CHECK_INT(pipe(fds), 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		record_and_die(fds[1]);
		_exit(1);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	f = fdopen(fds[0], "r");
	CHECK_INT(fscanf(f, "%127s %111s", folder, t.id), 2);
	fclose(f);
	close(fds[1]);
	CHECK_INT(fake_adopt(folder), 0);
	check_recovered(&t);
	harness_end();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_two_people), TEST(test_layout), TEST(test_status_every_second), TEST(test_bad_network), TEST(test_loss_is_told), TEST(test_pause_and_resume),
		TEST(test_two_cycles), TEST(test_empty_recording), TEST(test_late_joiner_and_early_leaver), TEST(test_camera_off), TEST(test_screen_share),
		TEST(test_catalog_rows), TEST(test_share), TEST(test_worker_events_reach_the_room), TEST(test_destroy_closes_the_recording), TEST(test_empty_call_ends_the_recording),
		TEST(test_killed_recording_is_recovered),
	};

	return harness_run(tests, sizeof(tests) / sizeof(tests[0]), 3, argc, argv);
}
