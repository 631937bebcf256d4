/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/sdp.c"
#include "plugins/sdp_match.c"
#include "plugins/sdp_write.c"
#include "test.h"

#define HEAD "v=0\r\no=- 1 2 IN IP4 1.1.1.1\r\ns=-\r\nt=0 0\r\n"
#define AUDIO "m=audio 9 UDP/TLS/RTP/SAVPF 111 63\r\nc=IN IP4 1.1.1.1\r\na=mid:0\r\na=sendrecv\r\na=rtpmap:111 opus/48000/2\r\n" \
	"a=rtcp-fb:111 transport-cc\r\na=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:63 red/48000/2\r\n" \
	"a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\na=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
#define VIDEO "m=video 9 UDP/TLS/RTP/SAVPF 98 96\r\na=mid:1\r\na=sendonly\r\na=rtpmap:98 VP9/90000\r\na=rtpmap:96 VP8/90000\r\n" \
	"a=rtcp-fb:* nack\r\na=rtcp-fb:96 nack pli\r\na=rtcp-fb:96 unknown thing\r\na=extmap:3 urn:3gpp:video-orientation\r\n"

/* As Chromium 156 offers. */
#define RED "m=audio 9 UDP/TLS/RTP/SAVPF 111 63\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:63 red/48000/2\r\n"
#define H264 "m=video 9 UDP/TLS/RTP/SAVPF 1\r\na=rtpmap:1 H264/90000\r\n"

static struct codec_policy policy = { .fec = true, .red = true };

static void order(const char *words)
{
	CHECK_INT(codec_policy_order(&policy, words), 0);
}

/* What is chosen of an m-line; lives as long as the description. */
static struct sdp_choice choice_of(const struct sdp *s, size_t i)
{
	struct sdp_choice c;

	sdp_choose(&c, sdp_mline(s, i), &policy, NULL);
	return c;
}

/* The answer that takes what `want` says. */
static char *answer_to(const struct sdp *s, const bool *want, uint64_t session, uint64_t version)
{
	struct sdp_choice choices[SDP_MLINES];

	for (guint i = 0; i < s->mlines->len; i++)
		choices[i] = choice_of(s, i);
	return sdp_answer(s, choices, want, &policy, session, version);
}

static int parse(struct sdp **out, const char *text)
{
	return sdp_parse(out, text, strlen(text));
}

static void test_reads_an_offer(void)
{
	struct sdp *s = NULL;
	const struct sdp_mline *m;

	CHECK_INT(parse(&s, HEAD AUDIO VIDEO), 0);
	CHECK_INT(s->mlines->len, 2);
	m = sdp_mline(s, 0);
	CHECK_INT(m->kind, SDP_AUDIO);
	CHECK_INT(choice_of(s, 0).offered->pt, 111);
	CHECK_INT(choice_of(s, 0).offered->channels, 2);
	CHECK_INT(choice_of(s, 0).offered->feedback, SDP_FB_TRANSPORT);
	CHECK_STR(choice_of(s, 0).offered->fmtp, "minptime=10;useinbandfec=1");
	CHECK_INT(sdp_extension_id(m, SDP_URI_LEVEL), 1);
	CHECK_INT(sdp_extension_id(m, SDP_URI_ROTATION), 0);
	m = sdp_mline(s, 1);
	CHECK_STR(m->mid, "1");
	CHECK_INT(m->direction, SDP_SEND);
	CHECK_INT(choice_of(s, 1).offered->pt, 96);
	CHECK_INT(choice_of(s, 1).offered->feedback, SDP_FB_NACK | SDP_FB_PLI);
	CHECK_INT(sdp_extension_id(m, SDP_URI_ROTATION), 3);
	CHECK(!sdp_mline(s, 2));
	sdp_unref(&s);
}

