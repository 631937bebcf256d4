/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Hosts. Called by the requests of hosts and of those who join, on their strands, and by entry.c on the ticker.
 *
 *   promote, demote ─▶ role under the room's lock ─▶ catalog, timeline ─▶ everybody told, who it is about with a new token ─▶ the lobby is looked at again
 *   no host for host_grace_s ─▶ strand: recording stops, or call ends
 */
#include <stdlib.h>
#include "common/json.h"
#include "common/log.h"
#include "common/token.h"
#include "plugins/follow.h"
#include "plugins/hosts.h"
#include "plugins/leave.h"
#include "plugins/notify.h"
#include "plugins/participant.h"
#include "plugins/recording.h"
#include "plugins/room.h"
#include "plugins/task.h"

struct change {
	struct participant *participant;
	const char *role, *by;     /* by: NULL, or an id */
};

/* The one whom it is about gets a token for the new role and, as a host, who waits. */
static json_t *change_for(struct participant *p, void *arg)
{
	const struct change *c = arg;
	json_t *o = json_pack("{ss ss ss}", "event", "hostchanged", "id", c->participant->id, "role", c->role);
	char *token;

	if (c->by)
		json_object_set_new(o, "by", json_string(c->by));
	if (p != c->participant)
		return o;
	token = participant_token(p);
	json_object_set_new(o, "token", token ? json_string(token) : json_null());
	free(token);
	if (participant_may(p, GRANT_ADMIT))
		json_object_set_new(o, "waiting", lobby_json(p->room));
	return o;
}

static void tell(struct participant *p, const struct participant *by)
{
	struct change c = { p, participant_role(p), by ? by->id : NULL };
	struct recording *rec = room_recording(p->room);
	json_t *line = json_pack("{ss}", "role", c.role);

	if (c.by)
		json_object_set_new(line, "by", json_string(c.by));
	if (rec)
		recording_said(rec, p, "role", line);
	json_decref(line);
	recording_unref(&rec);
	log_info("room %s: %s is a %s now", p->room->id, p->id, c.role);
	notify_each(p->room, change_for, &c);
	lobby_reconsider(p->room);
}

enum app_error hosts_promote(struct participant *p, const struct participant *by)
{
	unsigned grants;

	if (!gate_promote(participant_host_grants(p), by ? by->grants : 0, &grants))
		return APP_FORBIDDEN;
	if (room_set_role(p->room, p, true, grants))
		tell(p, by);
	return room_is_in(p->room, p) ? APP_OK : APP_NO_SUCH_PARTICIPANT;
}

enum app_error hosts_demote(struct participant *p, const struct participant *by)
{
	if (room_set_role(p->room, p, false, p->own_grants)) {
		follow_end(p);
		tell(p, by);
	}
	return room_is_in(p->room, p) ? APP_OK : APP_NO_SUCH_PARTICIPANT;
}

struct absence {
	struct room *room;
	enum gate_leaves what;
};

static void without_host(struct room *r, enum gate_leaves what)
{
	struct recording *rec = room_recording(r);

	log_info("room %s: no host has come back: %s", r->id, what == GATE_STOP ? "its recording stops" : "its call ends");
	if (what == GATE_STOP && rec)
		recording_stop(rec, "host_left", NULL);
	recording_unref(&rec);
	if (what == GATE_END_CALL)
		leave_ended(r, "host_left", NULL);
}

static void on_gone(void *arg, bool cancelled)
{
	struct absence *a = arg;

	if (!cancelled)
		without_host(a->room, a->what);
	room_unref(&a->room);
	g_free(a);
}

void hosts_gone(struct room *r, enum gate_leaves what)
{
	struct strand *strand = strand_create(TASK_CALL);
	struct absence *a = g_new(struct absence, 1);

	*a = (struct absence){ room_ref(r), what };
	strand_post(strand, on_gone, a);
	strand_unref(&strand);
}
