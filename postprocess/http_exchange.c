/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One request and its reply, on libmicrohttpd's threads. What handlers use of it (http_query, http_json, …) is here, too.
 *
 *	head ─▶ begin ─▶ body ─▶ find_way: route, token, rates ─▶ handler ─▶ finish
 *	                             └─ a route that waits: suspended ─▶ crew: handler ─▶ resumed ─▶ finish
 */
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/ids.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/sync.h"
#include "postprocess/crew.h"
#include "postprocess/http_private.h"
#include "postprocess/problem.h"
#include "postprocess/rate.h"

enum { BODY_MAX = 64 * 1024 };

struct exchange {              /* what lives as long as one request */
	struct http_server *server;
	struct http_request rq;
	struct http_reply rp;
	GString *body;
	unsigned others;           /* methods of the path */
	bool suspended, done;      /* given to the crew; its reply is there */
};

const char *http_query(const struct http_request *rq, const char *name)
{
	return MHD_lookup_connection_value(rq->connection, MHD_GET_ARGUMENT_KIND, name);
}

bool http_has_query(const struct http_request *rq, const char *name)
{
	return MHD_lookup_connection_value_n(rq->connection, MHD_GET_ARGUMENT_KIND, name, strlen(name), NULL, NULL) == MHD_YES;
}

const char *http_header(const struct http_request *rq, const char *name)
{
	return MHD_lookup_connection_value(rq->connection, MHD_HEADER_KIND, name);
}

void http_client_address(const struct http_request *rq, char out[HTTP_ADDRESS_SIZE])
{
	address_text(out, &rq->client);
}

void http_set(struct http_reply *rp, const char *header, const char *value)
{
	MHD_add_response_header(rp->response, header, value);
}

enum app_error http_json(struct http_reply *rp, unsigned status, json_t *o)
{
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;

