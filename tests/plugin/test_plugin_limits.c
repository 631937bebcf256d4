/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every limit: reached, refused with its code, and then the same thing works again.
 */
#include <glib.h>
#include "common/json.h"
#include "common/sync.h"
#include "tests/unit/test.h"
#include "tests/plugin/fake_core.h"
#include "tests/plugin/harness.h"
#include "tests/plugin/peer_sdp.h"

enum { WAIT_MS = 15000, ROOMS = 8, HANDLES = 40 };

static bool is_code(json_t *answer, const char *code)
{
	return answer && json_str(answer, "code") && !strcmp(json_str(answer, "code"), code);
}

/* Asks until it is let in, waiting as long as it is told to. */
static json_t *ask_patiently(struct fake_handle *h, const char *request)
{
	int64_t until_us = clock_mono_us() + WAIT_MS * 1000;
	json_t *a;

	do {
		a = fake_ask(h, "%s", request);
		if (a && json_num(a, "retryAfterMs", 0))
			g_usleep((gulong)json_num(a, "retryAfterMs", 0) * 1000);
	} while (a && json_num(a, "retryAfterMs", 0) && clock_mono_us() < until_us);
	return a;
}

static void test_rooms(void)
{
	struct fake_handle *h;
	json_t *a = NULL;
	int made = 3;

	harness_start();
	h = fake_attach();
	for (; made < 2 * ROOMS && !is_code(a, "limit"); made++)
		a = fake_ask(h, "{'recroom':'create','room':'r%d','admin_key':'adminadmin'}", made);
	CHECK_INT(made, ROOMS + 1);
	CHECK_CODE(a, "limit");
	CHECK_CODE(fake_ask(h, "{'recroom':'destroy','room':'r3','admin_key':'adminadmin'}"), NULL);
	CHECK_CODE(fake_ask(h, "{'recroom':'create','room':'again','admin_key':'adminadmin'}"), NULL);
	harness_end();
}

static void test_handles(void)
{
	struct fake_handle *h[HANDLES + 1];
	int n = 0;

	harness_start();
	while (n <= HANDLES && (h[n] = fake_attach()))
		n++;
	CHECK_INT(n, HANDLES);
	CHECK_CODE(fake_ask(h[1], "{'recroom':'join','room':'demo'}"), NULL);
	fake_detach(h[0]);
	fake_settle(h[0]);
	CHECK(fake_attach());
	CHECK(!fake_attach());
	harness_end();
}

static void test_people(void)
{
	struct fake_handle *h[3];

	harness_start();
	for (int i = 0; i < 3; i++)
		h[i] = fake_attach();
	CHECK_CODE(fake_ask(h[0], "{'recroom':'create','room':'two','people':2,'admin_key':'adminadmin'}"), NULL);
	CHECK_CODE(fake_ask(h[0], "{'recroom':'create','room':'many','people':1001,'admin_key':'adminadmin'}"), "invalid_element");
	CHECK_CODE(fake_ask(h[0], "{'recroom':'create','room':'many','people':4294967298,'admin_key':'adminadmin'}"), "invalid_element");
	CHECK_CODE(fake_ask(h[0], "{'recroom':'join','room':'two'}"), NULL);
	CHECK_CODE(fake_ask(h[1], "{'recroom':'join','room':'two'}"), NULL);
	CHECK_CODE(fake_ask(h[2], "{'recroom':'join','room':'two'}"), "call_full");
	CHECK_CODE(fake_ask(h[1], "{'recroom':'leave'}"), NULL);
	CHECK(fake_expect(h[0], "leaving", NULL, WAIT_MS));
	CHECK_CODE(fake_ask(h[2], "{'recroom':'join','room':'two'}"), NULL);
	harness_end();
}

