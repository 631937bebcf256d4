/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which addresses are loopback. Names but "localhost" are not looked up: what they mean may change.
 */
#include <arpa/inet.h>
#include <glib.h>
#include <string.h>
#include "postprocess/loopback.h"

bool loopback_host(const char *host)
{
	size_t n = strlen(host);
	g_autofree char *bare = host[0] == '[' && n > 1 && host[n - 1] == ']' ? g_strndup(host + 1, n - 2) : g_strdup(host);
	struct in6_addr six;
	struct in_addr four;

	if (inet_pton(AF_INET, bare, &four) == 1)
		return ntohl(four.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, bare, &six) == 1)
		return IN6_IS_ADDR_LOOPBACK(&six);
	return !g_ascii_strcasecmp(bare, "localhost");
}

bool loopback_listen(const char *listen)
{
	const char *colon = strrchr(listen, ':');
	g_autofree char *host = g_strndup(listen, colon ? (size_t)(colon - listen) : strlen(listen));

	return !colon || loopback_host(host);
}

bool loopback_authority(const char *authority)
{
	const char *colon = strrchr(authority, ':'), *bracket = strrchr(authority, ']');
	bool port = colon && (authority[0] != '[' || (bracket && colon > bracket));
	g_autofree char *host = g_strndup(authority, port ? (size_t)(colon - authority) : strlen(authority));

	return loopback_host(host);
}
