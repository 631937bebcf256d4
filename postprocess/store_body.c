/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Checksums of what is sent. Called by the drivers before each request with a body, on the thread of the caller.
 */
#include <errno.h>
#include <glib.h>
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>
#include "postprocess/store_body.h"

enum { STEP = 256 << 10 };

static int hash_file(EVP_MD_CTX *ctx, const struct store_body *b)
{
	char *buffer = g_malloc(STEP);
	int err = 0;

	for (size_t done = 0; !err && done < b->len; ) {
		ssize_t n = pread(b->fd, buffer, MIN(STEP, b->len - done), b->pos + (int64_t)done);

		if (n > 0) {
			EVP_DigestUpdate(ctx, buffer, (size_t)n);
			done += (size_t)n;
		} else if (!n) {
			err = -ENODATA;
		} else if (errno != EINTR) {
			err = -errno;
		}
	}
	g_free(buffer);
	return err;
}

static int hash(const struct store_body *b, const EVP_MD *md, unsigned char *out, unsigned *len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int err = ctx && EVP_DigestInit_ex(ctx, md, NULL) ? 0 : -ENOTSUP;

	if (!err && b && b->data)
		EVP_DigestUpdate(ctx, b->data, b->len);
	else if (!err && b)
		err = hash_file(ctx, b);
	if (!err)
		EVP_DigestFinal_ex(ctx, out, len);
	EVP_MD_CTX_free(ctx);
	return err;
}

int store_body_sha256(const struct store_body *body, char out[STORE_SHA256])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	int err = 0;

	if (body && body->sha256)
		g_strlcpy(out, body->sha256, STORE_SHA256);
	else
		err = hash(body, EVP_sha256(), digest, &n);
	for (unsigned i = 0; !err && i < n; i++) {
		out[2 * i] = "0123456789abcdef"[digest[i] >> 4];
		out[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
		out[2 * i + 2] = '\0';
	}
	return err;
}

int store_body_md5(const struct store_body *body, char out[STORE_MD5])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	int err = hash(body, EVP_md5(), digest, &n);
	char *text = err ? NULL : g_base64_encode(digest, n);

	if (text)
		g_strlcpy(out, text, STORE_MD5);
	g_free(text);
	return err;
}
