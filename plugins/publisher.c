/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Publishers: what lives between negotiations. The offers themselves are in publish.c.
 *
 *   offer ─▶ streams by m-line ─ setup_media ─▶ "publishers" to the room, capture ─▶ … ─▶ hangup, unpublish, leave ─▶ "unpublished"
 */
#include <string.h>
#include "plugins/held.h"
#include "plugins/notify.h"
#include "plugins/participant.h"
#include "plugins/publisher.h"
#include "plugins/recording.h"
#include "plugins/room.h"
#include "plugins/session.h"

struct publisher *publisher_create(struct session *s, struct participant *p)
{
	struct publisher *pub = g_new0(struct publisher, 1);

	atomic_init(&pub->ref, 1);
	lock_init(&pub->lock);
	pub->sdp_id = (uint64_t)clock_wall_ms();
	pub->session = session_ref(s);
	pub->participant = participant_ref(p);
	return pub;
}

struct publisher *publisher_ref(struct publisher *pub)
{
	atomic_fetch_add(&pub->ref, 1);
	return pub;
}

void publisher_unref(struct publisher **p)
{
	struct publisher *pub = *p;

	*p = NULL;
	if (!pub || atomic_fetch_sub(&pub->ref, 1) != 1)
		return;
	for (int i = 0; i < PUBLISHER_MLINES; i++)
		stream_unref(&pub->streams[i]);
	publisher_forget(pub);
	participant_unref(&pub->participant);
	session_unref(&pub->session);
	lock_destroy(&pub->lock);
	g_free(pub);
}

static void drop(gpointer p)
{
	struct stream *st = p;

	stream_unref(&st);
}

static GPtrArray *streams_of(struct publisher *pub, bool visible)
{
	GPtrArray *all = g_ptr_array_new_with_free_func(drop);

	held_take(&pub->lock);
	for (int i = 0; i < PUBLISHER_MLINES; i++)
		if (pub->streams[i] && (pub->up || !visible))
			g_ptr_array_add(all, stream_ref(pub->streams[i]));
	held_release(&pub->lock);
	return all;
}

GPtrArray *publisher_streams(struct publisher *pub)
{
	return streams_of(pub, true);
}

static json_t *list(GPtrArray *streams)
{
	json_t *a = json_array();

	for (guint i = 0; i < streams->len; i++)
		json_array_append_new(a, stream_json(streams->pdata[i]));
	return a;
}

json_t *publisher_streams_json(struct publisher *pub)
{
	GPtrArray *all = streams_of(pub, false);
	json_t *a = list(all);

	g_ptr_array_unref(all);
	return a;
}

json_t *publisher_json(struct publisher *pub)
{
	GPtrArray *all = publisher_streams(pub);
	json_t *o = NULL;

	if (all->len) {
		o = participant_json(pub->participant);
		json_object_set_new(o, "streams", list(all));
	}
	g_ptr_array_unref(all);
	return o;
}

bool publisher_negotiated(struct publisher *pub)
{
	bool yes;

	held_take(&pub->lock);
	yes = pub->negotiated;
	held_release(&pub->lock);
	return yes;
}

bool publisher_active(struct publisher *pub)
{
	GPtrArray *all = streams_of(pub, false);
	bool yes = all->len > 0;

	g_ptr_array_unref(all);
	return yes;
}

/* Tells the room what others can see now, and gives it to the capture. */
static void announce(struct publisher *pub)
{
	GPtrArray *all = publisher_streams(pub);
	struct recording *rec = room_recording(pub->participant->room);
	json_t *mine = publisher_json(pub);
	bool before;

	held_take(&pub->lock);
	before = pub->announced;
	pub->announced = mine != NULL;
	held_release(&pub->lock);
	if (mine)
		notify_room(pub->participant->room, json_pack("{s[o]}", "publishers", mine), pub->participant);
	else if (before)
		notify_room(pub->participant->room, json_pack("{ss}", "unpublished", pub->participant->id), pub->participant);
	for (guint i = 0; rec && i < all->len; i++)
		recording_add(rec, all->pdata[i]);
	recording_unref(&rec);
	g_ptr_array_unref(all);
}

void publisher_up(struct publisher *pub)
{
	held_take(&pub->lock);
	pub->up = pub->negotiated && !pub->closed;
	held_release(&pub->lock);
	announce(pub);
}

void publisher_answered(struct publisher *pub, bool pushed)
{
	bool up;

	if (!pushed) {
		publisher_stop(pub);
		return;
	}
	held_take(&pub->lock);
	pub->negotiated = true;
	up = pub->up;
	held_release(&pub->lock);
	if (up)
		announce(pub);
}

