/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * SHA-256 in hex (OpenSSL).
 */
#pragma once
#include <stddef.h>

enum { SHA256_HEX = 65 };
void sha256_hex(char out[SHA256_HEX], const void *data, size_t len);

struct sha256;
struct sha256 *sha256_create(void);
void sha256_update(struct sha256 *s, const void *data, size_t len);
/** The hash of what came so far; more may follow. */
void sha256_peek(const struct sha256 *s, char out[SHA256_HEX]);
/** Begins anew. */
void sha256_reset(struct sha256 *s);
/** Writes the hash and frees s. */
void sha256_final(struct sha256 *s, char out[SHA256_HEX]);
void sha256_free(struct sha256 *s);
