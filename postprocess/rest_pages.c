/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * REST handlers of lists: a room's calls, a recording's events; and the queries that lists have in common. HTTP threads; they block on the catalog.
 */
#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "common/json.h"
#include "postprocess/service.h"

enum { PAGE_DEFAULT = 20, PAGE_MAX = 100 };

enum app_error rest_query_bad(struct http_request *rq, const char *sentence)
{
	g_strlcpy(rq->detail, sentence, sizeof(rq->detail));
	return APP_INVALID_ELEMENT;
}

enum app_error rest_query_number(struct http_request *rq, const char *name, int64_t *out)
{
	const char *text = http_query(rq, name);
	guint64 n;

	if (!text)
		return APP_OK;
	if (!g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT64, &n, NULL)) {
		g_snprintf(rq->detail, sizeof(rq->detail), "%s is a whole number.", name);
		return APP_INVALID_ELEMENT;
	}
	*out = (int64_t)n;
	return APP_OK;
}

enum app_error rest_query_page(struct http_request *rq, int *page_size, const char **page_token)
{
	const char *room = http_query(rq, "room"), *token = http_query(rq, "pageToken");
	int64_t n = PAGE_DEFAULT;
	enum app_error e;

	if (room && strcmp(room, rq->token.room)) {
		g_strlcpy(rq->detail, "The token is for another room.", sizeof(rq->detail));
		return APP_FORBIDDEN;
	}
	e = rest_query_number(rq, "pageSize", &n);
	if (e || n < 1 || n > PAGE_MAX)
		return rest_query_bad(rq, "pageSize is a number from 1 to 100.");
	*page_size = (int)n;
	*page_token = token && *token ? token : NULL;
	return APP_OK;
}

static json_t *or_null(json_t *v)
{
	return v ? json_incref(v) : json_null();
}

static json_t *view_call(json_t *row)
{
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "callId", or_null(json_object_get(row, "id")), "roomId", or_null(json_object_get(row, "room")), "startedAt",
			 or_null(json_object_get(row, "started_ms")), "endedAt", or_null(json_object_get(row, "ended_ms")), "people",
			 or_null(json_object_get(row, "people")), "recordingId", or_null(json_object_get(row, "recording")));
}

/* Takes the rows. */
static json_t *view_each(json_t *rows, json_t *(*view)(json_t *row))
{
	json_t *list = json_array(), *row;
	size_t i;

	json_array_foreach(rows, i, row)
		json_array_append_new(list, view(row));
	json_decref(rows);
	return list;
}

enum app_error rest_calls(struct http_request *rq, struct http_reply *rp)
{
	const struct service *svc = rq->ctx;
	const char *page_token;
	json_t *rows = NULL;
	char next[128] = "";
	int page_size, err;
	enum app_error e = rest_query_page(rq, &page_size, &page_token);

	if (e)
		return e;
	err = catalog_call_list(svc->catalog, rq->token.room, page_size, page_token, &rows, next);
	if (err == -EINVAL)
		return rest_query_bad(rq, "pageToken is none of ours.");
	if (err < 0)
		return rest_catalog_error(rq, err);
	return http_json(rp, MHD_HTTP_OK, json_pack("{s:o,s:o}", "calls", view_each(rows, view_call), "nextPageToken", next[0] ? json_string(next) : json_null()));
}

static json_t *view_event(json_t *row)
{
	return json_pack("{s:o,s:o,s:o,s:o}", "seq", or_null(json_object_get(row, "seq")), "type", or_null(json_object_get(row, "type")), "at",
			 or_null(json_object_get(row, "at_ms")), "data", or_null(json_object_get(row, "payload")));
}

/* A page ends where the next one begins: the token is the last seq, and `since` is where the first page begins. */
static enum app_error read_since(struct http_request *rq, int *page_size, int64_t *since)
{
	const char *token;
	guint64 n;
	enum app_error e = rest_query_page(rq, page_size, &token);

	if (!e)
		e = rest_query_number(rq, "since", since);
	if (e || !token)
		return e;
	if (!g_ascii_string_to_unsigned(token, 10, 0, G_MAXINT64, &n, NULL))
		return rest_query_bad(rq, "pageToken is none of ours.");
	*since = (int64_t)n;
	return APP_OK;
}

enum app_error rest_events(struct http_request *rq, struct http_reply *rp)
{
	const struct service *svc = rq->ctx;
	int64_t since = 0, last = 0, end = 0;
	json_t *rows = NULL, *next;
	int page_size = 0, err;
	enum app_error e = rest_row(rq, &rows);

	g_clear_pointer(&rows, json_decref);
	if (!e)
		e = read_since(rq, &page_size, &since);
	if (e)
		return e;
	err = catalog_event_of(svc->catalog, rq->arg[0], since, page_size, &rows, &last);
	if (err < 0)
		return rest_catalog_error(rq, err);
	if (json_array_size(rows))
		end = json_num(json_array_get(rows, json_array_size(rows) - 1), "seq", 0);
	next = end && end < last ? json_sprintf("%" PRId64, end) : json_null();
	return http_json(rp, MHD_HTTP_OK, json_pack("{s:o,s:I,s:o}", "events", view_each(rows, view_event), "lastSeq", (json_int_t)last, "nextPageToken", next));
}
