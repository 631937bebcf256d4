/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One key of tokens. Called by token_keys.c when files are read and by token.c for each token; any thread, no state but the keys.
 *
 *   table of algorithms ── row ──▶ read (file's text ▶ key)   sign (text ▶ signature)   verify
 */
#include <errno.h>
#include <glib.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>
#include "common/ids.h"
#include "common/token_key.h"

enum { SECRET_MAX = 4096, RSA_MIN = 2048, RSA_MAX = 8192, RSA_NEW = 3072, MAC_SIZE = 32, EC_SIZE = 32, DER_MAX = 80 };

struct token_key {
	char kid[TOKEN_KID_SIZE];
	char *issuer;
	enum token_alg alg;
	unsigned char *secret;     /* HS256 */
	size_t secret_len;
	EVP_PKEY *pkey;            /* the others */
	bool private;
};

/* ---- HS256 ---- */

static int read_secret(struct token_key *k, const char *data, size_t len, char *why, size_t why_size)
{
	while (len && g_ascii_isspace(data[len - 1]))
		len--;
	if (len < TOKEN_SECRET_MIN || len > SECRET_MAX) {
		snprintf(why, why_size, "the secret has %zu bytes, must have %d to %d", len, TOKEN_SECRET_MIN, SECRET_MAX);
		return -EINVAL;
	}
	/* A public key as the secret: everybody could sign. */
	if (g_strstr_len(data, (gssize)len, "-----BEGIN")) {
		snprintf(why, why_size, "this is a key in PEM form, and no secret for HS256");
		return -EINVAL;
	}
	k->secret = g_memdup2(data, len);
	k->secret_len = len;
	k->private = true;
	return 0;
}

static int hmac_sign(const struct token_key *k, const char *text, size_t len, unsigned char *sig, size_t *sig_len)
{
	unsigned n = MAC_SIZE;

	if (!HMAC(EVP_sha256(), k->secret, (int)k->secret_len, (const unsigned char *)text, len, sig, &n))
		return -EIO;
	*sig_len = n;
	return 0;
}

static bool hmac_verify(const struct token_key *k, const char *text, size_t len, const unsigned char *sig, size_t sig_len)
{
	unsigned char right[TOKEN_SIG_MAX];
	size_t n = 0;

	return sig_len == MAC_SIZE && !hmac_sign(k, text, len, right, &n) && n == MAC_SIZE && !CRYPTO_memcmp(right, sig, MAC_SIZE);
}

/* ---- key pairs ---- */

/* A key with a passphrase is no key: nobody is there to be asked. */
static int no_passphrase(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return 0;
}

static int read_pem(struct token_key *k, const char *data, size_t len, char *why, size_t why_size)
{
	BIO *bio = BIO_new_mem_buf(data, (int)len);

	if (bio) {
		k->pkey = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
		k->private = k->pkey != NULL;
	}
	BIO_free(bio);
	bio = k->pkey ? NULL : BIO_new_mem_buf(data, (int)len);
	if (bio)
		k->pkey = PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	ERR_clear_error();             /* this thread's next TLS call shall not stumble over ours */
	if (!k->pkey)
		snprintf(why, why_size, "there is no key in PEM form without passphrase in it");
	return k->pkey ? 0 : -EINVAL;
}

static int read_rsa(struct token_key *k, const char *data, size_t len, char *why, size_t why_size)
{
	int err = read_pem(k, data, len, why, why_size), bits = err ? 0 : EVP_PKEY_get_bits(k->pkey);

	if (err)
		return err;
	if (EVP_PKEY_get_base_id(k->pkey) != EVP_PKEY_RSA)
		snprintf(why, why_size, "RS256 needs an RSA key");
	else if (bits < RSA_MIN || bits > RSA_MAX)
		snprintf(why, why_size, "the RSA key has %d bits, must have %d to %d", bits, RSA_MIN, RSA_MAX);
	else
		return 0;
	return -EINVAL;
}

static int read_ec(struct token_key *k, const char *data, size_t len, char *why, size_t why_size)
{
	int err = read_pem(k, data, len, why, why_size);
	char group[32] = "";

	if (err)
		return err;
	if (EVP_PKEY_get_base_id(k->pkey) != EVP_PKEY_EC || EVP_PKEY_get_group_name(k->pkey, group, sizeof(group), NULL) != 1) {
		snprintf(why, why_size, "ES256 needs an elliptic curve key");
		return -EINVAL;
	}
	if (!strcmp(group, "prime256v1"))
		return 0;
	snprintf(why, why_size, "the key is of the curve %s, ES256 needs P-256", group);
	return -EINVAL;
}

static int pkey_sign(const struct token_key *k, const char *text, size_t len, unsigned char *sig, size_t *sig_len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = ctx && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, k->pkey) == 1 &&
		    EVP_DigestSign(ctx, sig, sig_len, (const unsigned char *)text, len) == 1;

	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return good ? 0 : -EIO;
}

