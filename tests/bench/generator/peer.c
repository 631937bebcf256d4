/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A connection's states, on the loop's thread:
 *
 *	 known to Janus ─ its check comes ─▶ checking ─ ours is answered ─▶ handshake ─ keys ─▶ up
 *	                                       every 50 ms                    DTLS's timers
 */
#include "tests/bench/generator/peer.h"

#include <glib.h>
#include <openssl/rand.h>
#include <srtp2/srtp.h>
#include <stdatomic.h>
#include <string.h>
#include "tests/bench/generator/dtls.h"

enum { CHECK_US = 50000, TIMER_US = 20000 };
enum state { WAITING, CHECKING, HANDSHAKE, UP, FAILED };

struct peer {
	struct loop *loop;
	bool offers;
	char ufrag[UFRAG + 1], password[PASSWORD + 1];
	char remote_ufrag[64], remote_password[128];
	char username[128];        /* of our checks */
	uint64_t tie_breaker;
	struct sockaddr_in remote;
	struct dtls *dtls;
	srtp_t out, in;
	int64_t next_us;
	atomic_int state;
	const struct peer_user *user;
	void *arg;
};

static void random_text(char *out, size_t n)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned char bytes[PASSWORD];

	RAND_bytes(bytes, (int)n);
	for (size_t i = 0; i < n; i++)
		out[i] = letters[bytes[i] % (sizeof(letters) - 1)];
	out[n] = '\0';
}

struct peer *peer_create(struct loop *l, bool offers, const struct peer_user *user, void *arg)
{
	struct peer *p = g_new0(struct peer, 1);

	p->loop = l;
	p->offers = offers;
	p->user = user;
	p->arg = arg;
	random_text(p->ufrag, UFRAG);
	random_text(p->password, PASSWORD);
	RAND_bytes((unsigned char *)&p->tie_breaker, sizeof(p->tie_breaker));
	return p;
}

void peer_free(struct peer **p)
{
	if (!*p)
		return;
	if ((*p)->out)
		srtp_dealloc((*p)->out);
	if ((*p)->in)
		srtp_dealloc((*p)->in);
	dtls_free(&(*p)->dtls);
	(*p)->user->free((*p)->arg);
	g_clear_pointer(p, g_free);
}

const char *peer_ufrag(const struct peer *p)
{
	return p->ufrag;
}

const char *peer_password(const struct peer *p)
{
	return p->password;
}

struct loop *peer_loop(const struct peer *p)
{
	return p->loop;
}

void peer_set_remote(struct peer *p, const char *ufrag, const char *password)
{
	g_strlcpy(p->remote_ufrag, ufrag, sizeof(p->remote_ufrag));
	g_strlcpy(p->remote_password, password, sizeof(p->remote_password));
	g_snprintf(p->username, sizeof(p->username), "%s:%s", p->remote_ufrag, p->ufrag);
}

bool peer_up(const struct peer *p)
{
	return atomic_load(&p->state) == UP;
}

bool peer_failed(const struct peer *p)
{
	return atomic_load(&p->state) == FAILED;
}

bool peer_is(const struct peer *p, const char *username)
{
	return !strncmp(username, p->ufrag, UFRAG) && username[UFRAG] == ':';
}

static void send_check(struct peer *p, int64_t now_us)
{
	const struct stun_check c = { .username = p->username, .password = p->remote_password, .controlling = p->offers, .tie_breaker = p->tie_breaker };
	uint8_t out[STUN_MAX];
	size_t len = stun_check(out, &c);

	loop_send_now(p->loop, &p->remote, out, len);
	p->next_us = now_us + CHECK_US;
}

static void on_dtls_send(const uint8_t *data, size_t len, void *arg)
{
	struct peer *p = arg;

	loop_send_now(p->loop, &p->remote, data, len);
}

static void step(struct peer *p, const uint8_t *data, size_t len, int64_t now_us)
{
	int rc = dtls_step(p->dtls, data, len);

	p->next_us = now_us + TIMER_US;
	if (rc == 1)
		rc = dtls_keys(p->dtls, &p->out, &p->in) ? -1 : 1;
	if (rc < 0)
		atomic_store(&p->state, FAILED);
	else if (rc == 1)
		atomic_store(&p->state, UP);
}

static void begin_handshake(struct peer *p, int64_t now_us)
{
	p->dtls = dtls_create(!p->offers, on_dtls_send, p);
	atomic_store(&p->state, HANDSHAKE);
	step(p, NULL, 0, now_us);
}

void peer_stun(struct peer *p, const struct stun_message *m, const struct sockaddr_in *from, int64_t now_us)
{
	uint8_t out[STUN_MAX];
	int state = atomic_load(&p->state);

	if (m->request) {
		loop_bind(p->loop, from->sin_port, p);
		loop_send_now(p->loop, from, out, stun_answer(out, m->transaction, from, p->password));
		if (state == WAITING) {
			p->remote = *from;
			atomic_store(&p->state, CHECKING);
			send_check(p, now_us);
		}
	} else if (m->response && state == CHECKING) {
		begin_handshake(p, now_us);
	}
}

static void on_rtcp(struct peer *p, uint8_t *data, size_t len, int64_t now_us)
{
	int n = (int)len;

	if (srtp_unprotect_rtcp(p->in, data, &n) == srtp_err_status_ok)
		p->user->on_rtcp(p->arg, data, (size_t)n, now_us);
}

void peer_datagram(struct peer *p, uint8_t *data, size_t len, int64_t now_us)
{
	int state = atomic_load(&p->state);

	if (data[0] >= 20 && data[0] < 64) {
		if (state == HANDSHAKE)
			step(p, data, len, now_us);
		/* Janus' flight may overtake the answer to our check */
		else if (state == CHECKING)
			begin_handshake(p, now_us);
	} else if (state == UP && data[0] >> 6 == 2 && len >= 12) {
		if (data[1] >= 192 && data[1] < 224)
			on_rtcp(p, data, len, now_us);
		else if (p->user->on_rtp)
			p->user->on_rtp(p->arg, data, len, now_us);
	}
}

void peer_tick(struct peer *p, int64_t now_us)
{
	int state = atomic_load(&p->state);

	if (state == UP)
		p->user->tick(p->arg, now_us);
	else if (now_us < p->next_us)
		return;
	else if (state == CHECKING)
		send_check(p, now_us);
	else if (state == HANDSHAKE)
		step(p, NULL, 0, now_us);
}

bool peer_protect(struct peer *p, struct packet *packet)
{
	int n = (int)packet->len;

	if (srtp_protect(p->out, packet->data, &n) != srtp_err_status_ok)
		return false;
	packet->len = (size_t)n;
	packet->to = p->remote;
	return true;
}

void peer_send_rtcp(struct peer *p, struct packet *packet, int64_t due_us)
{
	int n = (int)packet->len;

	if (srtp_protect_rtcp(p->out, packet->data, &n) != srtp_err_status_ok) {
		loop_drop(p->loop, packet);
		return;
	}
	packet->len = (size_t)n;
	packet->to = p->remote;
	loop_send(p->loop, packet, due_us);
}
