/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The HTTP server. libmicrohttpd's threads call on_request() for each request; handlers may block on the database or a file, so there is a pool.
 *
 *	connection ─▶ on_request ─▶ route (table) ─▶ authorize ─▶ handler ─▶ reply
 *	                    └── too large ──┴─ none ─────┴─ no ──────┴─ error ─▶ problem document
 */
#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/ids.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/sync.h"
#include "postprocess/http.h"
#include "postprocess/listen.h"
#include "postprocess/problem.h"

enum { CONNECTIONS = 512, TIMEOUT_S = 30, CONNECTION_MEMORY = 24 * 1024, BODY_MAX = 64 * 1024 };

struct http_server {
	struct MHD_Daemon *daemon;
	struct http_conf conf;
	char url[LISTEN_NAME_SIZE + 16];
};
struct exchange {              /* what lives as long as one request */
	GString *body;
};

const char *http_url(const struct http_server *s)
{
	return s->url;
}

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
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(rq->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *from = info ? info->client_addr : NULL;

	out[0] = '\0';
	if (from && from->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)from)->sin_addr, out, HTTP_ADDRESS_SIZE);
	else if (from && from->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr, out, HTTP_ADDRESS_SIZE);
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
static const struct route *find_route(const struct http_server *s, struct http_request *rq, unsigned *others)
{
	unsigned method = method_bit(rq->method);

	*others = 0;
	for (const struct route *r = s->conf.routes; r->pattern; r++) {
		if (!route_fits(r->pattern, rq->path, rq) || (*others && strchr(r->pattern, '*')))
			continue;
		if (r->methods & method)
			return r;
		*others |= r->methods;
	}
	return NULL;
}

static enum app_error run_route(const struct http_server *s, struct http_request *rq, struct http_reply *rp, unsigned *others)
{
	enum app_error e;

	rq->route = find_route(s, rq, others);
	if (!rq->route)
		return *others ? APP_METHOD : APP_NOT_FOUND;
	e = s->conf.authorize(rq);
	return e ? e : rq->route->handle(rq, rp);
}

static void put_allow(struct http_reply *rp, unsigned methods)
{
	char allow[48];

	snprintf(allow, sizeof(allow), "%s%s%s", methods & HTTP_GET ? ", GET, HEAD" : "", methods & HTTP_DELETE ? ", DELETE" : "",
		 methods & HTTP_POST ? ", POST" : "");
	http_set(rp, MHD_HTTP_HEADER_ALLOW, allow + MIN(strlen(allow), 2));
}

static void put_common_headers(struct http_reply *rp, const struct http_request *rq, unsigned others)
{
	http_set(rp, "X-Request-Id", rq->id);
	http_set(rp, "X-Content-Type-Options", "nosniff");
	http_set(rp, "Referrer-Policy", "no-referrer");
	if (rp->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		put_allow(rp, others);
}

static void count_reply(const struct http_request *rq, unsigned status)
{
	static const char *const classes[] = { "other", "other", "2xx", "3xx", "4xx", "5xx" };

	metric_add(METRIC_HTTP_REQUESTS, metric_label(METRIC_HTTP_REQUESTS, classes[MIN(status / 100, 5)]), 1);
	metric_observe(METRIC_HTTP_TIME, 0, clock_mono_us() - rq->begun_us);
}

static enum MHD_Result send_reply(struct http_request *rq, struct http_reply *rp, unsigned others)
{
	enum MHD_Result r;

	if (!rp->response)
		return MHD_NO;
	put_common_headers(rp, rq, others);
	r = MHD_queue_response(rq->connection, rp->status, rp->response);
	count_reply(rq, rp->status);
	MHD_destroy_response(rp->response);
	log_debug("http %s: %s %s, %u, %lld ms", rq->id, rq->method, rq->path, rp->status, (long long)(clock_wall_ms() - rq->now_ms));
	return r;
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
}

static enum MHD_Result answer(const struct http_server *s, struct MHD_Connection *c, const char *method, const char *path, const GString *body,
			       enum app_error e)
{
	struct http_request rq;
	struct http_reply rp = { 0 };
	unsigned others = 0;

	request_init(&rq, s, c, method, path);
	if (body) {
		rq.body = body->str;
		rq.body_size = body->len;
	}
	if (!e)
		e = run_route(s, &rq, &rp, &others);
	if (e)
		problem_reply(&rq, e, &rp);
	return send_reply(&rq, &rp, others);
}

/* A body is refused before it is sent, if it says that it is large. */
static bool body_too_large(struct MHD_Connection *c)
{
	const char *length = MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);

	return length && g_ascii_strtoull(length, NULL, 10) > BODY_MAX;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *c, const char *path, const char *method, const char *version, const char *data,
				  size_t *size, void **state)
{
	struct http_server *s = cls;
	struct exchange *x = *state;

	(void)version;
	if (!x) {
		*state = x = g_new0(struct exchange, 1);
		x->body = g_string_new(NULL);
		return body_too_large(c) ? answer(s, c, method, path, NULL, APP_TOO_LARGE) : MHD_YES;
	}
	if (!*size)
		return answer(s, c, method, path, x->body, APP_OK);
	g_string_append_len(x->body, data, (gssize)*size);
	*size = 0;
	return x->body->len > BODY_MAX ? MHD_NO : MHD_YES;    /* a body of unknown length that does not end: the connection is closed */
}

