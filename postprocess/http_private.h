/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Between http.c (the server), http_exchange.c (a request and its reply) and http_route.c.
 */
#pragma once
#include "postprocess/http.h"
#include "postprocess/listen.h"

struct crew;
struct rate;
struct http_server {
	struct MHD_Daemon *daemon;
	struct http_conf conf;
	struct networks *proxies;
	struct guard *guard;
	struct crew *crew;
	struct rate *addresses, *tokens;
	char url[LISTEN_NAME_SIZE + 16];
};

/** libmicrohttpd's callbacks of requests; cls: the server. */
enum MHD_Result http_on_request(void *cls, struct MHD_Connection *c, const char *path, const char *method, const char *version, const char *data, size_t *size,
				void **state);
void http_on_completed(void *cls, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode code);

/** The route for this request; *others gets the methods of routes that fit but for the method. */
const struct route *http_find_route(const struct route *routes, struct http_request *rq, unsigned *others);
/** Request id, security, Allow, CORS. */
void http_common_headers(struct http_reply *rp, const struct http_request *rq, unsigned others, const struct http_conf *conf);
