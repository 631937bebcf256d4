/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * REST handlers that give out files. HTTP threads; they block on disks, and where a file is only in a store, on that.
 *
 *   row's file ─┬─ here ─────────────────────────────▶ sent, with Range
 *               └─ verified in a store ─┬─ sealed, or wanted by a page's script ─▶ fetched and sent
 *                                       └─ else ─▶ 302 to an address signed for it
 */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "common/disposition.h"
#include "common/json.h"
#include "common/log.h"
#include "postprocess/delivery.h"
#include "postprocess/files.h"
#include "postprocess/service.h"
#include "postprocess/view.h"

/* Opens what the catalog lists, never what the client says: the name only picks a row. */
static int open_file(const struct http_request *rq, json_t *row, json_t *file, struct stat *st)
{
	const struct service *svc = rq->ctx;
	char *rel = g_strdup_printf("%s/%s", json_str(row, "id"), json_str(file, "name"));
	int fd = file_open_below(svc->settings->recordings, rel, st);

	if (fd < 0 && !rest_stored_there(rq, file))
		log_warn("http %s: %s is in the catalog, but cannot be opened: %s", rq->id, rel, err_str(fd));
	g_free(rel);
	return fd;
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

/* The value of Content-Disposition where the file is to be saved, NULL where it is shown. g_free() it. */
static char *disposition_of(const struct http_request *rq, json_t *row, const char *name)
{
	const struct service *svc = rq->ctx;
	const char *download = http_query(rq, "download");
	char *save_as, *value;

	if (!download || strcmp(download, "1"))
		return NULL;
	save_as = disposition_name(json_str(row, "title"), json_num(row, "started_ms", 0), svc->settings->time_zone, view_ending(row, name));
	value = disposition_value("attachment", save_as);
	g_free(save_as);
	return value;
}

static enum app_error send_here(struct http_request *rq, struct http_reply *rp, json_t *file, struct file_reply_conf *conf)
{
	char etag[ETAG_SIZE];
	enum app_error e;

	name_version(etag, file, &conf->st);
	conf->etag = etag;
	e = file_reply(rq, rp, conf);
	/* A browser that is sent here shows the file on a page of its own, which may load it and nothing else. */
	if (!e)
		http_set(rp, "Content-Security-Policy", "default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'");
	return e;
}

/* Where a store gives it out itself; NULL: we have to. Only what people look at or save is fetched from another origin without that being asked. g_free() it. */
static char *address_of(const struct http_request *rq, json_t *file, const struct file_reply_conf *conf)
{
	const struct service *svc = rq->ctx;
	const char *kind = json_str(file, "kind");
	int64_t ttl_s = svc->settings->url_ttl_s;
	struct delivery_ask ask = { .method = !strcmp(rq->method, MHD_HTTP_METHOD_HEAD) ? "HEAD" : "GET", .disposition = conf->disposition, .mime = conf->mime,
				    .exp_s = rq->now_ms / 1000 + ttl_s, .ttl_s = (int)ttl_s };
	bool elsewhere = kind && (!strcmp(kind, "media") || !strcmp(kind, "thumbnail"));
	struct delivery_copy copy;
	char *url = NULL;

	if (!elsewhere || !delivery_find(svc->delivery, file, &copy) || delivery_url(svc->delivery, &copy, &ask, &url))
		return NULL;
	return url;
}

/* On a thread that may wait, for credentials or the store itself. */
static enum app_error send_stored(struct http_request *rq, struct http_reply *rp, json_t *row, json_t *file, struct file_reply_conf *conf)
{
	char *url = address_of(rq, file, conf);
	enum app_error e = url ? http_text(rp, MHD_HTTP_FOUND, "") : rest_stored(rq, file, conf);

	if (!e && url)
		http_set(rp, MHD_HTTP_HEADER_LOCATION, url);
	else if (!e && conf->fd >= 0 && rest_storyboard_applies(rq, file))
		e = rest_storyboard(rq, rp, row, file, conf);
	else if (!e)
		e = send_here(rq, rp, file, conf);
	g_free(url);
	return e;
}

static enum app_error send_file(struct http_request *rq, struct http_reply *rp, json_t *row, json_t *file)
{
	const char *name = json_str(file, "name"), *mime = json_str(file, "mime");
	struct file_reply_conf conf = { .mime = mime && *mime ? mime : file_mime(name), .cache = "private, no-cache" };
	char *disposition;
	enum app_error e;

	conf.fd = open_file(rq, row, file, &conf.st);
	if (conf.fd < 0 && !rest_stored_there(rq, file))
		return APP_NOT_FOUND;
	if (conf.fd < 0 && !rq->waits) {
		rq->waits = true;              /* this is called again where it may */
		return APP_OK;
	}
	if (conf.fd >= 0 && rest_storyboard_applies(rq, file))
		return rest_storyboard(rq, rp, row, file, &conf);
	if (!conf.mime)
		conf.mime = "application/octet-stream";
	conf.disposition = disposition = disposition_of(rq, row, name);
	if (conf.fd >= 0) {
		e = send_here(rq, rp, file, &conf);
	} else {
		conf.fd = -1;
		e = send_stored(rq, rp, row, file, &conf);
	}
	g_free(disposition);
	return e;
}

/* What a client has already, or asks the size of, is not sent. */
static void note_file(const struct http_request *rq, const struct http_reply *rp, const char *recording, const char *name)
{
	const char *download = http_query(rq, "download");
	bool sent = rp->status == MHD_HTTP_OK || rp->status == MHD_HTTP_PARTIAL_CONTENT || rp->status == MHD_HTTP_FOUND;

	if (sent && strcmp(rq->method, MHD_HTTP_METHOD_HEAD))
		rest_note(rq, download && !strcmp(download, "1") ? ACCESS_DOWNLOADED : ACCESS_VIEWED, recording, name);
}

enum app_error rest_send(struct http_request *rq, struct http_reply *rp, json_t *row, json_t *file)
{
	enum app_error e = send_file(rq, rp, row, file);

	if (!e && rp->response)
		note_file(rq, rp, json_str(row, "id"), json_str(file, "name"));
	return e;
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
	e = file ? rest_send(rq, rp, row, file) : APP_NOT_FOUND;
	json_decref(row);
	return e;
}
