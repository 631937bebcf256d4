/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An HTTP server around a table of routes: libmicrohttpd's pool of threads, limits, request ids, problem documents. Knows nothing of recordings.
 */
#pragma once
#include <jansson.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>
#include "common/errors.h"
#include "common/permission.h"
#include "common/token.h"
#include "postprocess/guard.h"

enum { HTTP_GET = 1, HTTP_DELETE = 2, HTTP_POST = 4 };   /* GET answers HEAD as well */
enum { HTTP_ARGS = 3, HTTP_ARG_SIZE = 128, HTTP_ID_SIZE = 17 };

struct route;
struct http_request {
	struct MHD_Connection *connection;
	const char *method, *path;         /* decoded */
	struct address client;             /* who asks, behind proxies that we know */
	bool https;                        /* to us, or to such a proxy */
	const struct route *route;
	char arg[HTTP_ARGS][HTTP_ARG_SIZE];    /* what stood for :names of the pattern, in order; from the client, unchecked */
	const char *body;                  /* of a POST, with a NUL behind it, "" if there is none */
	size_t body_size;
	char id[HTTP_ID_SIZE];             /* request id */
	int64_t now_ms, begun_us;          /* wall clock; monotonic */
	bool has_token;
	struct token token;                /* verified, if has_token */
	struct actor actor;                /* what is proved, set by the authorize function */
	char detail[256];                  /* set by a handler that fails: a sentence, instead of the table's */
	int64_t retry_ms;                  /* set by a handler that fails: when to try again; 0: nothing to say */
	bool waits;                        /* set by a handler that finds that it must wait for others: it is called again, on threads for that, and sees it set */
	uint64_t size;                     /* set with APP_RANGE: of the whole file */
	void *ctx;                         /* of the server */
};
struct http_reply {
	struct MHD_Response *response;
	unsigned status;
	const char *text;                  /* all of the response, if it is JSON, for as long as that is there */
};

struct route {
	unsigned methods;                  /* one of HTTP_GET, HTTP_DELETE, HTTP_POST */
	const char *pattern;               /* "/recording/:id/files/:name"; a last segment "*" takes all the rest */
	enum who who;                      /* for the authorize function; a row that forgot it refuses everybody */
	/** On an HTTP thread. Fills in *rp and returns APP_OK, or returns why not: then a problem document is sent. */
	enum app_error (*handle)(struct http_request *rq, struct http_reply *rp);
	bool waits;                        /* for others, for seconds: it runs on threads for that, few at a time */
};

struct http_conf {
	const char *listen;                /* "127.0.0.1:8090", "[::1]:8090", "*:8090"; port 0: a free one */
	const char *cert, *key;            /* PEM text, NULL: plain HTTP */
	const struct route *routes;        /* ends with a row without pattern; the first that fits is taken */
	enum app_error (*authorize)(struct http_request *rq);   /* before each handler */
	enum app_error (*around)(struct http_request *rq, struct http_reply *rp);   /* runs the route's handler, or answers itself; NULL: the handler alone */
	void *ctx;
	int threads;
	int connections;                   /* at a time; 0: 512 */
	struct guard_conf guard;           /* proxies are set from the next */
	const char *proxies, *cors_origins;    /* as the settings of these names; may be NULL */
	int address_per_s, address_burst, token_per_s, token_burst;    /* requests; 0 a second: no limit */
};
struct http_server;
/** Listens and serves. On failure a sentence in why, -EADDRINUSE or other negative errno. */
int http_create(struct http_server **out, const struct http_conf *conf, char *why, size_t why_size);
/** "http://127.0.0.1:8090", owned by the server. */
const char *http_url(const struct http_server *s);
/** Stops listening, ends all connections, waits for handlers. */
void http_unref(struct http_server **s);

/** Who asks, as text: the address of the connection, or what a known proxy says of it. */
enum { HTTP_ADDRESS_SIZE = 48 };
void http_client_address(const struct http_request *rq, char out[HTTP_ADDRESS_SIZE]);
/** A query argument or header, NULL if absent. */
const char *http_query(const struct http_request *rq, const char *name);
bool http_has_query(const struct http_request *rq, const char *name);    /* also "?name" without a value */
const char *http_header(const struct http_request *rq, const char *name);
void http_set(struct http_reply *rp, const char *header, const char *value);
/** The body as a JSON object, an empty one if there is none; APP_INVALID_JSON. A new reference. */
enum app_error http_body(struct http_request *rq, json_t **out);
/** Replies with JSON (takes o), never cached, or with text. Return APP_OK. */
enum app_error http_json(struct http_reply *rp, unsigned status, json_t *o);
enum app_error http_text(struct http_reply *rp, unsigned status, const char *text);
