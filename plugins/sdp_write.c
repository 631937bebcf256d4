/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writing session descriptions: answers to publishers, offers to subscribers. Called on task threads; sdp.c reads them.
 */
#include <inttypes.h>
#include <string.h>
#include "plugins/sdp.h"
#include "plugins/sdp_feedback.h"

/* What is understood or passed on. rid and repaired-rid are for the core, which tells the layers of simulcast apart by them. Left out: what the core
 * does not hand to receivers (abs-capture-time), and AV1's dependency descriptor, whose templates would have to be followed to drop a layer. */
static const struct { const char *uri; bool audio, video; int offer_id; } extensions[] = {
	{ "urn:ietf:params:rtp-hdrext:sdes:mid", true, true, 1 },
	{ SDP_URI_LEVEL, true, false, 2 },
	{ SDP_URI_ROTATION, false, true, 3 },
	{ "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time", true, true, 4 },
	{ "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01", true, true, 0 },
	{ "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id", false, true, 0 },
	{ "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id", false, true, 0 },
};

/* Parameters of a video codec that an answer gives back as they were offered: its profile and level. */
static const char *const given_back[] = { "profile-level-id", "level-asymmetry-allowed", "packetization-mode", "profile-id", "level-idx", "profile", "tier" };

static void write_head(GString *o, uint64_t session, uint64_t version)
{
	g_string_append_printf(o, "v=0\r\no=- %" PRIu64 " %" PRIu64 " IN IP4 127.0.0.1\r\ns=recroom\r\nt=0 0\r\n", session, version);
}

static void write_codec(GString *o, int pt, const struct codec *codec, const char *fmtp, unsigned feedback)
{
	g_string_append_printf(o, "a=rtpmap:%d %s/%u%s\r\n", pt, codec->sdp_name, codec->rate_hz, codec->video ? "" : "/2");
	if (fmtp && *fmtp)
		g_string_append_printf(o, "a=fmtp:%d %s\r\n", pt, fmtp);
	for (unsigned i = 0; i < SDP_FEEDBACKS; i++)
		if (feedback & (1u << i))
			g_string_append_printf(o, "a=rtcp-fb:%d %s\r\n", pt, sdp_feedbacks[i].name);
}

static void write_red(GString *o, int pt, int of)
{
	g_string_append_printf(o, "a=rtpmap:%d red/48000/2\r\na=fmtp:%d %d/%d\r\n", pt, pt, of, of);
}

static bool is_word(const char *s)
{
	while (g_ascii_isalnum(*s))
		s++;
	return !*s;
}

/* What we ask of the sender. */
static void answer_fmtp(GString *fmtp, const struct sdp_choice *c, const struct codec_policy *policy)
{
	char value[16];

	if (!c->codec->video)
		g_string_append_printf(fmtp, "minptime=10;useinbandfec=%d%s%s", policy->fec, policy->dtx ? ";usedtx=1" : "",
				       sdp_fmtp(c->offered->fmtp, "stereo", value, sizeof(value)) && !strcmp(value, "1") ? ";stereo=1" : "");
	for (size_t i = 0; c->codec->video && i < G_N_ELEMENTS(given_back); i++)
		if (sdp_fmtp(c->offered->fmtp, given_back[i], value, sizeof(value)) && is_word(value))
			g_string_append_printf(fmtp, "%s%s=%s", fmtp->len ? ";" : "", given_back[i], value);
}

/* The core looks into extmap lines for what it adds and reads itself. */
static void answer_extensions(GString *o, const struct sdp_mline *m)
{
	for (guint i = 0; i < m->extensions->len; i++) {
		const struct sdp_extension *e = &g_array_index(m->extensions, struct sdp_extension, i);

		for (size_t k = 0; k < G_N_ELEMENTS(extensions); k++)
			if (!strcmp(e->uri, extensions[k].uri) && (m->kind == SDP_VIDEO ? extensions[k].video : extensions[k].audio))
				g_string_append_printf(o, "a=extmap:%d %s\r\n", e->id, e->uri);
	}
}

static void answer_line(GString *o, const struct sdp_mline *m, const struct sdp_choice *c, bool want, const struct codec_policy *policy)
{
	const char *kind = m->kind == SDP_AUDIO ? "audio" : m->kind == SDP_VIDEO ? "video" : "application";
	GString *fmtp;

	if (!c->codec) {
		g_string_append_printf(o, "m=%s 0 %s %s\r\nc=IN IP4 0.0.0.0\r\na=mid:%s\r\na=inactive\r\n", kind, m->proto, m->format, m->mid);
		return;
	}
	fmtp = g_string_new(NULL);
	answer_fmtp(fmtp, c, policy);
	g_string_append_printf(o, "m=%s 9 %s", kind, m->proto);
	if (c->red)                /* in front: a browser sends what stands first */
		g_string_append_printf(o, " %d", c->red->pt);
	g_string_append_printf(o, " %d\r\nc=IN IP4 0.0.0.0\r\na=mid:%s\r\na=%s\r\n", c->offered->pt, m->mid,
			       want && (m->direction & SDP_SEND) ? "recvonly" : "inactive");
	if (c->red)
		write_red(o, c->red->pt, c->offered->pt);
	write_codec(o, c->offered->pt, c->codec, fmtp->str, c->offered->feedback);
	answer_extensions(o, m);
	g_string_free(fmtp, TRUE);
}

char *sdp_answer(const struct sdp *offer, const struct sdp_choice *choices, const bool *want, const struct codec_policy *policy, uint64_t session,
		 uint64_t version)
{
	GString *o = g_string_new(NULL);

	write_head(o, session, version);
	for (guint i = 0; i < offer->mlines->len; i++)
		answer_line(o, sdp_mline(offer, i), &choices[i], want[i], policy);
	return g_string_free(o, FALSE);
}

static void offer_line(GString *o, const struct sdp_offer_line *l)
{
	bool video = l->codec->video;

	g_string_append_printf(o, "m=%s 9 UDP/TLS/RTP/SAVPF %d", video ? "video" : "audio", l->codec->pt);
	if (l->red)
		g_string_append_printf(o, " %d", CODEC_PT_RED);
	g_string_append_printf(o, "\r\nc=IN IP4 0.0.0.0\r\na=mid:%s\r\na=%s\r\n", l->mid, l->active ? "sendonly" : "inactive");
	if (l->active && l->msid)
		g_string_append_printf(o, "a=msid:%s %s\r\n", l->msid, l->track);
	write_codec(o, l->codec->pt, l->codec, sdp_offer_fmtp(l->codec), video ? SDP_FB_NACK | SDP_FB_PLI | SDP_FB_FIR | SDP_FB_REMB : 0);
	if (l->red)
		write_red(o, CODEC_PT_RED, l->codec->pt);
	for (size_t k = 0; k < G_N_ELEMENTS(extensions); k++)
		if (extensions[k].offer_id && (video ? extensions[k].video : extensions[k].audio))
			g_string_append_printf(o, "a=extmap:%d %s\r\n", extensions[k].offer_id, extensions[k].uri);
}

char *sdp_offer(const struct sdp_offer_line *lines, size_t n, uint64_t session, uint64_t version)
{
	GString *o = g_string_new(NULL);

	write_head(o, session, version);
	for (size_t i = 0; i < n; i++)
		offer_line(o, &lines[i]);
	return g_string_free(o, FALSE);
}
