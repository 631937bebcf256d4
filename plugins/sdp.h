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
#include "plugins/codec.h"

enum { SDP_MAX = 512 * 1024, SDP_MLINES = 256, SDP_CODECS = 64, SDP_EXTENSIONS = 32, SDP_MID_SIZE = 17 };

enum sdp_kind { SDP_AUDIO, SDP_VIDEO, SDP_APPLICATION };
enum { SDP_SEND = 1, SDP_RECV = 2 };   /* directions are sums of these; 0 is inactive */

struct sdp_codec {
	int pt;
	char name[24];
	unsigned rate, channels;
	unsigned feedback;         /* bits of the table in sdp.c */
	char *fmtp;                /* its parameters as they stand there; NULL: none */
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
/** The id under which the m-line has an RTP header extension, 0: not at all. */
int sdp_extension_id(const struct sdp_mline *m, const char *uri);
/** Value of a parameter in a text like "minptime=10;stereo=1", into out; false when it is not there or does not fit. */
bool sdp_fmtp(const char *fmtp, const char *key, char *out, size_t size);

#define SDP_URI_ROTATION "urn:3gpp:video-orientation"
#define SDP_URI_LEVEL "urn:ietf:params:rtp-hdrext:ssrc-audio-level"

/** What is taken of an m-line; all NULL: nothing. */
struct sdp_choice {
	const struct codec *codec;
	const struct sdp_codec *offered;   /* the m-line's entry for it */
	const struct sdp_codec *red;       /* … and for the same with redundancy (RFC 2198), when that is taken, too */
};
/** The first codec of the policy that the m-line has in a form that is forwarded: H.264 as packetization mode 1 and (constrained) baseline, VP9 and
 *  AV1 as profile 0. `keep` (may be NULL) goes before all others. */
void sdp_choose(struct sdp_choice *out, const struct sdp_mline *m, const struct codec_policy *policy, const struct codec *keep);
/** The m-line of an answer takes the codec under our payload type, and receives. */
bool sdp_takes(const struct sdp_mline *m, const struct codec *codec);
/** … and its redundancy. */
bool sdp_takes_red(const struct sdp_mline *m);
/** Parameters of the codec in our offers, or NULL. */
const char *sdp_offer_fmtp(const struct codec *codec);

/** The answer to a publisher's offer: receives what was chosen where `want[i]`, the rest is inactive or refused. version counts up. g_free(). */
char *sdp_answer(const struct sdp *offer, const struct sdp_choice *choices, const bool *want, const struct codec_policy *policy, uint64_t session,
		 uint64_t version);

struct sdp_offer_line {
	const struct codec *codec;
	bool active;
	bool red;                          /* of sound: redundancy is offered, too */
	const char *mid, *msid, *track;    /* stream and track name the browser shows, e.g. "user1" "user1-video" */
};
/** Our offer to a subscriber, send only, with the payload types of the table of codecs. g_free(). */
char *sdp_offer(const struct sdp_offer_line *lines, size_t n, uint64_t session, uint64_t version);
