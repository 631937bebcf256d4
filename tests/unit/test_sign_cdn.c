/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Addresses of a CDN: what was signed is found again in the address and verified with the other half of the key, as the CDN would.
 */
#include <glib/gstdio.h>
#include <openssl/rsa.h>
#include <stdbool.h>
#include <unistd.h>
#include "common/sign_cdn.c"
#include "test.h"

#define URL "https://d111111abcdef8.cloudfront.net/recordings/2026/11/22/rec_a.webm"
#define SECRET "0123456789abcdef0123456789abcdef"

static char *dir, *file;

static void write_file(const char *text, int mode)
{
	CHECK(g_file_set_contents(file, text, -1, NULL));
	CHECK_INT(chmod(file, (mode_t)mode), 0);
}

static EVP_PKEY *write_rsa(void)
{
	EVP_PKEY *pkey = EVP_RSA_gen(2048);
	BIO *bio = BIO_new(BIO_s_mem());
	char *data;
	long len;

	CHECK(pkey && bio && PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL));
	len = BIO_get_mem_data(bio, &data);
	data = g_strndup(data, (gsize)len);
	write_file(data, 0600);
	g_free(data);
	BIO_free(bio);
	return pkey;
}

/* Is the signature in this address good for this policy? */
static bool verified(EVP_PKEY *pkey, const char *url, const char *policy)
{
	char *sig = g_strdup(strstr(url, "&Signature=") + strlen("&Signature="));
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	guchar *raw;
	gsize len;
	bool good;

	*strchr(sig, '&') = '\0';
	for (char *p = sig; *p; p++) {
		CHECK(g_ascii_isalnum(*p) || strchr("-_~", *p));
		*p = *p == '-' ? '+' : *p == '_' ? '=' : *p == '~' ? '/' : *p;
	}
	raw = g_base64_decode(sig, &len);
	good = EVP_DigestVerifyInit(ctx, NULL, EVP_sha1(), NULL, pkey) == 1 &&
	       EVP_DigestVerify(ctx, raw, len, (const unsigned char *)policy, strlen(policy)) == 1;
	EVP_MD_CTX_free(ctx);
	g_free(raw);
	g_free(sig);
	return good;
}

static void test_cloudfront(void)
{
	struct sign_cdn_key *key = NULL;
	EVP_PKEY *pkey = write_rsa();
	char why[300] = "", *url = NULL;

	CHECK_INT(sign_cdn_load(&key, SIGN_CDN_CLOUDFRONT, "K2JCJMDEHXQW5F", file, why, sizeof(why)), 0);
	CHECK_INT(sign_cdn_url(&url, key, URL, 1795357800), 0);
	CHECK(g_str_has_prefix(url, URL "?Expires=1795357800&Signature="));
	CHECK(g_str_has_suffix(url, "&Key-Pair-Id=K2JCJMDEHXQW5F"));
	CHECK(verified(pkey, url, "{\"Statement\":[{\"Resource\":\"" URL "\",\"Condition\":{\"DateLessThan\":{\"AWS:EpochTime\":1795357800}}}]}"));
	CHECK(!verified(pkey, url, "{\"Statement\":[{\"Resource\":\"" URL "\",\"Condition\":{\"DateLessThan\":{\"AWS:EpochTime\":1795357801}}}]}"));
	g_free(url);
	EVP_PKEY_free(pkey);
	sign_cdn_unref(&key);
}

/* The signature is what `printf '/a/b.webm\n1795357800' | openssl dgst -sha256 -hmac SECRET` says. */
static void test_hmac(void)
{
	static const char want[] = "https://cdn.example/a/b.webm?exp=1795357800&sig=6bdf6aab2ad4e42fe7984f4414a513a9e83e0c351f06446b5e6fd8dc8a5c215b";
	struct sign_cdn_key *key = NULL, *named = NULL;
	char why[300] = "", *url = NULL, *other = NULL, *again = NULL;

	write_file(SECRET "\n", 0640);
	CHECK_INT(sign_cdn_load(&key, SIGN_CDN_HMAC, NULL, file, why, sizeof(why)), 0);
	CHECK_INT(sign_cdn_load(&named, SIGN_CDN_HMAC, "k1", file, why, sizeof(why)), 0);
	CHECK_INT(sign_cdn_url(&url, key, "https://cdn.example/a/b.webm", 1795357800), 0);
	CHECK_STR(url, want);
	CHECK_INT(sign_cdn_url(&other, named, "https://cdn.example/a/b.webm", 1795357800), 0);
	CHECK(g_str_has_prefix(other, url) && g_str_has_suffix(other, "&kid=k1"));
	CHECK_INT(sign_cdn_url(&again, key, "https://another.example/a/b.webm", 1795357800), 0);
	CHECK(!strcmp(strchr(again, '?'), strchr(url, '?')));
	g_free(url);
	g_free(other);
	g_free(again);
	sign_cdn_unref(&key);
	sign_cdn_unref(&named);
}

static void test_refused(void)
{
	static const char *const urls[] = { "https://cdn.example", "https://cdn.example/a?b", "https://cdn.example/a\"b", "/a" };
	struct sign_cdn_key *key = NULL;
	char why[300] = "", *url = NULL;

	write_file(SECRET, 0644);
	CHECK_INT(sign_cdn_load(&key, SIGN_CDN_HMAC, NULL, file, why, sizeof(why)), -EACCES);
	CHECK(strstr(why, "chmod o="));
	write_file("short\n", 0600);
	CHECK_INT(sign_cdn_load(&key, SIGN_CDN_HMAC, NULL, file, why, sizeof(why)), -EINVAL);
	CHECK_INT(sign_cdn_load(&key, SIGN_CDN_CLOUDFRONT, "K", file, why, sizeof(why)), -EINVAL);
	CHECK(strstr(why, "RSA"));
	CHECK_INT(sign_cdn_load(&key, SIGN_CDN_HMAC, NULL, "/nowhere", why, sizeof(why)), -ENOENT);
	CHECK(!key);
	write_file(SECRET, 0600);
	CHECK_INT(sign_cdn_load(&key, SIGN_CDN_HMAC, NULL, file, why, sizeof(why)), 0);
	for (size_t i = 0; i < G_N_ELEMENTS(urls); i++)
		CHECK_INT(sign_cdn_url(&url, key, urls[i], 1), -EINVAL);
	sign_cdn_unref(&key);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_cloudfront), TEST(test_hmac), TEST(test_refused) };
	int r;

	dir = g_dir_make_tmp("recroom-cdn-XXXXXX", NULL);
	file = g_build_filename(dir, "key", NULL);
	r = test_run(tests, G_N_ELEMENTS(tests), argc, argv);
	g_unlink(file);
	g_rmdir(dir);
	g_free(file);
	g_free(dir);
	return r;
}
