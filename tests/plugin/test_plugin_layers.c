/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Simulcast and layers: what receivers get by request and by their link, what the recording gets, what senders are told.
 */
#include <glib.h>
#include "common/json.h"
#include "common/sync.h"
#include "plugins/descriptor.h"
#include "tests/unit/layer_packets.h"
#include "tests/unit/test.h"
#include "tests/plugin/harness.h"
#include "tests/plugin/peer_sdp.h"
#include "tests/plugin/recorded.h"

enum { WAIT_MS = 20000, WIDTH = 320, HEIGHT = 192 };

static struct peer *ann, *bob;

static void begin(int simulcast)
{
	harness_start();
	ann = peer_join(&(struct peer_conf){ .room = "demo", .display = "Ann", .join = "'secret':'hosthost'", .simulcast = simulcast, .width = WIDTH,
					     .height = HEIGHT, .fps = 20, .ts0 = 4294900000u }, NULL);
	CHECK(ann);
	CHECK_INT(peer_publish(ann, "audio,video"), 0);
	CHECK(peer_wait_frames(ann, "video", 10, WAIT_MS));
	bob = harness_guest("Bob");
	CHECK_INT(peer_subscribe(bob, NULL), 0);
}

static void end(void)
{
	peer_stop(ann);
	harness_end();
	peer_free(ann);
	peer_free(bob);
}

static void ask_layer(const char *what)
{
	CHECK_CODE(fake_ask(peer_sub(bob), "{'recroom':'configure','streams':[{'mid':'1',%s}]}", what), NULL);
}

/* Its client is told. */
static bool wait_told(const char *key, const char *layer)
{
	struct fake_event *e = fake_expect(peer_sub(bob), key, layer, WAIT_MS);

	return e && !strcmp(json_str(e->message, "mid"), "1") && !strcmp(json_str(e->message, "recroom"), "event");
}

/* Size of a VP8 keyframe that begins in this packet, 0: none does. */
static int key_width(const struct fake_packet *p)
{
	struct vp8_descriptor d;
	const uint8_t *f = p->head;

	if (vp8_descriptor(&d, p->head, sizeof(p->head)) || !d.start || d.size + 10 > sizeof(p->head) || f[d.size] & 1 || f[d.size + 3] != 0x9d)
		return 0;
	return (f[d.size + 7] << 8 | f[d.size + 6]) & 0x3fff;
}

/* The receiver sees one stream: numbers without a hole, time that goes on, picture numbers that follow one another. Returns the number of keyframes of another size. */
static unsigned check_one_stream(struct peer *p, int last_width)
{
	unsigned n, changes = 0;
	struct fake_packet *all = fake_packets(peer_sub(p), 1, &n);
	int picture = -1, width = 0;

	CHECK(n > 20);
	for (unsigned i = 0; i < n; i++) {
		int w = key_width(&all[i]);
		struct vp8_descriptor d;

		CHECK_INT(vp8_descriptor(&d, all[i].head, sizeof(all[i].head)), 0);
		if (i) {
			CHECK_INT((uint16_t)(all[i].seq - all[i - 1].seq), 1);
			CHECK((int32_t)(all[i].ts - all[i - 1].ts) >= 0 && (int32_t)(all[i].ts - all[i - 1].ts) < 90 * 3000);
			CHECK_INT(d.picture.id, all[i].ts == all[i - 1].ts ? picture : (picture + 1) & 0x7fff);
		}
		changes += w && width && w != width;
		width = w ? w : width;
		picture = d.picture.id;
	}
	CHECK_INT(width, last_width);
	g_free(all);
	return changes;
}

static bool wait_width(struct peer *p, int width)
{
	int64_t deadline_us = clock_mono_us() + WAIT_MS * 1000;
	int seen = 0;

	while (seen != width && clock_mono_us() < deadline_us) {
		unsigned n;
		struct fake_packet *all = fake_packets(peer_sub(p), 1, &n);

		seen = 0;
		for (unsigned i = n; i-- > 0 && !seen;)
			seen = key_width(&all[i]);
		g_free(all);
		g_usleep(20000);
	}
	return seen == width;
}

