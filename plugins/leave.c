/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Leaving. Called on strands: of the one who leaves (leave, detach), of the host (kick), of the newcomer (takeover).
 *
 *   handle leaves ─▶ its media end ─▶ publisher handle? ─▶ subscriber handle leaves too ─▶ room, recording and the others are told
 */
#include <glib.h>
#include "plugins/follow.h"
#include "plugins/leave.h"
#include "plugins/notify.h"
#include "plugins/participant.h"
#include "plugins/recording.h"
#include "plugins/room.h"
#include "plugins/session.h"

static void tell_out(struct session *s, const char *room, const char *reason)
{
	json_t *event = notify_event(room, json_pack("{ss ss}", "leaving", "ok", "reason", reason));

	session_send(s, event);
	json_decref(event);
}

/* Takes a handle (reference stolen, may be NULL) out; reason NULL: it knows. */
static void take_out(struct session *s, const char *room, const char *reason)
{
	if (!s)
		return;
	session_detach(s, true);
	if (reason)
		tell_out(s, room, reason);
	session_unref(&s);
}

static void tell_left(struct participant *p, const char *event)
{
	struct recording *rec = room_recording(p->room);

	if (rec)
		recording_left(rec, p);
	recording_unref(&rec);
	if (event)
		notify_room(p->room, json_pack("{ss}", event, p->id), NULL);
}

void leave_settle(struct participant *p)
{
	struct session *sub = participant_subscriber(p);

	if (room_leave_if_gone(p->room, p)) {
		if (sub)
			participant_drop_handle(p, sub);
		take_out(g_steal_pointer(&sub), p->room->id, "left");
		tell_left(p, "leaving");
	}
	session_unref(&sub);
}

void leave_handle(struct session *s, bool close_pc)
{
	struct participant *p = session_participant(s);
	bool all;

	if (!p) {
		lobby_leave(s);
		return;
	}
	all = participant_drop_handle(p, s);
	session_detach(s, close_pc);
	if (all)
		leave_settle(p);
	participant_unref(&p);
}

void leave_replaced(struct session *old)
{
	struct participant *p = old ? session_participant(old) : NULL;

	if (p)
		take_out(session_ref(old), p->room->id, "replaced");
	participant_unref(&p);
	session_unref(&old);
}

static void out(struct participant *p, const char *reason)
{
	take_out(participant_set_subscriber(p, NULL), p->room->id, reason);
	take_out(participant_set_publisher(p, NULL), p->room->id, reason);
	if (room_leave(p->room, p))
		tell_left(p, NULL);
}

void leave_kicked(struct participant *p, int64_t back_after_s)
{
	struct session *s = participant_publisher(p);
	const struct room_kick kick = { .until_us = back_after_s < 0 ? INT64_MAX : clock_mono_us() + back_after_s * 1000000, .handle = s ? s->number : 0 };

	session_unref(&s);
	room_kick(p->room, p, &kick);          /* first, so that nobody comes back while being taken out */
	follow_end(p);
	notify_room(p->room, json_pack("{ss}", "kicked", p->id), NULL);
	out(p, "kicked");
}

void leave_ended(struct room *r, const char *reason, const struct participant *by)
{
	GPtrArray *people;
	json_t *members;

	if (!room_end_call(r, reason, &people))
		return;
	members = json_pack("{ss ss}", "event", "callended", "reason", reason);
	if (by)
		json_object_set_new(members, "by", json_string(by->id));
	for (guint i = 0; i < people->len; i++) {
		notify_participant(people->pdata[i], json_incref(members));
		out(people->pdata[i], "callended");
	}
	json_decref(members);
	g_ptr_array_unref(people);
	lobby_close(r, "callended");
}

void leave_destroyed(struct room *r, void *people)
{
	GPtrArray *all = people;

	for (guint i = 0; i < all->len; i++) {
		notify_participant(all->pdata[i], json_pack("{ss}", "destroyed", r->id));
		out(all->pdata[i], "destroyed");
	}
	lobby_close(r, "destroyed");
}
