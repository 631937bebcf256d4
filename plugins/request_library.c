/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Requests about recordings that are in the catalog, which may be on a slow disk: they are looked up, changed and answered on a thread that may wait.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "common/people.h"
#include "common/spec.h"
#include "plugins/accesses.h"
#include "plugins/ledger.h"
#include "plugins/life.h"
#include "plugins/recording.h"
#include "plugins/request.h"
#include "plugins/room.h"
#include "plugins/task.h"

static json_t *row_json(json_t *row)
{
	static const struct { const char *to, *from; } members[] = {
		{ "recordingId", "id" }, { "roomId", "room" }, { "callId", "call_id" }, { "title", "title" }, { "status", "status" }, { "flags", "flags" },
		{ "reason", "reason" }, { "startedAt", "started_ms" }, { "duration", "duration_ms" }, { "elapsed", "elapsed_ms" }, { "size", "bytes" },
		{ "tracks", "tracks" }, { "chainHash", "chain_hash" }, { "keepUntil", "keep_until_ms" }, { "originalsUntil", "chunks_until_ms" }, { "participants", "participants" }, { "outputs", "outputs" }, { "custom", "custom" },
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
enum app_error request_query(struct request *r, request_h *run)
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
	json_array_foreach(rows, i, row) {
		json_array_append_new(all, row_json(row));
		accesses_note(r, ACCESS_VIEWED, json_str(row, "id"), 0);
	}
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
		accesses_note(r, ACCESS_VIEWED, json_str(row, "id"), 0);
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
		else if (json_num(row, "held", 0))
			err = APP_HELD;
	}
	json_decref(row);
	if (err)
		return err;
	ledger_recording_delete(life_ledger(), id);
	accesses_note(r, ACCESS_DELETED, id, 0);
	r->reply = request_reply(r, "recording");
	json_object_set_new(r->reply, "recordingId", json_string(id));
	json_object_set_new(r->reply, "status", json_string("deleting"));
	return APP_OK;
}

/* ---- outputs ---- */

static enum app_error accepted(struct request *r, int output, enum access_action action, const char *state)
{
	accesses_note(r, action, json_str(r->body, "recordingId"), output);
	r->reply = request_reply(r, "output");
	json_object_set(r->reply, "recordingId", json_object_get(r->body, "recordingId"));
	json_object_set_new(r->reply, "outputId", json_integer(output));
	json_object_set_new(r->reply, "state", json_string(state));
	return APP_OK;
}

static enum app_error output_error(struct request *r, int err, const char *busy)
{
	if (err == -EPROTO)
		g_strlcpy(r->why, busy, sizeof(r->why));
	if (err == -EDQUOT)
		g_strlcpy(r->why, "Too many outputs of this recording wait already.", sizeof(r->why));
	return err == -ENOENT ? APP_NOT_FOUND : err == -EPROTO ? APP_RECORDING_BUSY : err == -EDQUOT ? APP_LIMIT :
	       err == -ENODATA ? APP_ORIGINALS_GONE : APP_UNAVAILABLE;
}

/* Somebody who was never in the recording is a mistake. */
static enum app_error check_people(struct request *r, const struct output_spec *spec, json_t *row)
{
	const char *const lists[] = { spec->only, spec->without, spec->focus };
	char bad[PARTICIPANT_SIZE];

	for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
		if (!people_stranger(lists[i], json_object_get(row, "participants"), bad, sizeof(bad)))
			continue;
		g_snprintf(r->why, sizeof(r->why), "Nobody in the recording is \"%s\".", bad);
		return APP_NO_SUCH_PARTICIPANT;
	}
	return APP_OK;
}

static enum app_error add_output(struct request *r, json_t *row)
{
	struct catalog_new_output o = { .recording = json_str(r->body, "recordingId") };
	struct output_spec spec;
	enum app_error err;
	json_t *json;
	char *text;
	int got, number;

