/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Binding ourselves, not libmicrohttpd: so that a port in use is told from other failures, and port 0 is known. Called by http_create().
 */
#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "postprocess/listen.h"

enum { BACKLOG = 128 };

/* Splits at the last colon; brackets are taken off. g_free() both. False when malformed. */
static bool split_address(const char *address, char **host, char **port)
{
	const char *colon = strrchr(address, ':');
	size_t n;

	if (!colon || colon == address || !colon[1] || !g_ascii_string_to_unsigned(colon + 1, 10, 0, G_MAXUINT16, NULL, NULL))
		return false;
	n = (size_t)(colon - address);
	if (address[0] == '[' && address[n - 1] == ']')
		*host = g_strndup(address + 1, n - 2);
	else if (memchr(address, ':', n))
		return false;    /* IPv6 without brackets: which colon is the port's? */
	else
		*host = g_strndup(address, n);
	*port = g_strdup(colon + 1);
	return true;
}

static int bind_socket(const struct addrinfo *ai)
{
	int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, ai->ai_protocol), on = 1, off = 0, err;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	err = -errno;
	close(fd);
	return err;
}

static void name_socket(int fd, char name[LISTEN_NAME_SIZE])
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof(ss);
	char host[64] = "", port[8] = "";

	getsockname(fd, (struct sockaddr *)&ss, &len);
	getnameinfo((struct sockaddr *)&ss, len, host, sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
	if (!strcmp(host, "0.0.0.0") || !strcmp(host, "::"))
		g_strlcpy(host, "127.0.0.1", sizeof(host));    /* a URL one can open here */
	snprintf(name, LISTEN_NAME_SIZE, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
}

int listen_open(int *fd, char name[LISTEN_NAME_SIZE], const char *address, char *why, size_t why_size)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV }, *list = NULL;
	char *host = NULL, *port = NULL;
	int err = -EINVAL, gai;

	if (!split_address(address, &host, &port)) {
		snprintf(why, why_size, "\"%s\" is no address to listen on; it looks like 127.0.0.1:8090 or [::1]:8090", address);
		return err;
	}
	if (!strcmp(host, "*"))
		hints.ai_family = AF_INET;
	gai = getaddrinfo(strcmp(host, "*") ? host : NULL, port, &hints, &list);
	if (gai)
		snprintf(why, why_size, "cannot listen on %s: %s", address, gai_strerror(gai));
	for (struct addrinfo *ai = list; ai && err < 0; ai = ai->ai_next)
		err = bind_socket(ai);
	if (err >= 0) {
		*fd = err;
		name_socket(*fd, name);
		err = 0;
	} else if (!gai) {
		snprintf(why, why_size, err == -EADDRINUSE ? "cannot listen on %s: the port is in use" : "cannot listen on %s: %s", address, g_strerror(-err));
	}
	if (list)
		freeaddrinfo(list);
	g_free(host);
	g_free(port);
	return err;
}
