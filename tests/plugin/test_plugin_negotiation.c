/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is agreed on: codecs, redundancy, header extensions; offers and answers that change their mind; who talks.
 */
#include <glib.h>
#include "common/json.h"
#include "tests/unit/test.h"
#include "tests/plugin/harness.h"
#include "tests/plugin/peer_sdp.h"
#include "tests/plugin/recorded.h"

enum { WAIT_MS = 10000, OPUS = 111, RED = 63 };

#define HEAD "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
#define AUDIO(mid) "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:" mid "\r\na=sendonly\r\na=rtpmap:111 opus/48000/2\r\n"
#define VIDEO(mid, codec) "m=video 9 UDP/TLS/RTP/SAVPF 50\r\na=mid:" mid "\r\na=sendonly\r\na=rtpmap:50 " codec "/90000\r\n"
#define ALL_VIDEO "m=video 9 UDP/TLS/RTP/SAVPF 96 98 102 45\r\na=mid:1\r\na=sendonly\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:98 VP9/90000\r\n" \
	"a=rtpmap:102 H264/90000\r\na=fmtp:102 packetization-mode=1;profile-level-id=42e01f\r\na=rtpmap:45 AV1/90000\r\n"
#define GONE(kind, mid) "m=" kind " 0 UDP/TLS/RTP/SAVPF 0\r\na=mid:" mid "\r\na=inactive\r\n"

static struct peer *ann, *bob;

static void end(void)
{
	struct peer *all[] = { ann, bob };

	for (int i = 0; i < 2; i++)
		if (all[i])
			peer_stop(all[i]);
	harness_end();
	for (int i = 0; i < 2; i++)
		if (all[i])
			peer_free(all[i]);
}

/* A publisher in the room that has a secret. */
static void begin_locked(void)
{
	const struct peer_conf conf = { .room = "locked", .display = "Ann", .join = "'secret':'hosthost','pin':'1234'" };

	harness_start();
	ann = peer_join(&conf, NULL);
	CHECK(ann);
}

static json_t *edit(const char *members)
{
	return fake_ask(peer_pub(ann), "{'recroom':'edit','room':'locked','secret':'roomroom',%s}", members);
}

/* Sends an offer as `configure`, the first time as `publish`; gives the answer, its SDP in *sdp (borrowed, may be NULL). */
static json_t *offer(struct peer *p, const char *request, const char *sdp_text, json_t *body, const char **sdp)
{
	json_t *jsep = NULL, *a;

	if (!body)
		body = json_object();
	json_object_set_new(body, "recroom", json_string(request));
	a = fake_request(peer_pub(p), body, json_pack("{ssss}", "type", "offer", "sdp", sdp_text), &jsep);
	if (sdp)
		*sdp = jsep ? json_str(jsep, "sdp") : NULL;
	return a;
}

static const char *stream_member(json_t *answer, unsigned i, const char *key)
{
	return json_str(json_array_get(json_object_get(answer, "streams"), i), key);
}

static void test_the_rooms_order_decides(void)
{
	static const struct { const char *order, *codec; int pt; } rows[] = {
		{ "'new_videocodec':'vp8,vp9,h264,av1'", "vp8", 96 }, { "'new_videocodec':'vp9,vp8'", "vp9", 98 },
		{ "'new_videocodec':'h264'", "h264", 102 }, { "'new_videocodec':'av1, vp8'", "av1", 45 },
	};
	const char *sdp;
	json_t *a;

	begin_locked();
	CHECK_CODE(edit("'new_videocodec':'vp8,theora'"), "invalid_element");
	CHECK_CODE(edit("'new_videocodec':''"), "invalid_element");
	CHECK_CODE(edit("'new_audio_level_average':128"), "invalid_element");
	CHECK_CODE(edit("'new_opus_red':1"), "invalid_element");
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		CHECK_CODE(edit(rows[i].order), NULL);
		a = offer(ann, "publish", HEAD AUDIO("0") ALL_VIDEO, NULL, &sdp);
		CHECK_CODE(a, NULL);
		CHECK_STR(stream_member(a, 0, "codec"), "opus");
		CHECK_STR(stream_member(a, 1, "codec"), rows[i].codec);
		CHECK_INT(peer_sdp_line(sdp, 1, NULL), rows[i].pt);
		CHECK(!json_object_get(a, "refused"));
		CHECK_CODE(fake_ask(peer_pub(ann), "{'recroom':'unpublish'}"), NULL);
	}
	end();
}

