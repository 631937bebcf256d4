/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Subscribing: which stream is to flow on which m-line, offers and answers. On the subscriber handle's strand.
 *
 *   subscribe ─▶ streams found ─▶ slot reused or made: want ─▶ offer ─▶ answer ─▶ want becomes feed, keyframe asked
 *                                                   └─ offer out? ─▶ dirty ─▶ after the answer: next offer, unasked
 */
#include <string.h>
#include "common/json.h"
#include "plugins/gateway.h"
#include "plugins/held.h"
#include "plugins/life.h"
#include "plugins/notify.h"
#include "plugins/participant.h"
#include "plugins/publisher.h"
#include "plugins/room.h"
#include "plugins/session.h"
#include "plugins/subscriber.h"

static void drop(gpointer p)
{
	struct stream *st = p;

	stream_unref(&st);
}

/* Adds the streams that one {feed, mid?} means. */
static bool find_feed(struct subscriber *sub, json_t *one, GPtrArray *out)
{
	const char *feed = json_str(one, "feed"), *mid = json_str(one, "mid");
	struct participant *p = feed ? room_participant(sub->participant->room, feed) : NULL;
	struct session *s = p ? participant_publisher(p) : NULL;
	struct publisher *pub = s ? session_publisher(s) : NULL;
	GPtrArray *all = pub ? publisher_streams(pub) : NULL;
	bool found = false;

	for (guint i = 0; all && i < all->len; i++) {
		struct stream *st = all->pdata[i];

		if (mid && strcmp(mid, st->mid))
			continue;
		found = true;
		if (!g_ptr_array_find(out, st, NULL))
			g_ptr_array_add(out, stream_ref(st));
	}
	if (all)
		g_ptr_array_unref(all);
	publisher_unref(&pub);
	session_unref(&s);
	participant_unref(&p);
	return found;
}

static bool wanted_locked(const struct subscriber *sub, const struct stream *st)
{
	for (guint i = 0; i < sub->slots->len; i++)
		if (((struct slot *)sub->slots->pdata[i])->want == st)
			return true;
	return false;
}

/* The n-th of those that rest, or NULL. */
static struct slot *resting_slot_locked(struct subscriber *sub, const struct codec *codec, unsigned n)
{
	for (guint i = 0; i < sub->slots->len; i++) {
		struct slot *slot = sub->slots->pdata[i];

		if (!slot->want && slot->codec == codec && !n--)
			return slot;
	}
	return NULL;
}

/* How many streams in front of number `end` need a slot for this codec. */
static unsigned needed_locked(const struct subscriber *sub, const GPtrArray *streams, guint end, const struct codec *codec)
{
	unsigned n = 0;

	for (guint i = 0; i < end; i++) {
		const struct stream *st = streams->pdata[i];

		n += st->codec == codec && !wanted_locked(sub, st);
	}
	return n;
}

/* With the slots that rest there is room for all of these. */
static bool fits_locked(struct subscriber *sub, const GPtrArray *streams)
{
	unsigned made = 0, active = 0;

	for (guint i = 0; i < sub->slots->len; i++)
		active += ((struct slot *)sub->slots->pdata[i])->want != NULL;
	for (guint i = 0; i < streams->len; i++) {
		const struct stream *st = streams->pdata[i];

		active += !wanted_locked(sub, st);
		made += !wanted_locked(sub, st) && !resting_slot_locked(sub, st->codec, needed_locked(sub, streams, i, st->codec));
	}
	return active <= (unsigned)life_settings()->max_subscriptions && sub->slots->len + made <= SUBSCRIBER_SLOTS;
}

static enum app_error take_locked(struct subscriber *sub, const GPtrArray *streams)
{
	if (sub->closed)
		return APP_NOT_JOINED;
	if (!fits_locked(sub, streams))
		return APP_LIMIT;
	for (guint i = 0; i < streams->len; i++) {
		struct stream *st = streams->pdata[i];
		struct slot *slot;

		if (wanted_locked(sub, st))
			continue;
		slot = resting_slot_locked(sub, st->codec, 0);
		if (!slot)
			slot = subscriber_new_slot_locked(sub, st->codec);
		slot->want = stream_ref(st);
		slot->refused = false;
		sub->dirty = true;
	}
	return APP_OK;
}

