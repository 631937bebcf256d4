/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem documents (RFC 9457) for the errors of common/errors.h.
 */
#pragma once
#include "postprocess/http.h"

/** {type, title, status, detail, instance, code, requestId}; the caller decrefs. */
json_t *problem_json(enum app_error e, const char *detail, const char *path, const char *request_id);
/** The reply to a request that failed, with the headers its status asks for. */
void problem_reply(const struct http_request *rq, enum app_error e, struct http_reply *rp);
