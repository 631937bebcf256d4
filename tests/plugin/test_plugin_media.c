/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Forwarding: packets, keyframe requests, negotiations as people come and go.
 */
#include <glib.h>
#include "common/json.h"
#include "common/sync.h"
#include "tests/unit/test.h"
#include "tests/plugin/harness.h"
#include "tests/plugin/peer_sdp.h"

enum { WAIT_MS = 10000 };

static struct peer *ann, *bob;

/* Two publishers in `demo`, Ann is the host; Bob subscribes to Ann, Ann to Bob. */
static void begin(const char *sources)
{
	char streams[64];

	harness_start();
	ann = harness_host("Ann");
	CHECK_INT(peer_publish(ann, sources), 0);
	CHECK(peer_wait_frames(ann, "audio", 5, WAIT_MS));
	bob = harness_guest("Bob");
	CHECK_INT(peer_publish(bob, sources), 0);
	CHECK_INT(peer_subscribe(bob, NULL), 0);
	CHECK(fake_await(peer_pub(ann), "publishers", NULL, WAIT_MS));
	snprintf(streams, sizeof(streams), "[{'feed':'%s'}]", peer_id(bob));
	CHECK_INT(peer_subscribe(ann, streams), 0);
}

static void end(void)
{
	peer_stop(ann);
	peer_stop(bob);
	harness_end();
	peer_free(ann);
	peer_free(bob);
}

/* One after the other, but for what came late: payload type, sequence numbers without gap or repetition, time that never falls. */
static void check_continuity(struct fake_handle *h, int mindex, unsigned pt)
{
	unsigned n;
	struct fake_packet *p = fake_packets(h, mindex, &n);

	CHECK(n > 10);
	for (unsigned i = 0; i < n; i++) {
		CHECK_INT(p[i].pt, pt);
		if (!i)
			continue;
		CHECK_INT((uint16_t)(p[i].seq - p[i - 1].seq), 1);
		CHECK((int32_t)(p[i].ts - p[i - 1].ts) >= 0);
	}
	g_free(p);
}

static void test_forwarding(void)
{
	unsigned n, sent;
	struct fake_packet *p;

	begin("audio,video");
	CHECK(fake_wait_relayed(peer_sub(bob), 0, 50, WAIT_MS));
	CHECK(fake_wait_relayed(peer_sub(bob), 1, 60, WAIT_MS));
	CHECK(fake_wait_relayed(peer_sub(ann), 0, 50, WAIT_MS));
	CHECK(fake_wait_relayed(peer_sub(ann), 1, 60, WAIT_MS));
	peer_stop(ann);
	peer_stop(bob);
	fake_settle(peer_pub(ann));
	fake_settle(peer_pub(bob));
	check_continuity(peer_sub(bob), 0, 111);
	check_continuity(peer_sub(bob), 1, 96);
	check_continuity(peer_sub(ann), 0, 111);
	/* From the first one forwarded on, none is missing: the last is the last that was sent. */
	p = fake_packets(peer_sub(bob), 0, &n);
	sent = peer_packets(ann, "audio");
	CHECK_INT((unsigned)p[n - 1].tail[2] << 8 | p[n - 1].tail[3], sent - 1);
	CHECK_INT(((unsigned)p[n - 1].tail[2] << 8 | p[n - 1].tail[3]) - ((unsigned)p[0].tail[2] << 8 | p[0].tail[3]), n - 1);
	g_free(p);
	end();
}

static void test_nobody_gets_own_or_unasked_packets(void)
{
	begin("audio");
	CHECK(fake_wait_relayed(peer_sub(bob), 0, 20, WAIT_MS));
	CHECK_INT(fake_relayed(peer_pub(ann), -1), 0);
	CHECK_INT(fake_relayed(peer_pub(bob), -1), 0);
	end();
}

