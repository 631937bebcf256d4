/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A receiver of webhooks for tests: listens on loopback, reads a request, and leaves to the test what goes back over the socket, so that it can
 * answer well, badly or not at all. A thread per connection.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct received {
	char method[8], path[128];
	char id[80], timestamp[24], signature[256], type[64], agent[64];
	char *body;
	size_t len;
	int fd;                        /* where the answer goes; closed when the handler returns */
};
/** Called on the connection's thread; several at a time. */
typedef void (receiver_h)(const struct received *r, void *arg);

struct receiver;
int receiver_create(struct receiver **out, receiver_h *handler, void *arg);
int receiver_port(const struct receiver *r);
/** Takes no more, ends connections that are open, waits for their threads. */
void receiver_stop(struct receiver *r);
void receiver_unref(struct receiver **r);
/** Writes all of a text; what the other side no longer wants is lost. */
void receiver_write(int fd, const char *text);
