/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Session descriptions; called by the main thread.
 */
#include "tests/bench/generator/sdp.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include "tests/bench/generator/dtls.h"

static void put_head(GString *s)
{
	g_string_append(s, "v=0\r\no=- 4611731400430051336 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE");
}

static void put_transport(GString *s, const struct peer *peer, const char *setup)
{
	const struct loop *l = peer_loop(peer);

	g_string_append_printf(s, "c=IN IP4 %s\r\na=candidate:1 1 udp 2130706431 %s %d typ host\r\na=end-of-candidates\r\n", loop_address(l), loop_address(l),
			       loop_port(l));
	g_string_append_printf(s, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=fingerprint:sha-256 %s\r\na=setup:%s\r\na=rtcp-mux\r\n", peer_ufrag(peer),
			       peer_password(peer), dtls_fingerprint(), setup);
}

char *sdp_offer(const struct peer *peer, const struct publisher *p, bool video, bool red)
{
	GString *s = g_string_new(NULL);

	put_head(s);
	g_string_append_printf(s, " 0%s\r\nm=audio 9 UDP/TLS/RTP/SAVPF %s111\r\n", video ? " 1" : "", red ? "63 " : "");
	put_transport(s, peer, "actpass");
	g_string_append(s, "a=mid:0\r\na=sendonly\r\na=msid:stream microphone\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n");
	if (red)
		g_string_append(s, "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n");
	g_string_append_printf(s, "a=ssrc:%u cname:gn\r\n", publisher_ssrc(p, false));
	if (!video)
		return g_string_free(s, FALSE);
	g_string_append(s, "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n");
	put_transport(s, peer, "actpass");
	g_string_append_printf(s, "a=mid:1\r\na=sendonly\r\na=msid:stream camera\r\na=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\n"
			       "a=rtcp-fb:96 ccm fir\r\na=rtcp-fb:96 goog-remb\r\na=ssrc:%u cname:gn\r\n", publisher_ssrc(p, true));
	return g_string_free(s, FALSE);
}

/* The value of the first line that begins with `name` from `at` on, before the next m-line if `here`; g_free(). */
static char *value_of(const char *at, const char *name, bool here)
{
	const char *end = here ? strstr(at, "\nm=") : NULL, *p = strstr(at, name);

	if (!p || (end && p > end))
		return NULL;
	p += strlen(name);
	return g_strndup(p, strcspn(p, "\r\n"));
}

static int answer_line(GString *s, GString *bundle, const struct peer *peer, const char *m)
{
	char **part = g_strsplit_set(m, " \r\n", 5), *mid = value_of(m, "\na=mid:", true), *name = NULL, *map = NULL;
	int err = -EBADMSG;

	if (mid && g_strv_length(part) == 5) {
		name = g_strdup_printf("\na=rtpmap:%s ", part[3]);
		map = value_of(m, name, true);
	}
	if (map) {
		g_string_append_printf(bundle, " %s", mid);
		g_string_append_printf(s, "%s 9 %s %s\r\n", part[0], part[2], part[3]);
		put_transport(s, peer, "active");
		g_string_append_printf(s, "a=mid:%s\r\na=%s\r\na=rtpmap:%s %s\r\n", mid, strstr(m, "a=inactive") ? "inactive" : "recvonly", part[3], map);
		if (g_str_has_prefix(m, "m=video"))
			g_string_append_printf(s, "a=rtcp-fb:%s nack\r\na=rtcp-fb:%s nack pli\r\n", part[3], part[3]);
		err = 0;
	}
	g_free(map);
	g_free(name);
	g_free(mid);
	g_strfreev(part);
	return err;
}

char *sdp_answer(const struct peer *peer, const char *offer)
{
	GString *s = g_string_new(NULL), *lines = g_string_new(NULL);
	int err = 0;

	put_head(s);
	for (const char *m = strstr(offer, "\nm="); m && !err; m = strstr(m + 1, "\nm="))
		err = answer_line(lines, s, peer, m + 1);
	g_string_append(s, "\r\n");
	g_string_append_len(s, lines->str, (gssize)lines->len);
	g_string_free(lines, TRUE);
	return g_string_free(s, err != 0);
}

int sdp_take_remote(struct peer *peer, const char *sdp)
{
	char *ufrag = value_of(sdp, "\na=ice-ufrag:", false), *password = value_of(sdp, "\na=ice-pwd:", false);
	int err = ufrag && password ? 0 : -EBADMSG;

	if (!err)
		peer_set_remote(peer, ufrag, password);
	g_free(ufrag);
	g_free(password);
	return err;
}

bool sdp_takes_red(const char *answer)
{
	const char *m = strstr(answer, "\nm=audio ");
	char *red = m ? value_of(m + 1, "\na=rtpmap:63 red/", true) : NULL;
	bool yes = red != NULL;

	g_free(red);
	return yes;
}
