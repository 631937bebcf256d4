/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Requests about calls that another host owns go to that host's `recroom-pp serve`, and its answer is ours. HTTP threads that may wait; each blocks until
 * the other host has answered, no longer than FORWARD_MS.
 */
#pragma once
#include "common/catalog_host.h"
#include "postprocess/http.h"

enum { FORWARD_MS = 12000 };           /* the other host waits up to 10 s for its Janus */

/** Whose call is this request about? True: another host's, *owner is all about it. False: ours, nobody's, or it came from another host already: it is to be
 *  answered here. What of the body cannot be read is not judged here. */
bool forward_applies(struct http_request *rq, struct catalog_owner *owner);
/** Asks that host: its status, body, Location and Retry-After become the reply. APP_UNAVAILABLE and a sentence when it cannot be asked. */
enum app_error forward(struct http_request *rq, struct http_reply *rp, const struct catalog_owner *owner);
/** A request that another host passed on, but not to us: APP_UNAVAILABLE and a sentence. */
enum app_error forward_misled(struct http_request *rq);
