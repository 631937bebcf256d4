/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Requests about rooms: create, edit, destroy, exists, list, listparticipants. Handles and the Admin API.
 */
#include <string.h>
#include "common/log.h"
#include "common/layouts.h"
#include "common/token.h"
#include "plugins/leave.h"
#include "plugins/life.h"
#include "plugins/notify.h"
#include "plugins/participant.h"
#include "plugins/publisher.h"
#include "plugins/request.h"
#include "plugins/room.h"

static struct guess_lock admin_guesses = GUESS_LOCK_INIT;

/* The server's key, or for `room` its own secret. Without a key in the configuration, rooms come from there alone. */
enum app_error request_check_key(struct request *r, struct room *room)
{
	const char *key = json_str(r->body, "admin_key"), *secret = room ? json_str(r->body, "secret") : NULL;
	struct guess_lock *shared = key ? &admin_guesses : secret ? &room->guesses : NULL;
	enum app_error err;

	if (r->actor.admin)
		return APP_OK;
	if (!shared)
		return APP_UNAUTHORIZED;
	err = guess_begin(r, shared);
	if (!err && !(key ? secret_equal(life_settings()->admin_key, key) : room_is_secret(room, secret)))
		return guess_wrong(r, shared, APP_UNAUTHORIZED);
	if (!err)
		guess_right(r);
	return err;
}

static void name_room(struct request *r, char id[ROOM_ID_MAX + 1])
{
	unsigned char n[4];

	if (!json_room(r->body, id, ROOM_ID_MAX + 1))
		return;
	random_bytes(n, sizeof(n));
	g_snprintf(id, ROOM_ID_MAX + 1, "%u", (unsigned)n[0] << 24 | (unsigned)n[1] << 16 | (unsigned)n[2] << 8 | n[3]);
}

static bool take_number(struct request *r, const char *name, int fallback, int max, int *out)
{
	int64_t n = json_num(r->body, name, fallback);

	if (n < 1 || n > max) {
		g_snprintf(r->why, sizeof(r->why), "%s must be between 1 and %d.", name, max);
		return false;
	}
	*out = (int)n;
	return true;
}

/* Regions of their own have single recordings only. */
static bool take_layout(struct request *r, int *out)
{
	const char *name = json_str(r->body, "layout");
	int i = 0;

	if (!name)
		return true;
	while (layout_names[i] && strcmp(layout_names[i], name))
		i++;
	if (!layout_names[i] || !strcmp(name, "custom")) {
		g_strlcpy(r->why, "The layout of a room is one of grid, speaker, presentation, single, audio.", sizeof(r->why));
		return false;
	}
	*out = i;
	return true;
}

static enum app_error on_create(struct request *r)
{
	char id[ROOM_ID_MAX + 1];
	struct settings_room conf;
	struct room_media media;
	struct gate_conf gate;
	struct room_policy policy;
	enum app_error err = request_check_key(r, NULL);

	if (err)
		return err;
	if (json_flag(r->body, "permanent", false)) {
		g_strlcpy(r->why, "Permanent rooms are made in the configuration file.", sizeof(r->why));
		return APP_INVALID_ELEMENT;
	}
	name_room(r, id);
	settings_room_defaults(&conf);
	conf.id = id;
	conf.description = (char *)json_str(r->body, "description");
	conf.secret = (char *)json_str(r->body, "secret");
	conf.host_secret = (char *)json_str(r->body, "host_secret");
	conf.pin = (char *)json_str(r->body, "pin");
	if (!take_number(r, "publishers", conf.publishers, 100, &conf.publishers) || !take_number(r, "people", conf.people, 1000, &conf.people))
		return APP_INVALID_ELEMENT;
	if (!take_layout(r, &conf.layout))
		return APP_INVALID_ELEMENT;
	room_media_of(&media, &conf);
	gate_conf_of(&gate, &conf);
	room_policy_of(&policy, &conf);
	if (!room_media_read(&media, r->body, "", r->why, sizeof(r->why)) || !gate_conf_read(&gate, r->body, "", r->why, sizeof(r->why)) ||
	    !room_policy_read(&policy, r->body, "", r->why, sizeof(r->why)))
		return APP_INVALID_ELEMENT;
	err = room_create(&conf, &media, &gate, &policy);
	if (err == APP_LIMIT)
		g_strlcpy(r->why, "This server has as many rooms as it may.", sizeof(r->why));
	if (err)
		return err;
	log_info("room %s: created", id);
	r->reply = json_pack("{ss ss}", "recroom", "success", "room", id);
	return APP_OK;
}