static void test_what_is_not_taken_is_told(void)
{
	const char *sdp;
	json_t *a, *refused;

	begin_locked();
	a = offer(ann, "publish", HEAD VIDEO("1", "H263"), NULL, &sdp);
	CHECK_CODE(a, "codec_not_supported");
	CHECK(!sdp);
	a = offer(ann, "publish", HEAD AUDIO("0") VIDEO("1", "H263"), NULL, &sdp);
	CHECK_CODE(a, NULL);
	CHECK_INT(json_array_size(json_object_get(a, "streams")), 1);
	refused = json_array_get(json_object_get(a, "refused"), 0);
	CHECK_STR(json_str(refused, "mid"), "1");
	CHECK_STR(json_str(refused, "type"), "video");
	CHECK_STR(json_str(refused, "code"), "codec_not_supported");
	CHECK_INT(json_num(refused, "mindex", -1), 1);
	CHECK_INT(peer_sdp_line(sdp, 1, NULL), -1);
	/* A codec that is refused in mid-call leaves what there is. */
	CHECK_CODE(offer(ann, "configure", HEAD VIDEO("0", "H263"), NULL, NULL), "codec_not_supported");
	a = fake_ask(peer_pub(ann), "{'recroom':'configure'}");
	CHECK_INT(json_array_size(json_object_get(a, "streams")), 1);
	end();
}

static void test_end_to_end_encryption_is_refused(void)
{
	json_t *jsep;

	begin_locked();
	jsep = json_pack("{ssss sb}", "type", "offer", "sdp", HEAD AUDIO("0"), "e2ee", true);
	CHECK_CODE(fake_request(peer_pub(ann), json_pack("{ss}", "recroom", "publish"), jsep, NULL), "e2ee_not_supported");
	jsep = json_pack("{ssss sb}", "type", "offer", "sdp", HEAD AUDIO("0"), "e2ee", false);
	CHECK_CODE(fake_request(peer_pub(ann), json_pack("{ss}", "recroom", "publish"), jsep, NULL), NULL);
	end();
}

/* Sources of the streams, with commas. */
static char *sources_of(json_t *answer)
{
	GString *s = g_string_new(NULL);
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(answer, "streams"), i, one)
		g_string_append_printf(s, "%s%s@%s", i ? "," : "", json_str(one, "source"), json_str(one, "mid"));
	return g_string_free(s, FALSE);
}