static void test_refuses_what_is_malformed(void)
{
	static const struct { const char *text; int err; } rows[] = {
		{ "", -EBADMSG },
		{ "hello", -EBADMSG },
		{ HEAD, -EBADMSG },
		{ HEAD "xx", -EBADMSG },
		{ HEAD "m=audio\r\n", -EBADMSG },
		{ HEAD "m=audio 99999 X 111\r\n", -EBADMSG },
		{ HEAD "m=audio -1 X 111\r\n", -EBADMSG },
		{ HEAD "m=text 9 X 111\r\n", -EBADMSG },
		{ HEAD "m=audio 9 UDP/TLS/RTP/SAVPF/AND/A/VERY/LONG/NAME 111\r\n", -EBADMSG },
		{ HEAD "m=audio 9 X 111\r\na=mid:has space\r\n", -EBADMSG },
		{ HEAD "m=audio 9 X 111\r\na=mid:12345678901234567\r\n", -EBADMSG },
		{ HEAD "m=audio 9 X 111\r\na=mid:\r\n", -EBADMSG },
		{ HEAD "m=audio 9 X 111\r\na=rtpmap:111\r\n", -EBADMSG },
		{ HEAD "m=audio 9 X 111\r\na=rtpmap:128 opus/48000/2\r\n", -EBADMSG },
		{ HEAD "m=audio 9 X 111\r\na=extmap:0 urn:x\r\n", -EBADMSG },
		{ HEAD "m=audio 9 X 111\r\na=mid:a\r\nm=video 9 X 96\r\na=mid:a\r\n", -EBADMSG },
		{ HEAD "m=audio 9 X 111\r\na=mid:1\r\nm=video 9 X 96\r\n", -EBADMSG },
	};
	struct sdp *s = NULL;

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (parse(&s, rows[i].text) != rows[i].err)
			TEST_FAIL("row %zu", i);
		CHECK(!s);
	}
	CHECK_INT(sdp_parse(&s, "v=0\0m=", 6), -EBADMSG);
}

/* The line n times, each # its number. */
static char *repeat(const char *head, const char *line, int n)
{
	GString *t = g_string_new(head);

	for (int i = 0; i < n; i++)
		for (const char *p = line; *p; p++) {
			if (*p == '#')
				g_string_append_printf(t, "%d", i);
			else
				g_string_append_c(t, *p);
		}
	return g_string_free(t, FALSE);
}

static void test_is_bounded(void)
{
	static const struct { const char *head, *line; int fits; } rows[] = {
		{ HEAD, "m=audio 9 X 1\r\na=mid:x#\r\n", SDP_MLINES },
		{ HEAD "m=audio 9 X 1\r\n", "a=rtpmap:# c#/8000\r\n", SDP_CODECS },
		{ HEAD "m=audio 9 X 1\r\n", "a=extmap:7 urn:#\r\n", SDP_EXTENSIONS },
	};
	struct sdp *s = NULL;
	char *text;

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		text = repeat(rows[i].head, rows[i].line, rows[i].fits);
		CHECK_INT(parse(&s, text), 0);
		sdp_unref(&s);
		g_free(text);
		text = repeat(rows[i].head, rows[i].line, rows[i].fits + 1);
		CHECK_INT(parse(&s, text), -E2BIG);
		g_free(text);
	}
	text = repeat(HEAD "m=audio 9 X 1\r\n", "a=something:# #\r\n", SDP_MAX / 16);
	CHECK_INT(parse(&s, text), -E2BIG);
	g_free(text);
}