static void by_request(int simulcast)
{
	unsigned n;

	begin(simulcast);
	CHECK(wait_told("substream", "2"));
	CHECK(wait_width(bob, WIDTH));
	ask_layer("'substream':0");
	CHECK(wait_told("substream", "0"));
	CHECK(wait_width(bob, WIDTH / 4));
	ask_layer("'substream':1");
	CHECK(wait_told("substream", "1"));
	CHECK(wait_width(bob, WIDTH / 2));
	ask_layer("'substream':2");
	CHECK(wait_told("substream", "2"));
	CHECK(wait_width(bob, WIDTH));
	/* The sender gives up the upper ones, one by one, and takes them up again. */
	peer_layer(ann, "video", 2, false);
	CHECK(wait_told("substream", "1"));
	peer_layer(ann, "video", 1, false);
	CHECK(wait_told("substream", "0"));
	peer_layer(ann, "video", 1, true);
	peer_layer(ann, "video", 2, true);
	CHECK(wait_told("substream", "2"));
	CHECK(wait_width(bob, WIDTH));
	/* Not now. */
	ask_layer("'send':false");
	fake_settle(peer_pub(ann));
	n = fake_relayed(peer_sub(bob), 1);
	CHECK(fake_wait_relayed(peer_sub(bob), 0, fake_relayed(peer_sub(bob), 0) + 20, WAIT_MS));
	CHECK(fake_relayed(peer_sub(bob), 1) <= n + 20);
	ask_layer("'send':true");
	CHECK(fake_wait_relayed(peer_sub(bob), 1, n + 40, WAIT_MS));
	peer_stop(ann);
	CHECK(check_one_stream(bob, WIDTH) >= 5);
	end();
}

static void test_by_rid(void)
{
	by_request(PEER_BY_RID);
}

static void test_by_ssrc(void)
{
	by_request(PEER_BY_SSRC);
}

static void test_requests_are_checked(void)
{
	static const struct { const char *text, *code; } rows[] = {
		{ "[{'mid':'1','substream':3}]", "invalid_element" }, { "[{'mid':'1','substream':-1}]", "invalid_element" },
		{ "[{'mid':'1','substream':'2'}]", "invalid_element" }, { "[{'mid':'1','temporal':9}]", "invalid_element" },
		{ "[{'mid':'1','send':1}]", "invalid_element" }, { "[{'substream':1}]", "missing_element" }, { "[{'mid':'7','substream':1}]", "no_such_stream" },
		{ "[{'mid':'0','temporal':1},{'mid':'1','spatial_layer':1,'temporal_layer':2}]", NULL }, { "[7]", "missing_element" }, { "{}", "invalid_element" },
	};

	begin(PEER_BY_SSRC);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		CHECK_CODE(fake_ask(peer_sub(bob), "{'recroom':'configure','streams':%s}", rows[i].text), rows[i].code);
	end();
}

/* A receiver reports loss until it gets less; when all is well it gets more again. */
static void test_link_down_and_up(void)
{
	int64_t deadline_us;
	bool down = false, up = false;

	begin(PEER_BY_RID);
	CHECK(wait_told("substream", "2"));
	deadline_us = clock_mono_us() + 20000000;
	while (!down && clock_mono_us() < deadline_us) {
		peer_feedback(bob, 1, 30, 20, 0);
		down = fake_expect(peer_sub(bob), "substream", "1", 400) || fake_expect(peer_sub(bob), "substream", "0", 1);
	}
	CHECK(down);
	deadline_us = clock_mono_us() + 40000000;
	while (!up && clock_mono_us() < deadline_us) {
		peer_feedback(bob, 1, 50, 0, 0);
		up = fake_expect(peer_sub(bob), "substream", "2", 400) != NULL;
	}
	CHECK(up);
	peer_stop(ann);
	check_one_stream(bob, WIDTH);
	end();
}

static void start_recording(void)
{
	CHECK_CODE(fake_ask(peer_pub(ann), "{'recroom':'start_recording'}"), NULL);
	CHECK(fake_await(peer_pub(ann), "event", "recordingstarted", WAIT_MS));
}

static struct recorded *stop_recording(void)
{
	json_t *a = fake_ask(peer_pub(ann), "{'recroom':'stop_recording'}");
	char *dir = g_build_filename(fake_folder(), "recordings", json_str(a, "recordingId"), NULL);
	struct recorded *r;