enum app_error subscriber_subscribe(struct subscriber *sub, json_t *list, char *why, size_t why_size)
{
	GPtrArray *streams = g_ptr_array_new_with_free_func(drop);
	enum app_error err = APP_OK;
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		if (err)
			break;
		if (!find_feed(sub, one, streams)) {
			const char *feed = json_str(one, "feed");

			g_snprintf(why, why_size, "Participant %.64s sends no such stream.", feed ? feed : "(none)");
			err = APP_NO_SUCH_STREAM;
		} else if (streams->len > (guint)life_settings()->max_subscriptions) {
			err = APP_LIMIT;
		}
	}
	if (!err) {
		held_take(&sub->lock);
		err = take_locked(sub, streams);
		held_release(&sub->lock);
	}
	if (err == APP_LIMIT)
		g_snprintf(why, why_size, "At most %d streams can be received.", life_settings()->max_subscriptions);
	g_ptr_array_unref(streams);
	return err;
}

/* Empties the slots whose stream `match` says; returns them (references) to be detached without the lock. */
static GPtrArray *empty_slots(struct subscriber *sub, bool (*match)(const struct stream *st, const void *arg), const void *arg)
{
	GPtrArray *gone = g_ptr_array_new(), *streams = g_ptr_array_new_with_free_func(drop);

	held_take(&sub->lock);
	for (guint i = 0; i < sub->slots->len; i++) {
		struct slot *slot = sub->slots->pdata[i];

		if (!slot->want || !match(slot->want, arg))
			continue;
		g_ptr_array_add(streams, slot->want);
		slot->want = NULL;
		sink_ref(&slot->sink);
		g_ptr_array_add(gone, slot);
		sub->dirty = true;
	}
	held_release(&sub->lock);
	g_ptr_array_unref(streams);
	return gone;
}

static void detach_all(GPtrArray *gone)
{
	for (guint i = 0; i < gone->len; i++) {
		struct slot *slot = gone->pdata[i];

		slot_detach(slot);
		sink_unref(&slot->sink);
	}
	g_ptr_array_unref(gone);
}

static bool same(const struct stream *st, const void *arg)
{
	return st == arg;
}

void subscriber_drop_stream(struct subscriber *sub, const struct stream *st)
{
	detach_all(empty_slots(sub, same, st));
}

struct feed { const char *id, *mid; };

static bool of_feed(const struct stream *st, const void *arg)
{
	const struct feed *f = arg;

	return !strcmp(st->participant->id, f->id) && (!f->mid || !strcmp(st->mid, f->mid));
}

enum app_error subscriber_unsubscribe(struct subscriber *sub, json_t *list, char *why, size_t why_size)
{
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		struct feed f = { json_str(one, "feed"), json_str(one, "mid") };

		if (!f.id) {
			g_snprintf(why, why_size, "Each stream needs a feed.");
			return APP_MISSING_ELEMENT;
		}
		detach_all(empty_slots(sub, of_feed, &f));
	}
	return APP_OK;
}

/* Marks what this offer says; false: none is due. */
static bool begin_offer(struct subscriber *sub, bool *pending, uint64_t *version)
{
	bool due;

	held_take(&sub->lock);
	*pending = sub->dirty && sub->outstanding;
	due = sub->dirty && !sub->outstanding && sub->slots->len && !sub->closed;
	if (due) {
		sub->dirty = false;
		sub->outstanding = true;
		*version = ++sub->version;
		for (guint i = 0; i < sub->slots->len; i++) {
			struct slot *slot = sub->slots->pdata[i];

			slot->offered = slot->want;
		}
	}
	held_release(&sub->lock);
	return due;
}

char *subscriber_offer(struct subscriber *sub, bool *pending)
{
	struct slot *slots[SUBSCRIBER_SLOTS];
	struct stream *wants[SUBSCRIBER_SLOTS];
	struct sdp_offer_line lines[SUBSCRIBER_SLOTS];
	char tracks[SUBSCRIBER_SLOTS][48], *sdp;
	struct room_media media;
	uint64_t version;
	guint n;

	if (!begin_offer(sub, pending, &version))
		return NULL;
	room_media_get(sub->participant->room, &media);
	n = subscriber_snapshot(sub, slots, wants);
	for (guint i = 0; i < n; i++) {
		const struct stream *w = wants[i];

		if (w)
			g_snprintf(tracks[i], sizeof(tracks[i]), "%s-%s", w->participant->id, w->source);
		lines[i] = (struct sdp_offer_line){ .codec = slots[i]->codec, .red = !slots[i]->codec->video && media.codecs.red, .active = w != NULL,
						    .mid = slots[i]->mid, .msid = w ? w->participant->id : NULL, .track = tracks[i] };
	}
	sdp = sdp_offer(lines, n, sub->sdp_id, version);
	for (guint i = 0; i < n; i++) {
		stream_unref(&wants[i]);
		sink_unref(&slots[i]->sink);
	}
	return sdp;
}

