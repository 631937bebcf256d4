/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * DTLS over datagrams that others send and receive; called by peer on a loop thread.
 *
 *	datagram ─▶ inbox ─▶ SSL_do_handshake ─▶ BIO that sends each write as a datagram
 */
#include "tests/bench/generator/dtls.h"

#include <errno.h>
#include <glib.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string.h>

enum { MTU = 1200, KEY = 16, SALT = 14, REPLAY_WINDOW = 1024, RETRY_US = 100000 };

struct dtls {
	SSL *ssl;
	bool client;
	dtls_send_h *send;
	void *arg;
	const uint8_t *data;       /* the datagram being taken */
	size_t len;
};

static struct {
	SSL_CTX *ctx;
	BIO_METHOD *method;
	char fingerprint[32 * 3];
} shared;

static int bio_write(BIO *b, const char *data, int len)
{
	struct dtls *d = BIO_get_data(b);

	d->send((const uint8_t *)data, (size_t)len, d->arg);
	return len;
}

static int bio_read(BIO *b, char *out, int size)
{
	struct dtls *d = BIO_get_data(b);
	size_t n = MIN(d->len, (size_t)size);

	BIO_clear_retry_flags(b);
	if (!d->data) {
		BIO_set_retry_read(b);
		return -1;
	}
	memcpy(out, d->data, n);
	d->data = NULL;
	return (int)n;
}

static long bio_ctrl(BIO *b, int cmd, long num, void *ptr)
{
	(void)b, (void)num, (void)ptr;
	return cmd == BIO_CTRL_FLUSH ? 1 : cmd == BIO_CTRL_DGRAM_QUERY_MTU ? MTU : 0;
}

/* OpenSSL's first wait is a second, which would be most of a test's start. */
static unsigned next_timeout(SSL *ssl, unsigned timer_us)
{
	(void)ssl;
	return timer_us ? MIN(2 * timer_us, 1000000u) : RETRY_US;
}

static int any_certificate(int ok, X509_STORE_CTX *ctx)
{
	(void)ok, (void)ctx;
	return 1;
}

static void make_certificate(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), -86400);
	X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
	X509_set_pubkey(cert, key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC, (const unsigned char *)"generator", -1, -1, 0);
	X509_set_issuer_name(cert, X509_get_subject_name(cert));
	if (!X509_sign(cert, key, EVP_sha256()) || SSL_CTX_use_certificate(shared.ctx, cert) != 1 || SSL_CTX_use_PrivateKey(shared.ctx, key) != 1)
		g_error("OpenSSL made no certificate");
	X509_digest(cert, EVP_sha256(), md, &n);
	for (unsigned i = 0; i < n; i++)
		g_snprintf(shared.fingerprint + 3 * i, 4, i + 1 < n ? "%02X:" : "%02X", md[i]);
	X509_free(cert);
	EVP_PKEY_free(key);
}

void dtls_init(void)
{
	shared.method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "generator");
	BIO_meth_set_write(shared.method, bio_write);
	BIO_meth_set_read(shared.method, bio_read);
	BIO_meth_set_ctrl(shared.method, bio_ctrl);
	shared.ctx = SSL_CTX_new(DTLS_method());
	SSL_CTX_set_verify(shared.ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, any_certificate);
	if (SSL_CTX_set_tlsext_use_srtp(shared.ctx, "SRTP_AES128_CM_SHA1_80"))
		g_error("OpenSSL knows no SRTP");
	make_certificate();
	srtp_init();
}

void dtls_exit(void)
{
	srtp_shutdown();
	SSL_CTX_free(shared.ctx);
	BIO_meth_free(shared.method);
}

const char *dtls_fingerprint(void)
{
	return shared.fingerprint;
}

struct dtls *dtls_create(bool client, dtls_send_h *send, void *arg)
{
	struct dtls *d = g_new0(struct dtls, 1);
	BIO *bio = BIO_new(shared.method);

	d->client = client;
	d->send = send;
	d->arg = arg;
	d->ssl = SSL_new(shared.ctx);
	BIO_set_data(bio, d);
	BIO_set_init(bio, 1);
	SSL_set_bio(d->ssl, bio, bio);
	SSL_set_options(d->ssl, SSL_OP_NO_QUERY_MTU);
	DTLS_set_link_mtu(d->ssl, MTU);
	DTLS_set_timer_cb(d->ssl, next_timeout);
	if (client)
		SSL_set_connect_state(d->ssl);
	else
		SSL_set_accept_state(d->ssl);
	return d;
}

void dtls_free(struct dtls **d)
{
	if (*d)
		SSL_free((*d)->ssl);
	g_clear_pointer(d, g_free);
}

int dtls_step(struct dtls *d, const uint8_t *data, size_t len)
{
	int rc, why;

	d->data = data;
	d->len = len;
	if (!data)
		DTLSv1_handle_timeout(d->ssl);
	rc = SSL_do_handshake(d->ssl);
	d->data = NULL;
	if (rc == 1)
		return 1;
	why = SSL_get_error(d->ssl, rc);
	ERR_clear_error();
	return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -EPROTO;
}

static int session(srtp_t *out, const uint8_t *key, const uint8_t *salt, srtp_ssrc_type_t direction)
{
	uint8_t master[KEY + SALT];
	srtp_policy_t policy = { .ssrc = { .type = direction }, .key = master, .window_size = REPLAY_WINDOW, .allow_repeat_tx = 1 };

	memcpy(master, key, KEY);
	memcpy(master + KEY, salt, SALT);
	srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
	srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
	return srtp_create(out, &policy) == srtp_err_status_ok ? 0 : -EPROTO;
}

int dtls_keys(struct dtls *d, srtp_t *out, srtp_t *in)
{
	uint8_t m[2 * (KEY + SALT)];   /* client key, server key, client salt, server salt */
	const char label[] = "EXTRACTOR-dtls_srtp";
	int mine = d->client ? 0 : 1, err;

	if (SSL_export_keying_material(d->ssl, m, sizeof(m), label, sizeof(label) - 1, NULL, 0, 0) != 1)
		return -EPROTO;
	err = session(out, m + mine * KEY, m + 2 * KEY + mine * SALT, ssrc_any_outbound);
	if (!err)
		err = session(in, m + !mine * KEY, m + 2 * KEY + !mine * SALT, ssrc_any_inbound);
	return err;
}
