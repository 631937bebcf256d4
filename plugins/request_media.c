/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sending and receiving: publish, configure, unpublish on the publisher handle; start, pause, subscribe, unsubscribe, update on the subscriber handle. On the
 * handle's strand.
 */
#include <stdlib.h>
#include <string.h>
#include "plugins/notify.h"
#include "plugins/participant.h"
#include "plugins/publisher.h"
#include "plugins/request.h"
#include "plugins/room.h"
#include "plugins/subscriber.h"

/* Others that send already, against the room's limit. */
static bool room_is_full(struct request *r)
{
	GPtrArray *people = room_people(r->room);
	int n = 0;

	for (guint i = 0; i < people->len; i++) {
		struct session *s = people->pdata[i] != r->participant ? participant_publisher(people->pdata[i]) : NULL;
		struct publisher *pub = s ? session_publisher(s) : NULL;

		n += pub && publisher_active(pub);
		publisher_unref(&pub);
		session_unref(&s);
	}
	g_ptr_array_unref(people);
	return n >= room_publishers(r->room);
}

static void after_answer(struct request *r, bool pushed)
{
	struct publisher *pub = session_publisher(r->session);

	if (pub && r->reply_jsep)
		publisher_answered(pub, pushed);
	publisher_unref(&pub);
}

/* The offer in the request, if there is one; *refused as in struct publisher_answer. */
static enum app_error take_offer(struct request *r, struct publisher *pub, json_t **refused)
{
	const char *offer = request_sdp(r, "offer");
	struct publisher_answer answer = { 0 };
	enum app_error err;

	if (!offer)
		return r->jsep ? APP_INVALID_SDP : APP_OK;
	if (json_is_true(json_object_get(r->jsep, "e2ee")))
		return APP_E2EE_NOT_SUPPORTED;
	if (room_is_full(r))
		return APP_ROOM_FULL;
	err = publisher_offer(pub, r->jsep, r->body, &answer, r->why, sizeof(r->why));
	if (!err)
		request_set_sdp(r, "answer", answer.sdp);
	*refused = answer.refused;
	return err;
}

/* `streams: [{mid, send}]` */
static enum app_error apply_sends(struct request *r, struct publisher *pub)
{
	json_t *one, *send;
	size_t i;

	json_array_foreach(json_object_get(r->body, "streams"), i, one) {
		const char *mid = json_str(one, "mid");

		send = json_object_get(one, "send");
		if (!mid || (send && !json_is_boolean(send))) {
			g_strlcpy(r->why, "Each of streams is {mid, send: true or false}.", sizeof(r->why));
			return APP_INVALID_ELEMENT;
		}
		if (send && publisher_mute(pub, mid, !json_is_true(send)))
			return APP_NO_SUCH_STREAM;
	}
	return APP_OK;
}

static bool bitrate_valid(struct request *r)
{
	int64_t bitrate = json_num(r->body, "bitrate", 0);

	if (bitrate >= 0 && bitrate <= REMB_MAX)
		return true;
	g_snprintf(r->why, sizeof(r->why), "A bitrate is between 0 (no cap) and %d bit/s.", REMB_MAX);
	return false;
}

static enum app_error configure(struct request *r, struct publisher *pub)
{
	const char *display = json_str(r->body, "display");
	json_t *refused = NULL;
	enum app_error err;
	char *token;

	if (display && (!*display || !identity_valid(display))) {
		g_strlcpy(r->why, "A display name is UTF-8 text without control characters.", sizeof(r->why));
		return APP_INVALID_ELEMENT;
	}
	if (!bitrate_valid(r))
		return APP_INVALID_ELEMENT;
	err = take_offer(r, pub, &refused);
	if (!err)
		err = apply_sends(r, pub);
	if (err) {
		json_decref(refused);
		json_decref(r->reply_jsep);
		r->reply_jsep = NULL;
		return err;
	}
	if (display)
		participant_set_display(r->participant, display);
	if (json_object_get(r->body, "bitrate"))
		remb_cap(pub, (int)json_num(r->body, "bitrate", 0));
	if (!r->reply)
		r->reply = notify_event(r->room->id, json_pack("{ss}", "configured", "ok"));
	json_object_set_new(r->reply, "streams", publisher_streams_json(pub));
	if (refused)
		json_object_set_new(r->reply, "refused", refused);
	if (!r->jsep) {
		token = participant_token(r->participant);
		json_object_set_new(r->reply, "token", token ? json_string(token) : json_null());
		free(token);
	}
	if (!r->after)
		r->after = after_answer;
	return APP_OK;
}

enum app_error request_publish(struct request *r)
{
	struct publisher *pub = session_publisher(r->session);
	enum app_error err = APP_NOT_JOINED;

	if (!request_sdp(r, "offer")) {
		g_strlcpy(r->why, "An offer is missing.", sizeof(r->why));
		err = APP_INVALID_SDP;
	} else if (pub) {
		err = configure(r, pub);
	}
	publisher_unref(&pub);
	return err;
}

/* On a subscribing handle it is about what that gets. */
static enum app_error configure_receiving(struct request *r, struct subscriber *sub)
{
	enum app_error err = r->jsep ? APP_INVALID_SDP : subscriber_configure(sub, json_object_get(r->body, "streams"), r->why, sizeof(r->why));

	if (!err)
		r->reply = notify_event(r->room->id, json_pack("{ss so}", "configured", "ok", "streams", subscriber_streams_json(sub)));
	return err;
}