static void test_announcements(void)
{
	struct fake_event *e;
	json_t *list, *s;

	begin("audio,video");
	CHECK_STR(json_str(json_array_get(json_object_get(peer_joined(bob), "publishers"), 0), "id"), peer_id(ann));
	e = fake_expect(peer_pub(ann), "publishers", NULL, WAIT_MS);
	CHECK(e);
	list = json_object_get(e->message, "publishers");
	CHECK_STR(json_str(json_array_get(list, 0), "id"), peer_id(bob));
	list = json_object_get(json_array_get(list, 0), "streams");
	CHECK_INT(json_array_size(list), 2);
	s = json_array_get(list, 1);
	CHECK_STR(json_str(s, "source"), "video");
	CHECK_STR(json_str(s, "codec"), "vp8");
	CHECK_STR(json_str(s, "type"), "video");
	CHECK_STR(json_str(s, "mid"), "1");
	CHECK_INT(json_num(s, "mindex", -1), 1);
	CHECK(json_is_boolean(json_object_get(s, "muted")));
	peer_leave(bob);
	e = fake_expect(peer_pub(ann), "unpublished", peer_id(bob), WAIT_MS);
	CHECK(e);
	CHECK(fake_expect(peer_pub(ann), "leaving", peer_id(bob), WAIT_MS));
	end();
}

/* RTCP picture loss indication from a subscriber. */
static void ask_keyframe(struct fake_handle *h, int mindex)
{
	static const uint8_t pli[12] = { 0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2 };

	fake_rtcp(h, mindex, true, pli, sizeof(pli));
	fake_settle(h);
}

static void test_keyframe_requests_are_throttled_and_never_lost(void)
{
	unsigned before, burst;
	int64_t start_us;

	begin("audio,video");
	CHECK(fake_wait_plis(peer_pub(ann), 1, 1, WAIT_MS));       /* Bob's subscribing asks for one */
	CHECK(fake_wait_relayed(peer_sub(bob), 1, 30, WAIT_MS));
	before = fake_plis(peer_pub(ann), 1);
	start_us = clock_mono_us();
	for (int i = 0; i < 200; i++)
		ask_keyframe(peer_sub(bob), 1);
	burst = (unsigned)((clock_mono_us() - start_us) / 1000000) + 2;
	CHECK(fake_wait_plis(peer_pub(ann), 1, before + 1, WAIT_MS));
	CHECK(fake_plis(peer_pub(ann), 1) - before <= burst);
	/* The last of the burst was inside the throttle: it must come by itself. */
	before = fake_plis(peer_pub(ann), 1);
	ask_keyframe(peer_sub(bob), 1);
	CHECK(fake_wait_plis(peer_pub(ann), 1, before + 1, 3000));
	CHECK_INT(fake_plis(peer_pub(ann), 0), 0);
	end();
}

static void test_source_comes_and_goes(void)
{
	json_t *u;
	unsigned relayed;

	begin("audio,video");
	fake_drop_events(peer_pub(bob));
	CHECK_INT(peer_add(ann, "screen"), 0);
	CHECK(fake_expect(peer_pub(bob), "publishers", NULL, WAIT_MS));
	u = peer_update(bob, "{'recroom':'subscribe','streams':[{'feed':'%s','mid':'2'}]}", peer_id(ann));
	CHECK_INT(json_array_size(u), 3);
	CHECK(fake_wait_relayed(peer_sub(bob), 2, 30, WAIT_MS));
	CHECK_INT(peer_remove(ann, "screen"), 0);
	u = peer_next_offer(bob);                                   /* by itself */
	CHECK(u);
	CHECK_INT(json_array_size(u), 3);
	CHECK(!json_flag(json_array_get(u, 2), "active", true));
	CHECK(json_flag(json_array_get(u, 1), "active", false));
	relayed = fake_relayed(peer_sub(bob), 1);
	CHECK(fake_wait_relayed(peer_sub(bob), 1, relayed + 30, WAIT_MS));
	/* Again: the line is used again. */
	fake_drop_events(peer_pub(bob));
	CHECK_INT(peer_add(ann, "screen"), 0);
	CHECK(fake_expect(peer_pub(bob), "publishers", NULL, WAIT_MS));
	u = peer_update(bob, "{'recroom':'subscribe','streams':[{'feed':'%s','mid':'2'}]}", peer_id(ann));
	CHECK(u);
	CHECK_INT(json_array_size(u), 3);
	end();
}

