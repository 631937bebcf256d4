/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A server on loopback that answers by script: the n-th request gets the n-th text, as it is, or a word of these: "reset" "hang" "close" "trickle". One connection at a
 * time, closed after each answer. What was asked is kept.
 */
#pragma once
#include <arpa/inet.h>
#include <glib.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "common/sync.h"

struct server {
	int fd, port;
	pthread_t thread;
	const char *const *answers;    /* ends with NULL, which nobody is to reach */
	struct lock lock;              /* of what follows */
	GPtrArray *heads, *bodies;     /* char *, of each request */
	bool ends;
};

static inline void server_write(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

/* Head, then as much body as it says. */
static inline bool server_read(struct server *s, int fd)
{
	GString *in = g_string_new(NULL);
	char buffer[65536], *end = NULL, *length;
	size_t want = 0;
	ssize_t n = 1;

	while (n > 0 && (!end || in->len < want)) {
		n = recv(fd, buffer, sizeof(buffer), 0);
		if (n > 0)
			g_string_append_len(in, buffer, n);
		end = strstr(in->str, "\r\n\r\n");
		if (end && !want) {
			length = strstr(in->str, "Content-Length: ");
			want = (size_t)(end + 4 - in->str) + (length && length < end ? (size_t)g_ascii_strtoull(length + 16, NULL, 10) : 0);
		}
	}
	if (end) {
		lock_take(&s->lock);
		g_ptr_array_add(s->heads, g_strndup(in->str, (gsize)(end + 2 - in->str)));
		g_ptr_array_add(s->bodies, g_strdup(end + 4));
		lock_release(&s->lock);
	}
	g_string_free(in, TRUE);
	return end != NULL;
}

static inline void server_answer(const struct server *s, int fd, const char *text)
{
	char c;

	if (!strcmp(text, "reset")) {
		struct linger l = { 1, 0 };

		setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	} else if (!strcmp(text, "hang")) {
		while (recv(fd, &c, 1, 0) > 0)
			;
	} else if (!strcmp(text, "trickle")) {         /* a byte now and then, until nobody listens */
		server_write(fd, "HTTP/1.1 403 No\r\n\r\n", 19);
		while (send(fd, "x", 1, MSG_NOSIGNAL) == 1)
			g_usleep(50000);
	} else if (strcmp(text, "close")) {
		server_write(fd, text, strlen(text));
		shutdown(fd, SHUT_WR);
		while (recv(fd, &c, 1, 0) > 0)         /* so that what was written arrives */
			;
	}
	(void)s;
}

static inline void *server_main(void *arg)
{
	struct server *s = arg;

	for (int n = 0; ; ) {
		int fd = accept(s->fd, NULL, NULL);
		bool ends;

		lock_take(&s->lock);
		ends = s->ends;
		lock_release(&s->lock);
		if (ends) {
			close(fd);
			return NULL;
		}
		if (server_read(s, fd) && s->answers[n])
			server_answer(s, fd, s->answers[n++]);
		close(fd);
	}
}

static inline void server_open(struct server *s, const char *const *answers)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);

	*s = (struct server){ .answers = answers };
	lock_init(&s->lock);
	s->heads = g_ptr_array_new_with_free_func(g_free);
	s->bodies = g_ptr_array_new_with_free_func(g_free);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(s->fd, (struct sockaddr *)&a, sizeof(a)) || listen(s->fd, 16) || getsockname(s->fd, (struct sockaddr *)&a, &len)
	    || thread_start(&s->thread, "server", server_main, s))
		abort();
	s->port = ntohs(a.sin_port);
}

static inline void server_close(struct server *s)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)s->port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	lock_take(&s->lock);
	s->ends = true;
	lock_release(&s->lock);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)))
		abort();
	pthread_join(s->thread, NULL);
	close(fd);
	close(s->fd);
	g_ptr_array_unref(s->heads);
	g_ptr_array_unref(s->bodies);
	lock_destroy(&s->lock);
}
