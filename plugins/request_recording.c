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

static enum app_error on_start(struct request *r)
{
	json_t *custom = json_object_get(r->body, "custom"), *outputs = NULL;
	char *text = custom ? json_dumps(custom, JSON_COMPACT) : NULL;
	struct recording_conf conf = { json_str(r->body, "title"), text, json_object_get(r->body, "layout") ? r->body : NULL, NULL };
	enum app_error err = check_start(r, &conf);

	r->deferred = true;
	if (!err && output_list_read(&outputs, json_object_get(r->body, "outputs"), r->room->outputs, life_settings(), r->why, sizeof(r->why)))
		err = APP_INVALID_ELEMENT;
	conf.outputs = outputs;
	if (!err)
		err = recording_start(r->room, r->participant, &conf, r);
	if (err == APP_LIMIT)
		g_strlcpy(r->why, "This server records as many calls as it may.", sizeof(r->why));
	json_decref(outputs);
	free(text);
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

static enum app_error with_recording(struct request *r, void (*act)(struct recording *rec, struct request *r))
{
	struct recording *rec = room_recording(r->room);

	if (!rec)
		return APP_NOT_RECORDING;
	r->deferred = true;
	act(rec, r);
	recording_unref(&rec);
	return APP_OK;
}

static enum app_error on_stop(struct request *r)
{
	return with_recording(r, stop);
}

static enum app_error on_pause(struct request *r)
{
	return with_recording(r, recording_pause);
}

static enum app_error on_resume(struct request *r)
{
	return with_recording(r, recording_resume);
}

static enum app_error on_status(struct request *r)
{
	struct recording *rec = room_recording(r->room);
	json_t *info = rec ? recording_json(rec) : json_pack("{sn sn si si si si}", "recordingId", "status", "duration", 0, "elapsed", 0,
							     "bytes", 0, "tracks", 0);

	r->reply = request_reply(r, "recording");
	json_object_update(r->reply, info);
	json_decref(info);
	recording_unref(&rec);
	return APP_OK;
}

static json_t *row_json(json_t *row)
{
	static const struct { const char *to, *from; } members[] = {
		{ "recordingId", "id" }, { "roomId", "room" }, { "callId", "call_id" }, { "title", "title" }, { "status", "status" }, { "flags", "flags" },
		{ "reason", "reason" }, { "startedAt", "started_ms" }, { "duration", "duration_ms" }, { "elapsed", "elapsed_ms" }, { "size", "bytes" },
		{ "tracks", "tracks" }, { "chainHash", "chain_hash" }, { "participants", "participants" }, { "outputs", "outputs" }, { "custom", "custom" },
	};
	json_t *o = json_object();

	for (size_t i = 0; i < G_N_ELEMENTS(members); i++) {
		json_t *v = json_object_get(row, members[i].from);

		json_object_set(o, members[i].to, v ? v : json_null());
	}
	return o;
}

struct query {
	struct request *request;
	request_h *run;
};

static void run_query(void *arg, bool cancelled)
{
	struct query *q = arg;
	enum app_error err = cancelled ? APP_UNAVAILABLE : q->run(q->request);

	request_answer(&q->request, err, g_steal_pointer(&q->request->reply));
	g_free(q);
}

/* Answers when the catalog has been read. */
static enum app_error query(struct request *r, request_h *run)
{
	struct query *q;
	struct strand *strand;

	if (!r->session)
		return run(r);
	r->deferred = true;
	q = g_new(struct query, 1);
	*q = (struct query){ request_ref(r), run };
	strand = strand_create(TASK_DISK);
	strand_post(strand, run_query, q);
	strand_unref(&strand);
	return APP_OK;
}

static enum app_error list(struct request *r)
{
	struct catalog_filter f = { .room = r->room->id, .status = json_str(r->body, "status"), .page_size = (int)json_num(r->body, "pageSize", 50),
				    .page_token = json_str(r->body, "pageToken") };
	json_t *rows = NULL, *all = json_array(), *row;
	char next[128];
	size_t i;
	int err;