static void test_answers(void)
{
	const bool want[] = { true, true, false, false };
	struct sdp *s = NULL, *back = NULL;
	char *text;

	CHECK_INT(parse(&s, HEAD AUDIO VIDEO "m=video 9 UDP/TLS/RTP/SAVPF 98\r\na=mid:2\r\na=rtpmap:98 H263/90000\r\n"
			"m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:3\r\n"), 0);
	text = answer_to(s, want, 7, 3);
	CHECK(strstr(text, "o=- 7 3 IN IP4"));
	CHECK(strstr(text, "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"));
	CHECK(strstr(text, "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"));
	CHECK(strstr(text, "a=extmap:3 urn:3gpp:video-orientation\r\n"));
	CHECK(strstr(text, "a=rtcp-fb:96 nack pli\r\n"));
	CHECK(!strstr(text, "VP9"));
	CHECK(strstr(text, "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n"));
	CHECK_INT(parse(&back, text), 0);
	CHECK_INT(back->mlines->len, 4);
	CHECK_INT(sdp_mline(back, 0)->direction, SDP_RECV);
	CHECK_INT(sdp_mline(back, 1)->direction, SDP_RECV);
	CHECK(sdp_mline(back, 2)->rejected && sdp_mline(back, 3)->rejected);
	CHECK_STR(sdp_mline(back, 2)->mid, "2");
	g_free(text);
	sdp_unref(&back);
	sdp_unref(&s);
}

static void test_answer_does_not_take_what_is_not_sent(void)
{
	const bool want[] = { true };
	struct sdp *s = NULL;
	char *text;

	CHECK_INT(parse(&s, HEAD "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=recvonly\r\na=rtpmap:111 OPUS/48000/2\r\na=fmtp:111 a=b; stereo=1\r\n"), 0);
	text = answer_to(s, want, 1, 1);
	CHECK(strstr(text, "a=inactive\r\n") && !strstr(text, "a=recvonly"));
	CHECK(strstr(text, "stereo=1"));
	g_free(text);
	sdp_unref(&s);
}

static void test_parameters(void)
{
	static const struct { const char *fmtp, *key, *value; } rows[] = {
		{ NULL, "a", NULL },
		{ "", "a", NULL },
		{ "a=1", "a", "1" },
		{ "b=2;a=1", "a", "1" },
		{ "b=2; A=1 ;c=3", "a", "1" },
		{ "aa=2;a=", "a", "" },
		{ "xa=1", "a", NULL },
		{ "a", "a", NULL },
		{ ";;;a=5;", "a", "5" },
		{ "a=0123456789abcdef", "a", NULL },
		{ "a=0123456789abcde", "a", "0123456789abcde" },
	};
	char out[16];

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		bool found = sdp_fmtp(rows[i].fmtp, rows[i].key, out, sizeof(out));

		if (found != (rows[i].value != NULL) || (found && strcmp(out, rows[i].value)))
			TEST_FAIL("row %zu", i);
	}
}

/* One m-line with these attributes, by the room's order: the payload type taken, 0 for none. */
static int taken(const char *words, const char *lines)
{
	struct sdp *s = NULL;
	struct sdp_choice c;
	char *text = g_strconcat(HEAD "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n", lines, NULL);
	int pt;

	order(words);
	CHECK_INT(parse(&s, text), 0);
	c = choice_of(s, 0);
	pt = c.offered ? c.offered->pt : 0;
	CHECK(!c.codec == !c.offered && !c.red);
	sdp_unref(&s);
	g_free(text);
	order("vp8");
	return pt;
}

