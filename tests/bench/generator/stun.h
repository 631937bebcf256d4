/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * STUN messages as ICE sends them (RFC 8489, RFC 8445): binding requests and responses over IPv4. Pure.
 */
#pragma once
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STUN_MAX = 256, STUN_TRANSACTION = 12 };

struct stun_message {
	bool request, response;    /* a binding request; a successful binding response */
	uint8_t transaction[STUN_TRANSACTION];
	char username[128];        /* "" if there is none */
};

/** 0 or -EBADMSG. Integrity is not checked: nobody else is on the test's network. */
int stun_parse(struct stun_message *m, const uint8_t *data, size_t len);

struct stun_check {
	const char *username, *password;   /* theirs:ours; theirs */
	bool controlling;                  /* and nominating */
	uint64_t tie_breaker;
};
/** A connectivity check into out[STUN_MAX]; returns its length. */
size_t stun_check(uint8_t *out, const struct stun_check *c);
/** The answer to a check that came from `from`, signed with our password. */
size_t stun_answer(uint8_t *out, const uint8_t transaction[STUN_TRANSACTION], const struct sockaddr_in *from, const char *password);
