/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a few handles do to each other: each byte of the input is a deed (join, offer, answer, packet, report, hangup, detach, record …) with the bytes
 * after it for arguments, in a room of the input's own, in the plugin in the fake Janus. Every request is answered, no rule of the core is broken, and
 * a while later nobody holds a handle.
 *
 *   bytes ─▶ deed, handle, arguments ─▶ fake Janus ─▶ plugin          … ─▶ all detached, room destroyed ─▶ next input
 *                                                                           └─▶ LEAVING handles later: let go of?
 */
#include <glib.h>
#include <string.h>
#include "common/json.h"
#include "tests/fuzz/fuzz.h"
#include "tests/plugin/harness.h"
#include "tests/plugin/peer_sdp.h"

enum { HANDLES = 4, LINES = 4, DEEDS_MAX = 64, LEAVING = 128 };

struct input { const uint8_t *at, *end; };

struct client {
	struct fake_handle *h;
	char resume[64];
	char *offer;               /* the last one it was sent */
	unsigned version;
};

static const char config[] = "capture: { chunk_ms = 500; reorder_ms = 200; call_end_grace_s = 0; durability = \"none\" }\n"
			     "limits: { " HARNESS_NO_PACE " }\n";

const size_t fuzz_cuts = 2;

static struct client clients[HANDLES];
static struct fake_handle *admin, *leaving[LEAVING];
static char room[32];

static uint8_t next(struct input *in)
{
	return in->at < in->end ? *in->at++ : 0;
}

static void at_exit(void)
{
	harness_end();
}

static json_t *ask(struct client *c, json_t *body, json_t *jsep)
{
	json_t *offer = NULL, *answer = fake_request(c->h, body, jsep, &offer);

	FUZZ_CHECK(json_is_object(answer));
	if (offer && json_str(offer, "sdp") && !g_strcmp0(json_str(offer, "type"), "offer")) {
		g_free(c->offer);
		c->offer = g_strdup(json_str(offer, "sdp"));
	}
	if (json_str(answer, "resume"))
		g_strlcpy(c->resume, json_str(answer, "resume"), sizeof(c->resume));
	return answer;
}

/* {"recroom":request,"room":…} and more, with single quotes for double ones. */
static json_t *body_of(const char *request, const char *more)
{
	char *text = g_strdup_printf("{'recroom':'%s','room':'%s'%s%s}", request, room, *more ? "," : "", more);
	json_t *o = json_loads(g_strdelimit(text, "'", '"'), 0, NULL);

	FUZZ_CHECK(o);
	g_free(text);
	return o;
}

static char *feed_of(struct input *in)
{
	uint8_t b = next(in);

	return b & 8 ? g_strdup_printf("{'feed':'user%d','mid':'%d'}", 1 + b % 8, b >> 6) : g_strdup_printf("{'feed':'user%d'}", 1 + b % 8);
}

static void do_join(struct client *c, struct input *in)
{
	uint8_t b = next(in);

	ask(c, body_of("join", b & 1 ? "'secret':'hosthost'" : b & 2 ? "'ptype':'publisher','display':'x'" : ""), NULL);
}

static void do_resume(struct client *c, struct input *in)
{
	uint8_t b = next(in);
	char *feed = feed_of(in), *more = g_strdup_printf("'resume':'%s'%s%s%s", clients[b % HANDLES].resume, b & 8 ? "" : ",'ptype':'subscriber','streams':[",
							  b & 8 ? "" : b & 16 ? feed : "", b & 8 ? "" : "]");

	ask(c, body_of("join", more), NULL);
	g_free(more);
	g_free(feed);
}

/* Pieces that m-lines are made of, good ones and others. */
static const char *const openings[] = {
	"audio 9 UDP/TLS/RTP/SAVPF 111 63 0", "video 9 UDP/TLS/RTP/SAVPF 96 98", "video 0 UDP/TLS/RTP/SAVPF 96", "application 9 UDP/DTLS/SCTP webrtc-datachannel",
	"video 9 UDP/TLS/RTP/SAVPF 100 45 96", "audio 9 RTP/AVP 0", "video 9 UDP/TLS/RTP/SAVPF", "text 9 RTP/AVP 99",
};
static const char *const attributes[] = {
	"rtpmap:111 opus/48000/2", "rtpmap:96 VP8/90000", "rtpmap:98 VP9/90000", "rtpmap:100 H264/90000", "rtpmap:45 AV1/90000", "rtpmap:63 red/48000/2",
	"fmtp:63 111/111", "fmtp:98 profile-id=0", "fmtp:100 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f", "rtcp-fb:96 nack pli",
	"sendonly", "recvonly", "inactive", "sendrecv", "extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level", "rid:h send", "rid:l send",
	"simulcast:send h;l", "extmap:13 urn:3gpp:video-orientation", "mid:0", "mid:1", "mid:x", "rtpmap:300 VP8/90000", "fmtp:96",
};

