/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One track that a participant sends: it goes to its receivers and, through its tap, into recordings. Everything that names it never changes; a track
 * that ends and comes back on the same m-line is a new stream.
 */
#pragma once
#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include "common/ids.h"
#include "plugins/codec.h"
#include "plugins/compat.h"
#include "plugins/layers.h"
#include "plugins/quality.h"
#include "plugins/route.h"
#include "plugins/rtp.h"
#include "plugins/sdp.h"
#include "plugins/selector.h"
#include "plugins/tap.h"

struct keyframe;
struct talking;
struct participant;
struct session;

struct stream {
	atomic_int ref;
	struct participant *participant;
	char mid[SDP_MID_SIZE], source[SOURCE_SIZE];
	int mindex;
	unsigned pt, red_pt;               /* red_pt 0: none */
	unsigned rotation_id;              /* of the header extension, 0: none */
	const struct codec *codec;
	bool video;                        /* of the codec */
	struct tap *tap;
	struct keyframe *keyframe;
	struct talking *talking;           /* of sound, but for what a screen sounds; else NULL */
	struct router router;              /* sinks are slots (subscriber.h) */
	struct lock muting;                /* one change of these at a time (leaf) */
	atomic_bool self_muted, host_muted;
	atomic_uint epoch;                 /* grows with each unmuting: receivers renumber */
	atomic_uint ssrc;                  /* as last seen; without simulcast */
	/* RTP hook's; what layers.h and quality.h say is read by others */
	struct layers layers;
	struct selector record;            /* which substream the recording gets */
	struct uplink uplinks[LAYERS_SUBSTREAMS];
	_Atomic int64_t heard_us;          /* last packet */
};

struct stream_conf {
	struct session *session;
	struct participant *participant;
	const char *mid, *source;
	int mindex;
	unsigned pt, red_pt, rotation_id;
	const struct codec *codec;
	const char *fmtp;          /* the codec's parameters in the offer, NULL: none */
	const struct layers_conf *layers;  /* NULL: no simulcast */
};
int stream_create(struct stream **out, const struct stream_conf *conf);
struct stream *stream_ref(struct stream *st);
void stream_unref(struct stream **st);

/** RTP hook: forwards and captures. The packet is changed and restored. */
void stream_rtp(struct stream *st, janus_plugin_rtp *packet);
/** RTP hook's thread: a sender report of this stream. */
void stream_report(struct stream *st, const struct rtcp_seen *report);
/** A receiver or the capture needs a keyframe; nothing for sound. Any thread. */
void stream_want_keyframe(struct stream *st);
bool stream_muted(struct stream *st);
/** By the participant or, `by_host`, by a host: flows only when neither mutes. True when that changed whether it flows. */
bool stream_mute(struct stream *st, bool by_host, bool mute);
/** No more receivers: those it had get a new offer without it. Recording: the caller. */
void stream_end(struct stream *st);
/** {mid, mindex, type, source, codec, muted}, moderated where a host muted it, of what may talk also talking */
json_t *stream_json(struct stream *st);
