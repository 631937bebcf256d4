/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * AES-256-GCM: sealed objects (envelope.c) and wrapped keys (master_key.c).
 */
#include "common/gcm.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

static int begin(EVP_CIPHER_CTX *ctx, const struct gcm *g, int seals)
{
	int n = 0;

	return EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, g->key, g->nonce, seals) == 1
	       && (!g->aad_len || EVP_CipherUpdate(ctx, NULL, &n, g->aad, (int)g->aad_len) == 1);
}

static int text(EVP_CIPHER_CTX *ctx, const void *in, size_t len, unsigned char *out)
{
	int n = 0;

	return !len || EVP_CipherUpdate(ctx, out, &n, in, (int)len) == 1;
}

int gcm_seal(const struct gcm *g, const void *plain, size_t len, unsigned char *out)
{
	EVP_CIPHER_CTX *ctx = len <= GCM_TEXT_MAX ? EVP_CIPHER_CTX_new() : NULL;
	int n = 0, ok = ctx && begin(ctx, g, 1) && text(ctx, plain, len, out) && EVP_CipherFinal_ex(ctx, out + len, &n) == 1
		      && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, GCM_TAG, out + len) == 1;

	EVP_CIPHER_CTX_free(ctx);
	return ok ? 0 : -EIO;
}

int gcm_open(const struct gcm *g, const void *sealed, size_t len, unsigned char *out)
{
	EVP_CIPHER_CTX *ctx = len <= GCM_TEXT_MAX ? EVP_CIPHER_CTX_new() : NULL;
	const unsigned char *tag = (const unsigned char *)sealed + len;
	unsigned char none[1];
	int n = 0, err = -EIO;

	if (ctx && begin(ctx, g, 0) && text(ctx, sealed, len, out) && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, GCM_TAG, (void *)tag) == 1)
		err = EVP_CipherFinal_ex(ctx, none, &n) == 1 ? 0 : -EBADMSG;
	EVP_CIPHER_CTX_free(ctx);
	if (err && len)
		OPENSSL_cleanse(out, len);
	return err;
}