/* A handle's offer of n audio m-lines. */
static json_t *offer(struct fake_handle *h, const char *request, unsigned n)
{
	struct peer_line lines[32];
	char *sdp;
	json_t *jsep;

	for (unsigned i = 0; i < n; i++) {
		lines[i] = (struct peer_line){ .audio = true, .sending = true };
		g_snprintf(lines[i].mid, sizeof(lines[i].mid), "%u", i);
	}
	sdp = peer_sdp_offer(lines, n, 1);
	jsep = json_pack("{ssss}", "type", "offer", "sdp", sdp);
	g_free(sdp);
	return fake_request(h, json_pack("{ss}", "recroom", request), jsep, NULL);
}

static void test_publishers_and_streams(void)
{
	struct fake_handle *h[5];

	harness_start_limits("max_streams = 2;");
	for (int i = 0; i < 5; i++) {
		h[i] = fake_attach();
		CHECK_CODE(fake_ask(h[i], "{'recroom':'join','room':'demo'}"), NULL);
		CHECK_CODE(offer(h[i], "publish", 3), i < 4 ? "limit" : "room_full");
		CHECK_CODE(offer(h[i], "publish", 2), i < 4 ? NULL : "room_full");
	}
	CHECK_CODE(fake_ask(h[0], "{'recroom':'unpublish'}"), NULL);
	CHECK_CODE(offer(h[4], "publish", 2), NULL);
	harness_end();
}

static void test_subscriptions(void)
{
	struct peer *one, *two, *watcher;
	char *text;

	harness_start_limits("max_subscriptions = 3;");
	one = harness_guest("One");
	two = harness_guest("Two");
	watcher = harness_guest("Watcher");
	CHECK_INT(peer_publish(one, "audio,video"), 0);
	CHECK_INT(peer_publish(two, "audio,video"), 0);
	CHECK(fake_expect(peer_pub(watcher), "publishers", NULL, WAIT_MS) && fake_expect(peer_pub(watcher), "publishers", NULL, WAIT_MS));
	text = g_strdup_printf("[{'feed':'%s'},{'feed':'%s'}]", peer_id(one), peer_id(two));
	CHECK_INT(peer_subscribe(watcher, text), 416);
	g_free(text);
	text = g_strdup_printf("[{'feed':'%s'}]", peer_id(one));
	CHECK_INT(peer_subscribe(watcher, text), 0);
	g_free(text);
	CHECK(!peer_update(watcher, "{'recroom':'subscribe','streams':[{'feed':'%s'}]}", peer_id(two)));
	CHECK(peer_update(watcher, "{'recroom':'subscribe','streams':[{'feed':'%s','mid':'0'}]}", peer_id(two)));
	CHECK(fake_wait_relayed(peer_sub(watcher), 2, 5, WAIT_MS));
	peer_stop(one);
	peer_stop(two);
	harness_end();
	peer_free(one);
	peer_free(two);
	peer_free(watcher);
}

static void test_recordings(void)
{
	struct fake_handle *a, *b;

	harness_start_limits("max_recordings = 1;");
	a = fake_attach();
	b = fake_attach();
	CHECK_CODE(fake_ask(a, "{'recroom':'join','room':'demo','secret':'hosthost'}"), NULL);
	CHECK_CODE(fake_ask(b, "{'recroom':'join','room':'locked','secret':'hosthost'}"), NULL);
	CHECK_CODE(fake_ask(a, "{'recroom':'start_recording'}"), NULL);
	CHECK_CODE(fake_ask(b, "{'recroom':'start_recording'}"), "limit");
	CHECK(json_is_null(json_object_get(fake_ask(b, "{'recroom':'recording_status'}"), "recordingId")));
	CHECK_CODE(fake_ask(a, "{'recroom':'start_recording'}"), "limit");
	CHECK_CODE(fake_ask(a, "{'recroom':'stop_recording'}"), NULL);
	CHECK(fake_expect(a, "event", "recordingstopped", WAIT_MS));
	for (int64_t until_us = clock_mono_us() + WAIT_MS * 1000; is_code(fake_ask(b, "{'recroom':'start_recording'}"), "limit");) {
		CHECK(clock_mono_us() < until_us);
		g_usleep(100000);
	}
	CHECK_CODE(fake_ask(b, "{'recroom':'stop_recording'}"), NULL);
	harness_end();
}

