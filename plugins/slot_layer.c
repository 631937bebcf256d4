/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Layers of one slot: which packets its receiver gets, with what picture numbers, and what its client is told. slot_choose_locked() runs in the RTP hook under the
 * slot's lock.
 *
 *   tag ─▶ selector ─ left out ─▶ sequence and picture numbers close up
 *              └───── sent, perhaps the first of another substream: numbers go on, time by the senders' reports
 */
#include <string.h>
#include "common/json.h"
#include "plugins/gateway.h"
#include "plugins/held.h"
#include "plugins/notify.h"
#include "plugins/participant.h"
#include "plugins/room.h"
#include "plugins/session.h"
#include "plugins/subscriber.h"

static int least(int a, int b)
{
	return a < b ? a : b;
}

static void limit_locked(struct slot *slot)
{
	const struct layer_limit *a = &slot->most, *b = &slot->allow;

	slot->select.max = (struct layer_limit){ least(a->substream, b->substream), least(a->spatial, b->spatial), least(a->temporal, b->temporal) };
}

void slot_allow(struct slot *slot, const struct layer_limit *allow)
{
	held_take(&slot->lock);
	slot->allow = *allow;
	limit_locked(slot);
	held_release(&slot->lock);
}

void slot_reset_layers_locked(struct slot *slot, bool new_feed)
{
	selector_restart(&slot->select);
	pictures_cut(&slot->pictures);
	if (!new_feed)
		return;
	slot->substream = -1;
	slot->told.layer = slot->told.temporal = -1;
	slot->allow = layer_limit_none;
	limit_locked(slot);
}

static void begin_locked(struct slot *slot, struct stream *st, int substream)
{
	uint32_t shift;

	if (slot->substream >= 0 && slot->substream != substream) {
		if (layers_shift(&st->layers, slot->substream, substream, st->codec->rate_hz, &shift))
			rewrite_layer(&slot->numbers, shift);
		else
			rewrite_switch(&slot->numbers);
	}
	pictures_cut(&slot->pictures);
	slot->substream = substream;
}

/* False: the picture is left out, or forgotten. */
static bool number_locked(struct slot *slot, const struct layer_tag *tag, bool send, struct outgoing *out)
{
	bool sent = send || tag->vp9;      /* VP9 pictures refer to each other by number */

	if (tag->picture.id < 0)
		return send;
	if (pictures_is_new(&slot->pictures, &tag->picture))
		pictures_add(&slot->pictures, &tag->picture, tag->tl0, sent);
	if (!send || !pictures_map(&slot->pictures, &tag->picture, tag->tl0, &out->picture_id, &out->tl0))
		return false;
	if (out->picture_id != (unsigned)tag->picture.id || (tag->tl0 >= 0 && out->tl0 != tag->tl0)) {
		out->picture = &tag->picture;
		out->tl0_at = tag->tl0 >= 0 ? tag->tl0_at : 0;
	}
	return true;
}

static int layer_of(const struct slot *slot, const struct stream *st)
{
	return st->layers.conf.n ? slot->select.now.substream : least(slot->select.now.spatial, st->layers.top_spatial);
}

static bool tell_locked(struct slot *slot, const struct stream *st)
{
	int layer = layer_of(slot, st), temporal = least(slot->select.now.temporal, st->layers.top_temporal);
	bool was_due = slot->told.due;

	if (layer == slot->told.layer && temporal == slot->told.temporal)
		return false;
	slot->told.layer = layer;
	slot->told.temporal = temporal;
	slot->told.due = true;
	return !was_due;
}

bool slot_choose_locked(struct slot *slot, struct stream *st, const struct rtp_packet *rtp, const struct layer_tag *tag, struct outgoing *out, int64_t now_us)
{
	struct selection d;
	bool send;

	if (!st->layers.conf.n && !slot->need_keyframe && slot->select.now.substream < 0)
		selector_adopt(&slot->select);
	d = selector_packet(&slot->select, &st->layers, tag, rtp->ts, now_us);
	send = d.what >= SELECT_SEND;
	out->ask = d.ask;
	if (d.what == SELECT_SKIP)
		return false;
	if (d.what == SELECT_SWITCH)
		begin_locked(slot, st, tag->substream);
	if (!number_locked(slot, tag, send, out)) {
		rewrite_drop(&slot->numbers, rtp->seq);
		return false;
	}
	out->marker = d.marker;
	out->tell = tell_locked(slot, st);
	return true;
}

void slot_state(struct slot *slot, struct slot_state *out)
{
	held_take(&slot->lock);
	*out = (struct slot_state){ .feed = slot->feed ? stream_ref(slot->feed) : NULL, .most = slot->most, .bytes = slot->bytes };
	out->layer = slot->told.layer;
	out->temporal = slot->told.temporal;
	slot->bytes = 0;
	held_release(&slot->lock);
}