/* What `new_locked` says counts for the call, too, and who waits may come in by the new admission. */
static void follow_gate(struct request *r, const struct gate_conf *gate)
{
	if (json_object_get(r->body, "new_locked") && room_lock(r->room, gate->locked))
		notify_room(r->room, json_pack("{ss sb}", "event", "locked", "locked", gate->locked), NULL);
	lobby_reconsider(r->room);
}

static enum app_error on_edit(struct request *r)
{
	struct room_media media;
	struct gate_conf gate;
	struct room_policy policy;
	bool locked;
	struct room_edit e = { .description = json_str(r->body, "new_description"), .secret = json_str(r->body, "new_secret"),
			       .pin = json_str(r->body, "new_pin"), .media = &media, .gate = &gate, .policy = &policy };
	enum app_error err = request_check_key(r, r->room);

	if (err)
		return err;
	room_media_get(r->room, &media);
	room_gate_get(r->room, &gate, &locked);
	room_policy_get(r->room, &policy);
	if (!room_media_read(&media, r->body, "new_", r->why, sizeof(r->why)) || !gate_conf_read(&gate, r->body, "new_", r->why, sizeof(r->why)) ||
	    !room_policy_read(&policy, r->body, "new_", r->why, sizeof(r->why)))
		return APP_INVALID_ELEMENT;
	room_edit(r->room, &e);
	follow_gate(r, &gate);
	r->reply = request_reply(r, "success");
	return APP_OK;
}

static enum app_error on_destroy(struct request *r)
{
	enum app_error err = request_check_key(r, r->room);
	GPtrArray *people = NULL;

	if (err)
		return err;
	if (room_remove(r->room, &people)) {
		leave_destroyed(r->room, people);
		g_ptr_array_unref(people);
	}
	log_info("room %s: destroyed", r->room->id);
	r->reply = request_reply(r, "success");
	return APP_OK;
}

static enum app_error on_exists(struct request *r)
{
	char id[ROOM_ID_MAX + 1];
	struct room *room;

	if (json_room(r->body, id, sizeof(id))) {
		g_strlcpy(r->why, "The member room is missing.", sizeof(r->why));
		return APP_MISSING_ELEMENT;
	}
	room = room_find(id);
	r->reply = json_pack("{ss ss sb}", "recroom", "success", "room", id, "exists", room != NULL);
	room_unref(&room);
	return APP_OK;
}

static bool may_know(struct request *r, struct room *room)
{
	struct gate_conf gate;
	bool locked;

	room_gate_get(room, &gate, &locked);
	return gate.listed || r->actor.admin || json_str(r->body, "admin_key");
}

/* Unlisted rooms are shown to who has the server's key. */
static enum app_error on_list(struct request *r)
{
	enum app_error err = json_str(r->body, "admin_key") ? request_check_key(r, NULL) : APP_OK;
	GPtrArray *all;
	json_t *list;

	if (err)
		return err;
	all = rooms_all();
	list = json_array();
	for (guint i = 0; i < all->len; i++)
		if (may_know(r, all->pdata[i]))
			json_array_append_new(list, room_json(all->pdata[i]));
	g_ptr_array_unref(all);
	r->reply = json_pack("{ss so}", "recroom", "success", "list", list);
	return APP_OK;
}

static json_t *person_json(struct participant *p)
{
	struct session *s = participant_publisher(p);
	struct publisher *pub = s ? session_publisher(s) : NULL;
	json_t *o = participant_json(p), *mine = pub ? publisher_json(pub) : NULL;

	json_object_set_new(o, "publisher", json_boolean(mine != NULL));
	json_object_set_new(o, "streams", mine ? json_incref(json_object_get(mine, "streams")) : json_array());
	json_decref(mine);
	publisher_unref(&pub);
	session_unref(&s);
	return o;
}

static enum app_error on_listparticipants(struct request *r)
{
	GPtrArray *people = room_people(r->room);
	json_t *list = json_array();
	struct gate_conf gate;
	bool locked;

	for (guint i = 0; i < people->len; i++)
		json_array_append_new(list, person_json(people->pdata[i]));
	g_ptr_array_unref(people);
	r->reply = request_reply(r, "participants");
	json_object_set_new(r->reply, "participants", list);
	room_gate_get(r->room, &gate, &locked);
	json_object_set_new(r->reply, "locked", json_boolean(locked));
	if (permission_grant(&r->actor, GRANT_ADMIT))
		json_object_set_new(r->reply, "waiting", lobby_json(r->room));
	return APP_OK;
}