static void test_takes_the_first_of_the_rooms_codecs(void)
{
	const char *all = "a=rtpmap:96 VP8/90000\r\na=rtpmap:98 VP9/90000\r\na=fmtp:98 profile-id=0\r\na=rtpmap:100 VP9/90000\r\na=fmtp:100 profile-id=2\r\n"
		"a=rtpmap:106 H264/90000\r\na=fmtp:106 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f\r\n"
		"a=rtpmap:102 H264/90000\r\na=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f\r\n"
		"a=rtpmap:108 H264/90000\r\na=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42E01F\r\n"
		"a=rtpmap:45 AV1/90000\r\na=fmtp:45 level-idx=5;profile=0;tier=0\r\n";

	CHECK_INT(taken("vp8,vp9,h264,av1", all), 96);
	CHECK_INT(taken("vp9,vp8", all), 98);
	CHECK_INT(taken("h264,vp8", all), 108);
	CHECK_INT(taken(" av1 , vp8 ", all), 45);
	CHECK_INT(taken("av1,vp9", "a=rtpmap:96 VP8/90000\r\n"), 0);
	CHECK_INT(taken("vp9,vp8", "a=rtpmap:100 VP9/90000\r\na=fmtp:100 profile-id=2\r\na=rtpmap:96 vp8/90000\r\n"), 96);
	CHECK_INT(taken("vp9", "a=rtpmap:98 VP9/90000\r\n"), 98);
	CHECK_INT(taken("av1", "a=rtpmap:45 AV1/90000\r\na=fmtp:45 profile=1\r\n"), 0);
	CHECK_INT(taken("vp8", "a=rtpmap:96 VP8/8000\r\n"), 0);
}

static void test_h264_profiles(void)
{
	static const struct { const char *fmtp; int pt; } rows[] = {
		{ "packetization-mode=1;profile-level-id=42e01f", 1 },
		{ "packetization-mode=1;profile-level-id=42c02a", 1 },
		{ "packetization-mode=1;profile-level-id=4d801f", 1 },         /* main that says it is constrained baseline */
		{ "packetization-mode=1;profile-level-id=42001f", 1 },
		{ "packetization-mode=1", 1 },
		{ "profile-level-id=42e01f", 0 },
		{ "packetization-mode=0;profile-level-id=42e01f", 0 },
		{ "packetization-mode=1;profile-level-id=4d001f", 0 },
		{ "packetization-mode=1;profile-level-id=640c1f", 0 },
		{ "packetization-mode=1;profile-level-id=42e0", 0 },
		{ "packetization-mode=1;profile-level-id=42e01g", 0 },
		{ "packetization-mode=1;profile-level-id=", 0 },
		{ "packetization-mode=1;profile-level-id=42e01f00", 0 },
	};
	char *line;

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		line = g_strdup_printf("a=rtpmap:1 H264/90000\r\na=fmtp:1 %s\r\n", rows[i].fmtp);
		if (taken("h264", line) != rows[i].pt)
			TEST_FAIL("row %zu", i);
		g_free(line);
	}
	CHECK_INT(taken("h264", "a=rtpmap:1 H264/90000\r\n"), 0);
}

static void test_a_codec_in_use_stays(void)
{
	struct sdp *s = NULL;
	struct sdp_choice c;

	order("vp8,vp9");
	CHECK_INT(parse(&s, HEAD VIDEO), 0);
	sdp_choose(&c, sdp_mline(s, 0), &policy, codec_find("vp9"));
	CHECK_INT(c.offered->pt, 98);
	sdp_choose(&c, sdp_mline(s, 0), &policy, codec_find("av1"));        /* not offered any more */
	CHECK_INT(c.offered->pt, 96);
	sdp_choose(&c, sdp_mline(s, 0), &policy, codec_find("opus"));       /* the m-line was of another kind */
	CHECK_INT(c.offered->pt, 96);
	sdp_unref(&s);
	order("vp8");
}