	CHECK_CODE(a, NULL);
	CHECK(fake_expect(peer_pub(ann), "event", "recordingstopped", WAIT_MS));
	r = recorded_load(dir, false);
	CHECK(r);
	g_free(dir);
	return r;
}

static void wait_frames(unsigned more)
{
	unsigned n;

	g_free(peer_frames(ann, "video", &n));
	CHECK(peer_wait_frames(ann, "video", n + more, WAIT_MS));
}

/* All lie where they were captured, whatever substream they came from, and each is there, but for those of the time it takes to be sure that a substream has
 * ended. */
static void check_recorded(const struct recorded *r)
{
	size_t n;
	unsigned sent, missing = 0;
	const struct recorded_frame *f = recorded_frames(r, peer_id(ann), "video", &n);
	struct peer_frame *s = peer_frames(ann, "video", &sent);
	double first;

	CHECK(n > 50);
	first = (double)s[f[0].number].capture_us / 1000 - (double)f[0].t_ms;
	for (size_t i = 0; i < n; i++)
		CHECK_NEAR((double)s[f[i].number].capture_us / 1000 - (double)f[i].t_ms, first, 10 * SLOWNESS);
	for (int64_t k = f[0].number; k <= f[n - 1].number; k++)
		missing += !recorded_has(r, peer_id(ann), "video", k);
	CHECK(missing <= 12 * SLOWNESS);
	g_free(s);
}

static void test_recording_gets_the_best(void)
{
	static const int layers[] = { 2, 1, 2 };
	struct recorded *r;
	json_t *line;

	begin(PEER_BY_RID);
	wait_frames(40);
	start_recording();
	wait_frames(40);
	peer_layer(ann, "video", 2, false);
	wait_frames(40);
	for (int i = 0; i < 4; i++) {              /* too short to follow */
		peer_layer(ann, "video", 2, i & 1);
		wait_frames(10);
	}
	peer_layer(ann, "video", 2, true);
	wait_frames(60);
	peer_stop(ann);
	r = stop_recording();
	CHECK_INT(recorded_count(r, "segment", peer_id(ann), "video"), 3);
	for (unsigned i = 0; i < 3; i++) {
		line = recorded_line(r, "segment", peer_id(ann), "video", i);
		CHECK_INT(json_num(line, "layer", -1), layers[i]);
		CHECK_INT(json_num(line, "width", -1), WIDTH >> (2 - layers[i]));
		CHECK_STR(json_str(line, "reason"), i ? "layer" : "start");
	}
	CHECK(!json_object_get(recorded_line(r, "segment", peer_id(ann), "audio", 0), "layer"));
	check_recorded(r);
	recorded_free(&r);
	end();
}

/* --- layers within one SSRC: packets made by hand --- */

static const char *const codec_room[2] = { "demo", "locked" };

static void begin_by_hand(bool vp9)
{
	struct peer_line line = { .mid = "0", .audio = false, .sending = true };
	const struct peer_conf conf = { .room = codec_room[vp9], .display = "Ann", .join = "'secret':'hosthost','pin':'1234'" };
	json_t *jsep = NULL;
	char *sdp = peer_sdp_offer(&line, 1, 1);

	harness_start();
	ann = peer_join(&conf, NULL);
	bob = peer_join(&(struct peer_conf){ .room = codec_room[vp9], .display = "Bob", .join = "'pin':'1234'" }, NULL);
	CHECK(ann && bob);
	if (vp9)
		CHECK_CODE(fake_ask(peer_pub(ann), "{'recroom':'edit','room':'locked','secret':'roomroom','new_videocodec':'vp9'}"), NULL);
	CHECK_CODE(fake_request(peer_pub(ann), json_pack("{ss}", "recroom", "publish"), json_pack("{ssss}", "type", "offer", "sdp", sdp), &jsep), NULL);
	CHECK_INT(peer_sdp_line(json_str(jsep, "sdp"), 0, NULL), vp9 ? 98 : 96);
	fake_media_up(peer_pub(ann));
	g_free(sdp);
	CHECK(fake_await(peer_pub(bob), "publishers", NULL, WAIT_MS));
	sdp = g_strdup_printf("[{'feed':'%s'}]", peer_id(ann));
	CHECK_INT(peer_subscribe(bob, sdp), 0);
	g_free(sdp);
	fake_settle(peer_sub(bob));
	CHECK_CODE(fake_ask(peer_sub(bob), "{'recroom':'configure'}"), NULL);      /* comes after what was begun */
}

