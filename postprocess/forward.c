/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From host to host. Called by service.c on the threads that may wait, when the token is known to be good.
 *
 *   request ─▶ whose call? (catalog) ─┬─ ours ─▶ handler
 *                                     └─ another's ─▶ its address (table of hosts) ─▶ Authorization, Idempotency-Key, body ─▶ its handler
 *                                        reply ◀─ status, Location, Retry-After, body ◀────────────────────────────────────────┘
 *
 * What is passed on says for whom (Recroom-Host), and whoever receives that never passes it on: no request goes in circles, and one that went to the
 * wrong server by a wrong serve.address is not carried out there. At most FORWARDS at a time: two servers whose threads all wait for each other would wait
 * for nothing.
 */
#include <curl/curl.h>
#include <errno.h>
#include <glib.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include "common/json.h"
#include "common/log.h"
#include "postprocess/fetch.h"
#include "postprocess/forward.h"
#include "postprocess/loopback.h"
#include "postprocess/service.h"

#define HOST_HEADER "Recroom-Host"
enum { FORWARDS = 4, CONNECT_MS = 2000, ANSWER_MAX = 1 << 20, RETRY_MS = 5000, BUSY_MS = 1000 };

static atomic_int under_way;

static enum app_error __attribute__((format(printf, 3, 4))) refuse(struct http_request *rq, int64_t retry_ms, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	g_vsnprintf(rq->detail, sizeof(rq->detail), fmt, ap);
	va_end(ap);
	rq->retry_ms = retry_ms;
	return APP_UNAVAILABLE;
}

enum app_error forward_misled(struct http_request *rq)
{
	const struct service *svc = rq->ctx;
	const char *meant = http_header(rq, HOST_HEADER);

	if (!meant || !g_strcmp0(meant, svc->settings->host_id))
		return APP_OK;
	return refuse(rq, RETRY_MS, "This was meant for host %.64s, and here is %.64s: is serve.address right there?", meant, svc->settings->host_id);
}

/* ---- whose ---- */

static bool runs(json_t *row)
{
	static const char *const open[] = { "starting", "recording", "paused", NULL };
	const char *status = json_str(row, "status");

	return status && g_strv_contains(open, status);
}

/* The call of a recording that runs; "" when there is none to be found. */
static void call_of_recording(struct http_request *rq, const char *recording, char call[ID_SIZE])
{
	const struct service *svc = rq->ctx;
	json_t *row = NULL;
	const char *room, *id;

	call[0] = '\0';
	if (!recording_id_valid(recording) || catalog_recording_get(svc->catalog, recording, &row))
		return;
	room = json_str(row, "room");
	id = json_str(row, "call_id");
	if (id && room && !strcmp(room, rq->token.room) && runs(row))
		g_strlcpy(call, id, ID_SIZE);
	json_decref(row);
}

/* The call or recording that path and body name: in `call`, or "" for whatever runs in the room. False: a recording that does not run. */
static bool call_named(struct http_request *rq, char call[ID_SIZE])
{
	json_t *body = NULL;
	const char *recording, *id;
	bool known = true;

	call[0] = '\0';
	if (http_body(rq, &body))
		return false;
	recording = rq->arg[0][0] ? rq->arg[0] : json_str(body, "recordingId");
	id = json_str(body, "callId");
	if (recording) {
		call_of_recording(rq, recording, call);
		known = call[0];
	} else if (id) {
		g_strlcpy(call, id, ID_SIZE);
	}
	json_decref(body);
	return known;
}

/* The room's open call is the one, unless two hosts have one there at the same time. A call that is over is nobody's. */
static int find_owner(struct http_request *rq, const char *call, struct catalog_owner *out)
{
	const struct service *svc = rq->ctx;
	int err = catalog_call_owner(svc->catalog, rq->token.room, out);

	if (err && err != -ENOENT)
		return err;
	if (!err && (!*call || !strcmp(call, out->call_id)))
		return 0;
	err = *call ? catalog_call_owner(svc->catalog, call, out) : -ENOENT;
	return !err && out->silent ? -ENOENT : err;
}

/* Without a database the plugin here is asked: if the call is ours, that is right. */
bool forward_applies(struct http_request *rq, struct catalog_owner *owner)
{
	const struct service *svc = rq->ctx;
	char call[ID_SIZE];

	if (!svc->settings->host_id || http_header(rq, HOST_HEADER) || !call_named(rq, call))
		return false;
	return !find_owner(rq, call, owner) && strcmp(owner->host_id, svc->settings->host_id);
}

/* ---- there and back ---- */

/* "http://host:port" and nothing behind it; tokens in clear beyond this machine only where that is allowed. */
static const char *address_fault(const struct settings *set, const char *address)
{
	CURLU *u = curl_url();
	char *scheme = NULL, *host = NULL, *path = NULL, *user = NULL, *query = NULL;
	const char *why = NULL;

	if (!u || curl_url_set(u, CURLUPART_URL, address, 0) || curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) || curl_url_get(u, CURLUPART_HOST, &host, 0) ||
	    curl_url_get(u, CURLUPART_PATH, &path, 0) || !curl_url_get(u, CURLUPART_USER, &user, 0) || !curl_url_get(u, CURLUPART_QUERY, &query, 0) ||
	    strcmp(path, "/") || (strcmp(scheme, "http") && strcmp(scheme, "https")))
		why = "its address is none that can be used: serve.address there";
	else if (!strcmp(scheme, "http") && !loopback_host(host) && !set->allow_plaintext)
		why = "tokens would go there in clear, which serve.allow_plaintext here does not allow";
	curl_free(scheme);
	curl_free(host);
	curl_free(path);
	curl_free(user);
	curl_free(query);
	curl_url_cleanup(u);
	return why;
}

