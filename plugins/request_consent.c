/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Requests about who is recorded and who hears of it: consent, exclude, follow; and drain, the operator's. On the handle's strand.
 */
#include <errno.h>
#include <string.h>
#include "common/token.h"
#include "plugins/follow.h"
#include "plugins/guess.h"
#include "plugins/ledger.h"
#include "plugins/life.h"
#include "plugins/participant.h"
#include "plugins/recording.h"
#include "plugins/request.h"
#include "plugins/room.h"

static void answer(struct recording *rec, struct request *r)
{
	recording_answer(rec, r, json_flag(r->body, "agree", false));
}

static enum app_error on_consent(struct request *r)
{
	return request_with_recording(r, answer);
}

static enum app_error on_exclude(struct request *r)
{
	return request_with_recording(r, recording_exclude);
}

/* A host who is in the room, or whoever shows a host's token of it. */
static enum app_error find_host(struct request *r)
{
	const char *jwt = json_str(r->body, "token");
	const char *why = NULL;
	struct token token;
	enum app_error err;
	int bad;

	if (!jwt && r->participant && r->participant->room != r->room)
		return APP_UNAUTHORIZED;       /* a host elsewhere is nobody here */
	if (!jwt)
		return r->actor.host ? APP_OK : r->actor.joined ? APP_NOT_HOST : APP_UNAUTHORIZED;
	err = guess_begin(r, NULL);
	bad = err ? 0 : token_verify_why(&token, life_keys(), jwt, clock_wall_ms() / 1000, &why);
	if (bad) {
		g_strlcpy(r->why, why, sizeof(r->why));
		return bad == -ETIME ? APP_TOKEN_EXPIRED : guess_wrong(r, NULL, APP_UNAUTHORIZED);
	}
	if (!err && strcmp(token.room, r->room->id))
		err = APP_UNAUTHORIZED;
	if (err)
		return err;
	guess_right(r);
	r->actor = (struct actor){ .joined = true, .host = token.host, .grants = token.grants };
	r->shown = g_memdup2(&token, sizeof(token));
	return token.host ? APP_OK : APP_NOT_HOST;
}

static bool runs_here(struct request *r, const char *id)
{
	struct recording *rec = room_recording(r->room);
	bool runs = rec && !strcmp(recording_id(rec), id);

	recording_unref(&rec);
	return runs;
}

/* One of this room; those of others are not there. */
static enum app_error find_recording(struct request *r, const char *id)
{
	json_t *row = NULL;
	const char *room;
	int err;

	if (runs_here(r, id))
		return APP_OK;
	err = recording_id_valid(id) ? ledger_recording_get(life_ledger(), id, &row) : -ENOENT;
	room = err ? NULL : json_str(row, "room");
	if (!err && (!room || strcmp(room, r->room->id)))
		err = -ENOENT;
	json_decref(row);
	return !err ? APP_OK : err == -ENOENT ? APP_NO_SUCH_RECORDING : APP_UNAVAILABLE;
}

static enum app_error follow(struct request *r)
{
	const char *id = json_str(r->body, "recordingId");
	bool on = json_flag(r->body, "follow", true);
	enum app_error err = on ? find_recording(r, id) : APP_OK;

	if (!on)
		follow_remove(r->session, id);
	else if (!err && follow_add(r->session, id, permission_grant(&r->actor, GRANT_DOWNLOAD), r->shown))
		err = APP_LIMIT;
	if (err)
		return err;
	r->reply = request_reply(r, "following");
	json_object_set_new(r->reply, "recordingId", json_string(id));
	json_object_set_new(r->reply, "follow", json_boolean(on));
	return APP_OK;
}

static enum app_error on_follow(struct request *r)
{
	enum app_error err = r->session ? find_host(r) : APP_FORBIDDEN;

	return err ? err : request_query(r, follow);
}

static enum app_error on_drain(struct request *r)
{
	if (json_object_get(r->body, "on"))
		recordings_drain(json_flag(r->body, "on", false));
	r->reply = json_pack("{ss sb si}", "recroom", "success", "draining", recordings_draining(), "recordings", (int)recordings_running());
	return APP_OK;
}

static const struct json_param consent_params[] = {
	{ "agree", P_BOOL, P_REQUIRED, 0 }, { "recordingId", P_STRING, 0, ID_SIZE - 1 }, { NULL, P_STRING, 0, 0 },
};
static const struct json_param exclude_params[] = {
	{ "id", P_STRING, P_REQUIRED | P_NONEMPTY, 256 }, { "exclude", P_BOOL, 0, 0 }, { "recordingId", P_STRING, 0, ID_SIZE - 1 },
	{ NULL, P_STRING, 0, 0 },
};
static const struct json_param follow_params[] = {
	{ "recordingId", P_STRING, P_REQUIRED | P_NONEMPTY, ID_SIZE - 1 }, { "token", P_STRING, 0, 4096 }, { "follow", P_BOOL, 0, 0 },
	{ NULL, P_STRING, 0, 0 },
};
static const struct json_param drain_params[] = { { "on", P_BOOL, 0, 0 }, { NULL, P_STRING, 0, 0 } };

const struct request_row request_consents[] = {
	{ "consent", consent_params, WHO_HANDLE, REQUEST_ROOM, on_consent },
	{ "exclude", exclude_params, WHO_HOST_RECORD, REQUEST_ROOM | REQUEST_BY, on_exclude },
	{ "follow", follow_params, WHO_KEY, REQUEST_ROOM, on_follow },
	{ "drain", drain_params, WHO_ADMIN, 0, on_drain },
	{ NULL, NULL, WHO_NOBODY, 0, NULL },
};