static bool pkey_verify(const struct token_key *k, const char *text, size_t len, const unsigned char *sig, size_t sig_len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = ctx && EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, k->pkey) == 1 &&
		    EVP_DigestVerify(ctx, sig, sig_len, (const unsigned char *)text, len) == 1;

	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return good;
}

static int rsa_sign(const struct token_key *k, const char *text, size_t len, unsigned char *sig, size_t *sig_len)
{
	*sig_len = TOKEN_SIG_MAX;
	return pkey_sign(k, text, len, sig, sig_len);
}

static bool rsa_verify(const struct token_key *k, const char *text, size_t len, const unsigned char *sig, size_t sig_len)
{
	return sig_len == (size_t)EVP_PKEY_get_size(k->pkey) && pkey_verify(k, text, len, sig, sig_len);
}

/* JWS has the two numbers side by side (RFC 7518 §3.4), OpenSSL wants them in DER. */
static int ec_sign(const struct token_key *k, const char *text, size_t len, unsigned char *sig, size_t *sig_len)
{
	unsigned char der[DER_MAX];
	const unsigned char *p = der;
	size_t n = sizeof(der);
	int err = pkey_sign(k, text, len, der, &n);
	ECDSA_SIG *s = err ? NULL : d2i_ECDSA_SIG(NULL, &p, (long)n);

	if (!err && (!s || BN_bn2binpad(ECDSA_SIG_get0_r(s), sig, EC_SIZE) != EC_SIZE ||
		     BN_bn2binpad(ECDSA_SIG_get0_s(s), sig + EC_SIZE, EC_SIZE) != EC_SIZE))
		err = -EIO;
	*sig_len = 2 * EC_SIZE;
	ECDSA_SIG_free(s);
	return err;
}

static bool ec_verify(const struct token_key *k, const char *text, size_t len, const unsigned char *sig, size_t sig_len)
{
	unsigned char der[DER_MAX], *p = der;
	ECDSA_SIG *s = sig_len == 2 * EC_SIZE ? ECDSA_SIG_new() : NULL;
	BIGNUM *r = BN_bin2bn(sig, s ? EC_SIZE : 0, NULL), *t = BN_bin2bn(s ? sig + EC_SIZE : sig, s ? EC_SIZE : 0, NULL);
	int n = -1;

	if (s && r && t && ECDSA_SIG_set0(s, r, t) == 1) {
		r = t = NULL;          /* the signature's now */
		n = i2d_ECDSA_SIG(s, NULL);
		n = n > 0 && n <= DER_MAX ? i2d_ECDSA_SIG(s, &p) : -1;
	}
	BN_free(r);
	BN_free(t);
	ECDSA_SIG_free(s);
	return n > 0 && pkey_verify(k, text, len, der, (size_t)n);
}

/* ---- the table ---- */

static const struct {
	const char *name;
	int (*read)(struct token_key *k, const char *data, size_t len, char *why, size_t why_size);
	int (*sign)(const struct token_key *k, const char *text, size_t len, unsigned char *sig, size_t *sig_len);
	bool (*verify)(const struct token_key *k, const char *text, size_t len, const unsigned char *sig, size_t sig_len);
} algs[TOKEN_ALGS] = {
	[TOKEN_HS256] = { "HS256", read_secret, hmac_sign, hmac_verify },
	[TOKEN_RS256] = { "RS256", read_rsa, rsa_sign, rsa_verify },
	[TOKEN_ES256] = { "ES256", read_ec, ec_sign, ec_verify },
};

const char *token_alg_name(enum token_alg alg)
{
	return (unsigned)alg < TOKEN_ALGS ? algs[alg].name : NULL;
}

int token_alg_find(const char *name)
{
	for (int i = 0; name && i < TOKEN_ALGS; i++)
		if (!strcmp(algs[i].name, name))
			return i;
	return -1;
}

