/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A certificate for 127.0.0.1 that vouches for itself, and its key.
 */
#pragma once
#include <glib.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

static inline char *pem_of(EVP_PKEY *key, X509 *x)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data, *text;
	long n;

	if (!(x ? PEM_write_bio_X509(bio, x) : PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL)))
		abort();
	n = BIO_get_mem_data(bio, &data);
	text = g_strndup(data, (gsize)n);
	BIO_free(bio);
	return text;
}

/** PEM texts; the caller frees. */
static inline void make_certificate(char **cert, char **key)
{
	EVP_PKEY *pkey = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "IP:127.0.0.1");

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -3600);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	X509_add_ext(x, names, -1);
	X509_set_pubkey(x, pkey);
	if (X509_sign(x, pkey, EVP_sha256()) <= 0)
		abort();
	*cert = pem_of(NULL, x);
	*key = pem_of(pkey, NULL);
	X509_EXTENSION_free(names);
	X509_free(x);
	EVP_PKEY_free(pkey);
}
