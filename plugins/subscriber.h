/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What one participant receives: the m-lines ("slots") of a subscriber handle's PeerConnection, each carrying one stream or resting until one of the same
 * codec needs it. The server offers; while an offer is out, changes wait for the answer. On the handle's strand but where said otherwise.
 */
#pragma once
#include <glib.h>
#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include "common/errors.h"
#include "common/sync.h"
#include "plugins/downlink.h"
#include "plugins/pictures.h"
#include "plugins/rewrite.h"
#include "plugins/selector.h"
#include "plugins/stream.h"

enum { SUBSCRIBER_SLOTS = 200 };

struct slot {
	struct sink sink;
	struct subscriber *sub;            /* a reference */
	int mindex;
	char mid[SDP_MID_SIZE];
	const struct codec *codec;         /* for as long as the PeerConnection lives */
	struct stream *want;               /* what it is to carry (reference); under sub->lock */
	const struct stream *offered;      /* what the last offer said, only compared; under sub->lock */
	bool refused;                      /* the receiver cannot play the codec; under sub->lock */
	atomic_bool red, rotation;         /* the receiver takes redundant sound; turns pictures itself */
	struct lock lock;                  /* what follows (leaf): the RTP hook of the feed */
	struct stream *feed;               /* what it carries (reference) */
	struct rewrite numbers;
	bool need_keyframe;
	unsigned epoch;                    /* of the feed */
	bool held;                         /* the receiver does not want it for now */
	struct layer_limit most, allow;    /* it gets at most: by request, by what its link carries */
	struct selector select;
	struct pictures pictures;
	int substream;                     /* sent last; -1: none of this feed */
	struct { bool due; int layer, temporal; } told;    /* layers as its client knows them; due: it is to be told */
	uint32_t bytes;                    /* sent since the last look */
	struct { bool any; int32_t lost; uint32_t highest, sent; uint16_t seq; } report;   /* as of the last receiver report */
};

/** What a slot does at present. */
struct slot_state {
	struct stream *feed;               /* a reference, or NULL */
	struct layer_limit most;           /* by request */
	int layer, temporal;               /* being sent */
	uint32_t bytes;                    /* sent since the last look */
};

struct subscriber {
	atomic_int ref;
	struct session *session;
	struct participant *participant;
	atomic_bool up, paused;
	struct lock lock;                  /* what follows */
	GPtrArray *slots;                  /* by mindex */
	bool closed, negotiated;
	bool outstanding;                  /* an offer waits for its answer */
	bool dirty;                        /* the last offer is out of date */
	uint64_t sdp_id, version;
	struct downlink downlink;
};

struct subscriber *subscriber_create(struct session *s, struct participant *p);
struct subscriber *subscriber_ref(struct subscriber *sub);
void subscriber_unref(struct subscriber **sub);
/** setup_media: packets may flow. */
void subscriber_up(struct subscriber *sub);
/** Gives up all slots; a new subscription makes a new PeerConnection. Idempotent. */
void subscriber_stop(struct subscriber *sub);
/** … and there will be none. Any strand. */
void subscriber_close(struct subscriber *sub);
bool subscriber_negotiated(struct subscriber *sub);
void subscriber_pause(struct subscriber *sub, bool pause);
/** [U, …] */
json_t *subscriber_streams_json(struct subscriber *sub);

/** `list` as in the API: [{feed, mid?}]. All or nothing; `why` gets a sentence on failure. */
enum app_error subscriber_subscribe(struct subscriber *sub, json_t *list, char *why, size_t why_size);
/** What is not subscribed is ignored. */
enum app_error subscriber_unsubscribe(struct subscriber *sub, json_t *list, char *why, size_t why_size);
/** An offer (g_free) if one is due, else NULL; *pending: it is, but another is out. After pushing it: subscriber_pushed(). */
char *subscriber_offer(struct subscriber *sub, bool *pending);
void subscriber_pushed(struct subscriber *sub, bool pushed);
/** The answer to the outstanding offer: streams begin to flow. Those whose codec it does not take are given up; *refused: [U, …] of them, or
 *  NULL. */
enum app_error subscriber_answer(struct subscriber *sub, const char *sdp, json_t **refused);
/** Sends an unsolicited `updated` with an offer, if one is due and can be made. */
void subscriber_flush(struct subscriber *sub);

/** `list`: [{mid, send?, substream?, temporal?, spatial_layer?, temporal_layer?}], by m-line of this handle. All or nothing; `why` as above. */
enum app_error subscriber_configure(struct subscriber *sub, json_t *list, char *why, size_t why_size);

/** RTP hook of the stream's publisher: numbers the packet for this receiver and sends it. tag: which layer it is of; NULL: there is nothing to choose. The
 *  packet's header is changed, its payload left as it was. */
void slot_relay(struct sink *sink, struct stream *st, janus_plugin_rtp *packet, const struct rtp_packet *rtp, const struct layer_tag *tag, int64_t now_us);
/** RTP hook: this receiver takes redundant sound as it is. */
bool slot_takes_red(struct sink *sink);
/** The stream is no more. Any strand; the rest happens on the subscriber's. */
void slot_feed_ended(struct sink *sink, struct stream *st);
/** Starts and ends carrying; subscribe.c. attach gives false when the stream has ended. */
bool slot_attach(struct slot *slot, struct stream *st);
void slot_detach(struct slot *slot);
bool slot_carries(struct slot *slot, const struct stream *st);
/** A PLI or FIR on an m-line of this handle. Loop thread. */
void subscriber_keyframe(struct subscriber *sub, int mindex);

/* Between slot.c, slot_layer.c, downlink.c, subscriber.c and subscribe.c. */
/** What becomes of a packet, decided under the slot's lock. */
struct outgoing {
	uint16_t seq;
	uint32_t ts;
	bool marker, ask, tell;
	const struct picture_number *picture;      /* to be rewritten; NULL: not */
	size_t tl0_at;                             /* 0: none */
	unsigned picture_id;
	uint8_t tl0;
};
/** Chooses by layer; false: it is not for this receiver. */
bool slot_choose_locked(struct slot *slot, struct stream *st, const struct rtp_packet *rtp, const struct layer_tag *tag, struct outgoing *out, int64_t now_us);
/** The slot's feed begins, or goes on after packets that were not sent. */
void slot_reset_layers_locked(struct slot *slot, bool new_feed);
/** Tells the client about layers that changed. On the strand. */
void slot_tell(struct session *s);
void slot_state(struct slot *slot, struct slot_state *out);
void slot_allow(struct slot *slot, const struct layer_limit *allow);
/** A receiver report speaks of it; what is new since the last one is added. */
void slot_report(struct slot *slot, const struct rtcp_block *b, struct downlink_loss *sum);
/** By m-line; a reference, or NULL. Any thread. */
struct slot *subscriber_slot(struct subscriber *sub, int mindex);
/** NULL when there are as many as may be. */
struct slot *subscriber_new_slot_locked(struct subscriber *sub, const struct codec *codec);
/** U. */
json_t *slot_json(const struct slot *slot, const struct stream *want, bool refused);
/** References to all slots and what they are to carry (NULL: nothing). */
guint subscriber_snapshot(struct subscriber *sub, struct slot *slots[SUBSCRIBER_SLOTS], struct stream *wants[SUBSCRIBER_SLOTS]);
/** Gives up a stream; the next offer says so. */
void subscriber_drop_stream(struct subscriber *sub, const struct stream *st);