/* A private key may lie beside a public one that is not its own. */
static int try_out(const struct token_key *k, char *why, size_t why_size)
{
	unsigned char sig[TOKEN_SIG_MAX];
	size_t n;

	if (!k->private || (!algs[k->alg].sign(k, "x", 1, sig, &n) && algs[k->alg].verify(k, "x", 1, sig, n)))
		return 0;
	snprintf(why, why_size, "what the key signs, it does not find good itself");
	return -EINVAL;
}

int token_key_create(struct token_key **out, const struct token_key_conf *conf, char *why, size_t why_size)
{
	struct token_key *k;
	int err;

	if ((unsigned)conf->alg >= TOKEN_ALGS || !conf->data || conf->len > TOKEN_KEY_FILE_MAX || !room_id_valid(conf->kid)) {
		snprintf(why, why_size, "there is no such algorithm, or no key");
		return -EINVAL;
	}
	k = g_new0(struct token_key, 1);
	k->alg = conf->alg;
	k->issuer = g_strdup(conf->issuer);
	g_strlcpy(k->kid, conf->kid, sizeof(k->kid));
	err = algs[conf->alg].read(k, conf->data, conf->len, why, why_size);
	if (!err)
		err = try_out(k, why, why_size);
	if (err)
		token_key_free(&k);
	*out = k;
	return err;
}

void token_key_free(struct token_key **kp)
{
	struct token_key *k = *kp;

	*kp = NULL;
	if (!k)
		return;
	if (k->secret)
		OPENSSL_cleanse(k->secret, k->secret_len);
	g_free(k->secret);
	EVP_PKEY_free(k->pkey);
	g_free(k->issuer);
	g_free(k);
}

const char *token_key_kid(const struct token_key *k)
{
	return k->kid;
}

const char *token_key_issuer(const struct token_key *k)
{
	return k->issuer;
}

enum token_alg token_key_alg(const struct token_key *k)
{
	return k->alg;
}

bool token_key_private(const struct token_key *k)
{
	return k->private;
}

int token_key_sign(const struct token_key *k, const char *text, size_t len, unsigned char sig[TOKEN_SIG_MAX], size_t *sig_len)
{
	return k->private ? algs[k->alg].sign(k, text, len, sig, sig_len) : -EPERM;
}

bool token_key_verify(const struct token_key *k, const char *text, size_t len, const unsigned char *sig, size_t sig_len)
{
	return algs[k->alg].verify(k, text, len, sig, sig_len);
}

/* ---- new keys ---- */

static char *take_text(BIO *bio)
{
	char *data = NULL;
	long n = BIO_get_mem_data(bio, &data);

	return n > 0 ? g_strndup(data, (gsize)n) : NULL;
}

static int write_pems(EVP_PKEY *pkey, char **text, char **public_pem)
{
	BIO *secret = BIO_new(BIO_s_mem()), *public = BIO_new(BIO_s_mem());
	int err = -EIO;

	if (secret && public && PEM_write_bio_PKCS8PrivateKey(secret, pkey, NULL, NULL, 0, NULL, NULL) == 1 && PEM_write_bio_PUBKEY(public, pkey) == 1) {
		*text = take_text(secret);
		if (public_pem)
			*public_pem = take_text(public);
		err = 0;
	}
	BIO_free(secret);
	BIO_free(public);
	return err;
}

static char *new_secret(void)
{
	unsigned char r[TOKEN_SECRET_MIN];
	char *hex = g_malloc(2 * sizeof(r) + 2);

	random_bytes(r, sizeof(r));
	for (size_t i = 0; i < sizeof(r); i++)
		snprintf(hex + 2 * i, 3, "%02x", r[i]);
	OPENSSL_cleanse(r, sizeof(r));
	strcpy(hex + 2 * sizeof(r), "\n");
	return hex;
}

int token_key_generate(enum token_alg alg, char **text, char **public_pem)
{
	EVP_PKEY *pkey;
	int err;

	if (public_pem)
		*public_pem = NULL;
	if (alg == TOKEN_HS256) {
		*text = new_secret();
		return 0;
	}
	pkey = alg == TOKEN_RS256 ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)RSA_NEW) : EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	err = pkey ? write_pems(pkey, text, public_pem) : -EIO;
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	return err;
}
