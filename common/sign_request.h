/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A request to a store, as its signers see it (sign_aws, sign_azure): decoded texts, which the signers spell in the one way that the store will. Whoever
 * sends it must send the same: uri_encode(path, "/") and uri_query(query), with CURLOPT_PATH_AS_IS.
 */
#pragma once
#include <stdint.h>
#include "common/uri.h"

struct sign_request {
	const char *method;                /* "PUT" */
	const char *host;                  /* as the header Host says it: with the port unless it is the scheme's own; lower-case */
	const char *path;                  /* begins with '/'; decoded; not normalised: "//" and "/../" stay what they are */
	const struct uri_pair *query;      /* decoded, in any order */
	const struct uri_pair *headers;    /* all that will be sent and shall be signed, in any order and case; without Host. NULL: none */
	const char *payload_hash;          /* AWS and Google: SHA-256 of the body in hex, or "UNSIGNED-PAYLOAD"; NULL: no body */
	int64_t now_s;                     /* since 1970; stores refuse what is 15 minutes off */
};