	json_decref(o);
	if (!text)
		return APP_INTERNAL;
	rp->status = status;
	rp->text = text;
	rp->response = MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);
	http_set(rp, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
	http_set(rp, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	return APP_OK;
}

enum app_error http_text(struct http_reply *rp, unsigned status, const char *text)
{
	rp->status = status;
	rp->response = MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
	http_set(rp, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain; charset=utf-8");
	http_set(rp, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	return APP_OK;
}

enum app_error http_body(struct http_request *rq, json_t **out)
{
	json_t *o = rq->body_size ? json_loadb(rq->body, rq->body_size, JSON_REJECT_DUPLICATES, NULL) : json_object();

	if (!json_is_object(o)) {
		json_decref(o);
		return APP_INVALID_JSON;
	}
	*out = o;
	return APP_OK;
}

static enum MHD_Result add_forwarded(void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
	GString *all = cls;

	(void)kind;
	if (value && !g_ascii_strcasecmp(key, "X-Forwarded-For"))
		g_string_append_printf(all, "%s%s", all->len ? ", " : "", value);
	return MHD_YES;
}

/* Some proxies add an address to the line there is, others a line of their own below it (RFC 9110 §5.3: both say the same). */
static void count_reply(const struct http_request *rq, unsigned status)
{
	static const char *const classes[] = { "other", "other", "2xx", "3xx", "4xx", "5xx" };

	metric_add(METRIC_HTTP_REQUESTS, metric_label(METRIC_HTTP_REQUESTS, classes[MIN(status / 100, 5)]), 1);
	metric_observe(METRIC_HTTP_TIME, 0, clock_mono_us() - rq->begun_us);
}

static enum MHD_Result send_reply(struct http_request *rq, struct http_reply *rp, unsigned others, const struct http_conf *conf)
{
	enum MHD_Result r;

	if (!rp->response)
		return MHD_NO;
	http_common_headers(rp, rq, others, conf);
	r = MHD_queue_response(rq->connection, rp->status, rp->response);
	count_reply(rq, rp->status);
	g_clear_pointer(&rp->response, MHD_destroy_response);
	log_debug("http %s: %s %s, %u, %lld ms", rq->id, rq->method, rq->path, rp->status, (long long)(clock_wall_ms() - rq->now_ms));
	return r;
}

static void find_client(struct http_request *rq, const struct http_server *s)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(rq->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const char *proto = http_header(rq, "X-Forwarded-Proto");
	GString *forwarded = g_string_new(NULL);
	struct address peer;

	MHD_get_connection_values(rq->connection, MHD_HEADER_KIND, add_forwarded, forwarded);
	address_from(&peer, info ? info->client_addr : NULL);
	networks_client(s->proxies, &peer, forwarded->len ? forwarded->str : NULL, &rq->client);
	g_string_free(forwarded, TRUE);
	rq->https = s->conf.cert || (proto && networks_have(s->proxies, &peer) && !strcmp(proto, "https"));
}

static void request_init(struct http_request *rq, const struct http_server *s, struct MHD_Connection *c, const char *method, const char *path)
{
	unsigned char random[(HTTP_ID_SIZE - 1) / 2];

	memset(rq, 0, sizeof(*rq));
	rq->connection = c;
	rq->method = method;
	rq->path = path;
	rq->now_ms = clock_wall_ms();
	rq->begun_us = clock_mono_us();
	rq->ctx = s->conf.ctx;
	rq->body = "";
	random_bytes(random, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(rq->id + 2 * i, 3, "%02x", random[i]);
	find_client(rq, s);
}

static void set_stage(struct exchange *x, enum guard_stage stage)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(x->rq.connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	if (info && info->socket_context)
		guard_stage(x->server->guard, info->socket_context, stage);
}

static enum MHD_Result finish(struct exchange *x, enum app_error e)
{
	if (e)
		problem_reply(&x->rq, e, &x->rp);
	set_stage(x, GUARD_SENDING);
	return send_reply(&x->rq, &x->rp, x->others, &x->server->conf);
}

/* What may be asked of this path; for pages of other origins the question before the request. */
static enum app_error options(struct http_reply *rp)
{
	rp->status = MHD_HTTP_NO_CONTENT;
	rp->response = MHD_create_response_from_buffer(0, (void *)(uintptr_t)"", MHD_RESPMEM_PERSISTENT);
	return APP_OK;
}

/* By address before anything is looked at, by token once it is known to be good. */
static enum app_error take_turn(struct http_request *rq, struct rate *r, const void *key, size_t len)
{
	int64_t wait_us = rate_take(r, key, len, clock_mono_us());

	rq->retry_ms = (wait_us + 999) / 1000;
	return wait_us ? APP_TOO_MANY_REQUESTS : APP_OK;
}

/* The same name in another room is somebody else. Neither holds a newline. */
static enum app_error take_turn_of_token(struct http_request *rq, struct rate *r)
{
	char key[sizeof(rq->token.room) + sizeof(rq->token.sub) + 1];

	snprintf(key, sizeof(key), "%s\n%s", rq->token.room, rq->token.sub);
	return take_turn(rq, r, key, strlen(key));
}

static enum app_error find_way(struct exchange *x)
{
	struct http_server *s = x->server;
	struct http_request *rq = &x->rq;
	enum app_error e;

	rq->route = http_find_route(s->conf.routes, rq, &x->others);
	if (!rq->route)
		return x->others ? APP_METHOD : APP_NOT_FOUND;
	e = s->conf.authorize(rq);
	if (!e && rq->has_token)
		e = take_turn_of_token(rq, s->tokens);
	return e;
}

static enum app_error handle(struct exchange *x)
{
	const struct http_conf *conf = &x->server->conf;

	return (conf->around ? conf->around : x->rq.route->handle)(&x->rq, &x->rp);
}

static void run_waiting(void *arg)
{
	struct exchange *x = arg;
	enum app_error e = handle(x);

	if (e)
		problem_reply(&x->rq, e, &x->rp);
	x->done = true;
	MHD_resume_connection(x->rq.connection);
}

/* The connection sleeps until the crew has an answer: no other connection of this thread waits for it. */
static enum MHD_Result wait_for_crew(struct exchange *x)
{
	x->suspended = true;
	MHD_suspend_connection(x->rq.connection);
	if (crew_post(x->server->crew, run_waiting, x))
		return MHD_YES;
	problem_reply(&x->rq, APP_UNAVAILABLE, &x->rp);
	x->done = true;
	MHD_resume_connection(x->rq.connection);
	return MHD_YES;
}

static enum MHD_Result answer(struct exchange *x)
{
	bool asks = !strcmp(x->rq.method, MHD_HTTP_METHOD_OPTIONS);
	enum app_error e;

	if (x->suspended)
		return x->done ? finish(x, APP_OK) : MHD_YES;
	set_stage(x, GUARD_BUSY);
	x->rq.body = x->body->str;
	x->rq.body_size = x->body->len;
	e = find_way(x);
	if (e == APP_METHOD && asks)
		return finish(x, options(&x->rp));
	x->rq.waits = x->rq.route && x->rq.route->waits;
	if (!e && !x->rq.waits)
		e = handle(x);
	return !e && x->rq.waits ? wait_for_crew(x) : finish(x, e);
}

/* A body is refused before it is sent, if it says that it is large. */
static bool body_too_large(struct MHD_Connection *c)
{
	const char *length = MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);

	return length && g_ascii_strtoull(length, NULL, 10) > BODY_MAX;
}

static enum MHD_Result begin(struct http_server *s, struct MHD_Connection *c, const char *method, const char *path, void **state)
{
	struct exchange *x = g_new0(struct exchange, 1);
	enum app_error e;

	*state = x;
	x->server = s;
	x->body = g_string_new(NULL);
	request_init(&x->rq, s, c, method, path);
	set_stage(x, GUARD_BODY);
	e = take_turn(&x->rq, s->addresses, &x->rq.client, address_key(&x->rq.client));
	if (!e && body_too_large(c))
		e = APP_TOO_LARGE;
	return e ? finish(x, e) : MHD_YES;
}

enum MHD_Result http_on_request(void *cls, struct MHD_Connection *c, const char *path, const char *method, const char *version, const char *data,
				  size_t *size, void **state)
{
	struct exchange *x = *state;

	(void)version;
	if (!x)
		return begin(cls, c, method, path, state);
	if (!*size)
		return answer(x);
	g_string_append_len(x->body, data, (gssize)*size);
	*size = 0;
	return x->body->len > BODY_MAX ? MHD_NO : MHD_YES;    /* a body of unknown length that does not end: the connection is closed */
}

void http_on_completed(void *cls, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode code)
{
	struct exchange *x = *state;

	(void)cls;
	(void)c;
	(void)code;
	*state = NULL;
	if (!x)
		return;
	set_stage(x, GUARD_HEAD);
	g_clear_pointer(&x->rp.response, MHD_destroy_response);    /* the client went while its answer was being made */
	g_string_free(x->body, TRUE);
	g_free(x);
}