static void test_requests_while_an_offer_is_outstanding(void)
{
	struct fake_event *e;
	json_t *a, *jsep = NULL;

	begin("audio,video");
	a = fake_request(peer_sub(bob), json_pack("{ss s[{ssss}]}", "recroom", "unsubscribe", "streams", "feed", peer_id(ann), "mid", "1"), NULL, &jsep);
	CHECK_STR(json_str(a, "recroom"), "updated");
	CHECK(jsep);
	a = fake_ask(peer_sub(bob), "{'recroom':'subscribe','streams':[{'feed':'%s','mid':'1'}]}", peer_id(ann));
	CHECK_STR(json_str(a, "recroom"), "updated");
	CHECK(json_flag(a, "pending", false));
	a = fake_ask(peer_sub(bob), "{'recroom':'update','unsubscribe':[{'feed':'%s','mid':'0'}]}", peer_id(ann));
	CHECK(json_flag(a, "pending", false));
	CHECK(!fake_expect(peer_sub(bob), "jsep", "offer", 300));   /* not while the first is open */
	CHECK_INT(peer_answer(bob, jsep), 0);
	e = fake_expect(peer_sub(bob), "jsep", "offer", WAIT_MS);
	CHECK(e);
	CHECK(json_str(e->message, "recroom"));
	CHECK_INT(peer_answer(bob, e->jsep), 0);
	CHECK(!fake_expect(peer_sub(bob), "jsep", "offer", 300));
	CHECK_INT(fake_count(peer_sub(bob), "error_code", NULL), 0);
	end();
}

static void test_pause_and_start(void)
{
	unsigned n;

	begin("audio");
	CHECK(fake_wait_relayed(peer_sub(bob), 0, 10, WAIT_MS));
	CHECK_STR(json_str(fake_ask(peer_sub(bob), "{'recroom':'pause'}"), "paused"), "ok");
	fake_settle(peer_pub(ann));
	n = fake_relayed(peer_sub(bob), 0);
	CHECK(!fake_wait_relayed(peer_sub(bob), 0, n + 5, 400));
	CHECK_STR(json_str(fake_ask(peer_sub(bob), "{'recroom':'start'}"), "started"), "ok");
	CHECK(fake_wait_relayed(peer_sub(bob), 0, n + 10, WAIT_MS));
	peer_stop(ann);
	fake_settle(peer_pub(ann));
	check_continuity(peer_sub(bob), 0, 111);
	end();
}

static void test_people_come_and_go(void)
{
	struct peer *eve;
	json_t *u;
	unsigned n;

	begin("audio");
	eve = harness_guest("Eve");
	fake_drop_events(peer_pub(bob));
	CHECK_INT(peer_publish(eve, "audio"), 0);
	CHECK(fake_expect(peer_pub(bob), "publishers", NULL, WAIT_MS));
	u = peer_update(bob, "{'recroom':'subscribe','streams':[{'feed':'%s'}]}", peer_id(eve));
	CHECK_INT(json_array_size(u), 2);
	CHECK(fake_wait_relayed(peer_sub(bob), 1, 20, WAIT_MS));
	peer_leave(eve);
	u = peer_next_offer(bob);
	CHECK(u && !json_flag(json_array_get(u, 1), "active", true));
	CHECK(fake_expect(peer_pub(bob), "leaving", peer_id(eve), WAIT_MS));
	n = fake_relayed(peer_sub(bob), 0);
	CHECK(fake_wait_relayed(peer_sub(bob), 0, n + 20, WAIT_MS));
	end();
	peer_free(eve);
}

