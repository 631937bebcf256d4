/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * REST handlers of how long a recording is kept, and of what keeps it. HTTP threads; they block on the catalog.
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "common/catalog_store.h"
#include "common/json.h"
#include "common/log.h"
#include "postprocess/service.h"
#include "postprocess/state_file.h"

enum { REASON_MAX = 500 };
#define LATEST_MS 4102444800000      /* the year 2100 */

static enum app_error say(struct http_request *rq, enum app_error e, const char *sentence)
{
	g_strlcpy(rq->detail, sentence, sizeof(rq->detail));
	return e;
}

static enum app_error change_error(struct http_request *rq, int err)
{
	return err == -EPROTO ? say(rq, APP_RECORDING_BUSY, "The recording is being deleted.") : rest_catalog_error(rq, err);
}

/* The recording has to be one the requester may know of. */
static enum app_error known(struct http_request *rq)
{
	json_t *row = NULL;
	enum app_error e = rest_row(rq, &row);

	json_decref(row);
	return e;
}

/* ---- hold ---- */

static enum app_error set_hold(struct http_request *rq, struct http_reply *rp, bool held, const char *reason)
{
	const struct service *svc = rq->ctx;
	int err = catalog_hold(svc->catalog, rq->arg[0], held, reason);

	if (err)
		return change_error(rq, err);
	state_file_write(svc->catalog, svc->settings->recordings, rq->arg[0]);
	log_info("recording %s: %s by %s", rq->arg[0], held ? "held" : "released", rq->token.sub);
	rest_note(rq, held ? ACCESS_HELD : ACCESS_RELEASED, rq->arg[0], NULL);
	return http_json(rp, MHD_HTTP_OK, json_pack("{s:s,s:b,s:s?}", "recordingId", rq->arg[0], "held", held, "reason", held ? reason : NULL));
}

enum app_error rest_hold(struct http_request *rq, struct http_reply *rp)
{
	json_t *body = NULL, *reason;
	enum app_error e = known(rq);

	if (!e)
		e = http_body(rq, &body);
	if (e)
		return e;
	reason = json_object_get(body, "reason");
	if ((reason && (!json_is_string(reason) || json_string_length(reason) > REASON_MAX)) || json_object_size(body) > (reason ? 1 : 0))
		e = say(rq, APP_INVALID_ELEMENT, "reason is a text of 500 bytes at most; nothing else is asked for.");
	else
		e = set_hold(rq, rp, true, json_string_value(reason));
	json_decref(body);
	return e;
}

enum app_error rest_release(struct http_request *rq, struct http_reply *rp)
{
	enum app_error e = known(rq);

	return e ? e : set_hold(rq, rp, false, NULL);
}

/* ---- until when ---- */

/* A time in milliseconds, or null: for ever. *given: it is there. */
static bool read_time(json_t *body, const char *name, bool *given, int64_t *out)
{
	json_t *v = json_object_get(body, name);

	*given = v != NULL;
	*out = v && json_is_integer(v) ? json_integer_value(v) : 0;
	return !v || json_is_null(v) || (json_is_integer(v) && *out > 0 && *out <= LATEST_MS);
}

static json_t *time_or_null(int64_t ms)
{
	return ms ? json_integer(ms) : json_null();
}

static json_t *kept(const char *id, const struct catalog_keep *k)
{
	json_t *o = json_pack("{s:s}", "recordingId", id);

	if (k->outputs)
		json_object_set_new(o, "keepUntil", time_or_null(k->keep_until_ms));
	if (k->chunks)
		json_object_set_new(o, "originalsUntil", time_or_null(k->chunks_until_ms));
	return o;
}

static enum app_error set_keep(struct http_request *rq, struct http_reply *rp, json_t *body)
{
	const struct service *svc = rq->ctx;
	struct catalog_keep k;
	int err;

	if (!read_time(body, "keepUntil", &k.outputs, &k.keep_until_ms) || !read_time(body, "originalsUntil", &k.chunks, &k.chunks_until_ms) ||
	    (!k.outputs && !k.chunks) || json_object_size(body) > (size_t)k.outputs + k.chunks)
		return say(rq, APP_INVALID_ELEMENT, "keepUntil, originalsUntil or both: milliseconds since 1970, or null for ever.");
	err = catalog_keep(svc->catalog, rq->arg[0], &k);
	if (err)
		return change_error(rq, err);
	state_file_write(svc->catalog, svc->settings->recordings, rq->arg[0]);
	log_info("recording %s: how long it is kept was changed by %s", rq->arg[0], rq->token.sub);
	rest_note(rq, ACCESS_KEPT, rq->arg[0], NULL);
	return http_json(rp, MHD_HTTP_OK, kept(rq->arg[0], &k));
}

enum app_error rest_keep(struct http_request *rq, struct http_reply *rp)
{
	json_t *body = NULL;
	enum app_error e = known(rq);

	if (!e)
		e = http_body(rq, &body);
	if (!e)
		e = set_keep(rq, rp, body);
	json_decref(body);
	return e;
}