/* One track is recorded, the other is not, which is said; when the recording is over, its track is free again. */
static void test_recorded_tracks(void)
{
	struct peer *host;

	harness_start_limits("max_recorded_tracks = 1;");
	host = harness_host("Hedy");
	CHECK_INT(peer_publish(host, "audio,video"), 0);
	CHECK(peer_wait_frames(host, "audio", 5, WAIT_MS));
	for (int i = 0; i < 2; i++) {
		struct fake_event *e;

		CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'start_recording'}"), NULL);
		e = fake_expect(peer_pub(host), "event", "recordingdegraded", WAIT_MS);
		CHECK(e && !strcmp(json_str(e->message, "reason"), "tracks"));
		CHECK(fake_expect(peer_pub(host), "tracks", "1", WAIT_MS));
		CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'stop_recording'}"), NULL);
		CHECK(fake_expect(peer_pub(host), "event", "recordingstopped", WAIT_MS));
	}
	peer_stop(host);
	harness_end();
	peer_free(host);
}

static json_t *nested(int levels)
{
	json_t *v = json_array();

	for (int i = 1; i < levels; i++)
		v = json_pack("[o]", v);
	return v;
}

static void test_large_requests(void)
{
	static const char *const texts[] = { "join','display", "join','pin", "join','secret", "join','token", "join','resume", "create','description",
					     "create','secret", "create','admin_key" };
	struct fake_handle *h;
	char *long_text = g_strnfill(5000, 'x'), *huge = g_strnfill(70000, 'x');

	harness_start();
	h = fake_attach();
	CHECK_CODE(fake_request(h, json_pack("{ssssss}", "recroom", "exists", "room", "demo", "x", huge), NULL, NULL), "too_large");
	CHECK_CODE(fake_request(h, json_pack("{ss ss so}", "recroom", "exists", "room", "demo", "x", nested(20)), NULL, NULL), "too_large");
	CHECK_CODE(fake_request(h, json_pack("{ss ss so}", "recroom", "exists", "room", "demo", "x", nested(15)), NULL, NULL), NULL);
	CHECK_CODE(fake_request(h, json_pack("{ssss}", "recroom", "exists", "room", "demo"), json_pack("{ss ss so}", "type", "offer", "sdp", "v=0",
												       "candidates", nested(100)), NULL), "too_large");
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		CHECK_CODE(fake_ask(h, "{'recroom':'%s':'%s','room':'demo'}", texts[i], long_text), "invalid_element");
	CHECK_CODE(fake_ask(h, "{'recroom':'join','room':'demo','secret':'hosthost'}"), NULL);
	CHECK_CODE(fake_ask(h, "{'recroom':'start_recording','title':'%s'}", long_text), "invalid_element");
	CHECK_CODE(fake_ask(h, "{'recroom':'start_recording','custom':{'x':'%s'}}", long_text), "too_large");
	CHECK_CODE(fake_ask(h, "{'recroom':'recording_status'}"), NULL);
	harness_end();
	g_free(long_text);
	g_free(huge);
}

static void test_requests_a_second(void)
{
	struct fake_handle *h, *other;
	int refused = 0;

	harness_start_limits("requests_per_s = 2; requests_burst = 5;");
	h = fake_attach();
	other = fake_attach();
	for (int i = 0; i < 30; i++) {
		json_t *a = fake_ask(h, "{'recroom':'list'}");

		refused += is_code(a, "too_many_requests") && json_num(a, "retryAfterMs", 0) > 0;
	}
	CHECK(refused > 0);
	CHECK_CODE(fake_ask(other, "{'recroom':'list'}"), NULL);
	CHECK_CODE(ask_patiently(h, "{'recroom':'join','room':'demo'}"), NULL);
	harness_end();
}

