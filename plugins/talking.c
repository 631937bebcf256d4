/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Talking detection.
 *
 *   RTP hook: level ─▶ sum and count in one atomic word ─ ticker, 100 ms ─▶ verdict ─ changed? ─▶ the room, the recording
 *
 * The ticker looks at each sound, so that one whose packets stop is judged, too.
 */
#include <glib.h>
#include <jansson.h>
#include <stdatomic.h>
#include "plugins/held.h"
#include "plugins/notify.h"
#include "plugins/participant.h"
#include "plugins/recording.h"
#include "plugins/room.h"
#include "plugins/sdp.h"
#include "plugins/talking.h"

enum { PACKET_US = 20000 };                /* of what a packet of sound usually lasts */

struct talking {
	atomic_int ref;
	struct participant *participant;
	char mid[SDP_MID_SIZE];
	atomic_ullong window;              /* sum << 32 | packets */
	atomic_bool muted, talks;
	int64_t since_us;                  /* the ticker's own: begin of the window, 0: the next tick */
	struct lock lock;                  /* `ended`, and one change at a time */
	bool ended;
};

static struct {
	struct lock lock;                  /* list (leaf) */
	GPtrArray *list;                   /* struct talking *, a reference each */
} all = { .lock = LOCK_INIT };

enum talking_verdict talking_judge(const struct talking_window *w, int need, int below, int *average)
{
	if (w->packets < (unsigned)need && w->age_us < (int64_t)need * PACKET_US * 3 / 2)
		return TALKING_WAIT;
	*average = w->packets ? (int)(w->sum / w->packets) : TALKING_SILENCE;
	return *average < below ? TALKING_LOUD : TALKING_QUIET;
}

static void drop(gpointer p)
{
	struct talking *t = p;

	talking_unref(&t);
}

struct talking *talking_create(struct participant *p, const char *mid)
{
	struct talking *t = g_new0(struct talking, 1);

	atomic_init(&t->ref, 2);
	lock_init(&t->lock);
	t->participant = participant_ref(p);
	g_strlcpy(t->mid, mid, sizeof(t->mid));
	held_take(&all.lock);
	if (!all.list)
		all.list = g_ptr_array_new();
	g_ptr_array_add(all.list, t);
	held_release(&all.lock);
	return t;
}

void talking_unref(struct talking **p)
{
	struct talking *t = *p;

	*p = NULL;
	if (!t || atomic_fetch_sub(&t->ref, 1) != 1)
		return;
	participant_unref(&t->participant);
	lock_destroy(&t->lock);
	g_free(t);
}

void talking_packet(struct talking *t, int level)
{
	if (level >= 0)
		atomic_fetch_add_explicit(&t->window, (unsigned long long)level << 32 | 1, memory_order_relaxed);
}

void talking_mute(struct talking *t, bool muted)
{
	atomic_store(&t->muted, muted);
}

bool talking_now(struct talking *t)
{
	return atomic_load(&t->talks);
}

static void tell_room(struct talking *t, bool talks, int average)
{
	struct room *room = t->participant->room;

	notify_room(room, json_pack("{ss ss ss si}", "recroom", talks ? "talking" : "stopped-talking", "id", t->participant->id, "mid", t->mid,
				    "audio-level-dBov-avg", average), NULL);
}

static void tell_recording(struct talking *t)
{
	struct recording *rec = room_recording(t->participant->room);

	if (rec)
		recording_talking(rec, t->participant);
	recording_unref(&rec);
}

static void set(struct talking *t, bool talks, int average, bool tell)
{
	bool changed;

	held_take(&t->lock);
	talks = talks && !t->ended;
	changed = atomic_exchange(&t->talks, talks) != talks;
	held_release(&t->lock);
	if (!changed)
		return;
	atomic_fetch_add(&t->participant->talking, talks ? 1 : -1);
	tell_recording(t);         /* first: who hears of it may stop the recording at once */
	if (tell)
		tell_room(t, talks, average);
}

void talking_end(struct talking *t)
{
	struct room_media media;
	bool listed;

	held_take(&t->lock);
	listed = !t->ended;
	t->ended = true;
	held_release(&t->lock);
	if (!listed)
		return;
	held_take(&all.lock);
	g_ptr_array_remove_fast(all.list, t);
	if (!all.list->len)
		g_clear_pointer(&all.list, g_ptr_array_unref);
	held_release(&all.lock);
	room_media_get(t->participant->room, &media);
	set(t, false, TALKING_SILENCE, media.audiolevel_event);
	drop(t);
}

static void tick_one(struct talking *t, int64_t now_us)
{
	unsigned long long sum = atomic_load(&t->window);
	struct talking_window w = { .packets = (unsigned)sum, .sum = (unsigned)(sum >> 32), .age_us = t->since_us ? now_us - t->since_us : 0 };
	enum talking_verdict verdict = TALKING_QUIET;
	int average = TALKING_SILENCE;
	struct room_media media;

	room_media_get(t->participant->room, &media);
	if (!t->since_us)
		t->since_us = now_us;
	if (!atomic_load(&t->muted))
		verdict = talking_judge(&w, media.audio_active_packets, media.audio_level_average, &average);
	if (verdict == TALKING_WAIT)
		return;
	atomic_fetch_sub(&t->window, sum);
	t->since_us = now_us;
	set(t, verdict == TALKING_LOUD, average, media.audiolevel_event);
}

void talking_tick(int64_t now_us)
{
	GPtrArray *now = g_ptr_array_new_with_free_func(drop);

	held_take(&all.lock);
	for (guint i = 0; all.list && i < all.list->len; i++) {
		struct talking *t = all.list->pdata[i];

		atomic_fetch_add(&t->ref, 1);
		g_ptr_array_add(now, t);
	}
	held_release(&all.lock);
	for (guint i = 0; i < now->len; i++)
		tick_one(now->pdata[i], now_us);
	g_ptr_array_unref(now);
}
