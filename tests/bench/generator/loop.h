/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A thread with one UDP socket for many connections. Packets go out when they are due, many with one system call; what comes is handed to the
 * connection it belongs to. Nothing here waits for a connection.
 */
#pragma once
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PACKET_MAX = 1456, LOOP_TICK_US = 2000 };

struct loop;
struct peer;

struct packet {
	struct packet *next;
	struct sockaddr_in to;
	size_t len;
	uint8_t data[PACKET_MAX];
};

struct loop_stats {
	uint64_t sent, bytes;      /* datagrams */
	uint64_t refused;          /* that the kernel did not take */
	uint64_t received;
	int64_t behind_us;         /* longest time a due packet waited for us */
};

/** `address`: what to bind to, on a port of the kernel's choice. 0 or negative errno. */
int loop_create(struct loop **out, const char *address);
int loop_start(struct loop *l);
/** Ends the thread; what is not sent yet is dropped. */
void loop_stop(struct loop *l);
void loop_free(struct loop **l);
const char *loop_address(const struct loop *l);
int loop_port(const struct loop *l);
/** The loop serves the peer from now on; the peer lives as long as the loop. Any thread. */
void loop_add(struct loop *l, struct peer *p);
/** Any thread; the values of one moment need not fit each other. */
struct loop_stats loop_stats(const struct loop *l);

/* For connections, on the loop's thread. */

/** An empty packet, from a pool. */
struct packet *loop_packet(struct loop *l);
/** Sends it at `due_us` (CLOCK_MONOTONIC; up to two seconds ahead) and takes it back. */
void loop_send(struct loop *l, struct packet *p, int64_t due_us);
/** Takes it back unsent. */
void loop_drop(struct loop *l, struct packet *p);
void loop_send_now(struct loop *l, const struct sockaddr_in *to, const uint8_t *data, size_t len);
/** What comes from this port of Janus is for this peer. */
void loop_bind(struct loop *l, in_port_t port, struct peer *p);