static void test_offers_a_second(void)
{
	struct fake_handle *h;
	int taken = 0, refused = 0;
	json_t *a;

	harness_start_limits("offers_per_s = 1; offers_burst = 3;");
	h = fake_attach();
	CHECK_CODE(fake_ask(h, "{'recroom':'join','room':'demo'}"), NULL);
	for (int i = 0; i < 20; i++) {
		a = offer(h, "configure", 1);
		taken += a && !json_str(a, "code");
		refused += is_code(a, "too_many_requests");
	}
	CHECK(taken >= 3 && refused > 0 && taken + refused == 20);
	CHECK_CODE(fake_ask(h, "{'recroom':'configure','display':'Still here'}"), NULL);
	for (int64_t until_us = clock_mono_us() + WAIT_MS * 1000; json_str(a = offer(h, "configure", 1), "code");) {
		CHECK(clock_mono_us() < until_us);
		g_usleep((gulong)json_num(a, "retryAfterMs", 100) * 1000);
	}
	harness_end();
}

/* A handle whose negotiation takes long, and more large descriptions for it. */
static void test_waiting_requests(void)
{
	struct fake_handle *h, *other;
	struct peer_line line = { .audio = true, .sending = true, .mid = "0" };
	char *sdp = g_strnfill(400000, 'x'), *good;
	struct fake_event *e;

	harness_start_limits("waiting_mib = 2;");
	h = fake_attach();
	other = fake_attach();
	CHECK_CODE(fake_ask(h, "{'recroom':'join','room':'demo'}"), NULL);
	good = peer_sdp_offer(&line, 1, 1);
	lock_take(&h->mutex);
	fake_send(h, "slow", json_pack("{ss}", "recroom", "publish"), json_pack("{ssss}", "type", "offer", "sdp", good));
	for (int i = 0; i < 8; i++)
		fake_send(h, NULL, json_pack("{ss}", "recroom", "configure"), json_pack("{ssss}", "type", "offer", "sdp", sdp));
	e = fake_expect(h, "code", "unavailable", WAIT_MS);
	CHECK(e && json_num(e->message, "retryAfterMs", 0) > 0);
	CHECK_CODE(fake_ask(other, "{'recroom':'exists','room':'demo'}"), NULL);
	lock_release(&h->mutex);
	CHECK(fake_expect(h, "configured", "ok", WAIT_MS));
	CHECK(fake_expect(h, "code", "invalid_sdp", WAIT_MS));
	CHECK_CODE(fake_ask(h, "{'recroom':'configure','display':'Still here'}"), NULL);
	harness_end();
	g_free(good);
	g_free(sdp);
}

/* Somebody whose negotiation hangs while others flood the room: its handle is ended, theirs go on. */
static void test_waiting_events(void)
{
	struct peer_line line = { .audio = true, .sending = true, .mid = "0" };
	struct fake_handle *stuck, *loud;
	char *sdp = peer_sdp_offer(&line, 1, 1);
	bool ended = false;

	harness_start_limits(HARNESS_NO_PACE);
	stuck = fake_attach();
	loud = fake_attach();
	CHECK_CODE(fake_ask(stuck, "{'recroom':'join','room':'demo'}"), NULL);
	CHECK_CODE(fake_ask(loud, "{'recroom':'join','room':'demo'}"), NULL);
	CHECK_CODE(offer(loud, "publish", 1), NULL);
	lock_take(&stuck->mutex);
	fake_send(stuck, "slow", json_pack("{ss}", "recroom", "publish"), json_pack("{ssss}", "type", "offer", "sdp", sdp));
	for (int i = 0; i < 5000 && !ended; i++) {
		CHECK_CODE(fake_ask(loud, "{'recroom':'configure','streams':[{'mid':'0','send':%s}]}", i % 2 ? "true" : "false"), NULL);
		ended = g_atomic_int_get(&fake_session(stuck)->stopped);
	}
	lock_release(&stuck->mutex);
	CHECK(ended);
	CHECK(fake_expect(loud, "leaving", NULL, WAIT_MS));
	harness_end();
	g_free(sdp);
}