void slot_report(struct slot *slot, const struct rtcp_block *b, struct downlink_loss *sum)
{
	uint32_t passed;

	held_take(&slot->lock);
	passed = b->highest - slot->report.highest;
	if (slot->report.any && passed < 0x8000) {
		sum->expected += passed;
		sum->lost += (int64_t)b->lost - slot->report.lost;
		sum->missing += (int32_t)((uint16_t)(slot->numbers.last_seq - slot->report.seq) - (slot->numbers.sent - slot->report.sent));
	}
	slot->report.any = true;
	slot->report.highest = b->highest;
	slot->report.lost = b->lost;
	slot->report.seq = slot->numbers.last_seq;
	slot->report.sent = slot->numbers.sent;
	held_release(&slot->lock);
}

struct news { bool due, svc; int layer, temporal; };

static json_t *event_of(struct subscriber *sub, const struct slot *slot, const struct news *n, bool temporal)
{
	static const char *const keys[2][2] = { { "substream", "temporal" }, { "spatial_layer", "temporal_layer" } };

	return notify_event(sub->participant->room->id, json_pack("{ss si}", "mid", slot->mid, keys[n->svc][temporal], temporal ? n->temporal : n->layer));
}

static void tell_slot(struct subscriber *sub, struct slot *slot)
{
	struct news n = { 0 };

	held_take(&slot->lock);
	if (slot->told.due && slot->feed)
		n = (struct news){ true, !slot->feed->layers.conf.n && strcmp(slot->feed->codec->name, "vp8"), slot->told.layer, slot->told.temporal };
	slot->told.due = false;
	held_release(&slot->lock);
	for (int i = 0; n.due && i < 2; i++) {
		json_t *event = event_of(sub, slot, &n, i);

		gateway_push(sub->session->handle, NULL, event, NULL);
		json_decref(event);
	}
}

void slot_tell(struct session *s)
{
	struct subscriber *sub = session_subscriber(s);
	struct slot *slot;

	for (int i = 0; sub && (slot = subscriber_slot(sub, i)) != NULL; i++) {
		tell_slot(sub, slot);
		sink_unref(&slot->sink);
	}
	subscriber_unref(&sub);
}

/* One entry of `streams`, checked. */
struct wish { struct slot *slot; struct layer_limit most; bool hold, has_hold; };

static const struct { const char *key; size_t at; int max; } wishes[] = {
	{ "substream", offsetof(struct layer_limit, substream), LAYERS_SUBSTREAMS - 1 }, { "temporal", offsetof(struct layer_limit, temporal), LAYERS_TEMPORAL - 1 },
	{ "spatial_layer", offsetof(struct layer_limit, spatial), LAYERS_SPATIAL - 1 }, { "temporal_layer", offsetof(struct layer_limit, temporal), LAYERS_TEMPORAL - 1 },
};

static struct slot *slot_by_mid(struct subscriber *sub, const char *mid)
{
	struct slot *slot;

	for (int i = 0; (slot = subscriber_slot(sub, i)) != NULL; i++) {
		if (!strcmp(slot->mid, mid))
			return slot;
		sink_unref(&slot->sink);
	}
	return NULL;
}

static enum app_error read_wish(struct subscriber *sub, json_t *one, struct wish *out)
{
	const char *mid = json_str(one, "mid");
	json_t *send = json_object_get(one, "send");

	out->slot = mid ? slot_by_mid(sub, mid) : NULL;
	if (!out->slot)
		return mid ? APP_NO_SUCH_STREAM : APP_MISSING_ELEMENT;
	held_take(&out->slot->lock);
	out->most = out->slot->most;
	held_release(&out->slot->lock);
	for (size_t i = 0; i < G_N_ELEMENTS(wishes); i++) {
		json_t *v = json_object_get(one, wishes[i].key);

		if (!v)
			continue;
		if (!json_is_integer(v) || json_integer_value(v) < 0 || json_integer_value(v) > wishes[i].max)
			return APP_INVALID_ELEMENT;
		*(int *)((char *)&out->most + wishes[i].at) = (int)json_integer_value(v);
	}
	out->has_hold = send != NULL;
	out->hold = json_is_false(send);
	return send && !json_is_boolean(send) ? APP_INVALID_ELEMENT : APP_OK;
}

static void grant(struct subscriber *sub, const struct wish *w)
{
	bool again;

	held_take(&w->slot->lock);
	w->slot->most = w->most;
	limit_locked(w->slot);
	again = w->has_hold && w->slot->held && !w->hold;
	w->slot->held = w->has_hold ? w->hold : w->slot->held;
	held_release(&w->slot->lock);
	if (again)
		subscriber_keyframe(sub, w->slot->mindex);
}

enum app_error subscriber_configure(struct subscriber *sub, json_t *list, char *why, size_t why_size)
{
	struct wish all[SUBSCRIBER_SLOTS] = { 0 };
	enum app_error err = APP_OK;
	size_t n = 0, i;
	json_t *one;

	json_array_foreach(list, i, one)
		if (!err && n < SUBSCRIBER_SLOTS)
			err = read_wish(sub, one, &all[n++]);
	if (err)
		g_snprintf(why, why_size, "Each of streams is {mid, send, substream, temporal, spatial_layer, temporal_layer}, with a mid of this handle.");
	for (i = 0; i < n; i++) {
		if (!err)
			grant(sub, &all[i]);
		if (all[i].slot)
			sink_unref(&all[i].slot->sink);
	}
	return err;
}