static char *wild_offer(struct input *in)
{
	GString *s = g_string_new("v=0\r\no=- 1 1 IN IP4 1.1.1.1\r\ns=-\r\nt=0 0\r\n");
	int lines = 1 + next(in) % 5;

	for (int i = 0; i < lines; i++) {
		int n = next(in) % 12;

		g_string_append_printf(s, "m=%s\r\na=mid:%d\r\n", openings[next(in) % G_N_ELEMENTS(openings)], i);
		for (int k = 0; k < n; k++)
			g_string_append_printf(s, "a=%s\r\n", attributes[next(in) % G_N_ELEMENTS(attributes)]);
	}
	return g_string_free(s, FALSE);
}

static char *plain_offer(struct client *c, struct input *in)
{
	struct peer_line lines[LINES];
	uint8_t b = next(in);
	size_t n = 1 + (b & 3);

	for (size_t i = 0; i < n; i++) {
		lines[i] = (struct peer_line){ .audio = b >> (4 + i % 2) & 1, .sending = !(next(in) & 1) };
		g_snprintf(lines[i].mid, sizeof(lines[i].mid), "%zu", i);
	}
	return peer_sdp_offer(lines, n, ++c->version);
}

static void do_offer(struct client *c, struct input *in)
{
	static const char *const requests[] = { "publish", "configure", "joinandconfigure", "publish" };
	uint8_t b = next(in);
	char *sdp = b & 4 ? wild_offer(in) : plain_offer(c, in);
	json_t *jsep = json_pack("{ssss}", "type", b & 32 ? "answer" : "offer", "sdp", sdp);

	if (b & 64)
		json_object_set_new(jsep, "simulcast", json_loads("[{\"mid\":\"0\",\"rids\":[\"h\",\"l\"],\"rid-ext\":10},{\"ssrcs\":[1,2,7]}]", 0, NULL));
	if (b & 128)
		json_object_set_new(jsep, "e2ee", json_true());
	ask(c, body_of(requests[b & 3], b & 16 ? "'descriptions':[{'mid':'0','source':'screen'},{'mid':'1','source':'audio2'}],'streams':[{'mid':'0','send':false}]" : ""),
	    jsep);
	g_free(sdp);
}

static void do_answer(struct client *c, struct input *in)
{
	char *sdp = c->offer ? peer_sdp_answer(c->offer) : NULL;

	if (next(in) & 1) {
		g_free(sdp);
		sdp = wild_offer(in);
	}
	ask(c, body_of("start", ""), sdp ? json_pack("{ssss}", "type", "answer", "sdp", sdp) : NULL);
	g_free(sdp);
}

static void do_update(struct client *c, struct input *in)
{
	static const char *const words[] = { "subscribe','streams", "unsubscribe','streams", "update','subscribe", "update','unsubscribe" };
	char *feed = feed_of(in), *text = g_strdup_printf("{'recroom':'%s':[%s]}", words[next(in) % G_N_ELEMENTS(words)], feed);

	ask(c, json_loads(g_strdelimit(text, "'", '"'), 0, NULL), NULL);
	g_free(text);
	g_free(feed);
}

static void do_up(struct client *c, struct input *in)
{
	(void)in;
	fake_media_up(c->h);
}

static void do_packets(struct client *c, struct input *in)
{
	static const uint8_t pts[] = { 111, 96, 98, 63, 100, 45, 0, 127 };
	uint8_t b = next(in), p[64] = { 0x80 };
	uint16_t len = (uint16_t)(12 + next(in) % (sizeof(p) - 12));

	if (b & 64)
		p[0] = next(in);
	p[1] = pts[b % 8];
	for (int i = 2; i < len && i < 44; i++)
		p[i] = next(in);
	for (int n = 0; n < 1 + (b >> 3 & 7); n++) {
		p[3]++;
		p[1] ^= 0x80;
		fake_rtp(c->h, next(in) % 6 - 1, !(b & 128), p, len);
	}
	fake_settle(c->h);
}