static void on_completed(void *cls, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode code)
{
	(void)cls;
	(void)c;
	(void)code;
	if (*state)
		g_string_free(((struct exchange *)*state)->body, TRUE);
	g_clear_pointer(state, g_free);
}

static void __attribute__((format(printf, 2, 0))) on_log(void *cls, const char *fmt, va_list ap)
{
	char line[512];

	(void)cls;
	vsnprintf(line, sizeof(line), fmt, ap);
	g_strchomp(line);
	log_debug("http: %s", line);
}

/* Owns `fd` when it succeeds. */
static int start_daemon(struct http_server *s, int fd)
{
	bool epoll = MHD_is_feature_supported(MHD_FEATURE_EPOLL) == MHD_YES;
	unsigned flags = MHD_USE_ERROR_LOG | (epoll ? MHD_USE_EPOLL_INTERNAL_THREAD : MHD_USE_POLL_INTERNAL_THREAD);
	struct MHD_OptionItem options[16] = {
		{ MHD_OPTION_EXTERNAL_LOGGER, (intptr_t)on_log, s },    /* first, so that it hears of the others */
		{ MHD_OPTION_LISTEN_SOCKET, fd, NULL },
		{ MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS, NULL },
		{ MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT_S, NULL },
		{ MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, NULL },
		{ MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL },
		{ MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)on_completed, s },
	};
	int n = 7;

	if (s->conf.threads > 1)
		options[n++] = (struct MHD_OptionItem){ MHD_OPTION_THREAD_POOL_SIZE, s->conf.threads, NULL };
	if (s->conf.cert) {
		flags |= MHD_USE_TLS;
		options[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)s->conf.cert };
		options[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)s->conf.key };
	}
	options[n] = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };
	s->daemon = MHD_start_daemon(flags, 0, NULL, NULL, on_request, s, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
	return s->daemon ? 0 : -EIO;
}

int http_create(struct http_server **out, const struct http_conf *conf, char *why, size_t why_size)
{
	struct http_server *s = g_new0(struct http_server, 1);
	char name[LISTEN_NAME_SIZE];
	int fd = -1, err;

	s->conf = *conf;
	err = listen_open(&fd, name, conf->listen, why, why_size);
	if (err)
		goto out;
	snprintf(s->url, sizeof(s->url), "%s://%s", conf->cert ? "https" : "http", name);
	err = start_daemon(s, fd);
	if (err) {
		snprintf(why, why_size, "cannot start the HTTP server on %s%s", conf->listen,
			 conf->cert ? ": is the certificate good, and the key its own?" : "");
		close(fd);
	}
out:
	if (err)
		http_unref(&s);
	else
		*out = s;
	return err;
}

void http_unref(struct http_server **sp)
{
	struct http_server *s = *sp;

	*sp = NULL;
	if (!s)
		return;
	if (s->daemon)
		MHD_stop_daemon(s->daemon);
	g_free(s);
}
