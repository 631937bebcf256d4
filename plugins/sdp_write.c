/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writing session descriptions: answers to publishers, offers to subscribers. Called on task threads; sdp.c reads them.
 */
#include <inttypes.h>
#include <string.h>
#include "plugins/sdp.h"
#include "plugins/sdp_feedback.h"

#define MID_URI "urn:ietf:params:rtp-hdrext:sdes:mid"
#define LEVEL_URI "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
#define ROTATION_URI "urn:3gpp:video-orientation"
#define TRANSPORT_URI "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
#define SEND_TIME_URI "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"

/* What we understand. Without video-orientation, browsers turn the picture themselves, which suits the recording: it is not accepted from publishers. */
static const struct { const char *uri; bool audio, video; int offer_id; } extensions[] = {
	{ MID_URI, true, true, 1 },
	{ LEVEL_URI, true, false, 2 },
	{ TRANSPORT_URI, true, true, 0 },
	{ SEND_TIME_URI, true, true, 0 },
};

static void write_head(GString *o, uint64_t session, uint64_t version)
{
	g_string_append_printf(o, "v=0\r\no=- %" PRIu64 " %" PRIu64 " IN IP4 127.0.0.1\r\ns=recroom\r\nt=0 0\r\n", session, version);
}

static void write_codec(GString *o, int pt, bool video, bool stereo, unsigned feedback)
{
	if (video)
		g_string_append_printf(o, "a=rtpmap:%d VP8/90000\r\n", pt);
	else
		g_string_append_printf(o, "a=rtpmap:%d opus/48000/2\r\na=fmtp:%d minptime=10;useinbandfec=1%s\r\n", pt, pt, stereo ? ";stereo=1" : "");
	for (unsigned i = 0; i < SDP_FEEDBACKS; i++)
		if (feedback & (1u << i))
			g_string_append_printf(o, "a=rtcp-fb:%d %s\r\n", pt, sdp_feedbacks[i].name);
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

static void answer_line(GString *o, const struct sdp_mline *m, bool want)
{
	const struct sdp_codec *c = m->rejected ? NULL : sdp_codec(m);
	const char *kind = m->kind == SDP_AUDIO ? "audio" : m->kind == SDP_VIDEO ? "video" : "application";

	if (!c) {
		g_string_append_printf(o, "m=%s 0 %s %s\r\nc=IN IP4 0.0.0.0\r\na=mid:%s\r\na=inactive\r\n", kind, m->proto, m->format, m->mid);
		return;
	}
	g_string_append_printf(o, "m=%s 9 %s %d\r\nc=IN IP4 0.0.0.0\r\na=mid:%s\r\na=%s\r\n", kind, m->proto, c->pt, m->mid,
			       want && (m->direction & SDP_SEND) ? "recvonly" : "inactive");
	write_codec(o, c->pt, m->kind == SDP_VIDEO, c->stereo, c->feedback);
	answer_extensions(o, m);
}

char *sdp_answer(const struct sdp *offer, const bool *want, uint64_t session, uint64_t version)
{
	GString *o = g_string_new(NULL);

	write_head(o, session, version);
	for (guint i = 0; i < offer->mlines->len; i++)
		answer_line(o, sdp_mline(offer, i), want[i]);
	return g_string_free(o, FALSE);
}

static void offer_line(GString *o, const struct sdp_offer_line *l)
{
	int pt = l->video ? SDP_PT_VP8 : SDP_PT_OPUS;

	g_string_append_printf(o, "m=%s 9 UDP/TLS/RTP/SAVPF %d\r\nc=IN IP4 0.0.0.0\r\na=mid:%s\r\na=%s\r\n", l->video ? "video" : "audio", pt, l->mid,
			       l->active ? "sendonly" : "inactive");
	if (l->active && l->msid)
		g_string_append_printf(o, "a=msid:%s %s\r\n", l->msid, l->track);
	write_codec(o, pt, l->video, true, l->video ? SDP_FB_NACK | SDP_FB_PLI | SDP_FB_FIR | SDP_FB_REMB : 0);
	for (size_t k = 0; k < G_N_ELEMENTS(extensions); k++)
		if (extensions[k].offer_id && (l->video ? extensions[k].video : extensions[k].audio))
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
