/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * SHA-256 by OpenSSL's EVP. No state shared between threads. OpenSSL fails here only without memory or without the algorithm: both end the process.
 */
#include <glib.h>
#include <openssl/evp.h>
#include "common/sha256.h"

enum { SHA256_BYTES = 32 };

struct sha256 {
	EVP_MD_CTX *ctx;
};

static void to_hex(char out[SHA256_HEX], const unsigned char md[SHA256_BYTES])
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < SHA256_BYTES; i++) {
		out[2 * i] = digits[md[i] >> 4];
		out[2 * i + 1] = digits[md[i] & 15];
	}
	out[2 * SHA256_BYTES] = '\0';
}

struct sha256 *sha256_create(void)
{
	struct sha256 *s = g_new0(struct sha256, 1);

	s->ctx = EVP_MD_CTX_new();
	if (!s->ctx || EVP_DigestInit_ex(s->ctx, EVP_sha256(), NULL) != 1)
		g_error("sha256: OpenSSL gave no context");
	return s;
}

void sha256_update(struct sha256 *s, const void *data, size_t len)
{
	if (EVP_DigestUpdate(s->ctx, data, len) != 1)
		g_error("sha256: OpenSSL failed on %zu bytes", len);
}

static void end(EVP_MD_CTX *ctx, char out[SHA256_HEX])
{
	unsigned char md[EVP_MAX_MD_SIZE];

	if (EVP_DigestFinal_ex(ctx, md, NULL) != 1)
		g_error("sha256: OpenSSL gave no digest");
	to_hex(out, md);
}

void sha256_peek(const struct sha256 *s, char out[SHA256_HEX])
{
	EVP_MD_CTX *copy = EVP_MD_CTX_new();

	if (!copy || EVP_MD_CTX_copy_ex(copy, s->ctx) != 1)
		g_error("sha256: OpenSSL gave no context");
	end(copy, out);
	EVP_MD_CTX_free(copy);
}

void sha256_reset(struct sha256 *s)
{
	if (EVP_DigestInit_ex(s->ctx, EVP_sha256(), NULL) != 1)
		g_error("sha256: OpenSSL gave no context");
}

void sha256_final(struct sha256 *s, char out[SHA256_HEX])
{
	end(s->ctx, out);
	sha256_free(s);
}

void sha256_free(struct sha256 *s)
{
	if (s)
		EVP_MD_CTX_free(s->ctx);
	g_free(s);
}

void sha256_hex(char out[SHA256_HEX], const void *data, size_t len)
{
	struct sha256 *s = sha256_create();

	sha256_update(s, data, len);
	sha256_final(s, out);
}
