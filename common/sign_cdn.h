/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Addresses of a content delivery network, signed for a while. Pure but for the key's file; a key may be used by any number of threads at a time.
 *
 *   cloudfront   Amazon's canned policy: RSA-SHA1 over the policy with address and time; ?Expires=…&Signature=…&Key-Pair-Id=…
 *   hmac         for any other that can run a few lines: ?exp=<seconds since 1970>&sig=<hex of HMAC-SHA256 over path, newline, exp>, and &kid=<id> if there is one.
 *                The path is as it stands in the address: encoded, from the slash behind the host on.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

enum sign_cdn_kind { SIGN_CDN_CLOUDFRONT, SIGN_CDN_HMAC };
struct sign_cdn_key;

/** id: of the key pair; NULL with hmac: none. file: an RSA private key in PEM, or a secret of at least 32 bytes, a newline at its end not counted. -EACCES: others
 *  may read it; -EINVAL: it holds no such key. `why` is a sentence then. */
int sign_cdn_load(struct sign_cdn_key **out, enum sign_cdn_kind kind, const char *id, const char *file, char *why, size_t why_size);
void sign_cdn_unref(struct sign_cdn_key **key);
/** The address with what proves that it may be fetched until exp_s. It has no query yet. g_free(). */
int sign_cdn_url(char **out, const struct sign_cdn_key *key, const char *url, int64_t exp_s);
