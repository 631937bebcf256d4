/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Between http.c and http_route.c.
 */
#pragma once
#include "postprocess/http.h"

/** The route for this request; *others gets the methods of routes that fit but for the method. */
const struct route *http_find_route(const struct route *routes, struct http_request *rq, unsigned *others);
/** Request id, security, Allow, CORS. */
void http_common_headers(struct http_reply *rp, const struct http_request *rq, unsigned others, const struct http_conf *conf);