static void give(struct layer_packet *p, bool vp9)
{
	if (vp9)
		p->data[1] = (uint8_t)((p->data[1] & 0x80) | 98);
	fake_rtp(peer_pub(ann), 0, true, p->data, (uint16_t)p->len);
	fake_settle(peer_pub(ann));
}

/* Pictures first to last of VP8 with temporal layers 0 2 1 2, two packets each. */
static void give_vp8(int first, int last)
{
	static const int tids[4] = { 0, 2, 1, 2 };

	for (int i = first; i < last; i++)
		for (int k = 0; k < 2; k++) {
			struct layer_packet p;

			vp8_packet(&p, &(struct layer_packet_conf){ .ssrc = 9, .seq = (uint16_t)(65500 + 2 * i + k), .ts = (uint32_t)i * 3000, .start = !k,
								    .marker = k, .keyframe = i == 0, .tid = tids[i % 4], .sync = i % 4 != 0, .picture = 32760 + i,
								    .tl0 = 250 + i / 4 });
			give(&p, false);
		}
}

static void test_temporal_layers(void)
{
	struct fake_packet *all;
	unsigned n;

	begin_by_hand(false);
	give_vp8(0, 8);
	CHECK(fake_wait_relayed(peer_sub(bob), 0, 16, WAIT_MS));
	CHECK_CODE(fake_ask(peer_sub(bob), "{'recroom':'configure','streams':[{'mid':'0','temporal':0}]}"), NULL);
	give_vp8(8, 16);
	CHECK(fake_expect(peer_sub(bob), "temporal", "0", WAIT_MS));
	CHECK_CODE(fake_ask(peer_sub(bob), "{'recroom':'configure','streams':[{'mid':'0','temporal':2}]}"), NULL);
	give_vp8(16, 24);
	CHECK(fake_expect(peer_sub(bob), "temporal", "2", WAIT_MS));
	all = fake_packets(peer_sub(bob), 0, &n);
	CHECK_INT(n, 16 + 4 + 2 * 7);              /* all, the base alone, and all from the middle layer's first picture on */
	for (unsigned i = 0; i < n; i++) {
		struct vp8_descriptor d;

		CHECK_INT(vp8_descriptor(&d, all[i].head, sizeof(all[i].head)), 0);
		CHECK_INT(all[i].seq, (uint16_t)(65500 + i));
		CHECK_INT(d.picture.id, (32760 + (int)i / 2) & 0x7fff);
		CHECK(i < 16 || i >= 20 || d.tid == 0);
		CHECK_INT(d.tl0, (250 + (int)(all[i].ts / 3000 / 4)) & 0xff);
	}
	g_free(all);
	end();
}

static void give_vp9(int first, int last, int key)
{
	for (int i = first; i < last; i++)
		for (int s = 0; s < 3; s++) {
			struct layer_packet p;

			vp9_packet(&p, &(struct layer_packet_conf){ .ssrc = 9, .seq = (uint16_t)(3 * i + s), .ts = (uint32_t)i * 3000, .start = true, .end = true,
								    .inter = i != key, .sid = s, .tid = 0, .picture = i, .tl0 = i, .marker = s == 2 });
			give(&p, true);
		}
}

