/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Coming in: join, joinandconfigure, leave. On the handle's strand.
 *
 *   join ─▶ what is proved: token, host secret, resume, pin ─▶ room_enter ─┬─▶ handle tied to the participant ─▶ joined or attached ─▶ the others are told
 *                                                                           └─▶ waiting ─ let in ─▶ the same, as an event
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "common/token.h"
#include "plugins/claim.h"
#include "plugins/guess.h"
#include "plugins/hosts.h"
#include "plugins/leave.h"
#include "plugins/life.h"
#include "plugins/notify.h"
#include "plugins/participant.h"
#include "plugins/publisher.h"
#include "plugins/recording.h"
#include "plugins/request.h"
#include "plugins/room.h"
#include "plugins/subscriber.h"

static enum app_error check_token(struct request *r, const char *jwt, struct token *out)
{
	const char *why = NULL;
	int err = token_verify_why(out, life_keys(), jwt, clock_wall_ms() / 1000, &why);

	if (err) {
		g_strlcpy(r->why, why, sizeof(r->why));
		return err == -ETIME ? APP_TOKEN_EXPIRED : guess_wrong(r, NULL, APP_UNAUTHORIZED);
	}
	return strcmp(out->room, r->room->id) ? APP_UNAUTHORIZED : APP_OK;
}

/* Display names: what is shown; free text without control characters. */
static enum app_error check_display(struct request *r, const char *display)
{
	if (!display || !*display || identity_valid(display))
		return APP_OK;
	g_strlcpy(r->why, "A display name is UTF-8 text without control characters.", sizeof(r->why));
	return APP_INVALID_ELEMENT;
}

/* A token of ours says what somebody was when it was made: what they are, the call knows, and a token of another call says nothing of this one. */
static void take_token(struct room_entry *e, const struct token *token)
{
	bool ours = !strncmp(token->sub, "call_", 5) && strchr(token->sub, '/');

	e->token_sub = token->sub;
	e->host = token->host && !ours;
	e->grants = ours && token->host ? token->grants & ~(unsigned)GRANTS_HOST : token->grants;
	e->display = token->name[0] ? token->name : e->display;
}

/* Each secret that is shown must be right; with none of them the pin decides. */
static enum app_error prove(struct request *r, struct token *token, struct room_entry *e)
{
	const char *jwt = json_str(r->body, "token"), *secret = json_str(r->body, "secret"), *pin = json_str(r->body, "pin");
	struct guess_lock *shared = secret || pin ? &r->room->guesses : NULL;
	enum app_error err = guess_begin(r, shared);

	e->resume = json_str(r->body, "resume");
	e->display = json_str(r->body, "display");
	if (!err)
		err = check_display(r, e->display);
	if (!err && jwt)
		err = check_token(r, jwt, token);
	if (err)
		return err;
	if (jwt)
		take_token(e, token);
	if (secret && !room_is_host_secret(r->room, secret))
		return guess_wrong(r, shared, APP_UNAUTHORIZED);
	e->secret = secret != NULL;
	e->host |= e->secret;
	if (!jwt && !secret && !e->resume && !room_is_pin(r->room, pin))
		return guess_wrong(r, shared, APP_WRONG_PIN);
	return APP_OK;
}

/* The others: who is here, and what they send. */
static void put_others(struct request *r, json_t *reply)
{
	GPtrArray *people = room_people(r->room);
	json_t *who = json_array(), *publishers = json_array();

	for (guint i = 0; i < people->len; i++) {
		struct participant *p = people->pdata[i];
		struct session *s = p != r->participant ? participant_publisher(p) : NULL;
		struct publisher *pub = s ? session_publisher(s) : NULL;
		json_t *sends = pub ? publisher_json(pub) : NULL;

		if (p != r->participant)
			json_array_append_new(who, participant_json(p));
		if (sends)
			json_array_append_new(publishers, sends);
		publisher_unref(&pub);
		session_unref(&s);
	}
	json_object_set_new(reply, "participants", who);
	json_object_set_new(reply, "publishers", publishers);
	g_ptr_array_unref(people);
}

