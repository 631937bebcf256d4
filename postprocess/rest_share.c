/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * REST handlers of share links. HTTP threads; they block on the catalog.
 *
 *   POST …/share ─▶ secret, told once; its hash into the catalog ─▶ GET /s/<secret> ─▶ the file, until it expires or DELETE …/share/<id>
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "common/catalog_share.h"
#include "common/ids.h"
#include "common/json.h"
#include "common/log.h"
#include "postprocess/service.h"

enum { OUTPUT_MAX = 1000000 };

static enum app_error say(struct http_request *rq, enum app_error e, const char *sentence)
{
	g_strlcpy(rq->detail, sentence, sizeof(rq->detail));
	return e;
}

static json_t *or_null(json_t *v)
{
	return v ? json_incref(v) : json_null();
}

/* ---- giving away ---- */

static enum app_error read_share(struct http_request *rq, json_t *body, json_t *row, struct catalog_share *s)
{
	static const struct json_param params[] = {
		{ "outputId", P_INT, P_POSITIVE, 0 }, { "name", P_STRING, P_NONEMPTY, 256 }, { "expiresInS", P_INT, 0, 0 }, { NULL, P_STRING, 0, 0 },
	};
	int64_t ttl = json_num(body, "expiresInS", -1), output = json_num(body, "outputId", 0);

	if (json_check(body, params, rq->detail, sizeof(rq->detail)))
		return APP_INVALID_ELEMENT;
	if (json_object_get(body, "expiresInS") && (ttl < 0 || ttl > SHARE_TTL_MAX_S))
		return say(rq, APP_INVALID_ELEMENT, "expiresInS is a number of seconds, ten years at most; 0: until it is taken back.");
	if (output > OUTPUT_MAX || !share_file(row, (int)output, json_str(body, "name")))
		return say(rq, APP_NOT_FOUND, "The recording has no such finished file.");
	s->output = (int)output;
	s->name = json_str(body, "name");
	s->expires_ms = share_expiry(rq->now_ms, ttl);
	return APP_OK;
}

/* With an Idempotency-Key the secret follows from the key, so that doing it again gives the same link, and no answer with a secret in it need be kept. */
static void make_secret(const struct http_request *rq, char secret[SHARE_SECRET])
{
	const struct service *svc = rq->ctx;
	const char *key = http_header(rq, "Idempotency-Key");
	char sig[65], *text;
	size_t len, quotes;

	if (!key) {
		share_secret_make(secret);
		return;
	}
	len = strlen(key);
	quotes = len > 1 && key[0] == '"' && key[len - 1] == '"';
	text = g_strdup_printf("share\n%s\n%s\n%.*s", rq->token.room, rq->token.sub, (int)(len - 2 * quotes), key + quotes);
	url_sign(sig, svc->keys, text, 0);
	g_strlcpy(secret, sig, SHARE_SECRET);
	g_free(text);
}

static enum app_error shared(struct http_request *rq, struct http_reply *rp, const struct catalog_share *s, const char *secret)
{
	const struct service *svc = rq->ctx;
	char *url = share_link(svc->settings->public_url, secret), *location = g_strdup_printf("/recording/%s/share/%s", s->recording, s->id);
	enum app_error e = http_json(rp, MHD_HTTP_CREATED, json_pack("{s:s,s:s,s:o}", "shareId", s->id, "url", url, "expiresAt",
								      s->expires_ms ? json_integer(s->expires_ms) : json_null()));

	rp->text = NULL;                   /* nobody keeps this answer */
	if (!e)
		http_set(rp, MHD_HTTP_HEADER_LOCATION, location);
	g_free(url);
	g_free(location);
	return e;
}

static enum app_error add(struct http_request *rq, struct http_reply *rp, struct catalog_share *s)
{
	const struct service *svc = rq->ctx;
	char secret[SHARE_SECRET], id[SHARE_ID];
	int got;

	make_secret(rq, secret);
	got = share_id_of(id, secret);
	s->id = id;
	s->created_by = rq->token.sub;
	if (!got)
		got = catalog_share_add(svc->catalog, s);
	if (got == -EEXIST)
		return APP_IDEMPOTENCY_REUSED;
	if (got < 0)
		return rest_catalog_error(rq, got);
	if (got) {
		log_info("recording %s: shared by %s, link %.8s…", s->recording, rq->token.sub, id);
		rest_note(rq, ACCESS_SHARED, s->recording, s->name);
	}
	return shared(rq, rp, s, secret);
}

enum app_error rest_share(struct http_request *rq, struct http_reply *rp)
{
	struct catalog_share s = { .recording = rq->arg[0] };
	json_t *row = NULL, *body = NULL;
	enum app_error e = http_body(rq, &body);

	if (!e)
		e = rest_row(rq, &row);
	if (!e)
		e = read_share(rq, body, row, &s);
	if (!e)
		e = add(rq, rp, &s);
	json_decref(row);
	json_decref(body);
	return e;
}

