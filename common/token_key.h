/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One key of tokens: a name, one algorithm, an issuer, and the secret or the key pair. Never changes once it is made; any thread.
 *
 * Signatures are OpenSSL's (EVP), not libjwt's. libjwt 1.10 takes the algorithm from the token, so that an RSA key shown as an HMAC secret passes; checks
 * nothing at all under an empty key; keeps the last of two members of one name; and knows neither kid nor exp, nbf, iss and aud. With each of these to be done
 * around it, what would be left to it is one call of OpenSSL. The tests still use it, as somebody else's opinion on tokens.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

enum token_alg { TOKEN_HS256, TOKEN_RS256, TOKEN_ES256, TOKEN_ALGS };
enum { TOKEN_KEY_FILE_MAX = 16384, TOKEN_SIG_MAX = 1024, TOKEN_KID_SIZE = 65, TOKEN_SECRET_MIN = 32 };

struct token_key;
struct token_key_conf {
	const char *kid;
	enum token_alg alg;
	const char *issuer;        /* what `iss` must be, and is in tokens of ours */
	const char *data;          /* secret (blanks at its end are left out), or a PEM key; a public one can only verify */
	size_t len;
};

/** "HS256"; NULL for no algorithm. */
const char *token_alg_name(enum token_alg alg);
/** -1 when it is none of ours, "none" included. */
int token_alg_find(const char *name);

/** -EINVAL with half a sentence in why: a secret below 32 bytes or that looks like PEM, RSA below 2048 bits, another curve than P-256, a passphrase. */
int token_key_create(struct token_key **out, const struct token_key_conf *conf, char *why, size_t why_size);
void token_key_free(struct token_key **k);
const char *token_key_kid(const struct token_key *k);
const char *token_key_issuer(const struct token_key *k);
enum token_alg token_key_alg(const struct token_key *k);
bool token_key_private(const struct token_key *k);      /* can sign */

/** The JWS signature (RFC 7518 §3) of the text. 0, -EPERM (a public key), -EIO. */
int token_key_sign(const struct token_key *k, const char *text, size_t len, unsigned char sig[TOKEN_SIG_MAX], size_t *sig_len);
/** Whether that is the signature; secrets are compared in constant time. */
bool token_key_verify(const struct token_key *k, const char *text, size_t len, const unsigned char *sig, size_t sig_len);

/** A new key for a file: 32 random bytes in hex, an RSA key of 3072 bits, or one of P-256; PEM, PKCS #8. And with `public_pem` (may be NULL) what others
 *  need to verify, NULL for HS256. g_free() both. 0 or -EIO. */
int token_key_generate(enum token_alg alg, char **text, char **public_pem);