static void test_redundancy(void)
{
	static const struct { const char *line; int pt; } rows[] = {
		{ "a=fmtp:63 111/111\r\n", 63 },
		{ "a=fmtp:63 111/111/111\r\n", 63 },
		{ "a=fmtp:63 111\r\n", 63 },
		{ "a=fmtp:63 111/0\r\n", 0 },
		{ "a=fmtp:63 111/\r\n", 0 },
		{ "a=fmtp:63 112/112\r\n", 0 },
		{ "a=fmtp:63 x\r\n", 0 },
		{ "", 0 },
	};
	const bool want[] = { true };
	struct sdp *s = NULL;
	char *text, *answer;

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		text = g_strconcat(HEAD RED, rows[i].line, NULL);
		CHECK_INT(parse(&s, text), 0);
		answer = answer_to(s, want, 1, 1);
		if ((choice_of(s, 0).red ? choice_of(s, 0).red->pt : 0) != rows[i].pt || !strstr(answer, "red/48000") != !rows[i].pt)
			TEST_FAIL("row %zu", i);
		if (rows[i].pt)
			CHECK(strstr(answer, "SAVPF 63 111\r\n") && strstr(answer, "a=fmtp:63 111/111\r\n"));
		sdp_unref(&s);
		g_free(answer);
		g_free(text);
	}
	policy.red = false;
	CHECK_INT(parse(&s, HEAD RED "a=fmtp:63 111/111\r\n"), 0);
	CHECK(!choice_of(s, 0).red);
	policy.red = true;
	sdp_unref(&s);
}

static void test_what_an_answer_asks_for(void)
{
	const bool want[] = { true, true };
	struct sdp *s = NULL;
	char *text;

	order("h264");
	policy.dtx = true;
	policy.fec = false;
	CHECK_INT(parse(&s, HEAD AUDIO H264 "a=fmtp:1 x=y;sprop-parameter-sets=Z,Q==;profile-level-id=42e01f;packetization-mode=1\r\n"
			"a=extmap:9 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\na=extmap:10 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\r\n"
			"a=extmap:11 https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension\r\n"
			"a=extmap:12 http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time\r\n"), 0);
	text = answer_to(s, want, 1, 1);
	CHECK(strstr(text, "a=fmtp:111 minptime=10;useinbandfec=0;usedtx=1\r\n"));
	CHECK(strstr(text, "a=fmtp:1 profile-level-id=42e01f;packetization-mode=1\r\n"));
	CHECK(strstr(text, "a=extmap:9 ") && strstr(text, "a=extmap:10 "));
	CHECK(!strstr(text, "a=extmap:11 ") && !strstr(text, "a=extmap:12 "));
	g_free(text);
	sdp_unref(&s);
	policy.dtx = false;
	policy.fec = true;
	order("vp8");
}

static void test_offers(void)
{
	const struct sdp_offer_line lines[] = {
		{ .codec = codec_find("opus"), .red = true, .active = true, .mid = "0", .msid = "user1", .track = "user1-audio" },
		{ .codec = codec_find("vp8"), .active = true, .mid = "1", .msid = "user1", .track = "user1-video" },
		{ .codec = codec_find("vp8"), .mid = "2" },
	};
	struct sdp *s = NULL;
	char *text = sdp_offer(lines, 3, 1, 9);

	CHECK(strstr(text, "a=msid:user1 user1-video\r\n"));
	CHECK(strstr(text, "m=audio 9 UDP/TLS/RTP/SAVPF 111 63\r\n"));
	CHECK_INT(parse(&s, text), 0);
	CHECK_INT(s->mlines->len, 3);
	CHECK_INT(sdp_mline(s, 0)->direction, SDP_SEND);
	CHECK_INT(choice_of(s, 0).offered->pt, 111);
	CHECK_INT(choice_of(s, 0).red->pt, CODEC_PT_RED);
	CHECK_INT(choice_of(s, 1).offered->pt, 96);
	CHECK(choice_of(s, 1).offered->feedback & SDP_FB_PLI);
	CHECK_INT(sdp_extension_id(sdp_mline(s, 1), SDP_URI_ROTATION), 3);
	CHECK_INT(sdp_mline(s, 2)->direction, 0);
	CHECK(!sdp_mline(s, 2)->rejected);
	g_free(text);
	sdp_unref(&s);
}

