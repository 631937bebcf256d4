/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * REST handlers about calls that are under way: they are asked of the plugin, which decides and acts. They wait for it, so they run on the threads for
 * that (ROUTE_WAITS).
 *
 *   body ─▶ which call, checked against the token ─▶ request of the Janus API + claims ─▶ plugin ─▶ its answer, or its error by the same word
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "common/json.h"
#include "common/log.h"
#include "postprocess/janus_admin.h"
#include "postprocess/service.h"

static enum app_error say(struct http_request *rq, enum app_error e, const char *sentence)
{
	g_strlcpy(rq->detail, sentence, sizeof(rq->detail));
	return e;
}

static enum app_error not_asked(struct http_request *rq, int err)
{
	static const struct { int err; const char *sentence; } rows[] = {
		{ -ECONNREFUSED, "Janus does not answer; nothing was done." },
		{ -ENODEV, "Janus runs without the plugin." },
		{ -EACCES, "This server has not the right secret for its Janus." },
		{ -ETIMEDOUT, "Janus takes too long; the request may still be carried out." },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (rows[i].err == err)
			return say(rq, APP_UNAVAILABLE, rows[i].sentence);
	return say(rq, APP_UNAVAILABLE, "Janus gave no answer that could be read.");
}

static enum app_error plugin_error(struct http_request *rq, json_t *answer)
{
	const char *sentence = json_str(answer, "error");

	if (!json_object_get(answer, "error_code"))
		return APP_OK;
	rq->retry_ms = json_num(answer, "retryAfterMs", 0);
	return say(rq, app_error_find(json_str(answer, "code")), sentence ? sentence : "");
}

/* The request (taken) with the claims of the token goes to the plugin. */
static enum app_error ask(struct http_request *rq, json_t *request, json_t **answer)
{
	const struct service *svc = rq->ctx;
	enum app_error e;
	int err;

	json_object_set_new(request, "room", json_string(rq->token.room));
	json_object_set_new(request, "by", json_pack("{s:s,s:s,s:b,s:I}", "sub", rq->token.sub, "room", rq->token.room, "host", rq->token.host, "grants",
						     (json_int_t)rq->token.grants));
	err = svc->janus ? janus_admin_ask(svc->janus, request, answer, JANUS_ADMIN_MS) : -ENOTSUP;
	json_decref(request);
	if (err == -ENOTSUP)
		return say(rq, APP_UNAVAILABLE, "This server has no way to its Janus: serve.janus_admin_secret_file is not set.");
	e = err ? not_asked(rq, err) : plugin_error(rq, *answer);
	if (e && !err)
		g_clear_pointer(answer, json_decref);
	return e;
}

/* "roomId" is text, or a number as Janus' clients write it. A token speaks for one room. */
static enum app_error check_room(struct http_request *rq, json_t *body)
{
	json_t *v = json_object_get(body, "roomId");
	g_autofree char *number = json_is_integer(v) ? g_strdup_printf("%lld", (long long)json_integer_value(v)) : NULL;
	const char *room = number ? number : json_string_value(v);

	if (v && !room)
		return say(rq, APP_INVALID_ELEMENT, "roomId is the name of a room.");
	return room && strcmp(room, rq->token.room) ? say(rq, APP_FORBIDDEN, "The token is for another room.") : APP_OK;
}

/* Names that nobody knows are mistakes, and a call or recording must be named. */
static enum app_error check_members(struct http_request *rq, json_t *body, const char *const *known)
{
	static const char *const which[] = { "callId", "roomId", "recordingId" };
	bool named = false;
	const char *key;
	json_t *v;

	json_object_foreach(body, key, v) {
		if (g_strv_contains(known, key))
			continue;
		g_snprintf(rq->detail, sizeof(rq->detail), "There is no member \"%.64s\".", key);
		return APP_INVALID_ELEMENT;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(which); i++)
		named |= g_strv_contains(known, which[i]) && json_object_get(body, which[i]);
	return named ? check_room(rq, body) : say(rq, APP_MISSING_ELEMENT, "callId or roomId says which call.");
}

/* The body becomes the request. */
static enum app_error take_body(struct http_request *rq, const char *const *known, json_t **out)
{
	json_t *body = NULL;
	enum app_error e = http_body(rq, &body);

