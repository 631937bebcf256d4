/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Special-purpose addresses (RFC 6890 and its registries), as two tables of prefixes. An IPv6 address in which an IPv4 address is wrapped is judged by
 * that. Called by webhook_attempt.c on the sender's thread.
 */
#include <glib.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include "postprocess/webhook_guard.h"

struct prefix {
	uint8_t bytes[16];
	int bits;
	bool never;                    /* even where private networks are allowed */
	const char *what;
};

#define PRIVATE_4(a, b, c, d, bits, what) { { a, b, c, d }, bits, false, what }
#define NEVER_4(a, b, c, d, bits, what) { { a, b, c, d }, bits, true, what }

/* The first that fits counts. */
static const struct prefix prefixes_4[] = {
	NEVER_4(169, 254, 169, 254, 32, "is a cloud's metadata service"),
	NEVER_4(169, 254, 170, 2, 32, "is a cloud's metadata service"),
	NEVER_4(100, 100, 100, 200, 32, "is a cloud's metadata service"),
	NEVER_4(192, 0, 0, 192, 32, "is a cloud's metadata service"),
	NEVER_4(168, 63, 129, 16, 32, "is a cloud's metadata service"),
	NEVER_4(0, 0, 0, 0, 8, "is no host's address (0.0.0.0/8)"),
	PRIVATE_4(10, 0, 0, 0, 8, "is a private address (RFC 1918)"),
	PRIVATE_4(172, 16, 0, 0, 12, "is a private address (RFC 1918)"),
	PRIVATE_4(192, 168, 0, 0, 16, "is a private address (RFC 1918)"),
	PRIVATE_4(100, 64, 0, 0, 10, "is a carrier's private address (RFC 6598)"),
	PRIVATE_4(127, 0, 0, 0, 8, "is this machine (loopback)"),
	PRIVATE_4(169, 254, 0, 0, 16, "is a link-local address"),
	PRIVATE_4(198, 18, 0, 0, 15, "is reserved for benchmarks (RFC 2544)"),
	NEVER_4(192, 0, 0, 0, 24, "is reserved (RFC 6890)"),
	NEVER_4(192, 0, 2, 0, 24, "is reserved for documentation"),
	NEVER_4(198, 51, 100, 0, 24, "is reserved for documentation"),
	NEVER_4(203, 0, 113, 0, 24, "is reserved for documentation"),
	NEVER_4(192, 88, 99, 0, 24, "is reserved (6to4 relays)"),
	NEVER_4(224, 0, 0, 0, 4, "is a multicast address"),
	NEVER_4(240, 0, 0, 0, 4, "is reserved (240.0.0.0/4)"),
};

static const struct prefix prefixes_6[] = {
	{ { [15] = 1 }, 128, false, "is this machine (loopback)" },
	{ { 0 }, 128, true, "is no host's address (::)" },
	{ { 0xfd, 0x00, 0x0e, 0xc2, [14] = 0x02, [15] = 0x54 }, 128, true, "is a cloud's metadata service" },
	{ { 0xfd, 0x20, 0x00, 0xce, [14] = 0x02, [15] = 0x54 }, 128, true, "is a cloud's metadata service" },
	{ { 0xfc }, 7, false, "is a private address (RFC 4193)" },
	{ { 0xfe, 0x80 }, 10, false, "is a link-local address" },
	{ { 0xfe, 0xc0 }, 10, false, "is a private address (site-local)" },
	{ { 0xff }, 8, true, "is a multicast address" },
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32, true, "is reserved for documentation" },
	{ { 0x3f, 0xff }, 20, true, "is reserved for documentation" },
	{ { 0x20, 0x01, 0x00, 0x00 }, 23, true, "is reserved (RFC 6890)" },
	{ { 0x01, 0x00 }, 64, true, "is discarded (RFC 6666)" },
	{ { 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01 }, 48, false, "is a private address (RFC 8215)" },
	{ { 0x5f, 0x00 }, 16, true, "is reserved (RFC 9602)" },
};

/* IPv4 in IPv6: prefix and where the four bytes stand. */
static const struct { uint8_t bytes[12]; int bits, at; } wrapped[] = {
	{ { [10] = 0xff, [11] = 0xff }, 96, 12 },              /* mapped, ::ffff:0:0/96 */
	{ { [8] = 0xff, [9] = 0xff }, 96, 12 },                /* translated, ::ffff:0:0:0/96 */
	{ { 0x00, 0x64, 0xff, 0x9b }, 96, 12 },                /* NAT64 */
	{ { 0x20, 0x02 }, 16, 2 },                             /* 6to4 */
	{ { 0 }, 96, 12 },                                     /* compatible, ::/96 */
};

static bool begins_with(const uint8_t *address, const uint8_t *prefix, int bits)
{
	int rest = bits % 8;

	if (memcmp(address, prefix, (size_t)(bits / 8)))
		return false;
	return !rest || !((address[bits / 8] ^ prefix[bits / 8]) >> (8 - rest));
}

static const char *judge(const uint8_t *address, const struct prefix *table, size_t n, bool private_too)
{
	for (size_t i = 0; i < n; i++)
		if (begins_with(address, table[i].bytes, table[i].bits))
			return private_too && !table[i].never ? NULL : table[i].what;
	return NULL;
}

static const char *judge_4(const uint8_t *address, bool private_too)
{
	return judge(address, prefixes_4, G_N_ELEMENTS(prefixes_4), private_too);
}

/* Loopback and the empty address look like IPv4-compatible ones, so the table for IPv6 comes first. */
static const char *judge_6(const uint8_t *address, bool private_too)
{
	const uint8_t loopback[16] = { [15] = 1 };
	const char *what = judge(address, prefixes_6, G_N_ELEMENTS(prefixes_6), private_too);

	if (what || !memcmp(address, loopback, 16))
		return what;
	for (size_t i = 0; i < G_N_ELEMENTS(wrapped); i++)
		if (begins_with(address, wrapped[i].bytes, wrapped[i].bits))
			return judge_4(address + wrapped[i].at, private_too);
	return NULL;
}

const char *webhook_guard(const struct sockaddr *address, bool private_too)
{
	if (address->sa_family == AF_INET)
		return judge_4((const uint8_t *)&((const struct sockaddr_in *)(const void *)address)->sin_addr, private_too);
	if (address->sa_family == AF_INET6)
		return judge_6(((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr, private_too);
	return "is no internet address";
}