/* Offer after offer on one PeerConnection. */
static void test_offers_that_change_their_mind(void)
{
	static const struct { const char *sdp, *describe, *sources; } rows[] = {
		{ HEAD AUDIO("0"), NULL, "audio@0" },
		{ HEAD AUDIO("0") VIDEO("1", "VP8"), NULL, "audio@0,video@1" },                 /* video added */
		{ HEAD AUDIO("0") VIDEO("1", "VP8"), "[]", "audio@0,video@1" },
		{ HEAD AUDIO("0") VIDEO("1", "VP8"), "[{'mid':'1','source':'screen'}]", "audio@0,screen@1" },   /* … and renamed */
		{ HEAD AUDIO("0") VIDEO("1", "VP9"), NULL, "audio@0,video@1" },                 /* in another codec, a new stream */
		{ HEAD AUDIO("0") GONE("video", "1") VIDEO("2", "VP8"), NULL, "audio@0,video@2" },
		{ HEAD AUDIO("0") AUDIO("3") VIDEO("2", "VP8"), NULL, "audio@0,audio2@3,video@2" },   /* the m-line used again, for sound */
		{ HEAD GONE("audio", "0") AUDIO("3") VIDEO("2", "VP8"), NULL, "audio2@3,video@2" },
		{ HEAD GONE("audio", "0") AUDIO("3") VIDEO("2", "VP8"), "[{'mid':'3','source':'audio'}]", "audio@3,video@2" },
		{ HEAD AUDIO("4") AUDIO("3") VIDEO("2", "VP8"), "[{'mid':'3','source':'screenaudio'},{'mid':'4','source':'audio'}]", "audio@4,screenaudio@3,video@2" },
	};
	unsigned lines = 0;

	begin_locked();
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char *describe = rows[i].describe ? g_strdelimit(g_strdup(rows[i].describe), "'", '"') : NULL, *got;
		json_t *body = json_object(), *a;
		const char *sdp;

		if (describe)
			json_object_set_new(body, "descriptions", json_loads(describe, 0, NULL));
		a = offer(ann, i ? "configure" : "publish", rows[i].sdp, body, &sdp);
		CHECK_CODE(a, NULL);
		got = sources_of(a);
		if (strcmp(got, rows[i].sources))
			TEST_FAIL("offer %zu gives %s, not %s", i, got, rows[i].sources);
		CHECK(sdp && peer_sdp_lines(sdp) >= lines);
		lines = peer_sdp_lines(sdp);
		g_free(got);
		g_free(describe);
	}
	end();
}

/* n m-lines, of which the first `sending` send. */
static char *many(unsigned n, unsigned sending)
{
	GString *s = g_string_new(HEAD);

	for (unsigned i = 0; i < n; i++)
		g_string_append_printf(s, "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:m%u\r\na=%s\r\na=rtpmap:111 opus/48000/2\r\n", i,
				       i < sending ? "sendonly" : "inactive");
	return g_string_free(s, FALSE);
}

static void test_limits_and_hostile_offers(void)
{
	static const struct { unsigned n, sending; const char *code; } rows[] = {
		{ 33, 1, "invalid_sdp" }, { 300, 1, "invalid_sdp" }, { 32, 9, "limit" }, { 32, 8, NULL }, { 32, 0, NULL },
	};
	static const struct { const char *sdp, *code; } hostile[] = {
		{ "", "invalid_sdp" }, { HEAD, "invalid_sdp" }, { HEAD AUDIO("0") AUDIO("0"), "invalid_sdp" }, { HEAD "m=audio 9\r\n", "invalid_sdp" },
		{ HEAD AUDIO("01234567890123456"), "invalid_sdp" }, { HEAD AUDIO("0") "a=rtpmap:1\r\n", "invalid_sdp" },
		{ HEAD "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=sendonly\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:111 red/48000/2\r\na=fmtp:111 111/111\r\n",
		  NULL },
	};

	begin_locked();
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char *text = many(rows[i].n, rows[i].sending);

		CHECK_CODE(offer(ann, "publish", text, NULL, NULL), rows[i].code);
		g_free(text);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(hostile); i++)
		CHECK_CODE(offer(ann, "publish", hostile[i].sdp, NULL, NULL), hostile[i].code);
	end();
}

/* Ann sends, Bob receives. */
static void begin(const char *sources)
{
	harness_start();
	ann = harness_host("Ann");
	CHECK_INT(peer_publish(ann, sources), 0);
	CHECK(peer_wait_frames(ann, "audio", 5, WAIT_MS));
	bob = harness_guest("Bob");
}

/* Bob's own answer to the offer in *jsep: the m-lines of this text. */
static json_t *answer_with(const char *text)
{
	json_t *a = fake_request(peer_sub(bob), json_pack("{ss}", "recroom", "start"), json_pack("{ssss}", "type", "answer", "sdp", text), NULL);

	fake_media_up(peer_sub(bob));
	return a;
}

/* The subscribing handle with an offer that waits for an answer. */
static void subscribe_unanswered(void)
{
	json_t *jsep = NULL, *a;

	CHECK_INT(peer_subscribe(bob, "[]"), 0);
	a = fake_request(peer_sub(bob), json_pack("{ss s[{ss}]}", "recroom", "subscribe", "streams", "feed", peer_id(ann)), NULL, &jsep);
	CHECK_CODE(a, NULL);
	CHECK(jsep);
}