static const struct json_param create_params[] = {
	{ "room", P_STRING_OR_INT, 0, ROOM_ID_MAX }, { "description", P_STRING, 0, 256 }, { "secret", P_STRING, P_NONEMPTY, 256 },
	{ "host_secret", P_STRING, P_NONEMPTY, 256 }, { "pin", P_STRING, P_NONEMPTY, 256 }, { "publishers", P_INT, P_POSITIVE, 0 },
	{ "people", P_INT, P_POSITIVE, 0 }, { "layout", P_STRING, 0, 32 },
	{ "admin_key", P_STRING, 0, 256 }, { "permanent", P_BOOL, 0, 0 }, { "videocodec", P_STRING, 0, 64 }, { "opus_fec", P_BOOL, 0, 0 },
	{ "opus_dtx", P_BOOL, 0, 0 }, { "opus_red", P_BOOL, 0, 0 }, { "audiolevel_event", P_BOOL, 0, 0 }, { "audio_active_packets", P_INT, 0, 0 },
	{ "audio_level_average", P_INT, 0, 0 }, { "admission", P_STRING, 0, 16 }, { "host_leaves", P_STRING, 0, 16 }, { "host_grace_s", P_INT, 0, 0 },
	{ "locked", P_BOOL, 0, 0 }, { "listed", P_BOOL, 0, 0 },
	{ "consent", P_STRING, 0, 16 }, { "consent_text", P_STRING, 0, 1000 }, { "consent_url", P_STRING, 0, 500 },
	{ "auto_record", P_BOOL, 0, 0 }, { "auto_stop_empty_s", P_INT, 0, 0 }, { "max_recording_s", P_INT, 0, 0 }, { "quota_recordings", P_INT, 0, 0 },
	{ "quota_mb", P_INT, 0, 0 }, { "keep_chunks_days", P_INT, 0, 0 }, { "keep_outputs_days", P_INT, 0, 0 }, { NULL, P_STRING, 0, 0 },
};
static const struct json_param edit_params[] = {
	{ "secret", P_STRING, 0, 256 }, { "admin_key", P_STRING, 0, 256 }, { "new_description", P_STRING, 0, 256 },
	{ "new_secret", P_STRING, P_NONEMPTY, 256 }, { "new_pin", P_STRING, 0, 256 }, { "new_videocodec", P_STRING, 0, 64 },
	{ "new_opus_fec", P_BOOL, 0, 0 }, { "new_opus_dtx", P_BOOL, 0, 0 }, { "new_opus_red", P_BOOL, 0, 0 }, { "new_audiolevel_event", P_BOOL, 0, 0 },
	{ "new_audio_active_packets", P_INT, 0, 0 }, { "new_audio_level_average", P_INT, 0, 0 }, { "new_admission", P_STRING, 0, 16 },
	{ "new_host_leaves", P_STRING, 0, 16 }, { "new_host_grace_s", P_INT, 0, 0 }, { "new_locked", P_BOOL, 0, 0 }, { "new_listed", P_BOOL, 0, 0 },
	{ "new_consent", P_STRING, 0, 16 }, { "new_consent_text", P_STRING, 0, 1000 }, { "new_consent_url", P_STRING, 0, 500 },
	{ "new_auto_record", P_BOOL, 0, 0 }, { "new_auto_stop_empty_s", P_INT, 0, 0 }, { "new_max_recording_s", P_INT, 0, 0 },
	{ "new_quota_recordings", P_INT, 0, 0 }, { "new_quota_mb", P_INT, 0, 0 }, { "new_keep_chunks_days", P_INT, 0, 0 },
	{ "new_keep_outputs_days", P_INT, 0, 0 }, { NULL, P_STRING, 0, 0 },
};
static const struct json_param list_params[] = { { "admin_key", P_STRING, 0, 256 }, { NULL, P_STRING, 0, 0 } };
static const struct json_param destroy_params[] = {
	{ "secret", P_STRING, 0, 256 }, { "admin_key", P_STRING, 0, 256 }, { NULL, P_STRING, 0, 0 },
};

const struct request_row request_rooms[] = {
	{ "create", create_params, WHO_KEY, 0, on_create },
	{ "edit", edit_params, WHO_KEY, REQUEST_ROOM, on_edit },
	{ "destroy", destroy_params, WHO_KEY, REQUEST_ROOM, on_destroy },
	{ "exists", NULL, WHO_ANYONE, 0, on_exists },
	{ "list", list_params, WHO_ANYONE, 0, on_list },
	{ "listparticipants", NULL, WHO_JOINED, REQUEST_ROOM, on_listparticipants },
	{ NULL, NULL, WHO_NOBODY, 0, NULL },
};
