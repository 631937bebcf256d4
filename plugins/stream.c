/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Streams. stream_rtp() runs in the RTP hook; the rest on task threads.
 *
 *   packet ─▶ which layer? ─▶ tap (always: it follows the clock; of simulcast the best substream) ─▶ muted? ─▶ redundancy stripped for some
 *          ─▶ route snapshot ─▶ slot_relay per receiver
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "plugins/held.h"
#include "plugins/keyframe.h"
#include "plugins/meter.h"
#include "plugins/participant.h"
#include "plugins/red.h"
#include "plugins/stream.h"
#include "plugins/subscriber.h"
#include "plugins/talking.h"

enum { RECORD_UP_US = 1000000 };   /* a better substream is recorded when it has been there this long */

static void on_want_keyframe(void *arg, enum tap_want how)
{
	static void (*const requests[])(struct keyframe *k) = {
		[WANT_SOON] = keyframe_request, [WANT_NOW] = keyframe_request_now, [WANT_AGAIN] = keyframe_request_again,
	};

	requests[how](arg);
}

static void on_ref(void *arg)
{
	keyframe_ref(arg);
}

static void on_unref(void *arg)
{
	struct keyframe *k = arg;

	keyframe_unref(&k);
}

int stream_create(struct stream **out, const struct stream_conf *conf)
{
	struct stream *st = g_new0(struct stream, 1);
	struct tap_conf tap = { .codec = conf->codec->name, .fmtp = conf->fmtp, .rate_hz = conf->codec->rate_hz, .channels = conf->codec->channels,
				.pt = conf->pt, .red_pt = conf->red_pt, .rotation_id = conf->rotation_id,
				.want_keyframe = on_want_keyframe, .arg_ref = on_ref, .arg_unref = on_unref };
	int err;

	atomic_init(&st->ref, 1);
	lock_init(&st->muting);
	router_init(&st->router);
	st->participant = participant_ref(conf->participant);
	st->mindex = conf->mindex;
	st->pt = conf->pt;
	st->red_pt = conf->red_pt;
	st->rotation_id = conf->rotation_id;
	st->codec = conf->codec;
	st->video = conf->codec->video;
	g_strlcpy(st->mid, conf->mid, sizeof(st->mid));
	g_strlcpy(st->source, conf->source, sizeof(st->source));
	layers_init(&st->layers, conf->layers, conf->codec->name, conf->codec->depay->keyframe_starts);
	selector_init(&st->record, RECORD_UP_US);
	st->keyframe = keyframe_create(conf->session, conf->mindex);
	tap.arg = st->keyframe;
	if (!st->video && !g_str_has_prefix(st->source, "screen"))
		st->talking = talking_create(st->participant, st->mid);
	err = tap_create(&st->tap, &tap);
	if (err)
		stream_unref(&st);
	else
		*out = st;
	return err;
}

struct stream *stream_ref(struct stream *st)
{
	atomic_fetch_add(&st->ref, 1);
	return st;
}

void stream_unref(struct stream **p)
{
	struct stream *st = *p;

	*p = NULL;
	if (!st || atomic_fetch_sub(&st->ref, 1) != 1)
		return;
	meter_stream_gone(st);
	if (st->talking)
		talking_end(st->talking);
	talking_unref(&st->talking);
	router_destroy(&st->router);
	lock_destroy(&st->muting);
	tap_unref(&st->tap);
	keyframe_unref(&st->keyframe);
	participant_unref(&st->participant);
	g_free(st);
}

bool stream_muted(struct stream *st)
{
	return atomic_load(&st->self_muted) || atomic_load(&st->host_muted);
}

/* A packet of redundant sound as receivers get it that do not take that. */
struct plain {
	struct rtp_packet rtp;
	size_t len;
	uint8_t data[RTP_MAX];
};

static bool strip(struct plain *p, const struct stream *st, const janus_plugin_rtp *packet, const struct rtp_packet *rtp)
{
	p->len = red_strip(p->data, (const uint8_t *)packet->buffer, rtp, st->pt);
	return p->len && !rtp_parse(&p->rtp, p->data, p->len);
}

/* The packet with its bytes exchanged for the plain ones, for as long as it takes to send it. */
static void relay_plain(struct sink *sink, struct stream *st, janus_plugin_rtp *packet, struct plain *plain, int64_t now_us)
{
	char *buffer = packet->buffer;
	uint16_t length = packet->length;

	packet->buffer = (char *)plain->data;
	packet->length = (uint16_t)plain->len;
	slot_relay(sink, st, packet, &plain->rtp, NULL, now_us);
	packet->buffer = buffer;
	packet->length = length;
}

/* `plain` (may be NULL) goes to those who do not take redundant sound. The header is left as it was. */
static void relay(struct stream *st, janus_plugin_rtp *packet, const struct rtp_packet *rtp, const struct layer_tag *tag, struct plain *plain, int64_t now_us)
{
	struct route *route = router_get(&st->router);
	unsigned char head[RTP_HEADER];
	int mindex = packet->mindex;

	memcpy(head, packet->buffer, sizeof(head));
	for (size_t i = 0; i < route->n; i++) {
		if (plain && !slot_takes_red(route->sinks[i]))
			relay_plain(route->sinks[i], st, packet, plain, now_us);
		else
			slot_relay(route->sinks[i], st, packet, rtp, tag, now_us);
	}
	memcpy(packet->buffer, head, sizeof(head));
	packet->mindex = mindex;
	route_unref(route);
}