static void stop(struct publisher *pub, bool close)
{
	struct recording *rec = room_recording(pub->participant->room);
	struct stream *ended[PUBLISHER_MLINES];

	held_take(&pub->lock);
	memcpy(ended, pub->streams, sizeof(ended));
	memset(pub->streams, 0, sizeof(pub->streams));
	atomic_fetch_add(&pub->changes, 1);
	pub->up = pub->negotiated = false;
	pub->closed |= close;
	held_release(&pub->lock);
	for (int i = 0; i < PUBLISHER_MLINES; i++) {
		if (!ended[i])
			continue;
		if (rec)
			recording_remove(rec, ended[i]);
		stream_end(ended[i]);
		stream_unref(&ended[i]);
	}
	recording_unref(&rec);
	announce(pub);
}

void publisher_stop(struct publisher *pub)
{
	stop(pub, false);
}

void publisher_close(struct publisher *pub)
{
	stop(pub, true);
}

static void tell_muted(struct stream *st)
{
	notify_room(st->participant->room, json_pack("{ss ss ss ss}", "event", stream_muted(st) ? "trackmuted" : "trackunmuted",
						     "id", st->participant->id, "mid", st->mid, "source", st->source), NULL);
}

enum app_error publisher_mute(struct publisher *pub, const char *mid, bool mute)
{
	GPtrArray *all = streams_of(pub, false);
	enum app_error err = APP_NO_SUCH_STREAM;

	for (guint i = 0; i < all->len; i++) {
		struct stream *st = all->pdata[i];

		if (strcmp(mid, st->mid))
			continue;
		err = APP_OK;
		if (stream_mute(st, false, mute))
			tell_muted(st);
	}
	g_ptr_array_unref(all);
	return err;
}

/* A host may change its mind, or the stream be new, while this runs elsewhere: whoever acts last has looked last. */
static void moderate(struct stream *st)
{
	bool mute, changed = false;

	do {
		mute = participant_mutes(st->participant, st->source);
		changed ^= stream_mute(st, true, mute);
	} while (mute != participant_mutes(st->participant, st->source));
	if (changed)
		tell_muted(st);
}

void publisher_moderate(struct publisher *pub)
{
	GPtrArray *all = streams_of(pub, false);

	for (guint i = 0; i < all->len; i++)
		moderate(all->pdata[i]);
	g_ptr_array_unref(all);
}

bool publisher_source(struct publisher *pub, const char *mid, const char *source, char out[SOURCE_SIZE])
{
	GPtrArray *all = streams_of(pub, false);
	bool found = false;

	for (guint i = 0; !found && i < all->len; i++) {
		const struct stream *st = all->pdata[i];

		found = (!mid || !strcmp(mid, st->mid)) && (!source || !strcmp(source, st->source));
		if (found)
			g_strlcpy(out, st->source, SOURCE_SIZE);
	}
	g_ptr_array_unref(all);
	return found;
}

/* Takes over the streams of now; the hook lets go of ended ones here. */
static void follow_streams(struct publisher *pub)
{
	struct stream *old[PUBLISHER_MLINES];

	memcpy(old, pub->loop.streams, sizeof(old));
	held_take(&pub->lock);
	pub->loop.seen = atomic_load(&pub->changes);
	for (int i = 0; i < PUBLISHER_MLINES; i++)
		pub->loop.streams[i] = pub->streams[i] ? stream_ref(pub->streams[i]) : NULL;
	held_release(&pub->lock);
	for (int i = 0; i < PUBLISHER_MLINES; i++)
		stream_unref(&old[i]);
}

void publisher_forget(struct publisher *pub)
{
	pub->loop.seen = atomic_load(&pub->changes) - 1;
	for (int i = 0; i < PUBLISHER_MLINES; i++)
		stream_unref(&pub->loop.streams[i]);
}

/* Borrowed until the next call. */
static struct stream *stream_at(struct publisher *pub, int mindex)
{
	if (mindex < 0 || mindex >= PUBLISHER_MLINES)
		return NULL;
	if (atomic_load(&pub->changes) != pub->loop.seen)
		follow_streams(pub);
	return pub->loop.streams[mindex];
}

void publisher_rtp(struct publisher *pub, janus_plugin_rtp *packet)
{
	struct stream *st = stream_at(pub, packet->mindex);

	if (!st)
		return;
	stream_rtp(st, packet);
	if (st->video)
		remb_packet(pub, clock_mono_us());
}

void publisher_report(struct publisher *pub, int mindex, const struct rtcp_seen *report)
{
	struct stream *st = stream_at(pub, mindex);

	if (st)
		stream_report(st, report);
}
