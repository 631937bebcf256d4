/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Session descriptions as far as a plugin sees them: Janus adds and removes transport (ICE, DTLS, BUNDLE, SSRCs, RTX), what stays is m-lines, mids,
 * directions, codecs and header extensions. Pure and bounded; knows nothing of Janus.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SDP_MAX = 512 * 1024, SDP_MLINES = 256, SDP_CODECS = 64, SDP_EXTENSIONS = 32, SDP_MID_SIZE = 17 };

enum sdp_kind { SDP_AUDIO, SDP_VIDEO, SDP_APPLICATION };
enum { SDP_SEND = 1, SDP_RECV = 2 };   /* directions are sums of these; 0 is inactive */

struct sdp_codec {
	int pt;
	char name[24];
	unsigned rate, channels;
	unsigned feedback;         /* bits of the table in sdp.c */
	bool stereo;               /* fmtp has stereo=1 */
};

struct sdp_extension {
	int id;
	char uri[128];
};

struct sdp_mline {
	enum sdp_kind kind;
	char mid[SDP_MID_SIZE];    /* the index as text when there was none */
	char proto[32], format[24];        /* protocol and first format, to refuse it with */
	bool rejected;             /* port 0 */
	unsigned direction;
	GArray *codecs;            /* struct sdp_codec */
	GArray *extensions;        /* struct sdp_extension */
};

struct sdp {
	GPtrArray *mlines;         /* struct sdp_mline * */
};

/** 0, -EBADMSG (malformed), -E2BIG (more than the limits above). */
int sdp_parse(struct sdp **out, const char *text, size_t len);
void sdp_unref(struct sdp **s);
const struct sdp_mline *sdp_mline(const struct sdp *s, size_t i);
/** The codec of the kind that this server forwards and records (Opus, VP8), or NULL. */
const struct sdp_codec *sdp_codec(const struct sdp_mline *m);

/** The answer to a publisher's offer: receives what is sent in a codec we know where `want[i]`, the rest is inactive or refused. version counts up. g_free(). */
char *sdp_answer(const struct sdp *offer, const bool *want, uint64_t session, uint64_t version);

struct sdp_offer_line {
	bool video, active;
	const char *mid, *msid, *track;    /* stream and track name the browser shows, e.g. "user1" "user1-video" */
};
enum { SDP_PT_OPUS = 111, SDP_PT_VP8 = 96 };
/** Our offer to a subscriber, send only, with the payload types above. g_free(). */
char *sdp_offer(const struct sdp_offer_line *lines, size_t n, uint64_t session, uint64_t version);