static void test_keyframe_requests(void)
{
	static const uint8_t pli[12] = { 0x81, 206, 0, 2 };
	struct peer *p, *watcher;
	int64_t began_us;
	unsigned before;
	int ms;

	harness_start();
	p = harness_guest("Pia");
	watcher = harness_guest("Watcher");
	CHECK_INT(peer_publish(p, "video"), 0);
	CHECK(fake_expect(peer_pub(watcher), "publishers", NULL, WAIT_MS));
	CHECK_INT(peer_subscribe(watcher, "[{'feed':'user1'}]"), 0);
	CHECK(fake_wait_relayed(peer_sub(watcher), 0, 10, WAIT_MS));
	before = fake_plis(peer_pub(p), 0);
	began_us = clock_mono_us();
	for (int i = 0; i < 2000; i++)
		fake_rtcp(peer_sub(watcher), 0, true, pli, sizeof(pli));
	fake_settle(peer_sub(watcher));
	CHECK(fake_wait_plis(peer_pub(p), 0, before + 1, WAIT_MS));
	ms = (int)((clock_mono_us() - began_us) / 1000);
	CHECK(fake_plis(peer_pub(p), 0) - before <= 2u + (unsigned)ms / 100);
	peer_stop(p);
	harness_end();
	peer_free(p);
	peer_free(watcher);
}

/* Many handles guess the host's secret, each too seldom to be slowed by itself: the one who knows it waits for a turn and comes in; who shows none
 * does not even wait. */
static void test_guessing_by_many(void)
{
	struct fake_handle *h;
	int slowed = 0;

	harness_start();
	for (int i = 0; i < 30; i++) {
		h = fake_attach();
		slowed += is_code(fake_ask(h, "{'recroom':'join','room':'demo','secret':'guess%d'}", i), "too_many_attempts");
		fake_detach(h);
	}
	CHECK(slowed > 0);
	h = fake_attach();
	CHECK_CODE(fake_ask(h, "{'recroom':'join','room':'demo'}"), NULL);
	h = fake_attach();
	CHECK_CODE(ask_patiently(h, "{'recroom':'join','room':'demo','secret':'hosthost'}"), NULL);
	h = fake_attach();
	CHECK_CODE(fake_ask(h, "{'recroom':'join','room':'locked','pin':'1234'}"), NULL);
	harness_end();
}

static void test_guessing_keys(void)
{
	static const char *const wrong[] = { "{'recroom':'create','admin_key':'guess'}", "{'recroom':'edit','room':'locked','secret':'guess'}",
					     "{'recroom':'destroy','room':'locked','secret':'guess'}" };
	static const char *const right[] = { "{'recroom':'create','admin_key':'adminadmin'}", "{'recroom':'edit','room':'locked','secret':'roomroom'}",
					     "{'recroom':'destroy','room':'locked','secret':'roomroom'}" };

	harness_start();
	for (size_t k = 0; k < G_N_ELEMENTS(wrong); k++) {
		struct fake_handle *h = fake_attach();
		int slowed = 0;

		for (int i = 0; i < 10; i++)
			slowed += is_code(fake_ask(h, "%s", wrong[k]), "too_many_attempts");
		CHECK(slowed > 0);
		CHECK_CODE(ask_patiently(h, right[k]), NULL);
	}
	harness_end();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_rooms), TEST(test_handles), TEST(test_people), TEST(test_publishers_and_streams), TEST(test_subscriptions), TEST(test_recordings),
		TEST(test_recorded_tracks), TEST(test_large_requests), TEST(test_requests_a_second), TEST(test_offers_a_second), TEST(test_waiting_requests), TEST(test_waiting_events),
		TEST(test_keyframe_requests), TEST(test_guessing_by_many), TEST(test_guessing_keys),
	};

	return harness_run(tests, sizeof(tests) / sizeof(tests[0]), 4, argc, argv);
}