static json_t *joined_json(struct request *r)
{
	struct participant *p = r->participant;
	struct gate_conf gate;
	bool locked;
	struct recording *rec = room_recording(r->room);
	json_t *room = room_json(r->room), *o = request_reply(r, "joined"), *info = rec ? recording_json(rec) : NULL;
	char *token = participant_token(p);

	json_object_set_new(o, "id", json_string(p->id));
	json_object_set_new(o, "role", json_string(participant_role(p)));
	json_object_set_new(o, "callId", json_string(p->call_id));
	json_object_set(o, "description", json_object_get(room, "description"));
	json_object_set_new(o, "resume", json_string(p->resume));
	json_object_set_new(o, "token", token ? json_string(token) : json_null());
	put_others(r, o);
	room_gate_get(r->room, &gate, &locked);
	json_object_set_new(o, "admission", json_string(gate_admission_word(gate.admission)));
	json_object_set_new(o, "locked", json_boolean(locked));
	if (participant_may(p, GRANT_ADMIT))
		json_object_set_new(o, "waiting", lobby_json(r->room));
	json_object_set_new(o, "recording", info ? info : json_null());
	recording_unref(&rec);
	free(token);
	json_decref(room);
	return o;
}

/* The others hear of the newcomer before the newcomer's streams, and the recording takes them on after they were told. */
static void after_join(struct request *r, bool pushed)
{
	struct publisher *pub = session_publisher(r->session);
	struct recording *rec = room_recording(r->room);

	if (r->reply_jsep && pub)
		publisher_answered(pub, pushed);
	if (rec)
		recording_joined(rec, r->participant);
	recording_unref(&rec);
	publisher_unref(&pub);
}

static enum app_error join_publisher(struct request *r, bool back)
{
	struct publisher *pub = publisher_create(r->session, r->participant);

	leave_replaced(participant_set_publisher(r->participant, r->session));
	session_attach(r->session, r->participant, pub, NULL);
	publisher_unref(&pub);
	if (back)
		notify_room(r->room, json_pack("{so}", "joining", participant_json(r->participant)), r->participant);
	r->after = after_join;
	r->reply = joined_json(r);
	return APP_OK;
}

static void after_attach(struct request *r, bool pushed)
{
	struct subscriber *sub = session_subscriber(r->session);

	if (sub && r->reply_jsep)
		subscriber_pushed(sub, pushed);
	subscriber_unref(&sub);
}

static enum app_error join_subscriber(struct request *r)
{
	struct subscriber *sub = subscriber_create(r->session, r->participant);
	json_t *streams = json_object_get(r->body, "streams");
	enum app_error err = subscriber_subscribe(sub, streams, r->why, sizeof(r->why));
	bool pending;
	char *sdp;

	if (!err) {
		leave_replaced(participant_set_subscriber(r->participant, r->session));
		session_attach(r->session, r->participant, NULL, sub);
		sdp = subscriber_offer(sub, &pending);
		r->reply = request_reply(r, "attached");
		json_object_set_new(r->reply, "streams", subscriber_streams_json(sub));
		r->after = after_attach;
		if (sdp)
			request_set_sdp(r, "offer", sdp);
	} else {
		subscriber_close(sub);
	}
	subscriber_unref(&sub);
	return err;
}

/* Kicked, or the room destroyed, on another strand while this one came in: whoever did it did not see the handle yet. */
static enum app_error still_in(struct request *r)
{
	if (room_is_in(r->room, r->participant))
		return APP_OK;
	leave_handle(r->session, false);
	g_strlcpy(r->why, "You were taken out of the room while you came in.", sizeof(r->why));
	return APP_FORBIDDEN;
}

/* In the lobby: what comes of it, this handle hears as an event. */
static enum app_error put_waiting(struct request *r, struct waiter **w)
{
	json_t *room = room_json(r->room);