static enum app_error not_answered(struct http_request *rq, const char *host, int err)
{
	static const struct { int err; const char *what; } rows[] = {
		{ -ECONNREFUSED, "does not answer; nothing was done" }, { -EPROTO, "has no certificate that can be trusted; nothing was done" },
		{ -ETIMEDOUT, "takes too long; the request may still be carried out" },
	};
	const char *what = "gave no answer that could be read; the request may have been carried out";

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (rows[i].err == err)
			what = rows[i].what;
	log_warn("http %s: host %s %s", rq->id, host, what);
	return refuse(rq, RETRY_MS, "The call is on host %.64s, whose server %s.", host, what);
}

static void put_header(struct http_reply *rp, const char *name, const char *value)
{
	if (*value)
		http_set(rp, name, value);
}

/* A Location is a path here as there. */
static void take_reply(struct http_reply *rp, const struct fetched *f)
{
	rp->status = (unsigned)f->status;
	rp->response = MHD_create_response_from_buffer(f->body->len, f->body->str, MHD_RESPMEM_MUST_COPY);
	put_header(rp, MHD_HTTP_HEADER_CONTENT_TYPE, f->content_type);
	put_header(rp, MHD_HTTP_HEADER_LOCATION, *f->location == '/' ? f->location : "");
	put_header(rp, MHD_HTTP_HEADER_RETRY_AFTER, f->retry_after);
	put_header(rp, "Idempotent-Replayed", f->replayed);
	put_header(rp, MHD_HTTP_HEADER_WWW_AUTHENTICATE, f->status == MHD_HTTP_UNAUTHORIZED ? "Bearer realm=\"recroom\"" : "");
	http_set(rp, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
}

/* The path is one of our patterns with the id of a recording in it, so nothing in it needs escaping. */
static int ask(struct fetched *f, struct http_request *rq, const struct catalog_owner *owner)
{
	const struct service *svc = rq->ctx;
	const char *key = http_header(rq, "Idempotency-Key"), *authorization = http_header(rq, MHD_HTTP_HEADER_AUTHORIZATION);
	size_t len = strlen(owner->address);
	g_autofree char *url = g_strdup_printf("%.*s%s", (int)(len - (len && owner->address[len - 1] == '/')), owner->address, rq->path);
	g_autofree char *bearer = g_strdup_printf("Authorization: %s", authorization ? authorization : ""), *host = g_strdup_printf(HOST_HEADER ": %s", owner->host_id);
	g_autofree char *once = key ? g_strdup_printf("Idempotency-Key: %s", key) : NULL;
	char client[HTTP_ADDRESS_SIZE];
	const char *headers[] = { "Content-Type: application/json", bearer, host, NULL, NULL, NULL };
	g_autofree char *from = NULL;

	http_client_address(rq, client);
	from = g_strdup_printf("X-Forwarded-For: %s", client);
	headers[3] = from;
	headers[4] = once;
	return fetch(f, &(struct fetch_conf){ .method = rq->method, .url = url, .headers = headers, .body = rq->body, .body_size = rq->body_size, .connect_ms = CONNECT_MS,
					      .timeout_ms = svc->forward_ms ? svc->forward_ms : FORWARD_MS, .max = ANSWER_MAX, .ca = svc->settings->hosts_ca });
}

static enum app_error ask_owner(struct http_request *rq, struct http_reply *rp, const struct catalog_owner *owner)
{
	struct fetched f;
	int err = ask(&f, rq, owner);

	if (!err && (f.status < 200 || (f.status >= 300 && f.status < 400))) {
		fetched_free(&f);
		err = -EBADMSG;        /* a redirect would be followed with the token */
	}
	if (err)
		return not_answered(rq, owner->host_id, err);
	log_info("http %s: %s was answered by host %s: %d", rq->id, rq->path, owner->host_id, f.status);
	take_reply(rp, &f);
	fetched_free(&f);
	return APP_OK;
}

enum app_error forward(struct http_request *rq, struct http_reply *rp, const struct catalog_owner *owner)
{
	const struct service *svc = rq->ctx;
	const char *fault;
	enum app_error e;

	if (owner->silent)
		return refuse(rq, RETRY_MS, "The call is on host %.64s, which has given no sign of life for a minute; nothing was done.", owner->host_id);
	if (!owner->address[0])
		return refuse(rq, RETRY_MS, "The call is on host %.64s, where no recroom-pp serve runs; nothing was done.", owner->host_id);
	fault = address_fault(svc->settings, owner->address);
	if (fault)
		return refuse(rq, RETRY_MS, "The call is on host %.64s, and %s; nothing was done.", owner->host_id, fault);
	if (atomic_fetch_add(&under_way, 1) < FORWARDS)
		e = ask_owner(rq, rp, owner);
	else
		e = refuse(rq, BUSY_MS, "Too many requests wait for other hosts; nothing was done.");
	atomic_fetch_sub(&under_way, 1);
	return e;
}
