/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Slots: one m-line towards one receiver. slot_relay() runs in the RTP hook of whoever sends the stream, attaching and detaching on the subscriber's strand.
 *
 *   packet ─▶ still my feed? up, not paused? ─▶ keyframe seen? my layer? ─▶ renumber ─▶ payload type ─▶ gateway_relay_rtp
 */
#include <string.h>
#include "plugins/gateway.h"
#include "plugins/held.h"
#include "plugins/sdp.h"
#include "plugins/session.h"
#include "plugins/subscriber.h"

static struct slot *slot_of(struct sink *sink)
{
	return (struct slot *)((char *)sink - offsetof(struct slot, sink));
}

/* After packets that were not sent, numbers go on without a hole, and pictures with a keyframe. */
static void gap_locked(struct slot *slot)
{
	rewrite_gap(&slot->numbers);
	slot->need_keyframe = slot->codec->video;
	slot_reset_layers_locked(slot, false);
}

/* Whether this packet goes out, and with what numbers. */
static bool admit_locked(struct slot *slot, struct stream *st, const struct rtp_packet *rtp, const struct layer_tag *tag, struct outgoing *out, int64_t now_us)
{
	unsigned epoch = atomic_load(&st->epoch);
	bool paused = atomic_load(&slot->sub->paused) || slot->held;

	if (slot->epoch != epoch || paused) {
		slot->epoch = epoch;
		gap_locked(slot);
	}
	if (paused || !atomic_load(&slot->sub->up))
		return false;
	if (!rtp->len && st->video) {              /* padding, by which the sender tries out its own link: numbers close up */
		if (!tag || tag->substream == slot->select.now.substream)
			rewrite_drop(&slot->numbers, rtp->seq);
		return false;
	}
	if (tag && !slot_choose_locked(slot, st, rtp, tag, out, now_us))
		return false;
	if (!tag && slot->need_keyframe && !st->codec->depay->keyframe_starts(rtp->payload, rtp->len)) {
		out->ask = true;
		return false;
	}
	slot->need_keyframe = false;
	out->seq = rtp->seq;
	out->ts = rtp->ts;
	slot->bytes += RTP_HEADER + (uint32_t)rtp->len;
	return rewrite_packet(&slot->numbers, st->codec->rate_hz, now_us, &out->seq, &out->ts);
}

/* The picture's numbers are changed for this receiver and put back for the next. */
static __attribute__((noinline)) void send_renumbered(struct slot *slot, janus_plugin_rtp *packet, const struct rtp_packet *rtp, const struct outgoing *out)
{
	uint8_t *payload = (uint8_t *)packet->buffer + (rtp->payload - (const uint8_t *)packet->buffer);
	uint8_t *picture = payload + out->picture->at, *tl0 = payload + out->tl0_at, old[3] = { picture[0], picture[1], *tl0 };

	picture_number_put(payload, out->picture, out->picture_id);
	if (out->tl0_at)
		*tl0 = out->tl0;
	gateway_relay_rtp(slot->sub->session->handle, packet);
	*tl0 = old[2];
	picture[0] = old[0];
	picture[1] = old[1];
}

static void send(struct slot *slot, const struct stream *st, janus_plugin_rtp *packet, const struct rtp_packet *rtp, const struct outgoing *out)
{
	int pt = st->red_pt && rtp->pt == st->red_pt && atomic_load(&slot->red) ? CODEC_PT_RED : st->codec->pt;
	int16_t rotation = packet->extensions.video_rotation;
	char second = packet->buffer[1];

	rtp_rewrite((uint8_t *)packet->buffer, (unsigned)pt, out->seq, out->ts);
	if (out->marker)
		packet->buffer[1] |= (char)0x80;
	packet->mindex = slot->mindex;
	if (!atomic_load(&slot->rotation))
		packet->extensions.video_rotation = -1;
	if (out->picture)
		send_renumbered(slot, packet, rtp, out);
	else
		gateway_relay_rtp(slot->sub->session->handle, packet);
	packet->extensions.video_rotation = rotation;
	packet->buffer[1] = second;
}

void slot_relay(struct sink *sink, struct stream *st, janus_plugin_rtp *packet, const struct rtp_packet *rtp, const struct layer_tag *tag, int64_t now_us)
{
	struct slot *slot = slot_of(sink);
	struct outgoing out;
	bool admitted = false;

	out.ask = out.tell = out.marker = false;   /* field by field: this is done for each packet and receiver */
	out.picture = NULL;
	held_take(&slot->lock);
	if (slot->feed == st)
		admitted = admit_locked(slot, st, rtp, tag, &out, now_us);
	held_release(&slot->lock);
	if (out.ask)
		stream_want_keyframe(st);
	if (out.tell)
		session_post(slot->sub->session, slot_tell);
	if (admitted && !atomic_load(&slot->sub->session->gone))
		send(slot, st, packet, rtp, &out);
}

bool slot_takes_red(struct sink *sink)
{
	return atomic_load(&slot_of(sink)->red);
}

bool slot_carries(struct slot *slot, const struct stream *st)
{
	bool yes;

	held_take(&slot->lock);
	yes = slot->feed == st;
	held_release(&slot->lock);
	return yes;
}

bool slot_attach(struct slot *slot, struct stream *st)
{
	held_take(&slot->lock);
	slot->feed = stream_ref(st);
	slot->epoch = atomic_load(&st->epoch);
	slot->need_keyframe = slot->codec->video;
	rewrite_switch(&slot->numbers);
	slot_reset_layers_locked(slot, true);
	held_release(&slot->lock);
	if (!router_add(&st->router, &slot->sink)) {
		slot_detach(slot);
		return false;
	}
	if (!slot_carries(slot, st))           /* detached from another strand before it was on the route */
		router_remove(&st->router, &slot->sink);
	stream_want_keyframe(st);
	return true;
}

void slot_detach(struct slot *slot)
{
	struct stream *old;

	held_take(&slot->lock);
	old = slot->feed;
	slot->feed = NULL;
	if (old) {                         /* what was asked for was asked of that one */
		slot->most = layer_limit_none;
		slot->held = false;
	}
	held_release(&slot->lock);
	if (old)
		router_remove(&old->router, &slot->sink);
	stream_unref(&old);
}

struct ended {
	struct subscriber *sub;
	struct stream *stream;
};

/* On the subscriber's strand. */
static void on_ended(void *arg, bool cancelled)
{
	struct ended *e = arg;

	if (!cancelled) {
		subscriber_drop_stream(e->sub, e->stream);
		subscriber_flush(e->sub);
	}
	subscriber_unref(&e->sub);
	stream_unref(&e->stream);
	g_free(e);
}

void slot_feed_ended(struct sink *sink, struct stream *st)
{
	struct ended *e = g_new(struct ended, 1);

	*e = (struct ended){ subscriber_ref(slot_of(sink)->sub), stream_ref(st) };
	strand_post(e->sub->session->strand, on_ended, e);
}

void subscriber_keyframe(struct subscriber *sub, int mindex)
{
	struct stream *st = NULL;

	held_take(&sub->lock);
	if (mindex >= 0 && (guint)mindex < sub->slots->len) {
		struct slot *slot = sub->slots->pdata[mindex];

		st = slot->want ? stream_ref(slot->want) : NULL;
	}
	held_release(&sub->lock);
	if (st)
		stream_want_keyframe(st);
	stream_unref(&st);
}
