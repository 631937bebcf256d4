/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * REST handlers that have something made again, not made, or made without somebody. HTTP threads; they block on the catalog, which queues the job.
 */
#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include "common/catalog_store.h"
#include "common/json.h"
#include "common/log.h"
#include "common/people.h"
#include "common/spec.h"
#include "postprocess/originals.h"
#include "postprocess/service.h"

enum { OUTPUT_MAX = 1000000 };

static enum app_error say(struct http_request *rq, enum app_error e, const char *sentence)
{
	g_strlcpy(rq->detail, sentence, sizeof(rq->detail));
	return e;
}

static enum app_error catalog_error(struct http_request *rq, int err, const char *busy)
{
	if (err == -EPROTO)
		return say(rq, APP_RECORDING_BUSY, busy);
	if (err == -EDQUOT)
		return say(rq, APP_LIMIT, "Too many outputs of this recording are waiting to be made.");
	if (err == -ENODATA)
		return APP_ORIGINALS_GONE;
	return rest_catalog_error(rq, err);
}

static enum app_error accepted(struct http_request *rq, struct http_reply *rp, json_t *o)
{
	g_autofree char *location = g_strdup_printf("/recording/%s", rq->arg[0]);
	enum app_error e = http_json(rp, MHD_HTTP_ACCEPTED, o);

	if (!e)
		http_set(rp, MHD_HTTP_HEADER_LOCATION, location);
	return e;
}

/* The output a body names: 0 none, -1 no number of one. */
static int output_of(json_t *body)
{
	json_t *v = json_object_get(body, "outputId");

	if (!v)
		return 0;
	return json_is_integer(v) && json_integer_value(v) >= 1 && json_integer_value(v) <= OUTPUT_MAX ? (int)json_integer_value(v) : -1;
}

static void note_output(const struct http_request *rq, enum access_action action, int output)
{
	char item[16];

	g_snprintf(item, sizeof(item), "%d", output);
	rest_note(rq, action, rq->arg[0], item);
}

/* ---- recompose ---- */

static enum app_error read_spec(struct http_request *rq, json_t *body, json_t *row, struct output_spec *spec)
{
	const struct service *svc = rq->ctx;
	json_t *people = json_object_get(row, "participants");
	char bad[32];

	output_spec_default(spec, svc->settings);
	if (output_spec_order(spec, body, rq->detail, sizeof(rq->detail)))
		return APP_INVALID_ELEMENT;
	if (!people_stranger(spec->only, people, bad, sizeof(bad)) && !people_stranger(spec->without, people, bad, sizeof(bad)) &&
	    !people_stranger(spec->focus, people, bad, sizeof(bad)))
		return APP_OK;
	g_snprintf(rq->detail, sizeof(rq->detail), "Nobody in the recording is \"%s\".", bad);
	return APP_NO_SUCH_PARTICIPANT;
}

/* Chunks that are on another host, or in a store, are not known to be gone; the job will find out. */
static bool originals_gone(const struct http_request *rq, json_t *row)
{
	const struct service *svc = rq->ctx;
	g_autofree char *dir = g_build_filename(svc->settings->recordings, rq->arg[0], NULL);
	json_t *stores = NULL;
	bool gone = json_num(row, "bytes", 0) > 0 && originals_there(dir) == 0;

	if (gone && !catalog_originals(svc->catalog, rq->arg[0], &stores))
		gone = json_array_size(stores) == 0;
	json_decref(stores);
	return gone;
}

static enum app_error add_output(struct http_request *rq, struct http_reply *rp, json_t *body, json_t *row)
{
	const struct service *svc = rq->ctx;
	struct catalog_new_output o = { .recording = rq->arg[0] };
	struct catalog_job job;
	struct output_spec spec;
	enum app_error e = read_spec(rq, body, row, &spec);
	json_t *json;
	char *text;
	int err;

	if (e)
		return e;
	json = output_spec_json(&spec);
	text = json_dumps(json, JSON_COMPACT);
	o.spec = text;
	err = catalog_output_add(svc->catalog, &o, &job);
	free(text);
	json_decref(json);
	if (err)
		return catalog_error(rq, err, "The recording is not over, or somebody is being taken out of it.");
	log_info("recording %s: output %d asked for by %s", rq->arg[0], job.output, rq->token.sub);
	note_output(rq, ACCESS_RECOMPOSED, job.output);
	return accepted(rq, rp, json_pack("{s:s,s:i,s:s}", "recordingId", rq->arg[0], "outputId", job.output, "state", "queued"));
}

