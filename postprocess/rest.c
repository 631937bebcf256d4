/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * REST handlers of recordings. HTTP threads; they block on the catalog. What belongs to another room does not exist for a token.
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "common/ids.h"
#include "common/json.h"
#include "common/log.h"
#include "postprocess/service.h"
#include "postprocess/view.h"

enum app_error rest_catalog_error(const struct http_request *rq, int err)
{
	if (err == -ENOENT)
		return APP_NO_SUCH_RECORDING;
	if (err == -EPERM)
		return APP_HELD;
	log_warn("http %s: catalog: %s", rq->id, err_str(err));
	return err == -EBUSY ? APP_UNAVAILABLE : APP_INTERNAL;
}

static struct view view_of(const struct http_request *rq, bool full)
{
	const struct service *svc = rq->ctx;

	return (struct view){ .urls = permission_grant(&rq->actor, GRANT_DOWNLOAD), .full = full, .keys = svc->keys, .now_s = rq->now_ms / 1000,
			      .ttl_s = svc->settings->url_ttl_s, .delivery = svc->delivery, .time_zone = svc->settings->time_zone };
}

static bool status_known(const char *status)
{
	static const char *const all[] = { "starting", "recording", "paused", "processing", "uploading", "completed", "failed", "deleting", NULL };

	return g_strv_contains(all, status);
}

/* The query of GET /recordings into *f. */
static enum app_error read_filter(struct http_request *rq, struct catalog_filter *f)
{
	enum app_error e = rest_query_page(rq, &f->page_size, &f->page_token);

	f->room = rq->token.room;
	f->status = http_query(rq, "status");
	if (!e && f->status && !status_known(f->status))
		e = rest_query_bad(rq, "There is no such status.");
	if (!e)
		e = rest_query_number(rq, "from", &f->from_ms);
	return e ? e : rest_query_number(rq, "to", &f->to_ms);
}

/* Links in a list are given away as much as those of one recording. */
static json_t *list_row(const struct http_request *rq, json_t *row, const struct view *v)
{
	json_t *r = view_recording(row, v);

	if (view_has_urls(r))
		rest_note(rq, ACCESS_SHARED, json_str(row, "id"), NULL);
	return r;
}

enum app_error rest_list(struct http_request *rq, struct http_reply *rp)
{
	const struct service *svc = rq->ctx;
	struct catalog_filter f = { 0 };
	struct view v = view_of(rq, false);
	json_t *rows = NULL, *list, *row;
	char next[128] = "";
	enum app_error e = read_filter(rq, &f);
	size_t i;
	int err;

	if (e)
		return e;
	err = catalog_recording_list(svc->catalog, &f, &rows, next);
	if (err == -EINVAL)
		return rest_query_bad(rq, "pageToken is none of ours.");
	if (err < 0)
		return rest_catalog_error(rq, err);
	list = json_array();
	json_array_foreach(rows, i, row)
		json_array_append_new(list, list_row(rq, row, &v));
	json_decref(rows);
	return http_json(rp, MHD_HTTP_OK, json_pack("{s:o,s:o}", "recordings", list, "nextPageToken", next[0] ? json_string(next) : json_null()));
}

enum app_error rest_row(struct http_request *rq, json_t **out)
{
	const struct service *svc = rq->ctx;
	json_t *row = NULL;
	const char *room, *status;
	int err;

	if (!recording_id_valid(rq->arg[0]))
		return APP_NO_SUCH_RECORDING;
	err = catalog_recording_get(svc->catalog, rq->arg[0], &row);
	if (err)
		return rest_catalog_error(rq, err);
	room = json_str(row, "room");
	status = json_str(row, "status");
	if (!room || !status || !strcmp(status, "deleted") || (rq->has_token && strcmp(room, rq->token.room))) {
		json_decref(row);
		return APP_NO_SUCH_RECORDING;
	}
	*out = row;
	return APP_OK;
}

enum app_error rest_get(struct http_request *rq, struct http_reply *rp)
{
	const struct service *svc = rq->ctx;
	struct view v = view_of(rq, true);
	json_t *row, *r, *none = NULL;
	enum app_error e = rest_row(rq, &row);
	int64_t last = 0;
	int err;

	if (e)
		return e;
	err = catalog_event_of(svc->catalog, rq->arg[0], INT64_MAX, 1, &none, &last);
	json_decref(none);
	r = err ? NULL : view_recording(row, &v);
	if (!err)
		rest_note(rq, view_has_urls(r) ? ACCESS_SHARED : ACCESS_VIEWED, rq->arg[0], NULL);
	json_decref(row);
	if (err)
		return rest_catalog_error(rq, err);
	json_object_set_new(r, "lastSeq", json_integer(last));
	return http_json(rp, MHD_HTTP_OK, r);
}

enum app_error rest_delete(struct http_request *rq, struct http_reply *rp)
{
	const struct service *svc = rq->ctx;
	const char *id = rq->arg[0];
	json_t *row;
	enum app_error e = rest_row(rq, &row);
	int err;

	if (e)
		return e;
	json_decref(row);
	err = catalog_recording_delete(svc->catalog, id);
	if (err == -EPROTO)
		return APP_RECORDING_BUSY;
	if (err)
		return rest_catalog_error(rq, err);
	log_info("recording %s: deleted by %s", id, rq->token.sub);
	rest_note(rq, ACCESS_DELETED, id, NULL);
	e = http_json(rp, MHD_HTTP_ACCEPTED, json_pack("{s:s,s:s}", "recordingId", id, "status", "deleting"));
	if (!e)
		http_set(rp, MHD_HTTP_HEADER_LOCATION, rq->path);
	return e;
}
