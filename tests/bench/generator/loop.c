/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The loop thread, one per core at most.
 *
 *	every 2 ms:  recvmmsg ─▶ peer_datagram ─┐
 *	             peer_tick ─▶ packets ──────┴─▶ wheel of milliseconds ─▶ those due ─▶ sendmmsg
 *
 * One socket for all: Janus has a port for each connection, so the address a datagram comes from tells whose it is, and packets of all connections
 * leave with one system call.
 */
#include "tests/bench/generator/loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "common/sync.h"
#include "tests/bench/generator/peer.h"

enum { SLOTS = 2048, BATCH = 64, BUFFER = 32 << 20, ROUNDS = 32, PORTS = 65536, SLOT_US = 1000 };

struct slot {
	struct packet *first, **last;
};

struct loop {
	int fd;
	struct sockaddr_in self;
	char address[INET_ADDRSTRLEN];
	pthread_t thread;
	bool running;
	atomic_bool stopping;
	struct lock lock;          /* guards added */
	GPtrArray *added;
	atomic_uint_fast64_t sent, bytes, refused, received;
	atomic_int_fast64_t behind_us;
	/* the thread's own */
	GPtrArray *peers;
	struct peer *by_port[PORTS];
	struct slot wheel[SLOTS];
	int64_t slot;              /* number of the next slot to be sent */
	struct packet *pool;
	uint8_t inbox[BATCH][PACKET_MAX];
};

