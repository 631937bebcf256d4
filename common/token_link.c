/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Signed links: whoever has one may fetch this one path until then. Made by the plugin's news and by REST, checked by REST; no state.
 *
 *   secret file ──HMAC "recroom url"──▶ key of links ──HMAC path \n exp──▶ sig
 */
#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>
#include "common/token.h"

enum { MAC_SIZE = 32 };

void url_sign(char out[65], struct token_keys *keys, const char *path, int64_t exp_s)
{
	struct token_set *set = token_set_get(keys);
	char *text = g_strdup_printf("%s\n%" PRIi64, path, exp_s);
	unsigned char m[MAC_SIZE];
	unsigned n = MAC_SIZE;

	if (!HMAC(EVP_sha256(), token_set_link_key(set), TOKEN_LINK_KEY, (const unsigned char *)text, strlen(text), m, &n))
		g_error("token: OpenSSL gave no HMAC");
	for (int i = 0; i < MAC_SIZE; i++)
		snprintf(out + 2 * i, 3, "%02x", m[i]);
	g_free(text);
	token_set_unref(set);
}

int url_verify(struct token_keys *keys, const char *path, int64_t exp_s, const char *sig, int64_t now_s)
{
	char right[65];

	url_sign(right, keys, path, exp_s);
	if (!sig || strlen(sig) != 64 || CRYPTO_memcmp(right, sig, 64))
		return -EBADMSG;
	return now_s >= exp_s ? -ETIME : 0;
}