static void test_spatial_layers(void)
{
	struct fake_packet *all;
	unsigned n, marks = 0, plis;

	begin_by_hand(true);
	give_vp9(0, 4, 0);
	CHECK(fake_expect(peer_sub(bob), "spatial_layer", "2", WAIT_MS));
	CHECK_CODE(fake_ask(peer_sub(bob), "{'recroom':'configure','streams':[{'mid':'0','spatial_layer':0}]}"), NULL);
	give_vp9(4, 8, 0);
	CHECK(fake_expect(peer_sub(bob), "spatial_layer", "0", WAIT_MS));
	plis = fake_plis(peer_pub(ann), 0);
	CHECK_CODE(fake_ask(peer_sub(bob), "{'recroom':'configure','streams':[{'mid':'0','spatial_layer':1}]}"), NULL);
	give_vp9(8, 10, 0);                        /* nothing to begin from: a keyframe is asked for */
	CHECK(fake_wait_plis(peer_pub(ann), 0, plis + 1, WAIT_MS));
	give_vp9(10, 12, 10);
	CHECK(fake_expect(peer_sub(bob), "spatial_layer", "1", WAIT_MS));
	all = fake_packets(peer_sub(bob), 0, &n);
	CHECK_INT(n, 12 + 4 + 2 + 4);
	for (unsigned i = 0; i < n; i++) {
		struct vp9_descriptor d;

		CHECK_INT(vp9_descriptor(&d, all[i].head, sizeof(all[i].head)), 0);
		CHECK(!i || (uint16_t)(all[i].seq - all[i - 1].seq) == 1);
		CHECK_INT(all[i].marker, i + 1 == n || all[i + 1].ts != all[i].ts);
		CHECK_INT(d.picture.id, (int)(all[i].ts / 3000));
		marks += all[i].marker;
	}
	CHECK_INT(marks, 12);
	g_free(all);
	end();
}

/* --- what senders are told --- */

static void test_caps(void)
{
	begin(PEER_ONE_LAYER);
	CHECK(fake_wait_remb(peer_pub(ann), 1500000, WAIT_MS));            /* the room's */
	CHECK_CODE(fake_ask(peer_pub(ann), "{'recroom':'configure','bitrate':300000}"), NULL);
	CHECK(fake_wait_remb(peer_pub(ann), 300000, WAIT_MS));
	CHECK_CODE(fake_ask(peer_pub(ann), "{'recroom':'moderate','id':'%s','bitrate':128000}", peer_id(ann)), NULL);
	CHECK(fake_wait_remb(peer_pub(ann), 128000, WAIT_MS));
	CHECK_CODE(fake_ask(peer_pub(ann), "{'recroom':'configure','bitrate':0}"), NULL);
	CHECK_CODE(fake_ask(peer_pub(ann), "{'recroom':'moderate','id':'%s','bitrate':0}", peer_id(ann)), NULL);
	CHECK(fake_wait_remb(peer_pub(ann), 1500000, WAIT_MS));
	CHECK(fake_rembs(peer_pub(ann)) >= 5);
	CHECK_CODE(fake_ask(peer_pub(ann), "{'recroom':'configure','bitrate':-1}"), "invalid_element");
	CHECK_CODE(fake_ask(peer_pub(bob), "{'recroom':'moderate','id':'%s','bitrate':1}", peer_id(ann)), "not_host");
	CHECK_CODE(fake_ask(peer_pub(ann), "{'recroom':'moderate','id':'%s'}", peer_id(ann)), "missing_element");
	end();
}

static void test_quality(void)
{
	struct fake_event *e;

	begin(PEER_BY_SSRC);
	e = fake_expect(peer_pub(ann), "event", "connectionquality", WAIT_MS);     /* perhaps before Bob came */
	CHECK(e && json_str(e->message, "id") && json_str(e->message, "quality"));
	/* Nothing comes any more. */
	peer_freeze(ann, true);
	while ((e = fake_expect(peer_pub(bob), "event", "connectionquality", WAIT_MS)) && strcmp(json_str(e->message, "quality"), "lost"))
		;
	CHECK(e);
	CHECK_STR(json_str(e->message, "id"), peer_id(ann));
	CHECK(!json_object_get(e->message, "uplink"));
	peer_freeze(ann, false);
	e = fake_expect(peer_pub(bob), "event", "connectionquality", WAIT_MS);
	CHECK(e && json_object_get(e->message, "uplink"));
	end();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_by_rid), TEST(test_by_ssrc), TEST(test_requests_are_checked), TEST(test_link_down_and_up), TEST(test_recording_gets_the_best),
		TEST(test_temporal_layers), TEST(test_spatial_layers), TEST(test_caps), TEST(test_quality),
	};

	return harness_run(tests, sizeof(tests) / sizeof(tests[0]), 9, argc, argv);
}