static void test_kick(void)
{
	begin("audio");
	CHECK_CODE(fake_ask(peer_pub(bob), "{'recroom':'kick','id':'%s'}", peer_id(ann)), "not_host");
	CHECK_CODE(fake_ask(peer_pub(ann), "{'recroom':'kick','id':'%s'}", peer_id(bob)), NULL);
	CHECK(fake_expect(peer_pub(ann), "kicked", peer_id(bob), WAIT_MS));
	CHECK_CODE(fake_ask(peer_pub(bob), "{'recroom':'recording_status'}"), "not_joined");
	CHECK_CODE(fake_ask(peer_sub(bob), "{'recroom':'subscribe','streams':[{'feed':'%s'}]}", peer_id(ann)), "not_joined");
	CHECK(fake_closed_pcs(peer_pub(bob)) >= 1);
	CHECK(fake_closed_pcs(peer_sub(bob)) >= 1);
	CHECK_CODE(fake_ask(peer_pub(bob), "{'recroom':'join','room':'demo','resume':'%s'}", peer_resume(bob)), "denied");
	end();
}

static void test_moderate(void)
{
	unsigned n;
	struct fake_event *e;

	begin("audio,video");
	CHECK(fake_wait_relayed(peer_sub(ann), 0, 10, WAIT_MS));
	CHECK_CODE(fake_ask(peer_pub(bob), "{'recroom':'moderate','id':'%s','mid':'0','mute':true}", peer_id(ann)), "not_host");
	CHECK_CODE(fake_ask(peer_pub(ann), "{'recroom':'moderate','id':'%s','source':'audio','mute':true}", peer_id(bob)), NULL);
	e = fake_expect(peer_pub(bob), "event", "trackmuted", WAIT_MS);
	CHECK(e);
	CHECK_STR(json_str(e->message, "id"), peer_id(bob));
	CHECK_STR(json_str(e->message, "source"), "audio");
	CHECK_STR(json_str(e->message, "mid"), "0");
	fake_settle(peer_pub(bob));
	n = fake_relayed(peer_sub(ann), 0);
	CHECK(!fake_wait_relayed(peer_sub(ann), 0, n + 5, 400));
	/* Whom a host muted cannot unmute himself. */
	fake_ask(peer_pub(bob), "{'recroom':'configure','streams':[{'mid':'0','send':true}]}");
	n = fake_relayed(peer_sub(ann), 0);
	CHECK(!fake_wait_relayed(peer_sub(ann), 0, n + 5, 400));
	CHECK_CODE(fake_ask(peer_pub(ann), "{'recroom':'moderate','id':'%s','source':'audio','mute':false}", peer_id(bob)), NULL);
	CHECK(fake_expect(peer_pub(bob), "event", "trackunmuted", WAIT_MS));
	CHECK(fake_wait_relayed(peer_sub(ann), 0, n + 10, WAIT_MS));
	peer_stop(bob);
	fake_settle(peer_pub(bob));
	check_continuity(peer_sub(ann), 0, 111);
	end();
}

static void test_camera_off_and_on(void)
{
	begin("audio,video");
	CHECK_INT(peer_mute(ann, "video", true, true), 0);
	CHECK(fake_expect(peer_pub(bob), "event", "trackmuted", WAIT_MS));
	CHECK_INT(peer_mute(ann, "video", false, true), 0);
	CHECK(fake_expect(peer_pub(bob), "event", "trackunmuted", WAIT_MS));
	CHECK(fake_wait_relayed(peer_sub(bob), 1, fake_relayed(peer_sub(bob), 1) + 30, WAIT_MS));
	end();
}

