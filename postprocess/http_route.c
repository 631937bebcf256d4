/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which route a request takes, and the headers that every answer has. Called by http.c on its threads.
 */
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include "postprocess/http_private.h"

/* Compares the path with a pattern, segment by segment; fills in rq->arg. */
static bool route_fits(const char *pattern, const char *path, struct http_request *rq)
{
	int n = 0;

	memset(rq->arg, 0, sizeof(rq->arg));
	while (*pattern == '/' && *path == '/') {
		size_t plen = strcspn(++pattern, "/"), len = strcspn(++path, "/");

		if (*pattern == '*')
			return true;
		if (*pattern == ':') {
			if (!len || len >= HTTP_ARG_SIZE || n >= HTTP_ARGS)
				return false;
			g_strlcpy(rq->arg[n++], path, len + 1);
		} else if (plen != len || strncmp(pattern, path, len)) {
			return false;
		}
		pattern += plen;
		path += len;
	}
	return !*pattern && !*path;
}

static unsigned method_bit(const char *method)
{
	if (!strcmp(method, MHD_HTTP_METHOD_GET) || !strcmp(method, MHD_HTTP_METHOD_HEAD))
		return HTTP_GET;
	if (!strcmp(method, MHD_HTTP_METHOD_POST))
		return HTTP_POST;
	return strcmp(method, MHD_HTTP_METHOD_DELETE) ? 0 : HTTP_DELETE;
}

/* The route for this request; *others gets the methods of routes that fit but for the method. A catch-all counts only when nothing else fits. */
const struct route *http_find_route(const struct route *routes, struct http_request *rq, unsigned *others)
{
	unsigned method = method_bit(rq->method);

	*others = 0;
	for (const struct route *r = routes; r->pattern; r++) {
		if (!route_fits(r->pattern, rq->path, rq) || (*others && strchr(r->pattern, '*')))
			continue;
		if (r->methods & method)
			return r;
		*others |= r->methods;
	}
	return NULL;
}

static void put_allow(struct http_reply *rp, unsigned methods)
{
	char allow[64];

	snprintf(allow, sizeof(allow), "%s%s%s%s", methods & HTTP_GET ? ", GET, HEAD" : "", methods & HTTP_DELETE ? ", DELETE" : "",
		 methods & HTTP_POST ? ", POST" : "", methods && rp->status != MHD_HTTP_METHOD_NOT_ALLOWED ? ", OPTIONS" : "");
	http_set(rp, MHD_HTTP_HEADER_ALLOW, allow + MIN(strlen(allow), 2));
}

/* Tokens go in a header, never in a cookie: no page is ever allowed credentials. */
static void put_cors(struct http_reply *rp, const struct http_request *rq, const char *origins)
{
	const char *origin = http_header(rq, MHD_HTTP_HEADER_ORIGIN);
	bool all = origins && !strcmp(origins, "*"), listed = false;
	g_auto(GStrv) words = origins && *origins && origin ? g_strsplit_set(origins, ", ", -1) : NULL;

	if (!words)
		return;
	http_set(rp, MHD_HTTP_HEADER_VARY, "Origin");
	for (char **w = words; *w; w++)
		listed |= !g_ascii_strcasecmp(*w, origin);
	if (!all && !listed)
		return;
	http_set(rp, MHD_HTTP_HEADER_ACCESS_CONTROL_ALLOW_ORIGIN, all ? "*" : origin);
	http_set(rp, MHD_HTTP_HEADER_ACCESS_CONTROL_EXPOSE_HEADERS, "Location, Retry-After, X-Request-Id, Idempotent-Replayed, Content-Range, Content-Length, ETag, Accept-Ranges");
	if (strcmp(rq->method, MHD_HTTP_METHOD_OPTIONS) || !http_header(rq, MHD_HTTP_HEADER_ACCESS_CONTROL_REQUEST_METHOD))
		return;
	http_set(rp, MHD_HTTP_HEADER_ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST, DELETE");
	http_set(rp, MHD_HTTP_HEADER_ACCESS_CONTROL_ALLOW_HEADERS, "Authorization, Content-Type, Range, If-Range, If-None-Match, Idempotency-Key");
	http_set(rp, MHD_HTTP_HEADER_ACCESS_CONTROL_MAX_AGE, "600");
}

void http_common_headers(struct http_reply *rp, const struct http_request *rq, unsigned others, const struct http_conf *conf)
{
	http_set(rp, "X-Request-Id", rq->id);
	http_set(rp, "X-Content-Type-Options", "nosniff");
	http_set(rp, "Referrer-Policy", "no-referrer");
	http_set(rp, "X-Frame-Options", "DENY");
	if (!MHD_get_response_header(rp->response, "Content-Security-Policy"))
		http_set(rp, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
	if (rq->https)
		http_set(rp, "Strict-Transport-Security", "max-age=31536000");
	put_cors(rp, rq, conf->cors_origins);
	if (rp->status == MHD_HTTP_METHOD_NOT_ALLOWED || !strcmp(rq->method, MHD_HTTP_METHOD_OPTIONS))
		put_allow(rp, others);
}
