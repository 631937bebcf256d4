/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Subscribers: life, slots and answers. Subscribing and offers are in subscribe.c, packets in slot.c.
 */
#include <string.h>
#include "plugins/held.h"
#include "plugins/participant.h"
#include "plugins/session.h"
#include "plugins/subscriber.h"

static void slot_free(struct sink *sink)
{
	struct slot *slot = (struct slot *)((char *)sink - offsetof(struct slot, sink));

	stream_unref(&slot->want);
	stream_unref(&slot->feed);
	subscriber_unref(&slot->sub);
	lock_destroy(&slot->lock);
	g_free(slot);
}

static void drop(gpointer p)
{
	sink_unref(&((struct slot *)p)->sink);
}

struct subscriber *subscriber_create(struct session *s, struct participant *p)
{
	struct subscriber *sub = g_new0(struct subscriber, 1);

	atomic_init(&sub->ref, 1);
	lock_init(&sub->lock);
	downlink_init(&sub->downlink);
	sub->slots = g_ptr_array_new_with_free_func(drop);
	sub->sdp_id = (uint64_t)clock_wall_ms();
	sub->session = session_ref(s);
	sub->participant = participant_ref(p);
	return sub;
}

struct subscriber *subscriber_ref(struct subscriber *sub)
{
	atomic_fetch_add(&sub->ref, 1);
	return sub;
}

void subscriber_unref(struct subscriber **p)
{
	struct subscriber *sub = *p;

	*p = NULL;
	if (!sub || atomic_fetch_sub(&sub->ref, 1) != 1)
		return;
	g_ptr_array_unref(sub->slots);
	participant_unref(&sub->participant);
	session_unref(&sub->session);
	downlink_destroy(&sub->downlink);
	lock_destroy(&sub->lock);
	g_free(sub);
}

struct slot *subscriber_new_slot_locked(struct subscriber *sub, const struct codec *codec)
{
	struct slot *slot;

	if (sub->slots->len >= SUBSCRIBER_SLOTS)
		return NULL;
	slot = g_new0(struct slot, 1);
	atomic_init(&slot->sink.ref, 1);
	slot->sink.free = slot_free;
	lock_init(&slot->lock);
	rewrite_init(&slot->numbers);
	pictures_init(&slot->pictures);
	selector_init(&slot->select, 0);
	slot->most = slot->allow = layer_limit_none;
	slot->sub = subscriber_ref(sub);
	slot->codec = codec;
	slot->mindex = (int)sub->slots->len;
	g_snprintf(slot->mid, sizeof(slot->mid), "%d", slot->mindex);
	g_ptr_array_add(sub->slots, slot);
	return slot;
}

/* Each asks for a keyframe as soon as a packet comes; asking now saves that one packet's time. */
static void want_keyframes(struct subscriber *sub)
{
	guint n;

	held_take(&sub->lock);
	n = sub->slots->len;
	held_release(&sub->lock);
	for (guint i = 0; i < n; i++)
		subscriber_keyframe(sub, (int)i);
}

void subscriber_up(struct subscriber *sub)
{
	atomic_store(&sub->up, true);
	want_keyframes(sub);
}

void subscriber_pause(struct subscriber *sub, bool pause)
{
	atomic_store(&sub->paused, pause);
	if (!pause)
		want_keyframes(sub);
}

bool subscriber_negotiated(struct subscriber *sub)
{
	bool yes;

	held_take(&sub->lock);
	yes = sub->negotiated;
	held_release(&sub->lock);
	return yes;
}

static void stop(struct subscriber *sub, bool close)
{
	GPtrArray *old, *none = g_ptr_array_new_with_free_func(drop);

	held_take(&sub->lock);
	old = sub->slots;
	sub->slots = none;
	sub->closed |= close;
	sub->negotiated = sub->outstanding = sub->dirty = false;
	held_release(&sub->lock);
	atomic_store(&sub->up, false);
	for (guint i = 0; i < old->len; i++)
		slot_detach(old->pdata[i]);
	g_ptr_array_unref(old);
}

void subscriber_stop(struct subscriber *sub)
{
	stop(sub, false);
}

void subscriber_close(struct subscriber *sub)
{
	stop(sub, true);
}

json_t *slot_json(const struct slot *slot, const struct stream *want, bool refused)
{
	json_t *o = json_pack("{ss si ss ss sb}", "mid", slot->mid, "mindex", slot->mindex, "type", slot->codec->video ? "video" : "audio",
			      "codec", slot->codec->name, "active", want && !refused);
	char *display;

	if (want) {
		display = participant_display(want->participant);
		json_object_set_new(o, "source", json_string(want->source));
		json_object_set_new(o, "feed_id", json_string(want->participant->id));
		json_object_set_new(o, "feed_mid", json_string(want->mid));
		json_object_set_new(o, "feed_display", json_string(display));
		g_free(display);
	}
	if (refused)
		json_object_set_new(o, "code", json_string(app_error_info(APP_CODEC_NOT_SUPPORTED)->code));
	return o;
}

/* The slots as they are now, with references: slots[i], wants[i] (may be NULL). */
guint subscriber_snapshot(struct subscriber *sub, struct slot *slots[SUBSCRIBER_SLOTS], struct stream *wants[SUBSCRIBER_SLOTS])
{
	guint n;

	held_take(&sub->lock);
	n = sub->slots->len;
	for (guint i = 0; i < n; i++) {
		slots[i] = sub->slots->pdata[i];
		sink_ref(&slots[i]->sink);
		wants[i] = slots[i]->want ? stream_ref(slots[i]->want) : NULL;
	}
	held_release(&sub->lock);
	return n;
}

static bool is_refused(struct subscriber *sub, const struct slot *slot)
{
	bool refused;

	held_take(&sub->lock);
	refused = slot->refused;
	held_release(&sub->lock);
	return refused;
}

struct slot *subscriber_slot(struct subscriber *sub, int mindex)
{
	struct slot *slot = NULL;

	held_take(&sub->lock);
	if (mindex >= 0 && (guint)mindex < sub->slots->len) {
		slot = sub->slots->pdata[mindex];
		sink_ref(&slot->sink);
	}
	held_release(&sub->lock);
	return slot;
}

json_t *subscriber_streams_json(struct subscriber *sub)
{
	struct slot *slots[SUBSCRIBER_SLOTS];
	struct stream *wants[SUBSCRIBER_SLOTS];
	guint n = subscriber_snapshot(sub, slots, wants);
	json_t *a = json_array();

	for (guint i = 0; i < n; i++) {
		json_array_append_new(a, slot_json(slots[i], wants[i], is_refused(sub, slots[i])));
		stream_unref(&wants[i]);
		sink_unref(&slots[i]->sink);
	}
	return a;
}