static void test_a_subscriber_that_cannot_decode(void)
{
	struct fake_event *e;
	json_t *a, *u;

	begin("audio,video");
	subscribe_unanswered();
	a = answer_with(HEAD "m=audio 9 X 111\r\na=mid:0\r\na=recvonly\r\na=rtpmap:111 opus/48000/2\r\n" GONE("video", "1"));
	CHECK_STR(json_str(a, "started"), "ok");
	u = json_array_get(json_object_get(a, "refused"), 0);
	CHECK_INT(json_array_size(json_object_get(a, "refused")), 1);
	CHECK_STR(json_str(u, "mid"), "1");
	CHECK_STR(json_str(u, "feed_id"), peer_id(ann));
	CHECK_STR(json_str(u, "codec"), "vp8");
	CHECK_STR(json_str(u, "code"), "codec_not_supported");
	CHECK(!json_flag(u, "active", true));
	e = fake_expect(peer_sub(bob), "recroom", "updated", WAIT_MS);
	CHECK(e && e->jsep);
	u = json_array_get(json_object_get(e->message, "streams"), 1);
	CHECK(!json_flag(u, "active", true));
	CHECK_STR(json_str(u, "code"), "codec_not_supported");
	CHECK(json_flag(json_array_get(json_object_get(e->message, "streams"), 0), "active", false));
	CHECK_INT(peer_answer(bob, e->jsep), 0);
	CHECK(fake_wait_relayed(peer_sub(bob), 0, 20, WAIT_MS));
	CHECK_INT(fake_relayed(peer_sub(bob), 1), 0);
	/* He may ask again: the m-line is offered again. */
	u = peer_update(bob, "{'recroom':'subscribe','streams':[{'feed':'%s','mid':'1'}]}", peer_id(ann));
	CHECK_INT(json_array_size(u), 2);
	CHECK(json_flag(json_array_get(u, 1), "active", false) && !json_object_get(json_array_get(u, 1), "code"));
	CHECK(fake_wait_relayed(peer_sub(bob), 1, 20, WAIT_MS));
	end();
}

/* An m-line has one codec for good: a stream in another one gets an m-line of its own, and the old one is used again for the old codec. */
static void test_an_m_line_keeps_its_codec(void)
{
	static const struct { const char *codec; unsigned lines, used; } rows[] = { { "VP9", 3, 2 }, { "VP8", 3, 1 }, { "VP9", 3, 2 } };
	json_t *u;

	begin("audio,video");
	CHECK_INT(peer_subscribe(bob, NULL), 0);
	CHECK(fake_wait_relayed(peer_sub(bob), 1, 5, WAIT_MS));
	peer_freeze(ann, true);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char *text = g_strdup_printf(HEAD AUDIO("0") "m=video 9 UDP/TLS/RTP/SAVPF 50\r\na=mid:1\r\na=sendonly\r\na=rtpmap:50 %s/90000\r\n", rows[i].codec);

		CHECK_CODE(offer(ann, "configure", text, NULL, NULL), NULL);
		u = peer_next_offer(bob);
		CHECK(u && json_flag(json_array_get(u, 0), "active", false));
		u = peer_update(bob, "{'recroom':'subscribe','streams':[{'feed':'%s','mid':'1'}]}", peer_id(ann));
		CHECK_INT(json_array_size(u), rows[i].lines);
		for (unsigned k = 1; k < rows[i].lines; k++)
			CHECK_INT(json_flag(json_array_get(u, k), "active", false), k == rows[i].used);
		CHECK_STR(json_str(json_array_get(u, rows[i].used), "codec"), strcmp(rows[i].codec, "VP8") ? "vp9" : "vp8");
		g_free(text);
	}
	end();
}

