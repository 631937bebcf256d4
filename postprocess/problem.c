/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Errors as application/problem+json. Called by http.c on its threads.
 */
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "postprocess/problem.h"

/* `type` is a reference relative to the server; its last part is the code of the table. */
json_t *problem_json(enum app_error e, const char *detail, const char *path, const char *request_id)
{
	const struct app_error_info *info = app_error_info(e);
	g_autofree char *text = g_utf8_make_valid(detail && *detail ? detail : info->sentence, -1);    /* it may quote, cut in the middle of a character */

	return json_pack("{s:o,s:s,s:i,s:s,s:s%,s:s,s:s}", "type", json_sprintf("/problems/%s", info->code), "title", info->sentence, "status", info->status,
			 "detail", text, "instance", path, strnlen(path, 256), "code", info->code, "requestId", request_id);
}

/* Headers that a status demands or that help a client. */
static void put_status_headers(const struct http_request *rq, struct http_reply *rp, enum app_error e)
{
	char range[40], retry[24];

	snprintf(range, sizeof(range), "bytes */%llu", (unsigned long long)rq->size);
	if (e == APP_RANGE)
		http_set(rp, MHD_HTTP_HEADER_CONTENT_RANGE, range);
	if (rp->status == MHD_HTTP_UNAUTHORIZED)
		http_set(rp, MHD_HTTP_HEADER_WWW_AUTHENTICATE,
			 e == APP_TOKEN_EXPIRED ? "Bearer realm=\"recroom\", error=\"invalid_token\"" : "Bearer realm=\"recroom\"");
	snprintf(retry, sizeof(retry), "%lld", rq->retry_ms ? (long long)(rq->retry_ms + 999) / 1000 : 2LL);
	if (rq->retry_ms || rp->status == MHD_HTTP_SERVICE_UNAVAILABLE)
		http_set(rp, MHD_HTTP_HEADER_RETRY_AFTER, retry);
}

void problem_reply(const struct http_request *rq, enum app_error e, struct http_reply *rp)
{
	json_t *o = problem_json(e, rq->detail, rq->path, rq->id);
	char *text;

	if (!o)    /* a path that is no UTF-8 */
		o = problem_json(e, rq->detail, "", rq->id);
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	rp->status = (unsigned)app_error_info(e)->status;
	rp->text = text;
	rp->response = MHD_create_response_from_buffer(text ? strlen(text) : 0, text, MHD_RESPMEM_MUST_FREE);
	http_set(rp, MHD_HTTP_HEADER_CONTENT_TYPE, "application/problem+json");
	http_set(rp, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	put_status_headers(rq, rp, e);
}