static void do_report(struct client *c, struct input *in)
{
	uint8_t p[48], b = next(in);
	uint16_t len = (uint16_t)(b % sizeof(p));

	for (int i = 0; i < len; i++)
		p[i] = next(in);
	if (len >= 4 && b & 64) {
		p[0] = 0x81;
		p[1] = (uint8_t)(200 + p[1] % 7);
		p[2] = 0;
		p[3] = (uint8_t)(len / 4 - 1);
	}
	fake_rtcp(c->h, b % 4, b & 128, p, len);
	fake_settle(c->h);
}

static void do_hangup(struct client *c, struct input *in)
{
	(void)in;
	fake_hangup(c->h);
	fake_settle(c->h);
}

/* A keyframe that was asked for, or a recording that drains, may hold a handle for a second: that is not waited for. */
static struct fake_handle *renewed(struct fake_handle *old)
{
	static unsigned at;
	struct fake_handle **place = &leaving[at++ % LEAVING], *h;

	if (*place)
		fake_forget(*place);
	*place = old;
	fake_detach(old);
	fake_settle(old);
	h = fake_attach();
	FUZZ_CHECK(h);
	return h;
}

static void renew(struct client *c)
{
	c->h = renewed(c->h);
	g_clear_pointer(&c->offer, g_free);
}

static void do_detach(struct client *c, struct input *in)
{
	(void)in;
	renew(c);
}

static void do_record(struct client *c, struct input *in)
{
	static const char *const requests[] = { "start_recording", "stop_recording", "pause_recording", "resume_recording", "recording_status" };

	ask(c, body_of(requests[next(in) % G_N_ELEMENTS(requests)], ""), NULL);
}

static void do_moderate(struct client *c, struct input *in)
{
	uint8_t b = next(in);
	char *more = g_strdup_printf("'id':'user%d','mid':'%d','mute':%s", 1 + b % 8, b >> 3 & 3, b & 32 ? "true" : "false");

	ask(c, body_of(b & 64 ? "kick" : "moderate", more), NULL);
	g_free(more);
}

static void do_configure(struct client *c, struct input *in)
{
	uint8_t b = next(in);
	char *more = g_strdup_printf("'streams':[{'mid':'%d','send':%s,'substream':%d,'temporal':%d}]%s", b & 3, b & 4 ? "true" : "false", b >> 3 & 3, b >> 5 & 3,
				     b & 128 ? ",'bitrate':300000,'display':'y'" : "");

	ask(c, body_of("configure", more), NULL);
	g_free(more);
}

static void do_plain(struct client *c, struct input *in)
{
	static const char *const requests[] = { "listparticipants", "unpublish", "leave", "pause", "start", "list", "exists", "list_recordings" };

	ask(c, body_of(requests[next(in) % G_N_ELEMENTS(requests)], ""), NULL);
}

static void do_query(struct client *c, struct input *in)
{
	fake_fail_negotiation(c->h, !(next(in) & 3));
	json_decref(fake_query(c->h));
}

static void (*const deeds[])(struct client *c, struct input *in) = {
	do_join, do_offer, do_up, do_packets, do_resume, do_answer, do_update, do_report, do_configure, do_plain, do_hangup, do_moderate, do_detach, do_query,
	do_record, do_packets,
};

static void start(void)
{
	setenv("G_SLICE", "always-malloc", 0);
	harness_start_with(config);
	atexit(at_exit);
	admin = fake_attach();
	for (int i = 0; i < HANDLES; i++)
		clients[i].h = fake_attach();
}

static void reset(void)
{
	for (int i = 0; i < HANDLES; i++)
		fake_detach(clients[i].h);
	FUZZ_CHECK(!json_str(fake_ask(admin, "{'recroom':'destroy','room':'%s','admin_key':'adminadmin'}", room), "code"));
	for (int i = 0; i < HANDLES; i++) {
		renew(&clients[i]);
		clients[i].resume[0] = '\0';
	}
	admin = renewed(admin);
	FUZZ_CHECK(!fake_broken_rules());
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, data + size };
	static unsigned number;

	if (!admin)
		start();
	g_snprintf(room, sizeof(room), "fuzz%u", number++);
	FUZZ_CHECK(!json_str(fake_ask(admin, "{'recroom':'create','room':'%s','host_secret':'hosthost','admin_key':'adminadmin'}", room), "code"));
	for (int n = 0; n < DEEDS_MAX && in.at < in.end; n++) {
		uint8_t b = next(&in);

		deeds[b % G_N_ELEMENTS(deeds)](&clients[b / G_N_ELEMENTS(deeds) % HANDLES], &in);
	}
	reset();
	return 0;
}
