/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): a POST that comes again is answered as the first time and not carried out. HTTP threads; blocks
 * on the catalog.
 */
#pragma once
#include "postprocess/http.h"

enum { IDEMPOTENT_KEY_MAX = 255 };
/** Runs the route's handler, once for each key of this token's subject and room; without a key as often as it is asked. Any answer but 429 and 5xx is kept. */
enum app_error idempotent_run(struct http_request *rq, struct http_reply *rp);
