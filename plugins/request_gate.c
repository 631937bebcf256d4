/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a host decides about who comes in and who leads: admit, deny, lock, promote, demote, transfer_host, end_call. On the host's strand.
 */
#include "plugins/hosts.h"
#include "plugins/leave.h"
#include "plugins/lobby.h"
#include "plugins/notify.h"
#include "plugins/participant.h"
#include "plugins/request.h"
#include "plugins/room.h"

/* One by its id, or everybody. */
static enum app_error decide(struct request *r, const char *member, json_t *(*how)(struct room *r, const char *id, const struct participant *by))
{
	const char *id = json_str(r->body, "id");
	json_t *ids;

	if (!id == !json_flag(r->body, "all", false)) {
		g_strlcpy(r->why, "Either id names one who waits, or all is true.", sizeof(r->why));
		return id ? APP_INVALID_ELEMENT : APP_MISSING_ELEMENT;
	}
	ids = how(r->room, id, r->participant);
	if (id && !json_array_size(ids)) {
		json_decref(ids);
		g_strlcpy(r->why, "Nobody of this id waits any more.", sizeof(r->why));
		return APP_NO_SUCH_PARTICIPANT;
	}
	r->reply = request_reply(r, "success");
	json_object_set_new(r->reply, member, ids);
	return APP_OK;
}

static enum app_error on_admit(struct request *r)
{
	return decide(r, "admitted", lobby_admit);
}

static enum app_error on_deny(struct request *r)
{
	return decide(r, "denied", lobby_deny);
}

static enum app_error on_lock(struct request *r)
{
	bool locked = json_flag(r->body, "locked", true);

	if (room_lock(r->room, locked))
		notify_room(r->room, json_pack("{ss sb ss}", "event", "locked", "locked", locked, "by", r->participant->id), NULL);
	if (!locked)
		lobby_reconsider(r->room);
	r->reply = request_reply(r, "success");
	json_object_set_new(r->reply, "locked", json_boolean(locked));
	return APP_OK;
}

static enum app_error change(struct request *r, enum app_error (*how)(struct participant *p, const struct participant *by))
{
	struct participant *p = room_participant(r->room, json_str(r->body, "id"));
	enum app_error err = p ? how(p, r->participant) : APP_NO_SUCH_PARTICIPANT;

	r->reply = err ? NULL : request_reply(r, "success");
	participant_unref(&p);
	return err;
}

static enum app_error on_promote(struct request *r)
{
	return change(r, hosts_promote);
}

static enum app_error on_demote(struct request *r)
{
	return change(r, hosts_demote);
}

/* The call is never without a host meanwhile. */
static enum app_error hand_over(struct participant *p, const struct participant *by)
{
	struct participant *old = room_participant(by->room, by->id);
	enum app_error err = hosts_promote(p, by);

	if (!err && old && old != p)
		hosts_demote(old, by);
	participant_unref(&old);
	return err;
}

static enum app_error on_transfer(struct request *r)
{
	return change(r, hand_over);
}

static void after_end(struct request *r, bool pushed)
{
	(void)pushed;
	leave_ended(r->room, "host", r->participant);
}

/* The answer first, for the host leaves with everybody. */
static enum app_error on_end(struct request *r)
{
	r->reply = request_reply(r, "success");
	r->after = after_end;
	return APP_OK;
}

static const struct json_param who_params[] = { { "id", P_STRING, P_NONEMPTY, 16 }, { "all", P_BOOL, 0, 0 }, { NULL, P_STRING, 0, 0 } };
static const struct json_param one_params[] = { { "id", P_STRING, P_REQUIRED | P_NONEMPTY, 16 }, { NULL, P_STRING, 0, 0 } };
static const struct json_param lock_params[] = { { "locked", P_BOOL, 0, 0 }, { NULL, P_STRING, 0, 0 } };

const struct request_row request_gates[] = {
	{ "admit", who_params, WHO_HOST_ADMIT, REQUEST_ROOM, on_admit },
	{ "deny", who_params, WHO_HOST_ADMIT, REQUEST_ROOM, on_deny },
	{ "lock", lock_params, WHO_HOST_ADMIT, REQUEST_ROOM, on_lock },
	{ "promote", one_params, WHO_HOST_ADMIT, REQUEST_ROOM, on_promote },
	{ "demote", one_params, WHO_HOST_ADMIT, REQUEST_ROOM, on_demote },
	{ "transfer_host", one_params, WHO_HOST_ADMIT, REQUEST_ROOM, on_transfer },
	{ "end_call", NULL, WHO_HOST_ADMIT, REQUEST_ROOM, on_end },
	{ NULL, NULL, WHO_NOBODY, 0, NULL },
};
