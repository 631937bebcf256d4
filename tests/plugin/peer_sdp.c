/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Session descriptions of the peers. Strict where a browser is strict: an answer that has other m-lines than the offer would be noticed by the tests.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include "tests/plugin/peer_sdp.h"

static const char audio_attributes[] =
	"a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\na=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=rtcp-mux\r\n"
	"a=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n"
	"a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\na=rtpmap:0 PCMU/8000\r\n";
static const char video_attributes[] =
	"a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=extmap:13 urn:3gpp:video-orientation\r\na=rtcp-mux\r\na=rtcp-rsize\r\n"
	"a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 goog-remb\r\na=rtcp-fb:96 transport-cc\r\na=rtcp-fb:96 ccm fir\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\n"
	"a=rtpmap:98 VP9/90000\r\na=rtcp-fb:98 nack pli\r\na=fmtp:98 profile-id=0\r\n";

char *peer_sdp_offer(const struct peer_line *lines, size_t n, unsigned version)
{
	GString *s = g_string_new(NULL);

	g_string_append_printf(s, "v=0\r\no=- 4611731400430051336 %u IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE", version);
	for (size_t i = 0; i < n; i++)
		g_string_append_printf(s, " %s", lines[i].mid);
	g_string_append(s, "\r\na=msid-semantic: WMS stream\r\n");
	for (size_t i = 0; i < n; i++) {
		const struct peer_line *l = &lines[i];

		g_string_append_printf(s, "m=%s\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=%s\r\na=mid:%s\r\na=msid:stream track%zu\r\n%s",
				       l->audio ? "audio 9 UDP/TLS/RTP/SAVPF 111 63 0" : "video 9 UDP/TLS/RTP/SAVPF 96 98", l->sending ? "sendonly" : "inactive",
				       l->mid, i, l->audio ? audio_attributes : video_attributes);
	}
	return g_string_free(s, FALSE);
}

/* The text of m-line i, without those before and after; g_free(). */
static char *section(const char *sdp, unsigned i)
{
	const char *p = g_str_has_prefix(sdp, "m=") ? sdp : strstr(sdp, "\nm="), *end;

	for (; p && i; i--)
		p = strstr(p + 1, "\nm=");
	if (!p)
		return NULL;
	p += *p == '\n';
	end = strstr(p, "\nm=");
	return end ? g_strndup(p, (gsize)(end - p + 1)) : g_strdup(p);
}

unsigned peer_sdp_lines(const char *sdp)
{
	unsigned n = 0;

	for (const char *p = strstr(sdp, "\nm="); p; p = strstr(p + 1, "\nm="))
		n++;
	return n;
}

static const char *direction_of(const char *text)
{
	static const char *const words[] = { "sendonly", "recvonly", "inactive", "sendrecv" };
	char pattern[16];

	for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
		g_snprintf(pattern, sizeof(pattern), "\na=%s", words[i]);
		if (strstr(text, pattern))
			return words[i];
	}
	return "sendrecv";
}

int peer_sdp_line(const char *sdp, unsigned i, const char **direction)
{
	char *text = section(sdp, i), **words;
	int pt = -1;

	if (!text)
		return -1;
	words = g_strsplit_set(text, " \r\n", 5);   /* m=video 9 UDP/TLS/RTP/SAVPF 96 … */
	if (g_strv_length(words) == 5 && strcmp(words[1], "0"))
		pt = atoi(words[3]);
	if (direction)
		*direction = direction_of(text);
	g_strfreev(words);
	g_free(text);
	return pt;
}

static char *mid_of(const char *text)
{
	const char *p = strstr(text, "\na=mid:");

	return p ? g_strndup(p + 7, strcspn(p + 7, "\r\n")) : NULL;
}

/* "VP8/90000", g_free(). */
static char *codec_of(const char *text, int pt)
{
	char *pattern = g_strdup_printf("\na=rtpmap:%d ", pt);
	const char *p = strstr(text, pattern);
	char *codec = p ? g_strndup(p + strlen(pattern), strcspn(p + strlen(pattern), "\r\n")) : NULL;

	g_free(pattern);
	return codec;
}

static void answer_line(GString *s, const char *text, int pt, const char *direction)
{
	bool audio = g_str_has_prefix(text, "m=audio");
	char *mid = mid_of(text), *codec = codec_of(text, pt);

	g_string_append_printf(s, "m=%s %d UDP/TLS/RTP/SAVPF %d\r\nc=IN IP4 0.0.0.0\r\na=%s\r\na=mid:%s\r\na=rtcp-mux\r\n", audio ? "audio" : "video",
			       pt < 0 ? 0 : 9, MAX(pt, 0), strcmp(direction, "inactive") ? "recvonly" : "inactive", mid ? mid : "");
	if (pt >= 0 && codec)
		g_string_append_printf(s, "a=rtpmap:%d %s\r\n", pt, codec);
	g_free(codec);
	g_free(mid);
}

char *peer_sdp_answer(const char *offer)
{
	GString *s = g_string_new("v=0\r\no=- 77 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n");
	unsigned n = peer_sdp_lines(offer);

	for (unsigned i = 0; i < n; i++) {
		const char *direction;
		int pt = peer_sdp_line(offer, i, &direction);
		char *text = section(offer, i);

		answer_line(s, text, pt, direction);
		g_free(text);
	}
	return g_string_free(s, FALSE);
}