/* One that is malformed is not passed on. */
static void relay_red(struct stream *st, janus_plugin_rtp *packet, const struct rtp_packet *rtp, int64_t now_us)
{
	struct plain plain;

	if (!strip(&plain, st, packet, rtp))
		return;
	if ((unsigned)st->codec->pt != st->pt)
		red_renumber((uint8_t *)packet->buffer, rtp, st->pt, (unsigned)st->codec->pt);
	relay(st, packet, rtp, NULL, &plain, now_us);
}

/* Simulcast: the recording follows one substream, and the clocks of all. */
static void record(struct stream *st, janus_plugin_rtp *packet, const struct rtp_packet *rtp, const struct layer_tag *tag, int64_t now_us)
{
	struct selection d = selector_packet(&st->record, &st->layers, tag, rtp->ts, now_us);

	if (d.what == SELECT_SWITCH)
		tap_switch(st->tap, tag->substream);
	if (d.what == SELECT_SKIP)
		tap_follow(st->tap, tag->substream, rtp->ts, now_us);
	else
		tap_rtp(st->tap, (const uint8_t *)packet->buffer, packet->length, now_us);
	if (d.ask)
		stream_want_keyframe(st);
}

static void follow(struct stream *st, const struct rtp_packet *rtp, int substream, int64_t now_us)
{
	atomic_store_explicit(&st->heard_us, now_us, memory_order_relaxed);
	uplink_packet(&st->uplinks[substream], rtp->seq, rtp->ts, st->codec->rate_hz, now_us);
}

/* A packet of a stream of which receivers may get a part. */
static void rtp_layered(struct stream *st, janus_plugin_rtp *packet, const struct rtp_packet *rtp, int64_t now_us)
{
	struct layer_tag tag;

	if (!layers_packet(&st->layers, (const uint8_t *)packet->buffer, rtp, now_us, &tag))
		return;
	follow(st, rtp, tag.substream, now_us);
	if (st->layers.conf.n)
		record(st, packet, rtp, &tag, now_us);
	else
		tap_rtp(st->tap, (const uint8_t *)packet->buffer, packet->length, now_us);
	if (!stream_muted(st))
		relay(st, packet, rtp, &tag, NULL, now_us);
}

void stream_rtp(struct stream *st, janus_plugin_rtp *packet)
{
	int64_t now_us = clock_mono_us();
	struct rtp_packet rtp;
	bool red;

	if (rtp_parse(&rtp, (const uint8_t *)packet->buffer, packet->length))
		return;
	red = st->red_pt && rtp.pt == st->red_pt && rtp.len;
	if (rtp.pt != st->pt && (!st->red_pt || rtp.pt != st->red_pt))
		return;
	atomic_store(&st->ssrc, rtp.ssrc);
	if (st->video && (st->layers.conf.n || layers_told(&st->layers, &rtp))) {
		rtp_layered(st, packet, &rtp, now_us);
		return;
	}
	follow(st, &rtp, 0, now_us);
	tap_rtp(st->tap, (const uint8_t *)packet->buffer, packet->length, now_us);
	if (stream_muted(st))
		return;
	if (st->talking)
		talking_packet(st->talking, packet->extensions.audio_level);
	if (red)
		relay_red(st, packet, &rtp, now_us);
	else                       /* padding, too: it has a sequence number */
		relay(st, packet, &rtp, NULL, NULL, now_us);
}

void stream_report(struct stream *st, const struct rtcp_seen *report)
{
	int64_t now_us = clock_mono_us();
	int substream = -1;

	if (st->layers.conf.n)
		substream = layers_report(&st->layers, report->ssrc, report->rtp, ntp_to_us(report->ntp_msw, report->ntp_lsw));
	if (st->layers.conf.n ? substream == st->record.now.substream : report->ssrc == atomic_load(&st->ssrc))
		tap_sender_report(st->tap, report->ntp_msw, report->ntp_lsw, report->rtp, now_us);
	else if (substream >= 0)
		tap_follow_report(st->tap, substream, report->ntp_msw, report->ntp_lsw, report->rtp, now_us);
}

void stream_want_keyframe(struct stream *st)
{
	if (st->video && !stream_muted(st))
		keyframe_request(st->keyframe);
}

bool stream_mute(struct stream *st, bool by_host, bool mute)
{
	bool before, now;

	held_take(&st->muting);
	before = stream_muted(st);
	atomic_store(by_host ? &st->host_muted : &st->self_muted, mute);
	now = stream_muted(st);
	if (before && !now)
		atomic_fetch_add(&st->epoch, 1);
	tap_mute(st->tap, now);
	if (st->talking)
		talking_mute(st->talking, now);
	held_release(&st->muting);
	if (before != now)
		stream_want_keyframe(st);
	return before != now;
}

void stream_end(struct stream *st)
{
	struct route *last = router_close(&st->router);

	if (st->talking)
		talking_end(st->talking);
	for (size_t i = 0; i < last->n; i++)
		slot_feed_ended(last->sinks[i], st);
	route_unref(last);
}

json_t *stream_json(struct stream *st)
{
	json_t *o = json_pack("{ss si ss ss ss sb}", "mid", st->mid, "mindex", st->mindex, "type", st->video ? "video" : "audio", "source", st->source,
			 "codec", st->codec->name, "muted", stream_muted(st));

	if (atomic_load(&st->host_muted))
		json_object_set_new(o, "moderated", json_true());
	if (st->talking)
		json_object_set_new(o, "talking", json_boolean(talking_now(st->talking)));
	return o;
}
