/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Requests: from Janus' call to the one answer.
 *
 *   handle_message ─▶ admitted ─▶ session's strand ─▶ row by name ─▶ permission ─▶ parameters ─▶ room ─▶ handler ─▶ answer ─▶ after
 *   handle_admin_message ─▶ request_admin.c: the same, at once
 */
#include <errno.h>
#include <string.h>
#include "common/log.h"
#include "plugins/gateway.h"
#include "plugins/meter.h"
#include "plugins/participant.h"
#include "plugins/request.h"
#include "plugins/room.h"

static const struct request_row *const tables[] = { request_rooms, request_joins, request_media, request_hosts, request_gates, request_recordings,
							  request_consents, request_library, request_shares, request_operators };

struct request *request_ref(struct request *r)
{
	atomic_fetch_add(&r->ref, 1);
	return r;
}

void request_unref(struct request **rr)
{
	struct request *r = *rr;

	*rr = NULL;
	if (!r || atomic_fetch_sub(&r->ref, 1) != 1)
		return;
	request_release(r);
	request_wait_free(r);
	json_decref(r->body);
	json_decref(r->jsep);
	json_decref(r->reply);
	json_decref(r->reply_jsep);
	g_free(r->transaction);
	g_free(r->shown);
	participant_unref(&r->participant);
	room_unref(&r->room);
	session_unref(&r->session);
	g_free(r);
}

json_t *request_error(enum app_error err, const char *why)
{
	const struct app_error_info *info = app_error_info(err);
	g_autofree char *text = g_utf8_make_valid(*why ? why : info->sentence, -1);    /* it may quote a request, cut in the middle of a character */

	return json_pack("{ss si ss ss}", "recroom", "event", "error_code", info->number, "code", info->code, "error", text);
}

json_t *request_reply(const struct request *r, const char *name)
{
	json_t *o = json_pack("{ss}", "recroom", name);

	if (r->room)
		json_object_set_new(o, "room", json_string(r->room->id));
	return o;
}

const char *request_who(const struct request *r)
{
	return r->by ? r->by : r->participant ? r->participant->id : "the operator";
}

const char *request_sdp(const struct request *r, const char *type)
{
	const char *is = json_str(r->jsep, "type");

	return is && !strcmp(is, type) ? json_str(r->jsep, "sdp") : NULL;
}

void request_set_sdp(struct request *r, const char *type, char *sdp)
{
	r->reply_jsep = json_pack("{ss ss}", "type", type, "sdp", sdp);
	g_free(sdp);
}

static const struct request_row *find_row(const char *name)
{
	for (size_t i = 0; name && i < G_N_ELEMENTS(tables); i++)
		for (const struct request_row *row = tables[i]; row->name; row++)
			if (!strcmp(row->name, name))
				return row;
	return NULL;
}

/* Which the handle has joined, or waits to join; borrowed. */
static struct room *own_room(const struct request *r)
{
	if (r->participant)
		return r->participant->room;
	return r->session && r->session->waiter ? r->session->waiter->room : NULL;
}

/* What such a handle asks for concerns its own room; others name one. */
static enum app_error find_room(struct request *r)
{
	char id[ROOM_ID_MAX + 1];
	bool named = json_object_get(r->body, "room") != NULL;
	struct room *own = own_room(r);

	if (!named && (own || !(r->row->flags & REQUEST_ROOM))) {
		r->room = own ? room_ref(own) : NULL;
		return APP_OK;
	}
	if (!named) {
		g_strlcpy(r->why, "The member room is missing.", sizeof(r->why));
		return APP_MISSING_ELEMENT;
	}
	if (json_room(r->body, id, sizeof(id)) || !room_id_valid(id)) {
		g_strlcpy(r->why, "A room is named by 1 to 64 letters, digits, dots, underscores and hyphens.", sizeof(r->why));
		return APP_INVALID_ELEMENT;
	}
	if (!(r->row->flags & REQUEST_ROOM))
		return APP_OK;
	if (r->row->who >= WHO_JOINED && own && strcmp(own->id, id)) {
		g_strlcpy(r->why, "This handle has joined another room.", sizeof(r->why));
		return APP_NOT_JOINED;
	}
	r->room = request_is_for(r, id) ? room_find(id) : NULL;
	return r->room ? APP_OK : APP_NO_SUCH_ROOM;
}

