/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * REST handlers of recordings. HTTP threads; they block on the catalog. What belongs to another room does not exist for a token.
 */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "common/disposition.h"
#include "common/ids.h"
#include "common/json.h"
#include "common/log.h"
#include "postprocess/files.h"
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
			      .ttl_s = svc->settings->url_ttl_s };
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

/* Opens what the catalog lists, never what the client says: the name only picks a row. */
static enum app_error open_file(struct http_request *rq, json_t *row, json_t *file, struct file_reply_conf *conf)
{
	const struct service *svc = rq->ctx;
	char *rel = g_strdup_printf("%s/%s", json_str(row, "id"), json_str(file, "name"));

	conf->fd = file_open_below(svc->settings->recordings, rel, &conf->st);
	if (conf->fd < 0)
		log_warn("http %s: %s is in the catalog, but cannot be opened: %s", rq->id, rel, err_str(conf->fd));
	g_free(rel);
	return conf->fd < 0 ? APP_NOT_FOUND : APP_OK;
}

static void name_version(char etag[ETAG_SIZE], json_t *file, const struct stat *st)
{
	const char *sha256 = json_str(file, "sha256"), *kind = json_str(file, "kind");
	bool grows = kind && !strcmp(kind, "metadata");        /* with each later output */

	if (sha256 && strlen(sha256) == 64 && !grows)
		snprintf(etag, ETAG_SIZE, "\"%.64s\"", sha256);
	else
		file_etag(etag, st);
}

static enum app_error send_file(struct http_request *rq, struct http_reply *rp, json_t *row, json_t *file)
{
	char etag[ETAG_SIZE], *save_as, *disposition = NULL;
	const char *name = json_str(file, "name"), *ext = strrchr(name, '.'), *mime = json_str(file, "mime"), *download = http_query(rq, "download");
	struct file_reply_conf conf = { .etag = etag, .mime = mime && *mime ? mime : file_mime(name), .cache = "private, no-cache" };
	enum app_error e = open_file(rq, row, file, &conf);

	if (e)
		return e;
	if (rest_storyboard_applies(rq, file))
		return rest_storyboard(rq, rp, row, file, &conf);
	if (!conf.mime)
		conf.mime = "application/octet-stream";
	name_version(etag, file, &conf.st);
	if (download && !strcmp(download, "1")) {
		save_as = disposition_name(json_str(row, "title"), json_num(row, "started_ms", 0), NULL, ext ? ext : "");
		conf.disposition = disposition = disposition_value("attachment", save_as);
		g_free(save_as);
	}
	e = file_reply(rq, rp, &conf);
	g_free(disposition);
	/* A browser that is sent here shows the file on a page of its own, which may load it and nothing else. */
	if (!e)
		http_set(rp, "Content-Security-Policy", "default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'");
	return e;
}

/* What a client has already, or asks the size of, is not sent. */
static void note_file(const struct http_request *rq, const struct http_reply *rp, const char *name)
{
	const char *download = http_query(rq, "download");
	bool sent = rp->status == MHD_HTTP_OK || rp->status == MHD_HTTP_PARTIAL_CONTENT;

	if (sent && strcmp(rq->method, MHD_HTTP_METHOD_HEAD))
		rest_note(rq, download && !strcmp(download, "1") ? ACCESS_DOWNLOADED : ACCESS_VIEWED, rq->arg[0], name);
}

enum app_error rest_file(struct http_request *rq, struct http_reply *rp)
{
	g_autofree char *name = rq->arg[2][0] ? g_strdup_printf("%s/%s", rq->arg[1], rq->arg[2]) : g_strdup(rq->arg[1]);
	json_t *row, *file;
	const char *status;
	enum app_error e = rest_row(rq, &row);

	if (e)
		return e;
	status = json_str(row, "status");
	file = strcmp(status, "deleting") ? view_file(row, name) : NULL;
	e = file ? send_file(rq, rp, row, file) : APP_NOT_FOUND;
	if (!e)
		note_file(rq, rp, name);
	json_decref(row);
	return e;
}