static json_t *view_share(json_t *row)
{
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "shareId", or_null(json_object_get(row, "id")), "outputId",
			 json_num(row, "output", 0) ? json_integer(json_num(row, "output", 0)) : json_null(), "name", or_null(json_object_get(row, "name")), "createdAt",
			 or_null(json_object_get(row, "created_ms")), "expiresAt", or_null(json_object_get(row, "expires_ms")), "revokedAt",
			 or_null(json_object_get(row, "revoked_ms")), "createdBy", or_null(json_object_get(row, "created_by")), "uses", or_null(json_object_get(row, "uses")));
}

enum app_error rest_shares(struct http_request *rq, struct http_reply *rp)
{
	const struct service *svc = rq->ctx;
	json_t *row = NULL, *rows = NULL, *list;
	enum app_error e = rest_row(rq, &row);
	size_t i;
	int err;

	json_decref(row);
	if (e)
		return e;
	err = catalog_shares(svc->catalog, rq->arg[0], &rows);
	if (err)
		return rest_catalog_error(rq, err);
	list = json_array();
	json_array_foreach(rows, i, row)
		json_array_append_new(list, view_share(row));
	json_decref(rows);
	return http_json(rp, MHD_HTTP_OK, json_pack("{s:o}", "shares", list));
}

/* ---- taking back ---- */

enum app_error rest_unshare(struct http_request *rq, struct http_reply *rp)
{
	const struct service *svc = rq->ctx;
	json_t *row = NULL;
	enum app_error e = rest_row(rq, &row);
	int err;

	json_decref(row);
	if (e)
		return e;
	err = share_id_valid(rq->arg[1]) ? catalog_share_revoke(svc->catalog, rq->arg[0], rq->arg[1]) : -ENOENT;
	if (err == -ENOENT)
		return say(rq, APP_NOT_FOUND, "The recording has no such link.");
	if (err)
		return rest_catalog_error(rq, err);
	log_info("recording %s: link %.8s… taken back by %s", rq->arg[0], rq->arg[1], rq->token.sub);
	return http_text(rp, MHD_HTTP_NO_CONTENT, "");
}

/* ---- following ---- */

/* A player asks for many ranges of what it plays once. */
static bool is_first(const struct http_request *rq)
{
	const char *range = http_header(rq, MHD_HTTP_HEADER_RANGE);

	return !strcmp(rq->method, MHD_HTTP_METHOD_GET) && (!range || g_str_has_prefix(range, "bytes=0-"));
}

/* The recording of a link that is good. */
static enum app_error find_shared(struct http_request *rq, json_t *share, json_t **row)
{
	const struct service *svc = rq->ctx;
	const char *status;
	int err;

	if (json_num(share, "gone", 1))
		return APP_SHARE_GONE;
	err = catalog_recording_get(svc->catalog, json_str(share, "recording"), row);
	if (err)
		return err == -ENOENT ? APP_SHARE_GONE : rest_catalog_error(rq, err);
	status = json_str(*row, "status");
	return status && strcmp(status, "deleting") && strcmp(status, "deleted") ? APP_OK : APP_SHARE_GONE;
}

/* Whatever is no link of ours may be a guess, and guessing is slowed. */
static enum app_error find_share(struct http_request *rq, char id[SHARE_ID], json_t **share)
{
	const struct service *svc = rq->ctx;
	int err = share_id_of(id, rq->arg[0]) ? -ENOENT : catalog_share_get(svc->catalog, id, share);

	if (!err && secret_equal(json_str(*share, "id"), id))
		return APP_OK;
	if (err && err != -ENOENT)
		return rest_catalog_error(rq, err);
	service_guessed(rq);
	return say(rq, APP_NOT_FOUND, "There is no such link.");
}

static enum app_error send_shared(struct http_request *rq, struct http_reply *rp, json_t *share, json_t *row)
{
	const struct service *svc = rq->ctx;
	json_t *file = share_file(row, (int)json_num(share, "output", 0), json_str(share, "name"));
	enum app_error e = file ? rest_send(rq, rp, row, file) : say(rq, APP_NOT_FOUND, "This file is not there just now.");

	if (e || !rp->response)        /* this is called again where it may wait for a store */
		return e;
	http_set(rp, "Referrer-Policy", "no-referrer");
	http_set(rp, "X-Robots-Tag", "noindex");
	if (is_first(rq) && catalog_share_used(svc->catalog, json_str(share, "id")))
		log_debug("http %s: the use of a link was not counted", rq->id);
	return APP_OK;
}

enum app_error rest_shared(struct http_request *rq, struct http_reply *rp)
{
	char id[SHARE_ID];
	json_t *share = NULL, *row = NULL;
	enum app_error e = service_pace(rq);

	if (!e)
		e = find_share(rq, id, &share);
	if (!e)
		e = find_shared(rq, share, &row);
	if (!e)
		e = send_shared(rq, rp, share, row);
	json_decref(share);
	json_decref(row);
	return e;
}
