/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Events. Each recipient gets a copy of its own, which goes with the post to another thread.
 *
 *   notify_room ─▶ people (references) ─▶ each one's publisher handle ─▶ strand ─▶ gateway_push
 */
#include <glib.h>
#include "common/token.h"
#include "plugins/gateway.h"
#include "plugins/notify.h"
#include "plugins/participant.h"
#include "plugins/room.h"
#include "plugins/session.h"

json_t *notify_event(const char *room, json_t *members)
{
	json_t *o = json_pack("{ss ss}", "recroom", "event", "room", room);

	json_object_update(o, members);
	json_decref(members);
	return o;
}

static void send_to(struct participant *p, json_t *event)
{
	struct session *s = participant_publisher(p);

	if (s)
		session_send(s, event);
	session_unref(&s);
}

void notify_participant(struct participant *p, json_t *members)
{
	json_t *event = notify_event(p->room->id, members);

	send_to(p, event);
	json_decref(event);
}

void notify_hosts(struct room *r, json_t *members)
{
	json_t *event = notify_event(r->id, members);
	GPtrArray *people = room_people(r);

	for (guint i = 0; i < people->len; i++)
		if (participant_may(people->pdata[i], GRANT_ADMIT))
			send_to(people->pdata[i], event);
	gateway_notify(NULL, event);
	g_ptr_array_unref(people);
	json_decref(event);
}

void notify_handlers(const char *room, json_t *members)
{
	json_t *event = notify_event(room, members);

	gateway_notify(NULL, event);
	json_decref(event);
}

void notify_room(struct room *r, json_t *members, const struct participant *except)
{
	json_t *event = notify_event(r->id, members);
	GPtrArray *people = room_people(r);

	for (guint i = 0; i < people->len; i++)
		if (people->pdata[i] != except)
			send_to(people->pdata[i], event);
	gateway_notify(NULL, event);
	g_ptr_array_unref(people);
	json_decref(event);
}

void notify_each(struct room *r, json_t *(*make)(struct participant *p, void *arg), void *arg)
{
	GPtrArray *people = room_people(r);
	json_t *members = make(NULL, arg), *event;

	for (guint i = 0; i < people->len; i++) {
		json_t *own = make(people->pdata[i], arg);

		if (own)
			notify_participant(people->pdata[i], own);
	}
	if (members) {
		event = notify_event(r->id, members);
		gateway_notify(NULL, event);
		json_decref(event);
	}
	g_ptr_array_unref(people);
}

struct then {
	struct participant *participant;
	void (*then)(struct participant *p, bool sent, void *arg);
	void *arg;
};

static void run_then(void *arg, bool sent)
{
	struct then *t = arg;

	t->then(t->participant, sent, t->arg);
	participant_unref(&t->participant);
	g_free(t);
}

bool notify_participant_then(struct participant *p, json_t *members, void (*then)(struct participant *p, bool sent, void *arg), void *arg)
{
	struct session *s = participant_publisher(p);
	json_t *event = notify_event(p->room->id, members);
	struct then *t;

	if (s) {
		t = g_new(struct then, 1);
		*t = (struct then){ participant_ref(p), then, arg };
		session_send_then(s, event, run_then, t);
	}
	json_decref(event);
	if (!s)
		return false;
	session_unref(&s);
	return true;
}