void subscriber_pushed(struct subscriber *sub, bool pushed)
{
	held_take(&sub->lock);
	if (pushed) {
		sub->negotiated = true;
	} else {
		sub->outstanding = false;
		sub->dirty = true;
	}
	held_release(&sub->lock);
}

static bool is_closed(struct subscriber *sub)
{
	bool closed;

	held_take(&sub->lock);
	closed = sub->closed;
	held_release(&sub->lock);
	return closed;
}

/* A slot begins to carry what was offered. */
static void carry(struct subscriber *sub, struct slot *slot, struct stream *want)
{
	if (slot_carries(slot, want))
		return;
	slot_detach(slot);
	if (!slot_attach(slot, want))
		subscriber_drop_stream(sub, want);
	else if (is_closed(sub))
		slot_detach(slot);         /* closed from another strand meanwhile: nobody else will */
}

/* The receiver cannot play what was offered: the next offer says that the m-line rests. */
static void give_up(struct subscriber *sub, struct slot *slot, const struct stream *want)
{
	struct stream *old = NULL;

	slot_detach(slot);
	held_take(&sub->lock);
	if (slot->want == want) {
		old = slot->want;
		slot->want = NULL;
		slot->refused = true;
		sub->dirty = true;
	}
	held_release(&sub->lock);
	stream_unref(&old);
}

/* What the answer says about one slot; true when it refuses the stream. */
static bool settle(struct subscriber *sub, struct slot *slot, struct stream *want, const struct sdp_mline *m)
{
	bool current;

	held_take(&sub->lock);
	current = want && m && slot->offered == want;
	held_release(&sub->lock);
	if (!current)
		return false;
	atomic_store(&slot->red, sdp_takes_red(m));
	atomic_store(&slot->rotation, sdp_extension_id(m, SDP_URI_ROTATION) > 0);
	if (!sdp_takes(m, slot->codec)) {
		give_up(sub, slot, want);
		return true;
	}
	carry(sub, slot, want);
	return false;
}

/* The answer, if one is awaited and it fits. */
static struct sdp *read_answer(struct subscriber *sub, const char *text)
{
	struct sdp *sdp = NULL;
	bool fits;

	if (sdp_parse(&sdp, text, strlen(text)))
		return NULL;
	held_take(&sub->lock);
	fits = sub->outstanding && sdp->mlines->len <= sub->slots->len;
	if (fits)
		sub->outstanding = false;
	held_release(&sub->lock);
	if (!fits)
		sdp_unref(&sdp);
	return sdp;
}

enum app_error subscriber_answer(struct subscriber *sub, const char *text, json_t **refused)
{
	struct slot *slots[SUBSCRIBER_SLOTS];
	struct stream *wants[SUBSCRIBER_SLOTS];
	struct sdp *sdp = read_answer(sub, text);
	json_t *list = json_array();
	guint n;

	*refused = NULL;
	if (!sdp) {
		json_decref(list);
		return APP_INVALID_SDP;
	}
	n = subscriber_snapshot(sub, slots, wants);
	for (guint i = 0; i < n; i++) {
		if (settle(sub, slots[i], wants[i], sdp_mline(sdp, i)))
			json_array_append_new(list, slot_json(slots[i], wants[i], true));
		stream_unref(&wants[i]);
		sink_unref(&slots[i]->sink);
	}
	sdp_unref(&sdp);
	if (json_array_size(list))
		*refused = list;
	else
		json_decref(list);
	return APP_OK;
}

void subscriber_flush(struct subscriber *sub)
{
	bool pending;
	char *sdp = subscriber_offer(sub, &pending);
	json_t *event, *jsep;

	if (!sdp)
		return;
	event = json_pack("{ss ss so}", "recroom", "updated", "room", sub->participant->room->id, "streams", subscriber_streams_json(sub));
	jsep = json_pack("{ss ss}", "type", "offer", "sdp", sdp);
	subscriber_pushed(sub, !gateway_push(sub->session->handle, NULL, event, jsep));
	json_decref(event);
	json_decref(jsep);
	g_free(sdp);
}
