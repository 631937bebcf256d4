/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/sdp.c"
#include "plugins/sdp_write.c"
#include "test.h"

#define HEAD "v=0\r\no=- 1 2 IN IP4 1.1.1.1\r\ns=-\r\nt=0 0\r\n"
#define AUDIO "m=audio 9 UDP/TLS/RTP/SAVPF 111 63\r\nc=IN IP4 1.1.1.1\r\na=mid:0\r\na=sendrecv\r\na=rtpmap:111 opus/48000/2\r\n" \
	"a=rtcp-fb:111 transport-cc\r\na=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:63 red/48000/2\r\n" \
	"a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\na=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
#define VIDEO "m=video 9 UDP/TLS/RTP/SAVPF 98 96\r\na=mid:1\r\na=sendonly\r\na=rtpmap:98 VP9/90000\r\na=rtpmap:96 VP8/90000\r\n" \
	"a=rtcp-fb:* nack\r\na=rtcp-fb:96 nack pli\r\na=rtcp-fb:96 unknown thing\r\na=extmap:3 urn:3gpp:video-orientation\r\n"

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
	CHECK_INT(sdp_codec(m)->pt, 111);
	CHECK_INT(sdp_codec(m)->channels, 2);
	CHECK_INT(sdp_codec(m)->feedback, SDP_FB_TRANSPORT);
	CHECK(!sdp_codec(m)->stereo);
	m = sdp_mline(s, 1);
	CHECK_STR(m->mid, "1");
	CHECK_INT(m->direction, SDP_SEND);
	CHECK_INT(sdp_codec(m)->pt, 96);
	CHECK_INT(sdp_codec(m)->feedback, SDP_FB_NACK | SDP_FB_PLI);
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

	CHECK_INT(parse(&s, HEAD AUDIO VIDEO "m=video 9 UDP/TLS/RTP/SAVPF 98\r\na=mid:2\r\na=rtpmap:98 VP9/90000\r\n"
			"m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:3\r\n"), 0);
	text = sdp_answer(s, want, 7, 3);
	CHECK(strstr(text, "o=- 7 3 IN IP4"));
	CHECK(strstr(text, "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"));
	CHECK(strstr(text, "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"));
	CHECK(!strstr(text, "video-orientation"));
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
	CHECK(sdp_codec(sdp_mline(s, 0))->stereo);
	text = sdp_answer(s, want, 1, 1);
	CHECK(strstr(text, "a=inactive\r\n") && !strstr(text, "a=recvonly"));
	CHECK(strstr(text, "stereo=1"));
	g_free(text);
	sdp_unref(&s);
}

static void test_offers(void)
{
	const struct sdp_offer_line lines[] = {
		{ .active = true, .mid = "0", .msid = "user1", .track = "user1-audio" },
		{ .video = true, .active = true, .mid = "1", .msid = "user1", .track = "user1-video" },
		{ .video = true, .mid = "2" },
	};
	struct sdp *s = NULL;
	char *text = sdp_offer(lines, 3, 1, 9);

	CHECK(strstr(text, "a=msid:user1 user1-video\r\n"));
	CHECK_INT(parse(&s, text), 0);
	CHECK_INT(s->mlines->len, 3);
	CHECK_INT(sdp_mline(s, 0)->direction, SDP_SEND);
	CHECK_INT(sdp_codec(sdp_mline(s, 0))->pt, SDP_PT_OPUS);
	CHECK_INT(sdp_codec(sdp_mline(s, 1))->pt, SDP_PT_VP8);
	CHECK(sdp_codec(sdp_mline(s, 1))->feedback & SDP_FB_PLI);
	CHECK_INT(sdp_mline(s, 2)->direction, 0);
	CHECK(!sdp_mline(s, 2)->rejected);
	g_free(text);
	sdp_unref(&s);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_reads_an_offer), TEST(test_refuses_what_is_malformed), TEST(test_is_bounded), TEST(test_answers),
		TEST(test_answer_does_not_take_what_is_not_sent), TEST(test_offers),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