/* A packet with one frame repeated: its own says 'n', `number` and 'o', the repeated one 'r' and the number before. */
static void send_red(struct peer *p, uint16_t number, bool whole)
{
	uint8_t data[64] = { 0x80, 0x80 | RED, (uint8_t)(number >> 8), (uint8_t)number };
	uint32_t ts = (uint32_t)number * 960;
	size_t n = 12;

	for (int i = 0; i < 4; i++)
		data[4 + i] = (uint8_t)(ts >> (24 - 8 * i));
	data[11] = 9;
	data[n++] = 0x80 | OPUS;
	data[n++] = 960 >> 6;
	data[n++] = (uint8_t)(960 << 2);
	data[n++] = 2;
	data[n++] = OPUS;
	data[n++] = 'r';
	data[n++] = (uint8_t)(number - 1);
	data[n++] = 'n';
	data[n++] = (uint8_t)number;
	data[n++] = 'o';
	fake_rtp(peer_pub(p), 0, false, data, (uint16_t)(whole ? n : 14));
}

static void check_red(struct fake_handle *h, unsigned n, unsigned pt)
{
	unsigned got, at = pt == RED ? 7 : 0;
	struct fake_packet *p;

	CHECK(fake_wait_relayed(h, 0, n, WAIT_MS));
	p = fake_packets(h, 0, &got);
	CHECK_INT(got, n);
	for (unsigned i = 0; i < got; i++) {
		CHECK_INT(p[i].pt, pt);
		CHECK_INT(p[i].length, 12 + at + 3);
		CHECK(p[i].head[at] == 'n' && p[i].head[at + 2] == 'o');
		CHECK_INT(p[i].head[at + 1], p[0].head[at + 1] + i);
		CHECK(p[i].marker);
		CHECK(pt != RED || ((p[i].head[0] & 127) == OPUS && p[i].head[4] == OPUS));
	}
	g_free(p);
}

/* setup_media has had its effect: what comes after it on the handle's strand has been answered. */
static void await_up(struct fake_handle *h)
{
	fake_settle(h);
	CHECK_CODE(fake_ask(h, "{'recroom':'recording_status'}"), NULL);
}

/* Bob takes redundant sound, Ann's own second handle does not. */
static void test_redundancy_is_passed_or_stripped(void)
{
	begin("audio");
	peer_stop(ann);
	fake_settle(peer_pub(ann));
	subscribe_unanswered();
	CHECK_CODE(answer_with(HEAD "m=audio 9 X 111 63\r\na=mid:0\r\na=recvonly\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:63 red/48000/2\r\n"), NULL);
	CHECK_INT(peer_subscribe(ann, "[{'feed':'user1'}]"), 0);
	await_up(peer_sub(ann));
	await_up(peer_sub(bob));
	for (uint16_t i = 1; i <= 20; i++)
		send_red(ann, i, true);
	send_red(ann, 21, false);       /* malformed: nobody gets it */
	check_red(peer_sub(bob), 20, RED);
	check_red(peer_sub(ann), 20, OPUS);
	fake_settle(peer_pub(ann));
	CHECK_INT(fake_relayed(peer_sub(bob), 0), 20);
	end();
}

/* The rotation (k = false) or level of the last packet that says one. */
static int last_said(struct fake_handle *h, int mindex, bool level)
{
	unsigned n;
	struct fake_packet *p = fake_packets(h, mindex, &n);
	int said = -1;

	for (unsigned i = 0; i < n; i++)
		if ((level ? p[i].level : p[i].rotation) >= 0)
			said = level ? p[i].level : p[i].rotation;
	g_free(p);
	return said;
}