	r->reply = request_reply(r, "waiting");
	json_object_set_new(r->reply, "id", json_string((*w)->id));
	json_object_set_new(r->reply, "reason", json_string((*w)->for_host ? "host" : "lobby"));
	json_object_set(r->reply, "description", json_object_get(room, "description"));
	json_object_set_new(r->reply, "waitMs", json_integer((json_int_t)life_settings()->waiting_s * 1000));
	json_decref(room);
	r->session->waiter = *w;
	*w = NULL;
	lobby_tell(r->session->waiter);
	return APP_OK;
}

static enum app_error join_as(struct request *r, bool subscriber, bool back)
{
	enum app_error err;

	participant_actor(r->participant, r->session, &r->actor);
	if (!subscriber)
		err = join_publisher(r, back);
	else
		err = permission_grant(&r->actor, GRANT_SUBSCRIBE) ? join_subscriber(r) : APP_FORBIDDEN;
	if (!err)
		err = still_in(r);
	if (!err && back && r->participant->host)
		lobby_reconsider(r->room);
	return err;
}

/* Who shows the room's secret is a host, whatever they were in this call until now. */
static enum app_error take_role(struct request *r, const struct room_entry *e)
{
	return e->secret ? hosts_promote(r->participant, NULL) : APP_OK;
}

static struct waiter *waiter_of(struct request *r, const struct room_entry *e)
{
	return waiter_create(r->session, r->room, &(struct waiter_conf){ e->display, e->token_sub, e->grants });
}

/* The end of what room_enter() began. */
static enum app_error entered(struct request *r, bool subscriber, enum app_error err)
{
	if (subscriber)
		return err;
	room_entered(r->room, r->participant);
	if (err)
		leave_settle(r->participant);
	return err;
}

/* The first one in opens the call, if no other host has one in this room. */
static enum app_error enter_ours(struct request *r, struct room_entry *e, bool subscriber, bool *back)
{
	struct claim claim = { .call_id = "" };
	enum app_error err = APP_OK;

	if (!subscriber)
		err = room_may_open(r->room, e) ? claim_begin(r->room, &claim) : claim_look(r->room, &claim);
	e->call_id = claim.call_id;
	g_strlcpy(r->address, claim.address, sizeof(r->address));
	if (!err)
		err = room_enter(r->room, e, subscriber, &r->participant, back);
	e->call_id = NULL;
	claim_end(r->room, &claim);
	return err;
}

/* Through the gate, if there is one for this handle: a further handle of somebody present has none. */
static enum app_error pass(struct request *r, struct room_entry *e, bool subscriber, bool may_wait)
{
	struct waiter *w = waiter_of(r, e);
	bool back = false;
	enum app_error err;

	e->handle = r->session->number;
	e->folded = w->folded;
	e->waiter = may_wait && !subscriber ? w : NULL;
	err = enter_ours(r, e, subscriber, &back);
	if (err == APP_WAITING && e->waiter)
		return put_waiting(r, &w);
	waiter_unref(&w);
	if (err == APP_UNAUTHORIZED && e->resume)
		return guess_wrong(r, NULL, err);
	if (err)
		return err;
	err = take_role(r, e);
	if (err && back)                       /* taken out again meanwhile: nobody has heard of it */
		room_leave(r->room, r->participant);
	if (!err)
		guess_right(r);
	return entered(r, subscriber, err ? err : join_as(r, subscriber, back));
}

static enum app_error enter(struct request *r, bool subscriber, bool may_wait)
{
	struct token token = { 0 };
	struct room_entry e = { 0 };
	enum app_error err = prove(r, &token, &e);

	if (!err && subscriber && !e.resume && !e.token_sub)
		return APP_UNAUTHORIZED;
	return err ? err : pass(r, &e, subscriber, may_wait);
}

static enum app_error on_join(struct request *r)
{
	const char *ptype = json_str(r->body, "ptype");