static enum app_error on_configure(struct request *r)
{
	struct publisher *pub = session_publisher(r->session);
	struct subscriber *sub = session_subscriber(r->session);
	enum app_error err = pub ? configure(r, pub) : sub ? configure_receiving(r, sub) : APP_NOT_JOINED;

	subscriber_unref(&sub);
	publisher_unref(&pub);
	return err;
}

static enum app_error on_unpublish(struct request *r)
{
	struct publisher *pub = session_publisher(r->session);

	if (pub) {
		if (publisher_negotiated(pub))
			session_close_pc(r->session);
		publisher_stop(pub);
	}
	publisher_unref(&pub);
	r->reply = notify_event(r->room->id, json_pack("{ss}", "unpublished", "ok"));
	return APP_OK;
}

static void after_start(struct request *r, bool pushed)
{
	struct subscriber *sub = session_subscriber(r->session);

	(void)pushed;
	if (sub)
		subscriber_flush(sub);
	subscriber_unref(&sub);
}

static enum app_error on_start(struct request *r)
{
	struct subscriber *sub = session_subscriber(r->session);
	const char *answer = request_sdp(r, "answer");
	json_t *refused = NULL;
	enum app_error err = !sub ? APP_NOT_JOINED : r->jsep && !answer ? APP_INVALID_SDP : APP_OK;

	if (!err && answer)
		err = subscriber_answer(sub, answer, &refused);
	if (!err)
		subscriber_pause(sub, false);
	subscriber_unref(&sub);
	r->after = after_start;
	r->reply = err ? NULL : notify_event(r->room->id, json_pack("{ss so*}", "started", "ok", "refused", refused));
	return err;
}

static enum app_error on_pause(struct request *r)
{
	struct subscriber *sub = session_subscriber(r->session);

	if (sub)
		subscriber_pause(sub, true);
	subscriber_unref(&sub);
	r->reply = notify_event(r->room->id, json_pack("{ss}", "paused", "ok"));
	return APP_OK;
}

static void after_offer(struct request *r, bool pushed)
{
	struct subscriber *sub = session_subscriber(r->session);

	if (sub && r->reply_jsep)
		subscriber_pushed(sub, pushed);
	subscriber_unref(&sub);
}

static void put_offer(struct request *r, struct subscriber *sub)
{
	bool pending;
	char *sdp = subscriber_offer(sub, &pending);

	r->reply = request_reply(r, "updated");
	if (pending)
		json_object_set_new(r->reply, "pending", json_true());
	else
		json_object_set_new(r->reply, "streams", subscriber_streams_json(sub));
	if (sdp)
		request_set_sdp(r, "offer", sdp);
	r->after = after_offer;
}

static enum app_error change(struct request *r, const char *add, const char *drop)
{
	struct subscriber *sub = session_subscriber(r->session);
	enum app_error err = sub ? APP_OK : APP_NOT_JOINED;

	if (!err && drop)
		err = subscriber_unsubscribe(sub, json_object_get(r->body, drop), r->why, sizeof(r->why));
	if (!err && add)
		err = subscriber_subscribe(sub, json_object_get(r->body, add), r->why, sizeof(r->why));
	if (!err)
		put_offer(r, sub);
	subscriber_unref(&sub);
	return err;
}

static enum app_error on_subscribe(struct request *r)
{
	return change(r, "streams", NULL);
}

static enum app_error on_unsubscribe(struct request *r)
{
	return change(r, NULL, "streams");
}

static enum app_error on_update(struct request *r)
{
	return change(r, "subscribe", "unsubscribe");
}

static const struct json_param configure_params[] = {
	{ "descriptions", P_ARRAY, 0, PUBLISHER_MLINES }, { "streams", P_ARRAY, 0, PUBLISHER_MLINES }, { "display", P_STRING, 0, 256 },
	{ "bitrate", P_INT, 0, 0 },
	{ NULL, P_STRING, 0, 0 },
};
static const struct json_param streams_params[] = {
	{ "streams", P_ARRAY, P_REQUIRED, SUBSCRIBER_SLOTS }, { NULL, P_STRING, 0, 0 },
};
static const struct json_param update_params[] = {
	{ "subscribe", P_ARRAY, 0, SUBSCRIBER_SLOTS }, { "unsubscribe", P_ARRAY, 0, SUBSCRIBER_SLOTS }, { NULL, P_STRING, 0, 0 },
};

const struct request_row request_media[] = {
	{ "publish", configure_params, WHO_SENDER, REQUEST_ROOM, request_publish },
	{ "configure", configure_params, WHO_HANDLE, REQUEST_ROOM, on_configure },
	{ "unpublish", NULL, WHO_PUBLISHER, REQUEST_ROOM, on_unpublish },
	{ "start", NULL, WHO_SUBSCRIBER, REQUEST_ROOM, on_start },
	{ "pause", NULL, WHO_SUBSCRIBER, REQUEST_ROOM, on_pause },
	{ "subscribe", streams_params, WHO_RECEIVER, REQUEST_ROOM, on_subscribe },
	{ "unsubscribe", streams_params, WHO_SUBSCRIBER, REQUEST_ROOM, on_unsubscribe },
	{ "update", update_params, WHO_RECEIVER, REQUEST_ROOM, on_update },
	{ NULL, NULL, WHO_NOBODY, 0, NULL },
};
