/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The access log: what the other handlers note, and GET /recording/:id/accesses. HTTP threads.
 *
 * A host is told who, not from where: addresses are for operators (`recroom-pp access`).
 */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include "common/ids.h"
#include "common/json.h"
#include "postprocess/access.h"
#include "postprocess/service.h"

enum { PAGE_DEFAULT = 20, PAGE_MAX = 100 };

void rest_note(const struct http_request *rq, enum access_action action, const char *recording, const char *item)
{
	const struct service *svc = rq->ctx;
	char address[HTTP_ADDRESS_SIZE];
	struct catalog_access a = { .at_ms = rq->now_ms, .action = action, .recording = recording, .item = item, .actor = rq->has_token ? rq->token.sub : "link",
				    .address = address };

	http_client_address(rq, address);
	access_note(svc->accesses, &a);
}

static enum app_error bad_query(struct http_request *rq, const char *sentence)
{
	g_strlcpy(rq->detail, sentence, sizeof(rq->detail));
	return APP_INVALID_ELEMENT;
}

static enum app_error read_filter(struct http_request *rq, struct catalog_access_filter *f)
{
	const char *size = http_query(rq, "pageSize"), *token = http_query(rq, "pageToken");
	guint64 n = PAGE_DEFAULT;
	gint64 before = 0;

	if (size && !g_ascii_string_to_unsigned(size, 10, 1, PAGE_MAX, &n, NULL))
		return bad_query(rq, "pageSize is a number from 1 to 100.");
	if (token && *token && !g_ascii_string_to_signed(token, 10, 1, G_MAXINT64, &before, NULL))
		return bad_query(rq, "pageToken is none of ours.");
	*f = (struct catalog_access_filter){ .recording = rq->arg[0], .before = before, .limit = (int)n + 1 };
	return APP_OK;
}

/* Of a recording that was deleted, too. */
static enum app_error check_room(struct http_request *rq)
{
	const struct service *svc = rq->ctx;
	json_t *row = NULL;
	int err = recording_id_valid(rq->arg[0]) ? catalog_recording_get(svc->catalog, rq->arg[0], &row) : -ENOENT;
	bool ours = !err && !g_strcmp0(json_str(row, "room"), rq->token.room);

	json_decref(row);
	return ours ? APP_OK : err ? rest_catalog_error(rq, err) : APP_NO_SUCH_RECORDING;
}

/* One row more than the page tells that there is another page. */
static json_t *page_of(json_t *rows, size_t size)
{
	json_t *list = json_array(), *row, *next = json_null();
	size_t i;

	json_array_foreach(rows, i, row) {
		if (i == size) {
			next = json_sprintf("%lld", (long long)json_num(json_array_get(rows, size - 1), "id", 0));
			break;
		}
		json_array_append_new(list, json_pack("{s:I,s:O,s:O,s:O}", "at", (json_int_t)json_num(row, "at_ms", 0), "action", json_object_get(row, "action"), "item",
						      json_object_get(row, "item"), "actor", json_object_get(row, "actor")));
	}
	return json_pack("{s:o,s:o}", "accesses", list, "nextPageToken", next);
}

enum app_error rest_accesses(struct http_request *rq, struct http_reply *rp)
{
	const struct service *svc = rq->ctx;
	struct catalog_access_filter f;
	json_t *rows = NULL, *page;
	enum app_error e = read_filter(rq, &f);
	int err;

	if (!e)
		e = check_room(rq);
	if (e)
		return e;
	err = catalog_access_list(svc->catalog, &f, &rows);
	if (err)
		return rest_catalog_error(rq, err);
	page = page_of(rows, (size_t)f.limit - 1);
	json_decref(rows);
	return http_json(rp, MHD_HTTP_OK, page);
}
