/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Signature version 4 of Amazon (AWS4-HMAC-SHA256: S3 and all that is like it) and of Google (GOOG4-HMAC-SHA256: Cloud Storage with HMAC keys), in headers
 * and in the query of a link. Pure: the clock comes with the request; any thread. The path is encoded once and not normalised, as S3 wants it.
 *
 *	request ─▶ canonical request ─SHA-256─▶ string to sign ─HMAC, key of day/region/service─▶ signature ─▶ headers or query
 */
#pragma once
#include "common/sign_request.h"

enum sign_aws_scheme { SIGN_AWS4, SIGN_GOOG4 };
enum { SIGN_AWS_TTL_MAX = 7 * 24 * 3600 };     /* [s]; stores refuse links for longer */
#define SIGN_UNSIGNED "UNSIGNED-PAYLOAD"

struct sign_aws_key {
	enum sign_aws_scheme scheme;
	const char *id, *secret;
	const char *token;                 /* session token of keys for a while; NULL or "": none */
	const char *region;                /* "eu-central-1"; Google: "auto" or the bucket's location */
	const char *service;               /* NULL: "s3" or, with GOOG4, "storage" */
};

/** The lines "Name: value" that the request needs besides its own headers: date, hash of the payload, session token, Authorization. NULL-terminated,
 *  g_strfreev(). Content-Type must be among the request's headers if it is sent. -EINVAL: a name that is no header's, a control character in a value, a path
 *  without '/', a time outside the years 1970 to 9999. */
int sign_aws_headers(char ***out, const struct sign_aws_key *key, const struct sign_request *req);

/** The whole query of a link that is good for ttl_s [1 to SIGN_AWS_TTL_MAX] from now on: the request's own and the signature. Whoever follows it must send
 *  the request's headers as they are. payload_hash NULL: the body is not signed. g_free(). -EINVAL as above. */
int sign_aws_query(char **out, const struct sign_aws_key *key, const struct sign_request *req, int64_t ttl_s);
