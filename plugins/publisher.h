/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What one participant sends: the streams of a publisher handle's PeerConnection. Negotiated on the handle's strand; ended from there or from the strand
 * of whoever kicks or replaces it.
 */
#pragma once
#include <glib.h>
#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include "common/errors.h"
#include "common/sync.h"
#include "plugins/connection.h"
#include "plugins/remb.h"
#include "plugins/stream.h"

enum { PUBLISHER_MLINES = 32 };

struct publisher {
	atomic_int ref;
	struct session *session;
	struct participant *participant;
	struct lock lock;                  /* what follows (leaf) */
	struct stream *streams[PUBLISHER_MLINES];  /* by mindex */
	bool negotiated, up, announced, closed;
	uint64_t sdp_id, version;          /* of our answers */
	struct remb remb;
	struct connection connection;
	atomic_uint changes;               /* of streams */
	/* the loop thread's own: the streams as it found them last (references) */
	struct { unsigned seen; struct stream *streams[PUBLISHER_MLINES]; } loop;
};

struct publisher *publisher_create(struct session *s, struct participant *p);
struct publisher *publisher_ref(struct publisher *pub);
void publisher_unref(struct publisher **pub);

struct publisher_answer {
	char *sdp;                 /* g_free() */
	json_t *refused;           /* [{mid, mindex, type, code}], m-lines in codecs that are not taken; NULL: none */
};
/** Takes an offer, as a jsep: new m-lines become streams, inactive ones end. `body` may have `descriptions`, which names sources, and `streams` with send flags. *out
 *  is to be pushed; then publisher_answered() says whether that worked. `why` gets a sentence on failure, on which nothing has changed. */
enum app_error publisher_offer(struct publisher *pub, json_t *jsep, json_t *body, struct publisher_answer *out, char *why, size_t why_size);
void publisher_answered(struct publisher *pub, bool pushed);
/** setup_media: tells the room what is there now. */
void publisher_up(struct publisher *pub);
/** Ends all streams; it may publish again. Idempotent. */
void publisher_stop(struct publisher *pub);
/** … and may not. */
void publisher_close(struct publisher *pub);
bool publisher_negotiated(struct publisher *pub);
/** It sends something. */
bool publisher_active(struct publisher *pub);

/** References to the streams others may see (none before the PeerConnection is up); g_ptr_array_unref. */
GPtrArray *publisher_streams(struct publisher *pub);
/** [S, …] of all, seen by others or not. */
json_t *publisher_streams_json(struct publisher *pub);
/** {id, display, role, streams}, NULL when others see none. */
json_t *publisher_json(struct publisher *pub);
/** Mutes its own stream. APP_NO_SUCH_STREAM. The room is told of what changes. */
enum app_error publisher_mute(struct publisher *pub, const char *mid, bool mute);
/** What hosts have muted of the person is muted, and nothing else by them; the room is told of what changes. After each change of either. */
void publisher_moderate(struct publisher *pub);
/** The name of the stream of that mid or source (one may be NULL), or false. */
bool publisher_source(struct publisher *pub, const char *mid, const char *source, char out[SOURCE_SIZE]);

/** Lets go of the streams that the hook keeps. Loop thread, or when no callback runs any more. */
void publisher_forget(struct publisher *pub);
/** RTP hook. */
void publisher_rtp(struct publisher *pub, janus_plugin_rtp *packet);
void publisher_report(struct publisher *pub, int mindex, const struct rtcp_seen *report);