	if (ptype && strcmp(ptype, "publisher") && strcmp(ptype, "subscriber")) {
		g_strlcpy(r->why, "ptype is publisher or subscriber.", sizeof(r->why));
		return APP_INVALID_ELEMENT;
	}
	return enter(r, ptype && !strcmp(ptype, "subscriber"), json_flag(r->body, "wait", true));
}

/* An offer that is refused refuses the join as well. An offer does not wait: its candidates would be old. */
static enum app_error on_joinandconfigure(struct request *r)
{
	enum app_error err = enter(r, false, false);

	if (err == APP_WAITING || err == APP_NO_HOST)
		g_snprintf(r->why, sizeof(r->why), "%s Use join, which waits, and publish then.", app_error_info(err)->sentence);
	if (err)
		return err;
	participant_actor(r->participant, r->session, &r->actor);
	err = permission_check(WHO_SENDER, &r->actor);
	if (!err)
		err = request_publish(r);
	if (err)
		leave_handle(r->session, false);
	return err;
}

static void deny_late(struct waiter *w, enum app_error err, const char *why)
{
	const struct app_error_info *info = app_error_info(err);
	const char *reason = err == APP_NO_CALL ? "callended" : info->code;
	json_t *event = notify_event(w->room->id, json_pack("{ss ss ss ss}", "event", "denied", "id", w->id, "reason", reason,
							    "error", *why ? why : info->sentence));

	session_send(w->session, event);
	lobby_failed(w, reason);
	json_decref(event);
}

/* Where there was no call (the room was opened to all) it comes as anybody does, and may open one; else into that call only. */
static enum app_error enter_let_in(struct request *r, struct waiter *w, bool *back)
{
	struct room_entry e = { .display = w->display, .folded = w->folded, .token_sub = w->token_sub, .grants = w->grants, .handle = w->session->number,
				.admitted = w->call_id[0] ? w->call_id : NULL };

	return e.admitted ? room_enter(r->room, &e, false, &r->participant, back) : enter_ours(r, &e, false, back);
}

/* The second half of a join that had to wait. Its handle may have left, or gone, since it was let in. */
void request_let_in(struct session *s)
{
	struct waiter *w = s->waiter;
	struct request *r;
	enum app_error err;
	bool back = false;

	if (!w || !atomic_load(&w->admitted) || atomic_load(&s->gone))
		return;
	s->waiter = NULL;
	r = request_unasked(s, w->room);
	err = enter_let_in(r, w, &back);
	if (!err)
		err = entered(r, false, join_as(r, false, back));
	if (err)
		deny_late(w, err, r->why);
	if (err)
		request_unref(&r);
	else
		request_tell(&r);
	waiter_unref(&w);
}

static void after_leave(struct request *r, bool pushed)
{
	(void)pushed;
	leave_handle(r->session, true);
}

/* Also out of the lobby. */
static enum app_error on_leave(struct request *r)
{
	r->reply = notify_event(r->room->id, json_pack("{ss}", "leaving", "ok"));
	r->after = after_leave;
	return APP_OK;
}

static const struct json_param join_params[] = {
	{ "ptype", P_STRING, 0, 16 }, { "display", P_STRING, 0, 256 }, { "pin", P_STRING, 0, 256 }, { "secret", P_STRING, 0, 256 },
	{ "token", P_STRING, 0, 4096 }, { "resume", P_STRING, 0, 64 }, { "streams", P_ARRAY, 0, SUBSCRIBER_SLOTS },
	{ "descriptions", P_ARRAY, 0, PUBLISHER_MLINES }, { "wait", P_BOOL, 0, 0 }, { NULL, P_STRING, 0, 0 },
};

const struct request_row request_joins[] = {
	{ "join", join_params, WHO_NEW, REQUEST_ROOM, on_join },
	{ "joinandconfigure", join_params, WHO_NEW, REQUEST_ROOM, on_joinandconfigure },
	{ "leave", NULL, WHO_LEAVER, REQUEST_ROOM, on_leave },
	{ NULL, NULL, WHO_NOBODY, 0, NULL },
};