static enum app_error check_params(struct request *r)
{
	int err = r->row->params ? json_check(r->body, r->row->params, r->why, sizeof(r->why)) : 0;

	return !err ? APP_OK : err == -ENODATA ? APP_MISSING_ELEMENT : APP_INVALID_ELEMENT;
}

static enum app_error find_actor(struct request *r)
{
	if (!r->session)
		return request_admin_actor(r);
	r->participant = session_participant(r->session);
	if (r->participant)
		participant_actor(r->participant, r->session, &r->actor);
	r->actor.waiting = r->session->waiter != NULL;
	return APP_OK;
}

enum app_error request_run(struct request *r)
{
	enum app_error err;

	if (!json_is_object(r->body))
		return APP_INVALID_JSON;
	r->row = find_row(json_str(r->body, "recroom") ? json_str(r->body, "recroom") : json_str(r->body, "request"));
	if (!r->row)
		return APP_INVALID_REQUEST;
	err = find_actor(r);
	if (!err)
		err = permission_check(r->row->who, &r->actor);
	if (!err)
		err = find_room(r);
	if (!err)
		err = check_params(r);
	return err ? err : r->row->handler(r);
}

static json_t *error_of(const struct request *r, enum app_error err)
{
	json_t *o = request_error(err, r->why);

	if (r->retry_ms)
		json_object_set_new(o, "retryAfterMs", json_integer(r->retry_ms));
	if (r->address[0])
		json_object_set_new(o, "address", json_string(r->address));
	return o;
}

/* Sends the answer; when a negotiation in it failed, an error instead. */
static void push(struct request *r)
{
	bool pushed = false;

	if (!atomic_load(&r->session->gone))
		pushed = !gateway_push(r->session->handle, r->transaction, r->reply, r->reply_jsep);
	if (!pushed && r->reply_jsep && !atomic_load(&r->session->gone)) {
		json_t *error = request_error(APP_INVALID_SDP, "The PeerConnection could not be set up.");

		gateway_push(r->session->handle, r->transaction, error, NULL);
		json_decref(error);
	}
	if (r->after)
		r->after(r, pushed);
}

struct request *request_unasked(struct session *s, struct room *room)
{
	struct request *r = g_new0(struct request, 1);

	atomic_init(&r->ref, 1);
	r->session = session_ref(s);
	r->room = room_ref(room);
	return r;
}

void request_tell(struct request **r)
{
	push(*r);
	request_unref(r);
}

void request_finish(struct request *r, enum app_error err)
{
	if (err) {
		meter_refused(err);
		json_decref(r->reply);
		json_decref(r->reply_jsep);
		r->reply_jsep = NULL;
		r->after = NULL;
		r->reply = error_of(r, err);
	}
}

static void on_request(void *arg, bool cancelled)
{
	struct request *r = arg;
	enum app_error err;

	/* Behind a detach nothing may begin any more. */
	if (!cancelled && !atomic_load(&r->session->gone)) {
		err = request_run(r);
		request_finish(r, err);
		if (err || !r->deferred)
			push(r);
	}
	request_unref(&r);
}

static void on_answer(void *arg, bool cancelled)
{
	struct request *r = arg;

	if (!cancelled)
		push(r);
	request_unref(&r);
}

void request_answer(struct request **rr, enum app_error err, json_t *reply)
{
	struct request *r = *rr;

	*rr = NULL;
	if (!r) {
		json_decref(reply);
		return;
	}
	r->reply = reply;
	request_finish(r, err);
	if (r->session) {
		strand_post(r->session->strand, on_answer, r);
	} else {
		request_wake(r);
		request_unref(&r);
	}
}

struct janus_plugin_result *request_message(janus_plugin_session *handle, char *transaction, json_t *body, json_t *jsep)
{
	struct request *r = g_new0(struct request, 1);
	struct janus_plugin_result *result;
	enum app_error err;

	atomic_init(&r->ref, 1);
	r->transaction = transaction;
	r->body = body;
	r->jsep = jsep;
	r->session = session_find(handle);
	if (!r->session)
		g_strlcpy(r->why, "This handle is gone.", sizeof(r->why));
	err = r->session ? request_admit(r) : APP_UNAVAILABLE;
	if (err) {
		result = gateway_result(error_of(r, err));
	} else {
		strand_post(r->session->strand, on_request, request_ref(r));
		result = gateway_ack();
	}
	request_unref(&r);
	return result;
}