	output_spec_default(&spec, life_settings());
	if (output_spec_order(&spec, json_object_get(r->body, "output"), r->why, sizeof(r->why)))
		return APP_INVALID_ELEMENT;
	err = check_people(r, &spec, row);
	if (err)
		return err;
	json = output_spec_json(&spec);
	text = json_dumps(json, JSON_COMPACT);
	o.spec = text;
	got = ledger_output_add(life_ledger(), &o, &number);
	free(text);
	json_decref(json);
	return got ? output_error(r, got, "The recording is not over, or somebody is being taken out of it.") : accepted(r, number, ACCESS_RECOMPOSED, "queued");
}

static enum app_error again(struct request *r)
{
	int output = (int)json_num(r->body, "outputId", 0), err;

	err = ledger_output_again(life_ledger(), json_str(r->body, "recordingId"), output);
	return err ? output_error(r, err, "Only an output that failed or was cancelled is made again.") : accepted(r, output, ACCESS_RECOMPOSED, "queued");
}

static enum app_error recompose(struct request *r)
{
	json_t *row = NULL;
	enum app_error err = get(r, &row);

	if (!err && !json_object_get(r->body, "output") == !json_object_get(r->body, "outputId")) {
		g_strlcpy(r->why, "Either output, saying what is to be made, or outputId of one that failed.", sizeof(r->why));
		err = APP_INVALID_ELEMENT;
	}
	if (!err)
		err = json_object_get(r->body, "output") ? add_output(r, row) : again(r);
	json_decref(row);
	return err;
}

static enum app_error cancel(struct request *r)
{
	int output = (int)json_num(r->body, "outputId", 1), got;
	json_t *row = NULL;
	enum app_error err = get(r, &row);

	json_decref(row);
	if (err)
		return err;
	got = ledger_output_cancel(life_ledger(), json_str(r->body, "recordingId"), output);
	return got ? output_error(r, got, "This output is not being made, or the recording is not over.") : accepted(r, output, ACCESS_CANCELLED, "cancelled");
}

static enum app_error on_list(struct request *r)
{
	return request_query(r, list);
}

static enum app_error on_get(struct request *r)
{
	return request_query(r, show);
}

static enum app_error on_delete(struct request *r)
{
	return request_query(r, erase);
}

static enum app_error on_recompose(struct request *r)
{
	return request_query(r, recompose);
}

static enum app_error on_cancel(struct request *r)
{
	return request_query(r, cancel);
}

static const struct json_param list_params[] = {
	{ "status", P_STRING, 0, 32 }, { "pageSize", P_INT, P_POSITIVE, 0 }, { "pageToken", P_STRING, 0, 128 }, { NULL, P_STRING, 0, 0 },
};
static const struct json_param id_params[] = { { "recordingId", P_STRING, P_REQUIRED | P_NONEMPTY, ID_SIZE }, { NULL, P_STRING, 0, 0 } };

static const struct json_param recompose_params[] = {
	{ "recordingId", P_STRING, P_REQUIRED | P_NONEMPTY, ID_SIZE }, { "output", P_OBJECT, 0, 0 }, { "outputId", P_INT, P_POSITIVE, 0 },
	{ NULL, P_STRING, 0, 0 },
};
static const struct json_param cancel_params[] = {
	{ "recordingId", P_STRING, P_REQUIRED | P_NONEMPTY, ID_SIZE }, { "outputId", P_INT, P_POSITIVE, 0 }, { NULL, P_STRING, 0, 0 },
};

const struct request_row request_library[] = {
	{ "list_recordings", list_params, WHO_HOST, REQUEST_ROOM, on_list },
	{ "get_recording", id_params, WHO_HOST, REQUEST_ROOM, on_get },
	{ "delete_recording", id_params, WHO_HOST_DELETE, REQUEST_ROOM, on_delete },
	{ "recompose", recompose_params, WHO_HOST_RECORD, REQUEST_ROOM, on_recompose },
	{ "cancel_job", cancel_params, WHO_HOST_RECORD, REQUEST_ROOM, on_cancel },
	{ NULL, NULL, WHO_NOBODY, 0, NULL },
};
