/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The DTLS-SRTP handshake of one connection (RFC 5764) by OpenSSL. One thread per object; the certificate is shared.
 */
#pragma once
#include <srtp2/srtp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dtls;
typedef void (dtls_send_h)(const uint8_t *data, size_t len, void *arg);

/** Makes the certificate; once, before the threads. */
void dtls_init(void);
void dtls_exit(void);
/** Its SHA-256, as SDP writes it. */
const char *dtls_fingerprint(void);

struct dtls *dtls_create(bool client, dtls_send_h *send, void *arg);
void dtls_free(struct dtls **d);
/** Begins (client) or goes on with what came (`data` may be NULL: a timer). 1 when the handshake is through, 0 not yet, -EPROTO. */
int dtls_step(struct dtls *d, const uint8_t *data, size_t len);
/** After the handshake: SRTP for what we send and what we get. 0 or -EPROTO. */
int dtls_keys(struct dtls *d, srtp_t *out, srtp_t *in);
