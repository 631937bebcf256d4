/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Requests about share links, for hosts. They are looked up, changed and answered on a thread that may wait for the catalog.
 */
#include <errno.h>
#include <string.h>
#include "common/catalog_share.h"
#include "common/log.h"
#include "plugins/ledger.h"
#include "plugins/life.h"
#include "plugins/participant.h"
#include "plugins/request.h"
#include "plugins/room.h"

enum { OUTPUT_MAX = 1000000 };

/* A recording of this room, not being deleted; those of other rooms are not there. */
static enum app_error get(struct request *r, json_t **row)
{
	const char *id = json_str(r->body, "recordingId"), *room;
	int err = recording_id_valid(id) ? ledger_recording_get(life_ledger(), id, row) : -ENOENT;

	room = err ? NULL : json_str(*row, "room");
	if (!err && (!room || strcmp(room, r->room->id)))
		err = -ENOENT;
	return !err ? APP_OK : err == -ENOENT ? APP_NO_SUCH_RECORDING : APP_UNAVAILABLE;
}

static enum app_error say(struct request *r, enum app_error e, const char *sentence)
{
	g_strlcpy(r->why, sentence, sizeof(r->why));
	return e;
}

static enum app_error shared(struct request *r, const struct catalog_share *s, const char *secret)
{
	char *url = share_link(life_settings()->public_url, secret);

	r->reply = request_reply(r, "shared");
	json_object_set(r->reply, "recordingId", json_object_get(r->body, "recordingId"));
	json_object_set_new(r->reply, "shareId", json_string(s->id));
	json_object_set_new(r->reply, "url", json_string(url));
	json_object_set_new(r->reply, "expiresAt", s->expires_ms ? json_integer(s->expires_ms) : json_null());
	g_free(url);
	return APP_OK;
}

static enum app_error add(struct request *r, struct catalog_share *s)
{
	char secret[SHARE_SECRET], id[SHARE_ID], *by = g_strdup_printf("%s/%s", r->participant->call_id, r->participant->id);
	int got;

	share_secret_make(secret);
	share_id_of(id, secret);
	s->id = id;
	s->created_by = by;
	got = ledger_share_add(life_ledger(), s, life_settings()->keep_access_days > 0);
	g_free(by);
	if (got < 0)
		return got == -ENOENT ? APP_NO_SUCH_RECORDING : APP_UNAVAILABLE;
	log_info("recording %s: shared by %s, link %.8s…", s->recording, request_who(r), id);
	return shared(r, s, secret);
}

static enum app_error share(struct request *r)
{
	int64_t ttl = json_num(r->body, "expiresInS", -1);
	struct catalog_share s = { .recording = json_str(r->body, "recordingId"), .output = (int)MIN(json_num(r->body, "outputId", 0), OUTPUT_MAX), .name = json_str(r->body, "name"),
				   .expires_ms = share_expiry(clock_wall_ms(), ttl) };
	json_t *row = NULL;
	enum app_error err = get(r, &row);

	if (!err && json_object_get(r->body, "expiresInS") && (ttl < 0 || ttl > SHARE_TTL_MAX_S))
		err = say(r, APP_INVALID_ELEMENT, "expiresInS is a number of seconds, ten years at most; 0: until it is taken back.");
	if (!err && !share_file(row, s.output, s.name))
		err = say(r, APP_NOT_FOUND, "The recording has no such finished file.");
	if (!err)
		err = add(r, &s);
	json_decref(row);
	return err;
}

static enum app_error take_back(struct request *r)
{
	const char *id = json_str(r->body, "recordingId"), *share_id = json_str(r->body, "shareId");
	json_t *row = NULL;
	enum app_error err = get(r, &row);
	int got;

	json_decref(row);
	if (err)
		return err;
	got = share_id_valid(share_id) ? ledger_share_revoke(life_ledger(), id, share_id) : -ENOENT;
	if (got == -ENOENT)
		return say(r, APP_NOT_FOUND, "The recording has no such link.");
	if (got)
		return APP_UNAVAILABLE;
	log_info("recording %s: link %.8s… taken back by %s", id, share_id, request_who(r));
	r->reply = request_reply(r, "unshared");
	json_object_set_new(r->reply, "recordingId", json_string(id));
	json_object_set_new(r->reply, "shareId", json_string(share_id));
	return APP_OK;
}

static enum app_error on_share(struct request *r)
{
	return request_query(r, share);
}

static enum app_error on_unshare(struct request *r)
{
	return request_query(r, take_back);
}

static const struct json_param share_params[] = {
	{ "recordingId", P_STRING, P_REQUIRED | P_NONEMPTY, ID_SIZE }, { "outputId", P_INT, P_POSITIVE, 0 }, { "name", P_STRING, P_NONEMPTY, 256 },
	{ "expiresInS", P_INT, 0, 0 }, { NULL, P_STRING, 0, 0 },
};
static const struct json_param unshare_params[] = {
	{ "recordingId", P_STRING, P_REQUIRED | P_NONEMPTY, ID_SIZE }, { "shareId", P_STRING, P_REQUIRED | P_NONEMPTY, 128 }, { NULL, P_STRING, 0, 0 },
};

const struct request_row request_shares[] = {
	{ "share_recording", share_params, WHO_HOST, REQUEST_ROOM, on_share },
	{ "revoke_share", unshare_params, WHO_HOST, REQUEST_ROOM, on_unshare },
	{ NULL, NULL, WHO_NOBODY, 0, NULL },
};