/* One payload type means one thing in all m-lines of a bundle, and we choose our own offers when others make them. */
static void test_offers_of_every_codec(void)
{
	size_t n;
	const struct codec *all = codec_table(&n);
	struct sdp_offer_line lines[16];
	char mids[16][4], *text;
	struct sdp *s = NULL;
	struct sdp_choice c;

	for (size_t i = 0; i < n; i++) {
		g_snprintf(mids[i], sizeof(mids[i]), "%zu", i);
		lines[i] = (struct sdp_offer_line){ .codec = &all[i], .red = !all[i].video, .active = true, .mid = mids[i] };
		for (size_t k = 0; k < i; k++)
			CHECK(all[k].pt != all[i].pt);
		CHECK(all[i].pt != CODEC_PT_RED);
	}
	text = sdp_offer(lines, n, 1, 1);
	CHECK_INT(parse(&s, text), 0);
	for (size_t i = 0; i < n; i++) {
		sdp_choose(&c, sdp_mline(s, i), &policy, &all[i]);
		CHECK(c.codec == &all[i]);
		CHECK_INT(c.offered->pt, all[i].pt);
	}
	sdp_unref(&s);
	g_free(text);
}

static void test_reads_a_subscribers_answer(void)
{
	static const struct { const char *text; bool takes, red; } rows[] = {
		{ "m=video 9 X 96\r\na=recvonly\r\na=rtpmap:96 VP8/90000\r\n", true, false },
		{ "m=video 9 X 96\r\na=inactive\r\na=rtpmap:96 VP8/90000\r\n", false, false },
		{ "m=video 9 X 96\r\na=sendonly\r\na=rtpmap:96 VP8/90000\r\n", false, false },
		{ "m=video 0 X 96\r\na=recvonly\r\na=rtpmap:96 VP8/90000\r\n", false, false },
		{ "m=video 9 X 97\r\na=recvonly\r\na=rtpmap:97 VP8/90000\r\n", false, false },
		{ "m=video 9 X 96\r\na=recvonly\r\na=rtpmap:96 VP9/90000\r\n", false, false },
		{ "m=audio 9 X 111\r\na=recvonly\r\na=rtpmap:111 opus/48000/2\r\n", true, false },
		{ "m=audio 9 X 111 63\r\na=recvonly\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:63 red/48000/2\r\n", true, true },
		{ "m=audio 9 X 111 63\r\na=recvonly\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:64 red/48000/2\r\n", true, false },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char *text = g_strconcat(HEAD, rows[i].text, NULL);
		struct sdp *s = NULL;
		const struct sdp_mline *m;

		CHECK_INT(parse(&s, text), 0);
		m = sdp_mline(s, 0);
		if (sdp_takes(m, codec_find(m->kind == SDP_VIDEO ? "vp8" : "opus")) != rows[i].takes || sdp_takes_red(m) != rows[i].red)
			TEST_FAIL("row %zu", i);
		sdp_unref(&s);
		g_free(text);
	}
}

static void test_orders(void)
{
	static const struct { const char *words; int err; } rows[] = {
		{ "vp8", 0 }, { " vp8 ", 0 }, { "", -EINVAL }, { ",", -EINVAL }, { "vp8,", -EINVAL }, { "vp8,vp8", -EINVAL }, { "opus", -EINVAL },
		{ "VP8", -EINVAL }, { "h263", -EINVAL }, { "vp8 vp9", -EINVAL },
	};
	struct codec_policy p;

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (codec_policy_order(&p, rows[i].words) != rows[i].err)
			TEST_FAIL("row %zu", i);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_reads_an_offer), TEST(test_refuses_what_is_malformed), TEST(test_is_bounded), TEST(test_answers),
		TEST(test_answer_does_not_take_what_is_not_sent), TEST(test_offers),
		TEST(test_parameters), TEST(test_takes_the_first_of_the_rooms_codecs), TEST(test_h264_profiles), TEST(test_a_codec_in_use_stays),
		TEST(test_redundancy), TEST(test_what_an_answer_asks_for), TEST(test_offers_of_every_codec), TEST(test_reads_a_subscribers_answer),
		TEST(test_orders),
	};

	order("vp8");
	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