	f.page_size = CLAMP(f.page_size, 1, 100);
	err = ledger_recording_list(life_ledger(), &f, &rows, next);
	json_array_foreach(rows, i, row)
		json_array_append_new(all, row_json(row));
	json_decref(rows);
	r->reply = request_reply(r, "recordings");
	json_object_set_new(r->reply, "recordings", all);
	if (!err && next[0])
		json_object_set_new(r->reply, "nextPageToken", json_string(next));
	return !err ? APP_OK : err == -EINVAL ? APP_INVALID_ELEMENT : APP_UNAVAILABLE;
}

/* A recording of this room; those of other rooms are not there. */
static enum app_error get(struct request *r, json_t **row)
{
	const char *id = json_str(r->body, "recordingId"), *room;
	int err = recording_id_valid(id) ? ledger_recording_get(life_ledger(), id, row) : -ENOENT;

	room = err ? NULL : json_str(*row, "room");
	if (!err && (!room || strcmp(room, r->room->id)))
		err = -ENOENT;
	return !err ? APP_OK : err == -ENOENT ? APP_NO_SUCH_RECORDING : APP_UNAVAILABLE;
}

static enum app_error show(struct request *r)
{
	json_t *row = NULL, *o;
	enum app_error err = get(r, &row);

	if (!err) {
		r->reply = request_reply(r, "recording");
		o = row_json(row);
		json_object_update(r->reply, o);
		json_decref(o);
	}
	json_decref(row);
	return err;
}

static enum app_error erase(struct request *r)
{
	const char *id = json_str(r->body, "recordingId"), *status;
	json_t *row = NULL;
	enum app_error err = get(r, &row);

	if (!err) {
		status = json_str(row, "status");
		if (recording_is_live(id) || !status || !strcmp(status, "starting") || !strcmp(status, "recording") || !strcmp(status, "paused"))
			err = APP_RECORDING_BUSY;
	}
	json_decref(row);
	if (err)
		return err;
	ledger_recording_delete(life_ledger(), id);
	r->reply = request_reply(r, "recording");
	json_object_set_new(r->reply, "recordingId", json_string(id));
	json_object_set_new(r->reply, "status", json_string("deleting"));
	return APP_OK;
}

static enum app_error on_list(struct request *r)
{
	return query(r, list);
}

static enum app_error on_get(struct request *r)
{
	return query(r, show);
}

static enum app_error on_delete(struct request *r)
{
	return query(r, erase);
}

static const struct json_param start_params[] = {
	{ "title", P_STRING, 0, 256 }, { "layout", P_STRING, 0, 32 }, { "focus", P_STRING, 0, 16 }, { "regions", P_ARRAY, 0, REGIONS_MAX },
	{ "custom", P_OBJECT, 0, 0 }, { "outputs", P_ARRAY, 0, OUTPUTS_MAX }, { NULL, P_STRING, 0, 0 },
};
static const struct json_param layout_params[] = {
	{ "layout", P_STRING, P_REQUIRED, 32 }, { "focus", P_STRING, 0, 16 }, { "regions", P_ARRAY, 0, REGIONS_MAX }, { NULL, P_STRING, 0, 0 },
};
static const struct json_param list_params[] = {
	{ "status", P_STRING, 0, 32 }, { "pageSize", P_INT, P_POSITIVE, 0 }, { "pageToken", P_STRING, 0, 128 }, { NULL, P_STRING, 0, 0 },
};
static const struct json_param id_params[] = { { "recordingId", P_STRING, P_REQUIRED | P_NONEMPTY, ID_SIZE }, { NULL, P_STRING, 0, 0 } };

const struct request_row request_recordings[] = {
	{ "start_recording", start_params, WHO_HOST_RECORD, REQUEST_ROOM, on_start },
	{ "stop_recording", NULL, WHO_HOST_RECORD, REQUEST_ROOM, on_stop },
	{ "pause_recording", NULL, WHO_HOST_RECORD, REQUEST_ROOM, on_pause },
	{ "resume_recording", NULL, WHO_HOST_RECORD, REQUEST_ROOM, on_resume },
	{ "set_layout", layout_params, WHO_HOST_RECORD, REQUEST_ROOM, on_layout },
	{ "recording_status", NULL, WHO_JOINED, REQUEST_ROOM, on_status },
	{ "list_recordings", list_params, WHO_HOST, REQUEST_ROOM, on_list },
	{ "get_recording", id_params, WHO_HOST, REQUEST_ROOM, on_get },
	{ "delete_recording", id_params, WHO_HOST_DELETE, REQUEST_ROOM, on_delete },
	{ NULL, NULL, WHO_NOBODY, 0, NULL },
};
