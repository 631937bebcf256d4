/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Ed25519 by OpenSSL's EVP. Signing: the plugin's writer thread and recovery. Verifying: recroom-pp verify, main thread.
 */
#include "common/sign.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/fsio.h"
#include "common/log.h"

enum { SIG_BYTES = 64, KEYS_FILE_MAX = 1 << 20 };

struct sign_key {
	EVP_PKEY *pkey;
	char public_key[SIGN_TEXT];
};

/* A key with a passphrase is no key: nobody is there to be asked. */
static int no_passphrase(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return 0;
}

static int public_text(EVP_PKEY *pkey, char out[SIGN_TEXT])
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(pkey, &der);
	char *text;

	if (len <= 0)
		return -EINVAL;
	text = g_base64_encode(der, (gsize)len);
	g_strlcpy(out, text, SIGN_TEXT);
	g_free(text);
	OPENSSL_free(der);
	return 0;
}

static int open_private(const char *path, char *why, size_t why_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		int err = -errno;

		g_snprintf(why, why_size, "sign_key_file %s: %s", path, err_str(err));
		if (fd >= 0)
			close(fd);
		return err;
	}
	if (S_ISREG(st.st_mode) && !(st.st_mode & S_IRWXO))
		return fd;
	g_snprintf(why, why_size, S_ISREG(st.st_mode) ? "sign_key_file %s: others than its owner and group may read or change it (mode %04o); chmod o= it"
						      : "sign_key_file %s: is not a file (mode %04o)", path, st.st_mode & 07777);
	close(fd);
	return S_ISREG(st.st_mode) ? -EACCES : -EINVAL;
}

int sign_key_load(struct sign_key **out, const char *path, char *why, size_t why_size)
{
	struct sign_key *key = g_new0(struct sign_key, 1);
	int fd = open_private(path, why, why_size), err = MIN(fd, 0);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");

	if (f) {
		key->pkey = PEM_read_PrivateKey(f, NULL, no_passphrase, NULL);
		fclose(f);
	}
	if (!err && (!key->pkey || EVP_PKEY_base_id(key->pkey) != EVP_PKEY_ED25519 || public_text(key->pkey, key->public_key) < 0)) {
		g_snprintf(why, why_size, "sign_key_file %s: holds no Ed25519 private key without passphrase in PEM form", path);
		err = -EINVAL;
	}
	ERR_clear_error();             /* this thread's next TLS call shall not stumble over ours */
	if (err)
		sign_key_unref(&key);
	else
		*out = key;
	return err;
}

void sign_key_unref(struct sign_key **key)
{
	if (!*key)
		return;
	EVP_PKEY_free((*key)->pkey);
	g_clear_pointer(key, g_free);
}

const char *sign_key_public(const struct sign_key *key)
{
	return key->public_key;
}

static size_t message_of(char out[128], const char *chain)
{
	return (size_t)g_snprintf(out, 128, "recroom-chain-1 %.64s", chain);
}

int sign_chain(const struct sign_key *key, const char *chain, char out[SIGN_TEXT])
{
	unsigned char sig[SIG_BYTES];
	size_t len = sizeof(sig), n;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	char message[128], *text;
	int err = -ENOMEM;

	if (!ctx)
		return err;
	n = message_of(message, chain);
	if (EVP_DigestSignInit(ctx, NULL, NULL, NULL, key->pkey) == 1 && EVP_DigestSign(ctx, sig, &len, (const unsigned char *)message, n) == 1) {
		text = g_base64_encode(sig, len);
		g_strlcpy(out, text, SIGN_TEXT);
		g_free(text);
		err = 0;
	}
	EVP_MD_CTX_free(ctx);
	return err;
}

/* The key of its base64, or NULL. */
static EVP_PKEY *public_of(const char *text)
{
	gsize len = 0;
	guchar *der = strlen(text) < SIGN_TEXT ? g_base64_decode(text, &len) : NULL;
	const unsigned char *p = der;
	EVP_PKEY *pkey = der ? d2i_PUBKEY(NULL, &p, (long)len) : NULL;

	if (pkey && EVP_PKEY_base_id(pkey) != EVP_PKEY_ED25519)
		g_clear_pointer(&pkey, EVP_PKEY_free);
	g_free(der);
	return pkey;
}

int sign_verify(const char *public_key, const char *chain, const char *sig)
{
	EVP_PKEY *pkey = public_of(public_key);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	gsize len = 0;
	guchar *raw = strlen(sig) < SIGN_TEXT ? g_base64_decode(sig, &len) : NULL;
	char message[128];
	size_t n = message_of(message, chain);
	int err = -EINVAL;

	if (pkey && ctx && raw && len == SIG_BYTES && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) == 1)
		err = EVP_DigestVerify(ctx, raw, len, (const unsigned char *)message, n) == 1 ? 0 : -EKEYREJECTED;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	g_free(raw);
	return err;
}

int sign_public_load(char ***out, const char *path)
{
	GPtrArray *keys = g_ptr_array_new_with_free_func(g_free);
	char *data = NULL, text[SIGN_TEXT];
	size_t len = 0;
	EVP_PKEY *pkey = NULL;
	BIO *bio = NULL;
	int err = fs_read(path, KEYS_FILE_MAX, &data, &len);

	if (!err)
		bio = BIO_new_mem_buf(data, (int)len);
	while (!err && bio && (pkey = PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, NULL))) {
		err = EVP_PKEY_base_id(pkey) == EVP_PKEY_ED25519 ? public_text(pkey, text) : -EINVAL;
		if (!err)
			g_ptr_array_add(keys, g_strdup(text));
		EVP_PKEY_free(pkey);
	}
	if (!err && keys->len == 0)
		err = -EINVAL;
	g_ptr_array_add(keys, NULL);
	if (err)
		g_ptr_array_unref(keys);
	else
		*out = (char **)g_ptr_array_free(keys, FALSE);
	BIO_free(bio);
	ERR_clear_error();
	g_free(data);
	return err;
}
