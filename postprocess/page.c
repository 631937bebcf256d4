/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The demo page with the client package it stands on, and what it must know of this server. HTTP threads.
 */
#include <glib.h>
#include <string.h>
#include "config.h"
#include "postprocess/delivery.h"
#include "postprocess/packed.h"
#include "postprocess/service.h"

/* Without a configured address the page guesses Janus' port on its own host; this is all it may connect to. */
static char *connect_sources(const struct http_request *rq)
{
	const struct settings *s = ((const struct service *)rq->ctx)->settings;
	const char *host = http_header(rq, MHD_HTTP_HEADER_HOST);
	size_t n = host ? strcspn(host, ":") : 0;

	if (s->janus_ws && *s->janus_ws)
		return g_strdup_printf("'self' %s %s", s->janus_ws, s->janus_http ? s->janus_http : "");
	if (!n || strspn(host, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-") < n)
		return g_strdup("'self' ws: wss:");    /* an IPv6 address has no form in a policy */
	return g_strdup_printf("'self' ws://%.*s:* wss://%.*s:* http://%.*s:* https://%.*s:*", (int)n, host, (int)n, host, (int)n, host, (int)n, host);
}

static void put_policy(struct http_request *rq, struct http_reply *rp)
{
	char *connect = connect_sources(rq), *stores = delivery_origins(((const struct service *)rq->ctx)->delivery), *policy;

	policy = g_strdup_printf("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:%s; media-src 'self' blob: mediastream:%s; "
				 "font-src 'self'; manifest-src 'self'; connect-src %s; form-action 'self'; base-uri 'none'; frame-ancestors 'none'", stores, stores, connect);
	if (!strpbrk(policy, "\r\n"))
		http_set(rp, "Content-Security-Policy", policy);
	http_set(rp, "Permissions-Policy", "camera=(self), microphone=(self), display-capture=(self)");
	g_free(policy);
	g_free(connect);
	g_free(stores);
}

static enum app_error send_from(struct http_request *rq, struct http_reply *rp, const char *root, const char *rel)
{
	char etag[ETAG_SIZE];
	struct file_reply_conf conf = { .etag = etag, .mime = file_mime(rel), .cache = "no-cache" };
	enum app_error e;

	if (!conf.mime)
		return APP_NOT_FOUND;
	conf.fd = file_open_below(root, rel, &conf.st);
	if (conf.fd < 0)
		return APP_NOT_FOUND;
	file_etag(etag, &conf.st);
	e = packed_wanted(rq, &conf) ? packed_reply(rq, rp, &conf) : file_reply(rq, rp, &conf);
	if (e)
		return e;
	if (packed_suits(conf.mime))
		http_set(rp, MHD_HTTP_HEADER_VARY, MHD_HTTP_HEADER_ACCEPT_ENCODING);
	put_policy(rq, rp);
	return e;
}

enum app_error page_file(struct http_request *rq, struct http_reply *rp)
{
	const struct service *svc = rq->ctx;
	const char *rel = rq->path + 1;

	return send_from(rq, rp, svc->page, *rel ? rel : "index.html");
}

enum app_error page_config(struct http_request *rq, struct http_reply *rp)
{
	const struct settings *s = ((const struct service *)rq->ctx)->settings;
	json_t *rooms = json_array();

	for (size_t i = 0; i < s->nrooms; i++)
		if (s->rooms[i].listed)
			json_array_append_new(rooms, json_string(s->rooms[i].id));
	return http_json(rp, MHD_HTTP_OK, json_pack("{s:{s:s,s:s},s:o,s:s}", "janus", "ws", s->janus_ws ? s->janus_ws : "", "http",
						    s->janus_http ? s->janus_http : "", "rooms", rooms, "version", PACKAGE_VERSION));
}
