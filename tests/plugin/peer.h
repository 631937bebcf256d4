/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A participant as a browser would be one: a handle that publishes numbered media in real time through a network that loses, repeats, delays and
 * reorders as told, and a handle that subscribes. Failures of what a test does not look at itself end the test by fake_broken() and NULL.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "common/ids.h"
#include "tests/plugin/fake_janus.h"

struct peer_conf {
	const char *room, *display;
	const char *join;          /* more members of join, as JSON text with single quotes: "'secret':'hosthost'" */
	int fps, width, height;    /* 0: 30, 160, 96 */
	unsigned seed;             /* of the network; printed by the test that sets it */
	double loss;               /* share of packets that never come */
	double late;               /* share that comes only after late_ms, as repaired by NACK */
	int late_ms;
	int repair_ms;             /* what was lost is asked for again, and comes so much later unless it is lost again; twice, as Janus does */
	double twice;              /* share delivered twice */
	int jitter_ms;             /* each packet is delayed by 0..this, order is not kept */
	double skew_ppm;           /* of the sender's clock */
	int64_t ntp_offset_s;      /* of the sender's wall clock */
	uint16_t seq0;             /* 0: 1, as Janus rewrites it */
	uint32_t ts0;
	bool early;                /* the first packet of each source comes after the second: with seq0 and ts0 below zero it is "negative" */
	int behind_ms;             /* sound is sent so much later than sampled */
	int reports_ms;            /* between sender reports; 0: 500, negative: none */
	enum { PEER_ONE_LAYER, PEER_BY_SSRC, PEER_BY_RID } simulcast;      /* pictures in three substreams: a quarter, a half, the whole size */
};

/** What was sent: one entry per picture or Opus packet. */
struct peer_frame {
	uint32_t number;
	bool keyframe;
	bool whole;                /* every packet of it was delivered */
	int64_t capture_us;        /* on our monotonic clock */
};

struct peer;

/** Joins; NULL when refused, the answer is in *refusal (may be NULL). */
struct peer *peer_join(const struct peer_conf *conf, json_t **refusal);
/** Publishes sources, names separated by commas, and starts to send. 0 or the error_code of the answer. */
int peer_publish(struct peer *p, const char *sources);
/** Offers again with these sources added or taken away. */
int peer_add(struct peer *p, const char *source);
int peer_remove(struct peer *p, const char *source);
/** Stops or goes on sending one source (camera off), and says so by `configure` when `tell`. */
int peer_mute(struct peer *p, const char *source, bool mute, bool tell);
/** How loud all its sounds are from now on [-dBov], and how its pictures are turned (0 90 180 270); negative: packets do not say it, as at first. */
void peer_say(struct peer *p, int level);
void peer_turn(struct peer *p, int degrees);
/** Simulcast: the sender stops or goes on with a substream (0: the smallest). */
void peer_layer(struct peer *p, const char *source, int layer, bool send);
/** The subscribing handle's report about an m-line: so many packets are said to have come or been lost since the last one; remb in bit/s, 0: none. */
void peer_feedback(struct peer *p, int mindex, unsigned came, unsigned lost, unsigned remb);
/** No packet any more until resumed; time goes on. */
void peer_freeze(struct peer *p, bool freeze);
/** What a source does from now on. */
enum peer_trick {
	PEER_PADDING,              /* a packet of nothing but padding behind each frame, as probes are */
	PEER_FOREIGN,              /* a packet of a payload type that was not negotiated behind each frame */
	PEER_SECRET,               /* its frames carry PEER_SECRET_MARK */
	PEER_NEW_SSRC,             /* once: another SSRC, other numbers, another RTP time */
	PEER_HALF,                 /* once: of the next picture, a keyframe, the first half is sent, and then nothing any more */
};
void peer_trick(struct peer *p, const char *source, enum peer_trick trick, bool on);
extern const char PEER_SECRET_MARK[8];
/** Another camera behind the same track: pictures of another size; the first is a keyframe, numbers go on. */
void peer_camera(struct peer *p, const char *source, int width, int height);

/** Subscribes on a second handle to all streams of the feeds in a JSON array text with single quotes (NULL: of all present publishers, perhaps
 *  none). 0 or the error_code. Offers are answered. */
int peer_subscribe(struct peer *p, const char *streams);
/** Takes the next offer on the subscribing handle, answers it, gives its `streams` (borrowed), NULL when none came in 10 s. */
json_t *peer_next_offer(struct peer *p);
/** Sends a request (JSON text with single quotes) on the subscribing handle and answers the offer that comes with or after the answer; gives the
 *  `streams` of that, NULL when there was an error or no offer. */
json_t *peer_update(struct peer *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** Answers an offer. */
int peer_answer(struct peer *p, json_t *jsep);

const char *peer_id(const struct peer *p);
const char *peer_resume(const struct peer *p);
const char *peer_token(const struct peer *p);
json_t *peer_joined(const struct peer *p);        /* the answer to join, borrowed */
struct fake_handle *peer_pub(const struct peer *p);
struct fake_handle *peer_sub(const struct peer *p);
/** m-line of a source in the publisher's offer, or -1. */
int peer_mindex(const struct peer *p, const char *source);
/** Pictures or packets sent so far. Caller g_free()s. */
struct peer_frame *peer_frames(struct peer *p, const char *source, unsigned *n);
unsigned peer_packets(struct peer *p, const char *source);   /* delivered */
bool peer_wait_frames(struct peer *p, const char *source, unsigned n, int timeout_ms);
/** Ends the media thread, what is under way is delivered. */
void peer_stop(struct peer *p);
/** Stops and detaches both handles. */
void peer_leave(struct peer *p);
/** After fake_stop() or peer_leave(). */
void peer_free(struct peer *p);
