/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tokens made by hand, out of any header and claims, for tests. Needs common/base64url.h.
 */
#pragma once
#include <glib.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include "common/base64url.h"

/** Signed with HMAC-SHA256 under `secret`, or with the text `sig` as its third part (NULL: signed). g_free() */
static inline char *forge_with(const char *header, const char *claims, const char *secret, size_t secret_len, const char *sig)
{
	char *h = base64url_encode(header, strlen(header)), *c = base64url_encode(claims, strlen(claims)), *body = g_strdup_printf("%s.%s", h, c), *s, *out;
	unsigned char m[32];
	unsigned n = sizeof(m);

	HMAC(EVP_sha256(), secret, (int)secret_len, (const unsigned char *)body, strlen(body), m, &n);
	s = sig ? g_strdup(sig) : base64url_encode(m, sizeof(m));
	out = g_strdup_printf("%s.%s", body, s);
	g_free(h);
	g_free(c);
	g_free(body);
	g_free(s);
	return out;
}