static enum app_error output_again(struct http_request *rq, struct http_reply *rp, int output)
{
	const struct service *svc = rq->ctx;
	int err = catalog_output_again(svc->catalog, rq->arg[0], output);

	if (err == -ENOENT)
		return say(rq, APP_NOT_FOUND, "The recording has no such output.");
	if (err)
		return catalog_error(rq, err, "Only an output that failed or was cancelled is made again; without outputId another one is made.");
	note_output(rq, ACCESS_RECOMPOSED, output);
	return accepted(rq, rp, json_pack("{s:s,s:i,s:s}", "recordingId", rq->arg[0], "outputId", output, "state", "queued"));
}

static enum app_error recompose(struct http_request *rq, struct http_reply *rp, json_t *body, json_t *row)
{
	int output = output_of(body);

	if (originals_gone(rq, row))
		return APP_ORIGINALS_GONE;
	if (output < 0 || (output && json_object_size(body) > 1))
		return say(rq, APP_INVALID_ELEMENT, "outputId stands alone and is the number of an output.");
	return output ? output_again(rq, rp, output) : add_output(rq, rp, body, row);
}

/* ---- cancel ---- */

static enum app_error cancel(struct http_request *rq, struct http_reply *rp, json_t *body, json_t *row)
{
	const struct service *svc = rq->ctx;
	int output = output_of(body), err;

	(void)row;
	if (output < 0 || json_object_size(body) > 1)
		return say(rq, APP_INVALID_ELEMENT, "outputId is the number of an output; nothing else is asked for.");
	output = output ? output : 1;
	err = catalog_output_cancel(svc->catalog, rq->arg[0], output);
	if (err == -ENOENT)
		return say(rq, APP_NOT_FOUND, "The recording has no such output.");
	if (err)
		return catalog_error(rq, err, "This output is not being made, or the recording is not over.");
	log_info("recording %s: output %d cancelled by %s", rq->arg[0], output, rq->token.sub);
	note_output(rq, ACCESS_CANCELLED, output);
	return accepted(rq, rp, json_pack("{s:s,s:i,s:s}", "recordingId", rq->arg[0], "outputId", output, "state", "cancelled"));
}

/* ---- both ---- */

typedef enum app_error (order_h)(struct http_request *rq, struct http_reply *rp, json_t *body, json_t *row);

static enum app_error take_order(struct http_request *rq, struct http_reply *rp, order_h *order)
{
	json_t *body = NULL, *row = NULL;
	enum app_error e = http_body(rq, &body);

	if (!e)
		e = rest_row(rq, &row);
	if (!e)
		e = order(rq, rp, body, row);
	json_decref(body);
	json_decref(row);
	return e;
}

enum app_error rest_recompose(struct http_request *rq, struct http_reply *rp)
{
	return take_order(rq, rp, recompose);
}

enum app_error rest_cancel(struct http_request *rq, struct http_reply *rp)
{
	return take_order(rq, rp, cancel);
}

/* ---- erase ---- */

enum app_error rest_erase(struct http_request *rq, struct http_reply *rp)
{
	const struct service *svc = rq->ctx;
	struct catalog_job job;
	json_t *row = NULL;
	enum app_error e = rest_row(rq, &row);
	int err;

	if (e)
		return e;
	json_decref(row);
	err = catalog_erase(svc->catalog, rq->arg[0], rq->arg[1], NULL, &job);
	if (err == -ENOENT || err == -EINVAL)
		return APP_NO_SUCH_PARTICIPANT;
	if (err)
		return catalog_error(rq, err, "The recording is not over.");
	log_info("recording %s: %s is taken out, asked for by %s", rq->arg[0], rq->arg[1], rq->token.sub);
	rest_note(rq, ACCESS_ERASED, rq->arg[0], rq->arg[1]);
	return accepted(rq, rp, json_pack("{s:s,s:s,s:s}", "recordingId", rq->arg[0], "participant", rq->arg[1], "state", job.id ? "queued" : "done"));
}