	if (!e)
		e = check_members(rq, body, known);
	if (!e) {
		json_object_del(body, "roomId");
		*out = json_incref(body);
	}
	json_decref(body);
	return e;
}

/* What the plugin answered, in REST's words; takes the answer. */
static enum app_error reply(struct http_reply *rp, unsigned status, json_t *answer)
{
	static const char *const members[] = { "recordingId", "callId", "status", "startedAt", "duration", "elapsed", "catalog" };
	json_t *o = json_pack("{s:O?}", "roomId", json_object_get(answer, "room"));
	g_autofree char *location = g_strdup_printf("/recording/%s", json_str(answer, "recordingId") ? json_str(answer, "recordingId") : "");
	enum app_error e;

	for (size_t i = 0; i < G_N_ELEMENTS(members); i++)
		json_object_set(o, members[i], json_object_get(answer, members[i]));
	json_decref(answer);
	e = http_json(rp, status, o);
	if (!e)
		http_set(rp, MHD_HTTP_HEADER_LOCATION, location);
	return e;
}

enum app_error rest_start(struct http_request *rq, struct http_reply *rp)
{
	static const char *const known[] = { "callId", "roomId", "title", "layout", "focus", "regions", "outputs", "custom", "exclude", NULL };
	json_t *request, *answer = NULL;
	enum app_error e = take_body(rq, known, &request);

	if (e)
		return e;
	json_object_set_new(request, "recroom", json_string("start_recording"));
	e = ask(rq, request, &answer);
	if (e)
		return e;
	log_info("recording %s: start asked for by %s", json_str(answer, "recordingId"), rq->token.sub);
	return reply(rp, MHD_HTTP_CREATED, answer);
}

/* Not running here: is it a recording of this room at all? */
static enum app_error why_not(struct http_request *rq, const char *id)
{
	json_t *row = NULL;

	g_strlcpy(rq->arg[0], id, sizeof(rq->arg[0]));
	if (rest_row(rq, &row) == APP_NO_SUCH_RECORDING)
		return say(rq, APP_NO_SUCH_RECORDING, "");
	json_decref(row);
	return APP_NOT_RECORDING;
}

/* Asks for something of a recording that runs; takes the request. */
static enum app_error change(struct http_request *rq, struct http_reply *rp, const char *name, unsigned status, json_t *request)
{
	g_autofree char *id = g_strdup(json_str(request, "recordingId"));
	json_t *answer = NULL;
	enum app_error e;

	json_object_set_new(request, "recroom", json_string(name));
	e = ask(rq, request, &answer);
	if (e == APP_NOT_RECORDING && id)
		return why_not(rq, id);
	if (e)
		return e;
	log_info("recording %s: %s asked for by %s", json_str(answer, "recordingId"), name, rq->token.sub);
	return reply(rp, status, answer);
}

enum app_error rest_stop(struct http_request *rq, struct http_reply *rp)
{
	static const char *const known[] = { "callId", "roomId", "recordingId", NULL };
	json_t *request;
	enum app_error e = take_body(rq, known, &request);

	return e ? e : change(rq, rp, "stop_recording", MHD_HTTP_ACCEPTED, request);
}

static enum app_error change_this(struct http_request *rq, struct http_reply *rp, const char *name)
{
	json_t *body = NULL;
	enum app_error e = http_body(rq, &body);

	if (!e && json_object_size(body))
		e = say(rq, APP_INVALID_ELEMENT, "The body has no members.");
	json_decref(body);
	return e ? e : change(rq, rp, name, MHD_HTTP_OK, json_pack("{s:s}", "recordingId", rq->arg[0]));
}

enum app_error rest_pause(struct http_request *rq, struct http_reply *rp)
{
	return change_this(rq, rp, "pause_recording");
}

enum app_error rest_resume(struct http_request *rq, struct http_reply *rp)
{
	return change_this(rq, rp, "resume_recording");
}
