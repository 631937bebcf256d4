/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * AES-256-GCM (NIST SP 800-38D) by OpenSSL's EVP, one message a call. Pure, any thread.
 */
#pragma once
#include <stddef.h>

enum { GCM_KEY = 32, GCM_NONCE = 12, GCM_TAG = 16, GCM_TEXT_MAX = 1 << 30 };

/** What is known to both sides and is authenticated with the text, under which key and nonce. A nonce never comes twice under one key. */
struct gcm {
	const unsigned char *key, *nonce;
	const void *aad;
	size_t aad_len;
};
/** `out`, not overlapping: len bytes and the tag behind them. 0 or -EIO (OpenSSL cannot; text too long). */
int gcm_seal(const struct gcm *g, const void *plain, size_t len, unsigned char *out);
/** `sealed`: len bytes and the tag behind them; `out`, not overlapping: len bytes. -EBADMSG: it is not what was sealed; `out` is wiped then. */
int gcm_open(const struct gcm *g, const void *sealed, size_t len, unsigned char *out);
