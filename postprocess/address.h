/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Addresses of clients, and networks of proxies. All as IPv6, with IPv4 mapped into it. Pure.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

enum { ADDRESS_SIZE = 16, ADDRESS_TEXT = 46 };

struct address { unsigned char b[ADDRESS_SIZE]; };
struct networks;

/** All zero when it is neither. */
void address_from(struct address *out, const struct sockaddr *sa);
/** "10.0.0.1", "2001:db8::1", "[2001:db8::1]:443", "10.0.0.1:80"; false when it is none. */
bool address_parse(struct address *out, const char *text);
void address_text(char out[ADDRESS_TEXT], const struct address *a);
/** What counts as one client: an IPv4 address, or the first 64 bits of an IPv6 one. */
size_t address_key(const struct address *a);

/** "127.0.0.1,10.0.0.0/8,::1"; "" is none. -EINVAL and the word that is wrong in why. */
int networks_parse(struct networks **out, const char *list, char *why, size_t why_size);
void networks_free(struct networks *n);
bool networks_have(const struct networks *n, const struct address *a);
/** Who is at the other end of the chain: the last address of X-Forwarded-For (`header`, may be NULL) that is no proxy, if `peer` is one. */
void networks_client(const struct networks *n, const struct address *peer, const char *header, struct address *out);
