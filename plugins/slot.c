/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Slots: one m-line towards one receiver. slot_relay() runs in the RTP hook of whoever sends the stream, attaching and detaching on the subscriber's strand.
 *
 *   packet ─▶ still my feed? up, not paused? ─▶ keyframe seen? ─▶ renumber ─▶ payload type ─▶ gateway_relay_rtp
 */
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
}

/* Whether this packet goes out, and with what numbers. */
static bool admit_locked(struct slot *slot, struct stream *st, const struct rtp_packet *rtp, uint16_t *seq, uint32_t *ts, int64_t now_us)
{
	unsigned epoch = atomic_load(&st->epoch);

	if (slot->epoch != epoch || atomic_load(&slot->sub->paused)) {
		slot->epoch = epoch;
		gap_locked(slot);
	}
	if (!atomic_load(&slot->sub->up) || atomic_load(&slot->sub->paused))
		return false;
	if (slot->need_keyframe && !st->codec->depay->keyframe_starts(rtp->payload, rtp->len))
		return false;
	slot->need_keyframe = false;
	*seq = rtp->seq;
	*ts = rtp->ts;
	return rewrite_packet(&slot->numbers, st->codec->rate_hz, now_us, seq, ts);
}

void slot_relay(struct sink *sink, struct stream *st, janus_plugin_rtp *packet, const struct rtp_packet *rtp, int64_t now_us)
{
	struct slot *slot = slot_of(sink);
	int16_t rotation = packet->extensions.video_rotation;
	bool send = false, ask = false;
	uint16_t seq;
	uint32_t ts;
	int pt;

	held_take(&slot->lock);
	if (slot->feed == st) {
		send = admit_locked(slot, st, rtp, &seq, &ts, now_us);
		ask = slot->need_keyframe && atomic_load(&slot->sub->up) && !atomic_load(&slot->sub->paused);
	}
	held_release(&slot->lock);
	if (ask)
		stream_want_keyframe(st);
	if (!send || atomic_load(&slot->sub->session->gone))
		return;
	pt = st->red_pt && rtp->pt == st->red_pt && atomic_load(&slot->red) ? CODEC_PT_RED : st->codec->pt;
	rtp_rewrite((uint8_t *)packet->buffer, (unsigned)pt, seq, ts);
	packet->mindex = slot->mindex;
	if (!atomic_load(&slot->rotation))
		packet->extensions.video_rotation = -1;
	gateway_relay_rtp(slot->sub->session->handle, packet);
	packet->extensions.video_rotation = rotation;
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
	held_release(&slot->lock);
	if (!router_add(&st->router, &slot->sink)) {
		slot_detach(slot);
		return false;
	}
	stream_want_keyframe(st);
	return true;
}

void slot_detach(struct slot *slot)
{
	struct stream *old;

	held_take(&slot->lock);
	old = slot->feed;
	slot->feed = NULL;
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
