/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One PeerConnection with Janus: ICE, DTLS-SRTP, and SRTP both ways. Made on any thread; after loop_add() the loop's thread owns it, but for what is
 * said to be for any thread.
 *
 * ICE here is what a full agent does that has one host candidate and lets the other side find it (RFC 8445 §7): Janus learns our address from the session
 * description and checks it; we answer, check back the address that came from, and nominate it if we are in control.
 */
#pragma once
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tests/bench/generator/loop.h"
#include "tests/bench/generator/stun.h"

enum { UFRAG = 8, PASSWORD = 24 };

/** Who sends or receives over it; all on the loop's thread, once the connection is up. */
struct peer_user {
	void (*tick)(void *arg, int64_t now_us);
	/** A packet as it came, still encrypted behind its header. NULL: not wanted. */
	void (*on_rtp)(void *arg, const uint8_t *data, size_t len, int64_t now_us);
	/** A compound packet, decrypted. */
	void (*on_rtcp)(void *arg, const uint8_t *data, size_t len, int64_t now_us);
	void (*free)(void *arg);
};

/** Who offers is in control and takes the server's part in DTLS (Janus answers `active`). `arg` is the peer's from now on. */
struct peer *peer_create(struct loop *l, bool offers, const struct peer_user *user, void *arg);
void peer_free(struct peer **p);
const char *peer_ufrag(const struct peer *p);
const char *peer_password(const struct peer *p);
struct loop *peer_loop(const struct peer *p);
/** Before loop_add(). */
void peer_set_remote(struct peer *p, const char *ufrag, const char *password);
/** Any thread: media can flow; it cannot any more. */
bool peer_up(const struct peer *p);
bool peer_failed(const struct peer *p);

/** Encrypts an RTP packet in place and addresses it. False when libsrtp refuses. */
bool peer_protect(struct peer *p, struct packet *packet);
/** Encrypts an RTCP packet and sends it to Janus when it is due; takes it. */
void peer_send_rtcp(struct peer *p, struct packet *packet, int64_t due_us);

/* For the loop. */
bool peer_is(const struct peer *p, const char *username);
void peer_stun(struct peer *p, const struct stun_message *m, const struct sockaddr_in *from, int64_t now_us);
void peer_datagram(struct peer *p, uint8_t *data, size_t len, int64_t now_us);
void peer_tick(struct peer *p, int64_t now_us);