static int open_socket(struct loop *l, const char *address)
{
	socklen_t size = sizeof(l->self);
	int bytes = BUFFER;

	l->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return -errno;
	l->self.sin_family = AF_INET;
	if (inet_pton(AF_INET, address, &l->self.sin_addr) != 1)
		return -EINVAL;
	if (bind(l->fd, (struct sockaddr *)&l->self, sizeof(l->self)) || getsockname(l->fd, (struct sockaddr *)&l->self, &size))
		return -errno;
	g_strlcpy(l->address, address, sizeof(l->address));
	/* root may go beyond the system's limit, others get what is allowed */
	if (setsockopt(l->fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(l->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	if (setsockopt(l->fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(l->fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	return 0;
}

int loop_create(struct loop **out, const char *address)
{
	struct loop *l = g_new0(struct loop, 1);
	int err;

	lock_init(&l->lock);
	l->added = g_ptr_array_new();
	l->peers = g_ptr_array_new();
	for (int i = 0; i < SLOTS; i++)
		l->wheel[i].last = &l->wheel[i].first;
	err = open_socket(l, address);
	if (err)
		loop_free(&l);
	else
		*out = l;
	return err;
}

void loop_free(struct loop **lp)
{
	struct loop *l = *lp;

	*lp = NULL;
	if (!l)
		return;
	for (int i = 0; i < SLOTS; i++) {
		*l->wheel[i].last = l->pool;
		l->pool = l->wheel[i].first;
	}
	while (l->pool) {
		struct packet *p = l->pool;

		l->pool = p->next;
		g_free(p);
	}
	if (l->fd >= 0)
		close(l->fd);
	g_ptr_array_unref(l->added);
	g_ptr_array_unref(l->peers);
	lock_destroy(&l->lock);
	g_free(l);
}

const char *loop_address(const struct loop *l)
{
	return l->address;
}

int loop_port(const struct loop *l)
{
	return ntohs(l->self.sin_port);
}

void loop_add(struct loop *l, struct peer *p)
{
	lock_take(&l->lock);
	g_ptr_array_add(l->added, p);
	lock_release(&l->lock);
}

struct loop_stats loop_stats(const struct loop *l)
{
	return (struct loop_stats){ .sent = atomic_load(&l->sent), .bytes = atomic_load(&l->bytes), .refused = atomic_load(&l->refused),
				    .received = atomic_load(&l->received), .behind_us = atomic_load(&l->behind_us) };
}

struct packet *loop_packet(struct loop *l)
{
	struct packet *p = l->pool;

	if (p)
		l->pool = p->next;
	else
		p = g_new(struct packet, 1);
	p->next = NULL;
	p->len = 0;
	return p;
}

void loop_send(struct loop *l, struct packet *p, int64_t due_us)
{
	int64_t n = CLAMP(due_us / SLOT_US, l->slot, l->slot + SLOTS - 1);
	struct slot *s = &l->wheel[n % SLOTS];

	*s->last = p;
	s->last = &p->next;
}

void loop_drop(struct loop *l, struct packet *p)
{
	p->next = l->pool;
	l->pool = p;
}

void loop_send_now(struct loop *l, const struct sockaddr_in *to, const uint8_t *data, size_t len)
{
	struct packet *p = loop_packet(l);

	p->to = *to;
	p->len = MIN(len, sizeof(p->data));
	memcpy(p->data, data, p->len);
	loop_send(l, p, 0);
}

void loop_bind(struct loop *l, in_port_t port, struct peer *p)
{
	l->by_port[ntohs(port)] = p;
}

/* Hands up to BATCH packets to the kernel; gives back those that follow. */
static struct packet *send_batch(struct loop *l, struct packet *first)
{
	struct mmsghdr out[BATCH] = { 0 };
	struct iovec iov[BATCH];
	struct packet *p = first;
	uint64_t bytes = 0;
	int n = 0, done;

	for (; p && n < BATCH; p = p->next, n++) {
		iov[n] = (struct iovec){ p->data, p->len };
		out[n].msg_hdr = (struct msghdr){ .msg_name = &p->to, .msg_namelen = sizeof(p->to), .msg_iov = &iov[n], .msg_iovlen = 1 };
		bytes += p->len;
	}
	for (int at = 0; at < n; at += done) {
		done = sendmmsg(l->fd, out + at, (unsigned)(n - at), 0);
		if (done <= 0) {
			done = 1;
			atomic_fetch_add(&l->refused, 1);
		}
	}
	atomic_fetch_add(&l->sent, (uint64_t)n);
	atomic_fetch_add(&l->bytes, bytes);
	while (first != p) {
		struct packet *next = first->next;

		loop_drop(l, first);
		first = next;
	}
	return p;
}

/* Sends the slots that are over, and notes how late that is. */
static void send_due(struct loop *l, int64_t now_us)
{
	for (; l->slot * SLOT_US <= now_us; l->slot++) {
		struct slot *s = &l->wheel[l->slot % SLOTS];
		int64_t behind_us = now_us - (l->slot + 1) * SLOT_US;

		if (s->first && behind_us > atomic_load(&l->behind_us))
			atomic_store(&l->behind_us, behind_us);
		while (s->first)
			s->first = send_batch(l, s->first);
		s->last = &s->first;
	}
}

static struct peer *peer_named(struct loop *l, const char *username)
{
	for (guint i = 0; i < l->peers->len; i++)
		if (peer_is(l->peers->pdata[i], username))
			return l->peers->pdata[i];
	return NULL;
}

static void on_datagram(struct loop *l, const uint8_t *data, size_t len, const struct sockaddr_in *from, int64_t now_us)
{
	struct peer *p = l->by_port[ntohs(from->sin_port)];
	struct stun_message m;

	if (len && data[0] < 4) {
		if (stun_parse(&m, data, len))
			return;
		p = m.request ? peer_named(l, m.username) : p;
		if (p)
			peer_stun(p, &m, from, now_us);
	} else if (p && len) {
		peer_datagram(p, (uint8_t *)data, len, now_us);
	}
}

static bool receive(struct loop *l)
{
	struct mmsghdr in[BATCH] = { 0 };
	struct iovec iov[BATCH];
	struct sockaddr_in from[BATCH];
	int64_t now_us;
	int n;

	for (int i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){ l->inbox[i], PACKET_MAX };
		in[i].msg_hdr = (struct msghdr){ .msg_name = &from[i], .msg_namelen = sizeof(from[i]), .msg_iov = &iov[i], .msg_iovlen = 1 };
	}
	n = recvmmsg(l->fd, in, BATCH, 0, NULL);
	now_us = clock_mono_us();
	for (int i = 0; i < n; i++)
		on_datagram(l, l->inbox[i], in[i].msg_len, &from[i], now_us);
	if (n > 0)
		atomic_fetch_add(&l->received, (uint64_t)n);
	return n == BATCH;
}

static void take_added(struct loop *l)
{
	lock_take(&l->lock);
	g_ptr_array_extend(l->peers, l->added, NULL, NULL);
	g_ptr_array_set_size(l->added, 0);
	lock_release(&l->lock);
}

static void *loop_main(void *arg)
{
	struct loop *l = arg;
	struct timespec wait = { 0 };
	int64_t now_us, next_us = clock_mono_us();

	l->slot = next_us / SLOT_US;
	while (!atomic_load(&l->stopping)) {
		take_added(l);
		for (int i = 0; i < ROUNDS && receive(l); i++)
			;
		now_us = clock_mono_us();
		for (guint i = 0; i < l->peers->len; i++)
			peer_tick(l->peers->pdata[i], now_us);
		send_due(l, now_us);
		next_us = MAX(next_us + LOOP_TICK_US, clock_mono_us());
		/* what comes meanwhile waits for the tick: a wake-up for each datagram would cost more than all else */
		wait.tv_nsec = MAX(next_us - clock_mono_us(), 0) * 1000;
		nanosleep(&wait, NULL);
	}
	return NULL;
}

int loop_start(struct loop *l)
{
	int err = thread_start(&l->thread, "loop", loop_main, l);

	l->running = err == 0;
	return err;
}

void loop_stop(struct loop *l)
{
	atomic_store(&l->stopping, true);
	if (l->running)
		pthread_join(l->thread, NULL);
	l->running = false;
}
