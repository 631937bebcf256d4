/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Signed addresses of a CDN. Keys are loaded by recroom-pp at its start, addresses signed on HTTP threads and by the sender of webhooks.
 */
#include "common/sign_cdn.h"

#include <errno.h>
#include <glib.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/stat.h>
#include "common/fsio.h"
#include "common/log.h"

enum { KEY_FILE_MAX = 1 << 16, SECRET_MIN = 32, MAC_SIZE = 32 };

struct sign_cdn_key {
	enum sign_cdn_kind kind;
	char *id;                      /* NULL: none */
	EVP_PKEY *rsa;
	char *secret;
	size_t secret_len;
};

static int no_passphrase(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return 0;
}

static int read_file(const char *file, char **text, size_t *len, char *why, size_t why_size)
{
	struct stat st;
	int err = stat(file, &st) < 0 ? -errno : 0;

	if (!err && (st.st_mode & S_IRWXO)) {
		g_snprintf(why, why_size, "cdn_key_file %s: others than its owner and group may read or change it; chmod o= it", file);
		return -EACCES;
	}
	err = err ? err : fs_read(file, KEY_FILE_MAX, text, len);
	if (err)
		g_snprintf(why, why_size, "cdn_key_file %s: %s", file, err_str(err));
	return err;
}

static int take_rsa(struct sign_cdn_key *key, const char *text, size_t len)
{
	BIO *bio = BIO_new_mem_buf(text, (int)len);

	key->rsa = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;
	BIO_free(bio);
	ERR_clear_error();
	return key->rsa && EVP_PKEY_base_id(key->rsa) == EVP_PKEY_RSA ? 0 : -EINVAL;
}

static int take_secret(struct sign_cdn_key *key, const char *text, size_t len)
{
	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	if (len < SECRET_MIN)
		return -EINVAL;
	key->secret = g_memdup2(text, len);
	key->secret_len = len;
	return 0;
}

int sign_cdn_load(struct sign_cdn_key **out, enum sign_cdn_kind kind, const char *id, const char *file, char *why, size_t why_size)
{
	struct sign_cdn_key *key = g_new0(struct sign_cdn_key, 1);
	char *text = NULL;
	size_t len = 0;
	int err = read_file(file, &text, &len, why, why_size);

	key->kind = kind;
	key->id = g_strdup(id);
	if (!err) {
		err = kind == SIGN_CDN_CLOUDFRONT ? take_rsa(key, text, len) : take_secret(key, text, len);
		if (err)
			g_snprintf(why, why_size, kind == SIGN_CDN_CLOUDFRONT ? "cdn_key_file %s: holds no RSA private key without passphrase in PEM form"
									      : "cdn_key_file %s: wants a secret of at least 32 bytes", file);
	}
	if (text)
		explicit_bzero(text, len);
	g_free(text);
	if (err)
		sign_cdn_unref(&key);
	else
		*out = key;
	return err;
}

void sign_cdn_unref(struct sign_cdn_key **key)
{
	struct sign_cdn_key *k = *key;

	*key = NULL;
	if (!k)
		return;
	EVP_PKEY_free(k->rsa);
	if (k->secret)
		explicit_bzero(k->secret, k->secret_len);
	g_free(k->secret);
	g_free(k->id);
	g_free(k);
}

/* CloudFront's base64 for queries: three letters are others. */
static char *cloudfront_base64(const unsigned char *data, size_t len)
{
	char *text = g_base64_encode(data, len);

	for (char *p = text; *p; p++)
		*p = *p == '+' ? '-' : *p == '=' ? '_' : *p == '/' ? '~' : *p;
	return text;
}

static int cloudfront(char **out, const struct sign_cdn_key *key, const char *url, int64_t exp_s)
{
	char *policy = g_strdup_printf("{\"Statement\":[{\"Resource\":\"%s\",\"Condition\":{\"DateLessThan\":{\"AWS:EpochTime\":%lld}}}]}", url, (long long)exp_s);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = 0;
	unsigned char *sig = NULL;
	char *text;
	int err = -EIO;

	if (ctx && EVP_DigestSignInit(ctx, NULL, EVP_sha1(), NULL, key->rsa) == 1 &&
	    EVP_DigestSign(ctx, NULL, &len, (const unsigned char *)policy, strlen(policy)) == 1) {
		sig = g_malloc(len);
		err = EVP_DigestSign(ctx, sig, &len, (const unsigned char *)policy, strlen(policy)) == 1 ? 0 : -EIO;
	}
	if (!err) {
		text = cloudfront_base64(sig, len);
		*out = g_strdup_printf("%s?Expires=%lld&Signature=%s&Key-Pair-Id=%s", url, (long long)exp_s, text, key->id);
		g_free(text);
	}
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	g_free(sig);
	g_free(policy);
	return err;
}

static int hmac(char **out, const struct sign_cdn_key *key, const char *url, int64_t exp_s)
{
	const char *host = strstr(url, "://"), *path = host ? strchr(host + 3, '/') : NULL;
	char *text = path ? g_strdup_printf("%s\n%lld", path, (long long)exp_s) : NULL, hex[2 * MAC_SIZE + 1];
	unsigned char mac[MAC_SIZE];
	unsigned n = MAC_SIZE;

	if (!text)
		return -EINVAL;
	if (!HMAC(EVP_sha256(), key->secret, (int)key->secret_len, (const unsigned char *)text, strlen(text), mac, &n))
		g_error("sign: OpenSSL gave no HMAC");
	for (int i = 0; i < MAC_SIZE; i++)
		g_snprintf(hex + 2 * i, 3, "%02x", mac[i]);
	*out = g_strdup_printf("%s?exp=%lld&sig=%s%s%s", url, (long long)exp_s, hex, key->id ? "&kid=" : "", key->id ? key->id : "");
	g_free(text);
	return 0;
}

int sign_cdn_url(char **out, const struct sign_cdn_key *key, const char *url, int64_t exp_s)
{
	if (strpbrk(url, "?#\"\\"))
		return -EINVAL;
	return key->kind == SIGN_CDN_CLOUDFRONT ? cloudfront(out, key, url, exp_s) : hmac(out, key, url, exp_s);
}
