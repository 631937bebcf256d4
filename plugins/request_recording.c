/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Requests about recordings: the host's, and recording_status for everybody joined. On the handle's strand; what reads the catalog, which may be on a
 * slow disk, goes to a thread that may wait for it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "common/layouts.h"
#include "common/spec.h"
#include "plugins/consent.h"
#include "plugins/look.h"
#include "plugins/ledger.h"
#include "plugins/life.h"
#include "plugins/recording.h"
#include "plugins/request.h"
#include "plugins/room.h"
#include "plugins/task.h"

enum { CUSTOM_MAX = 4096 };

static enum app_error check_start(struct request *r, const struct recording_conf *conf)
{
	if (conf->custom && strlen(conf->custom) > CUSTOM_MAX) {
		g_strlcpy(r->why, "custom may have 4096 bytes.", sizeof(r->why));
		return APP_TOO_LARGE;
	}
	if (conf->look && look_check(conf->look, r->why, sizeof(r->why)))
		return APP_INVALID_ELEMENT;
	if (!conf->title || !*conf->title || identity_valid(conf->title))
		return APP_OK;
	g_strlcpy(r->why, "A title is UTF-8 text without control characters.", sizeof(r->why));
	return APP_INVALID_ELEMENT;
}

/* What a request says besides of the call or the recording it is about must be so now: its sender saw another moment. */
static enum app_error check_call(struct request *r, char call_id[ID_SIZE])
{
	const char *want = json_str(r->body, "callId");

	return room_call_id(r->room, call_id) && (!want || !strcmp(want, call_id)) ? APP_OK : APP_NO_CALL;
}

/* Ids and identities of people who need not be here. */
static enum app_error check_exclude(struct request *r)
{
	json_t *list = json_object_get(r->body, "exclude"), *one;
	size_t i;

	json_array_foreach(list, i, one) {
		const char *key = json_string_value(one);

		if (key && *key && identity_valid(key))
			continue;
		g_strlcpy(r->why, "exclude is a list of participant ids or identities.", sizeof(r->why));
		return APP_INVALID_ELEMENT;
	}
	return APP_OK;
}

static enum app_error on_start(struct request *r)
{
	char call_id[ID_SIZE];
	json_t *custom = json_object_get(r->body, "custom"), *outputs = NULL;
	char *text = custom ? json_dumps(custom, JSON_COMPACT) : NULL, *usual = room_outputs(r->room);
	struct recording_conf conf = { json_str(r->body, "title"), text, json_object_get(r->body, "layout") ? r->body : NULL, NULL,
					json_object_get(r->body, "exclude") };
	enum app_error err = check_call(r, call_id);

	r->deferred = true;
	if (!err)
		err = check_start(r, &conf);
	if (!err)
		err = check_exclude(r);
	if (!err && output_list_read(&outputs, json_object_get(r->body, "outputs"), usual, life_settings(), r->why, sizeof(r->why)))
		err = APP_INVALID_ELEMENT;
	conf.outputs = outputs;
	if (!err)
		err = recording_start(r->room, call_id, &conf, r);
	if (err == APP_LIMIT)
		g_strlcpy(r->why, "This server records as many calls as it may.", sizeof(r->why));
	json_decref(outputs);
	free(text);
	g_free(usual);
	return err;
}

static enum app_error on_layout(struct request *r)
{
	struct recording *rec;

	if (look_check(r->body, r->why, sizeof(r->why)))
		return APP_INVALID_ELEMENT;
	rec = room_recording(r->room);
	if (!rec)
		return APP_NOT_RECORDING;
	r->deferred = true;
	recording_layout(rec, r);
	recording_unref(&rec);
	return APP_OK;
}

static void stop(struct recording *rec, struct request *r)
{
	recording_stop(rec, "host", r);
}

static enum app_error check_recording(struct request *r, const struct recording *rec)
{
	const char *want = json_str(r->body, "recordingId");
	char call_id[ID_SIZE];

	if (!rec || (want && strcmp(want, recording_id(rec))))
		return APP_NOT_RECORDING;
	return json_str(r->body, "callId") ? check_call(r, call_id) : APP_OK;
}

enum app_error request_with_recording(struct request *r, void (*act)(struct recording *rec, struct request *r))
{
	struct recording *rec = room_recording(r->room);
	enum app_error err = check_recording(r, rec);

	if (!err) {
		r->deferred = true;
		act(rec, r);
	}
	recording_unref(&rec);
	return err;
}

static enum app_error on_stop(struct request *r)
{
	return request_with_recording(r, stop);
}

static enum app_error on_pause(struct request *r)
{
	return request_with_recording(r, recording_pause);
}

static enum app_error on_resume(struct request *r)
{
	return request_with_recording(r, recording_resume);
}

static enum app_error on_status(struct request *r)
{
	struct recording *rec = room_recording(r->room);
	json_t *info = rec ? recording_json(rec) : json_pack("{sn sn si si si si}", "recordingId", "status", "duration", 0, "elapsed", 0,
							     "bytes", 0, "tracks", 0);

	r->reply = request_reply(r, "recording");
	json_object_update(r->reply, info);
	json_decref(info);
	if (rec)
		json_object_set_new(r->reply, "consents", recording_consent_json(rec, r->participant, r->actor.admin || r->actor.host));
	recording_unref(&rec);
	return APP_OK;
}

static const struct json_param start_params[] = {
	{ "title", P_STRING, 0, 256 }, { "layout", P_STRING, 0, 32 }, { "focus", P_STRING, 0, 16 }, { "regions", P_ARRAY, 0, REGIONS_MAX },
	{ "custom", P_OBJECT, 0, 0 }, { "outputs", P_ARRAY, 0, OUTPUTS_MAX }, { "exclude", P_ARRAY, 0, CONSENT_EXCLUDED_MAX },
	{ "callId", P_STRING, 0, ID_SIZE - 1 }, { NULL, P_STRING, 0, 0 },
};
static const struct json_param which_params[] = {
	{ "callId", P_STRING, 0, ID_SIZE - 1 }, { "recordingId", P_STRING, 0, ID_SIZE - 1 }, { NULL, P_STRING, 0, 0 },
};
static const struct json_param layout_params[] = {
	{ "layout", P_STRING, P_REQUIRED, 32 }, { "focus", P_STRING, 0, 16 }, { "regions", P_ARRAY, 0, REGIONS_MAX }, { NULL, P_STRING, 0, 0 },
};
const struct request_row request_recordings[] = {
	{ "start_recording", start_params, WHO_HOST_RECORD, REQUEST_ROOM | REQUEST_BY, on_start },
	{ "stop_recording", which_params, WHO_HOST_RECORD, REQUEST_ROOM | REQUEST_BY, on_stop },
	{ "pause_recording", which_params, WHO_HOST_RECORD, REQUEST_ROOM | REQUEST_BY, on_pause },
	{ "resume_recording", which_params, WHO_HOST_RECORD, REQUEST_ROOM | REQUEST_BY, on_resume },
	{ "set_layout", layout_params, WHO_HOST_RECORD, REQUEST_ROOM | REQUEST_BY, on_layout },
	{ "recording_status", NULL, WHO_JOINED, REQUEST_ROOM, on_status },
	{ NULL, NULL, WHO_NOBODY, 0, NULL },
};