static void test_header_extensions_are_passed_on(void)
{
	int64_t until_us;

	begin("audio,video");
	peer_say(ann, 33);
	peer_turn(ann, 90);
	subscribe_unanswered();
	CHECK_CODE(answer_with(HEAD "m=audio 9 X 111\r\na=mid:0\r\na=recvonly\r\na=rtpmap:111 opus/48000/2\r\n"
			       "m=video 9 X 96\r\na=mid:1\r\na=recvonly\r\na=rtpmap:96 VP8/90000\r\na=extmap:3 urn:3gpp:video-orientation\r\n"), NULL);
	CHECK_INT(peer_subscribe(ann, "[{'feed':'user1'}]"), 0);       /* answers without header extensions */
	until_us = g_get_monotonic_time() + WAIT_MS * 1000;
	while ((last_said(peer_sub(bob), 0, true) < 0 || last_said(peer_sub(bob), 1, false) < 0) && g_get_monotonic_time() < until_us)
		g_usleep(10000);
	CHECK_INT(last_said(peer_sub(bob), 0, true), 33);
	CHECK_INT(last_said(peer_sub(bob), 1, false), 90);
	CHECK(fake_wait_relayed(peer_sub(ann), 1, 30, WAIT_MS));
	CHECK_INT(last_said(peer_sub(ann), 1, false), -1);
	end();
}

static void expect_talking(struct peer *who, const char *word)
{
	struct fake_event *e = fake_expect(peer_pub(bob), "recroom", word, WAIT_MS);

	CHECK(e);
	CHECK_STR(json_str(e->message, "id"), peer_id(who));
	CHECK_STR(json_str(e->message, "mid"), "0");
	CHECK_STR(json_str(e->message, "room"), "demo");
	CHECK(json_is_integer(json_object_get(e->message, "audio-level-dBov-avg")));
}

static void check_recorded_talking(const char *id)
{
	char *dir = g_build_filename(fake_folder(), "recordings", id, NULL);
	struct recorded *r;
	json_t *turn;

	CHECK(fake_expect(peer_pub(ann), "event", "recordingstopped", WAIT_MS));
	r = recorded_load(dir, false);
	CHECK(r);
	CHECK_INT(recorded_count(r, "talking", peer_id(ann), NULL), 2);
	CHECK_INT(recorded_count(r, "stopped_talking", peer_id(ann), NULL), 2);
	CHECK_INT(json_num(recorded_line(r, "talking", peer_id(ann), NULL, 0), "t_ms", -1) < 300 * SLOWNESS, 1);   /* she talked already */
	turn = recorded_line(r, "rotation", peer_id(ann), "video", 0);
	if (!turn)                 /* turned before her first picture was taken: then its segment begins so */
		turn = recorded_line(r, "segment", peer_id(ann), "video", 0);
	CHECK_INT(json_num(turn, "rotation", -1), 270);
	recorded_free(&r);
	g_free(dir);
}

/* Ann talks, is muted, talks again and falls silent, while a recording runs; her camera is turned. */
static void test_who_talks(void)
{
	json_t *a;

	begin("audio,video");
	peer_say(ann, 12);
	expect_talking(ann, "talking");
	a = fake_ask(peer_pub(bob), "{'recroom':'listparticipants'}");
	CHECK(json_flag(json_array_get(json_object_get(json_array_get(json_object_get(a, "participants"), 0), "streams"), 0), "talking", false));
	a = fake_ask(peer_pub(ann), "{'recroom':'start_recording'}");
	CHECK_CODE(a, NULL);
	CHECK_INT(peer_mute(ann, "audio", true, true), 0);
	expect_talking(ann, "stopped-talking");
	CHECK_INT(peer_mute(ann, "audio", false, true), 0);
	peer_turn(ann, 270);
	expect_talking(ann, "talking");
	peer_say(ann, 90);
	expect_talking(ann, "stopped-talking");
	CHECK_CODE(fake_ask(peer_pub(ann), "{'recroom':'stop_recording'}"), NULL);
	check_recorded_talking(json_str(a, "recordingId"));
	end();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_who_talks), TEST(test_the_rooms_order_decides), TEST(test_what_is_not_taken_is_told), TEST(test_end_to_end_encryption_is_refused),
		TEST(test_offers_that_change_their_mind), TEST(test_limits_and_hostile_offers), TEST(test_a_subscriber_that_cannot_decode),
		TEST(test_an_m_line_keeps_its_codec), TEST(test_redundancy_is_passed_or_stripped), TEST(test_header_extensions_are_passed_on),
	};

	return harness_run(tests, sizeof(tests) / sizeof(tests[0]), 3, argc, argv);
}
