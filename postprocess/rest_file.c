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
#include "postprocess/files.h"
#include "postprocess/service.h"
#include "postprocess/view.h"

/* Opens what the catalog lists, never what the client says: the name only picks a row. Neither file nor object: see rest_stored(). */
static enum app_error open_file(struct http_request *rq, json_t *row, json_t *file, struct file_reply_conf *conf)
{
	const struct service *svc = rq->ctx;
	char *rel = g_strdup_printf("%s/%s", json_str(row, "id"), json_str(file, "name"));
	bool stored;

	conf->fd = file_open_below(svc->settings->recordings, rel, &conf->st);
	stored = conf->fd < 0 && rest_stored_there(rq, file);
	if (conf->fd < 0 && !stored)
		log_warn("http %s: %s is in the catalog, but cannot be opened: %s", rq->id, rel, err_str(conf->fd));
	g_free(rel);
	if (!stored)
		return conf->fd < 0 ? APP_NOT_FOUND : APP_OK;
	conf->fd = -1;
	return rest_stored(rq, file, conf);
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

	if (e || (conf.fd < 0 && !conf.object))        /* this is called again where it may wait */
		return e;
	if (conf.fd >= 0 && rest_storyboard_applies(rq, file))
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
static void note_file(const struct http_request *rq, const struct http_reply *rp, const char *recording, const char *name)
{
	const char *download = http_query(rq, "download");
	bool sent = rp->status == MHD_HTTP_OK || rp->status == MHD_HTTP_PARTIAL_CONTENT;

	if (sent && strcmp(rq->method, MHD_HTTP_METHOD_HEAD))
		rest_note(rq, download && !strcmp(download, "1") ? ACCESS_DOWNLOADED : ACCESS_VIEWED, recording, name);
}

enum app_error rest_send(struct http_request *rq, struct http_reply *rp, json_t *row, json_t *file)
{
	enum app_error e = send_file(rq, rp, row, file);

	if (!e)
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
