/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The receiver of webhooks: one thread accepts, one each answers.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "common/sync.h"
#include "tests/lib/receiver.h"

enum { REQUEST_MAX = 1 << 20 };

struct receiver {
	receiver_h *handler;
	void *arg;
	int fd, port;
	pthread_t thread;
	struct lock lock;              /* guards what follows */
	GArray *open;                  /* int: connections */
	GPtrArray *threads;            /* pthread_t *, of all connections */
};
struct connection { struct receiver *receiver; int fd; };

void receiver_write(int fd, const char *text)
{
	size_t done = 0, len = strlen(text);

	while (done < len) {
		ssize_t n = send(fd, text + done, len - done, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		done += (size_t)n;
	}
}

static void take_header(const char *head, const char *name, char *out, size_t size)
{
	char *key = g_strdup_printf("\r\n%s:", name), *low = g_ascii_strdown(head, -1), *at = strstr(low, key);

	out[0] = '\0';
	if (at) {
		const char *value = head + (at - low) + strlen(key);

		value += strspn(value, " ");
		g_strlcpy(out, value, MIN(size, strcspn(value, "\r") + 1));
	}
	g_free(key);
	g_free(low);
}

/* The whole request, or false. */
static bool read_request(int fd, GString *in, size_t *head)
{
	char buffer[4096], length[16];
	char *end = NULL;
	ssize_t n;

	while (in->len < REQUEST_MAX) {
		end = strstr(in->str, "\r\n\r\n");
		if (end) {
			*head = (size_t)(end - in->str) + 4;
			take_header(in->str, "content-length", length, sizeof(length));
			if (in->len >= *head + (size_t)atoi(length))
				return true;
		}
		n = recv(fd, buffer, sizeof(buffer), 0);
		if (n <= 0)
			return false;
		g_string_append_len(in, buffer, n);
	}
	return false;
}

static void *serve(void *arg)
{
	struct connection *c = arg;
	struct receiver *r = c->receiver;
	struct received got = { .fd = c->fd };
	GString *in = g_string_new("");
	size_t head = 0;

	if (read_request(c->fd, in, &head)) {
		sscanf(in->str, "%7s %127s", got.method, got.path);
		take_header(in->str, "webhook-id", got.id, sizeof(got.id));
		take_header(in->str, "webhook-timestamp", got.timestamp, sizeof(got.timestamp));
		take_header(in->str, "webhook-signature", got.signature, sizeof(got.signature));
		take_header(in->str, "content-type", got.type, sizeof(got.type));
		take_header(in->str, "user-agent", got.agent, sizeof(got.agent));
		got.body = in->str + head;
		got.len = in->len - head;
		r->handler(&got, r->arg);
	}
	lock_take(&r->lock);
	for (guint i = 0; i < r->open->len; i++)
		if (g_array_index(r->open, int, i) == c->fd) {
			g_array_remove_index_fast(r->open, i);
			break;
		}
	close(c->fd);
	lock_release(&r->lock);
	g_string_free(in, TRUE);
	g_free(c);
	return NULL;
}

static void *accept_all(void *arg)
{
	struct receiver *r = arg;
	int fd;

	while ((fd = accept(r->fd, NULL, NULL)) >= 0) {
		struct connection *c = g_new0(struct connection, 1);
		pthread_t *thread = g_new(pthread_t, 1);

		*c = (struct connection){ r, fd };
		lock_take(&r->lock);
		g_array_append_val(r->open, fd);
		g_ptr_array_add(r->threads, thread);
		lock_release(&r->lock);
		pthread_create(thread, NULL, serve, c);
	}
	return NULL;
}

int receiver_create(struct receiver **out, receiver_h *handler, void *arg)
{
	struct receiver *r = g_new0(struct receiver, 1);
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);

	r->handler = handler;
	r->arg = arg;
	lock_init(&r->lock);
	r->open = g_array_new(FALSE, FALSE, sizeof(int));
	r->threads = g_ptr_array_new_with_free_func(g_free);
	r->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (r->fd < 0 || bind(r->fd, (struct sockaddr *)&address, len) || listen(r->fd, 128) || getsockname(r->fd, (struct sockaddr *)&address, &len))
		return -errno;
	r->port = ntohs(address.sin_port);
	pthread_create(&r->thread, NULL, accept_all, r);
	*out = r;
	return 0;
}

int receiver_port(const struct receiver *r)
{
	return r->port;
}

void receiver_stop(struct receiver *r)
{
	if (r->fd < 0)
		return;
	shutdown(r->fd, SHUT_RDWR);
	pthread_join(r->thread, NULL);
	close(r->fd);
	r->fd = -1;
	lock_take(&r->lock);
	for (guint i = 0; i < r->open->len; i++)
		shutdown(g_array_index(r->open, int, i), SHUT_RDWR);
	lock_release(&r->lock);
	for (guint i = 0; i < r->threads->len; i++)
		pthread_join(*(pthread_t *)r->threads->pdata[i], NULL);
}

void receiver_unref(struct receiver **rp)
{
	struct receiver *r = *rp;

	*rp = NULL;
	if (!r)
		return;
	receiver_stop(r);
	g_array_unref(r->open);
	g_ptr_array_unref(r->threads);
	lock_destroy(&r->lock);
	g_free(r);
}