static void test_unpublish_and_leave(void)
{
	json_t *u;

	begin("audio");
	CHECK_STR(json_str(fake_ask(peer_pub(ann), "{'recroom':'unpublish'}"), "unpublished"), "ok");
	CHECK(fake_expect(peer_pub(bob), "unpublished", peer_id(ann), WAIT_MS));
	u = peer_next_offer(bob);
	CHECK(u && !json_flag(json_array_get(u, 0), "active", true));
	CHECK_STR(json_str(fake_ask(peer_pub(ann), "{'recroom':'leave'}"), "leaving"), "ok");
	CHECK(fake_expect(peer_pub(bob), "leaving", peer_id(ann), WAIT_MS));
	CHECK_CODE(fake_ask(peer_pub(ann), "{'recroom':'recording_status'}"), "not_joined");
	end();
}

static void test_hangup_unpublishes(void)
{
	json_t *u;

	begin("audio");
	fake_hangup(peer_pub(ann));
	CHECK(fake_expect(peer_pub(bob), "unpublished", peer_id(ann), WAIT_MS));
	u = peer_next_offer(bob);
	CHECK(u && !json_flag(json_array_get(u, 0), "active", true));
	CHECK_CODE(fake_ask(peer_pub(ann), "{'recroom':'recording_status'}"), NULL);
	end();
}

/* Janus refuses the answer of a publish because its PeerConnection has just gone: nobody may hear of a publisher. */
static void test_failed_negotiation_is_undone(void)
{
	struct peer *eve;
	json_t *a, *jsep;
	struct peer_line line = { .mid = "0", .audio = true, .sending = true };
	char *sdp = peer_sdp_offer(&line, 1, 1);

	begin("audio");
	eve = harness_guest("Eve");
	fake_drop_events(peer_pub(bob));
	fake_fail_negotiation(peer_pub(eve), true);
	jsep = json_pack("{ssss}", "type", "offer", "sdp", sdp);
	a = fake_request(peer_pub(eve), json_pack("{ss}", "recroom", "publish"), jsep, NULL);
	CHECK(a && json_str(a, "code"));
	CHECK(!fake_expect(peer_pub(bob), "publishers", NULL, 300));
	fake_fail_negotiation(peer_pub(eve), false);
	CHECK_INT(peer_publish(eve, "audio"), 0);
	CHECK(fake_expect(peer_pub(bob), "publishers", NULL, WAIT_MS));
	peer_stop(eve);
	end();
	peer_free(eve);
	g_free(sdp);
}

static void test_late_joiner_learns_of_the_recording(void)
{
	struct peer *eve;
	json_t *a, *rec;

	begin("audio");
	a = fake_ask(peer_pub(ann), "{'recroom':'start_recording','title':'T'}");
	CHECK_CODE(a, NULL);
	eve = harness_guest("Eve");
	rec = json_object_get(peer_joined(eve), "recording");
	CHECK_STR(json_str(rec, "recordingId"), json_str(a, "recordingId"));
	CHECK_STR(json_str(rec, "status"), "recording");
	CHECK(json_num(rec, "startedAt", 0) > 0 || json_str(rec, "startedAt"));
	CHECK(json_num(rec, "duration", -1) >= 0);
	CHECK_CODE(fake_ask(peer_pub(ann), "{'recroom':'stop_recording'}"), NULL);
	end();
	peer_free(eve);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_forwarding), TEST(test_nobody_gets_own_or_unasked_packets), TEST(test_announcements),
		TEST(test_keyframe_requests_are_throttled_and_never_lost), TEST(test_source_comes_and_goes), TEST(test_requests_while_an_offer_is_outstanding),
		TEST(test_pause_and_start), TEST(test_people_come_and_go), TEST(test_kick), TEST(test_moderate), TEST(test_camera_off_and_on),
		TEST(test_unpublish_and_leave), TEST(test_hangup_unpublishes), TEST(test_failed_negotiation_is_undone),
		TEST(test_late_joiner_learns_of_the_recording),
	};

	return harness_run(tests, sizeof(tests) / sizeof(tests[0]), 2, argc, argv);
}
