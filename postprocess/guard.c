/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The watch over connections. Called by http.c on libmicrohttpd's threads; guard_main is a thread of its own.
 *
 * A connection that is too slow is shut down, not closed: the server sees its end and closes it in its own time. While a client takes an answer its
 * progress is what its TCP has acknowledged.
 */
#include <glib.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include "common/log.h"
#include "common/sync.h"
#include "postprocess/guard.h"

enum { HEAD_MS = 10000, BODY_MS = 20000, SEND_MS = 30000, SEND_MIN = 16 * 1024, STEP_US = 250000 };

struct guarded {
	struct guarded *prev, *next;
	struct address address;
	int fd;
	enum guard_stage stage;
	int64_t until_us;          /* 0: takes as long as it takes */
	uint64_t acked;            /* sending: when the time began */
};

struct guard {
	struct guard_conf conf;
	struct lock lock;          /* all that follows (leaf) */
	struct cond cond;
	struct guarded *all;
	GHashTable *counts;        /* address → connections */
	bool going;
	pthread_t thread;
	bool running;              /* the owner's */
};

static guint address_hash(gconstpointer p)
{
	guint h = 5381;

	for (size_t i = 0; i < ADDRESS_SIZE; i++)
		h = h * 33 + ((const struct address *)p)->b[i];
	return h;
}

static gboolean address_equal(gconstpointer a, gconstpointer b)
{
	return !memcmp(a, b, ADDRESS_SIZE);
}

/* What counts as one client. */
static struct address client_of(const struct address *a)
{
	struct address key = { { 0 } };

	memcpy(key.b, a->b, address_key(a));
	return key;
}

static uint64_t acked(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) || len < offsetof(struct tcp_info, tcpi_bytes_acked) + sizeof(info.tcpi_bytes_acked))
		return 0;
	return info.tcpi_bytes_acked;
}

static void set_stage(struct guard *g, struct guarded *c, enum guard_stage stage)
{
	const int times_ms[] = { [GUARD_HEAD] = g->conf.head_ms, [GUARD_BODY] = g->conf.body_ms, [GUARD_BUSY] = 0, [GUARD_SENDING] = g->conf.send_ms };

	c->stage = stage;
	c->until_us = times_ms[stage] ? clock_mono_us() + times_ms[stage] * INT64_C(1000) : 0;
	c->acked = stage == GUARD_SENDING ? acked(c->fd) : 0;
}

static void check(struct guard *g, struct guarded *c)
{
	static const char *const what[] = { "no request", "no end of its body", "", "takes its answer too slowly" };
	char text[ADDRESS_TEXT];

	if (c->stage == GUARD_SENDING && acked(c->fd) >= c->acked + SEND_MIN) {
		set_stage(g, c, GUARD_SENDING);
		return;
	}
	address_text(text, &c->address);
	log_debug("http: a connection of %s is ended: %s", text, what[c->stage]);
	shutdown(c->fd, SHUT_RDWR);
	c->until_us = 0;
}

static void *guard_main(void *arg)
{
	struct guard *g = arg;

	lock_take(&g->lock);
	while (!g->going) {
		int64_t now_us = clock_mono_us();

		for (struct guarded *c = g->all; c; c = c->next)
			if (c->until_us && now_us >= c->until_us)
				check(g, c);
		cond_wait_until(&g->cond, &g->lock, now_us + STEP_US);
	}
	lock_release(&g->lock);
	return NULL;
}

int guard_create(struct guard **out, const struct guard_conf *conf)
{
	struct guard *g = g_new0(struct guard, 1);
	int err;

	g->conf = *conf;
	g->conf.head_ms = conf->head_ms ? conf->head_ms : HEAD_MS;
	g->conf.body_ms = conf->body_ms ? conf->body_ms : BODY_MS;
	g->conf.send_ms = conf->send_ms ? conf->send_ms : SEND_MS;
	lock_init(&g->lock);
	cond_init(&g->cond);
	g->counts = g_hash_table_new_full(address_hash, address_equal, g_free, NULL);
	err = thread_start(&g->thread, "http guard", guard_main, g);
	g->running = !err;
	if (err)
		guard_unref(&g);
	else
		*out = g;
	return err;
}

void guard_unref(struct guard **gp)
{
	struct guard *g = *gp;

	*gp = NULL;
	if (!g)
		return;
	lock_take(&g->lock);
	g->going = true;
	cond_signal(&g->cond);
	lock_release(&g->lock);
	if (g->running)
		pthread_join(g->thread, NULL);
	g_hash_table_unref(g->counts);
	cond_destroy(&g->cond);
	lock_destroy(&g->lock);
	g_free(g);
}

bool guard_admits(struct guard *g, const struct address *a)
{
	struct address key = client_of(a);
	bool room;

	if (!g->conf.per_address || networks_have(g->conf.proxies, a))
		return true;
	lock_take(&g->lock);
	room = GPOINTER_TO_INT(g_hash_table_lookup(g->counts, &key)) < g->conf.per_address;
	lock_release(&g->lock);
	return room;
}

static void count(struct guard *g, const struct address *a, int by)
{
	struct address key = client_of(a);
	int n = GPOINTER_TO_INT(g_hash_table_lookup(g->counts, &key)) + by;

	if (n > 0)
		g_hash_table_insert(g->counts, g_memdup2(&key, sizeof(key)), GINT_TO_POINTER(n));
	else
		g_hash_table_remove(g->counts, &key);
}

struct guarded *guard_open(struct guard *g, int fd, const struct address *a)
{
	struct guarded *c = g_new0(struct guarded, 1);

	c->fd = fd;
	c->address = *a;
	lock_take(&g->lock);
	set_stage(g, c, GUARD_HEAD);
	count(g, a, 1);
	c->next = g->all;
	if (c->next)
		c->next->prev = c;
	g->all = c;
	lock_release(&g->lock);
	return c;
}

void guard_close(struct guard *g, struct guarded *c)
{
	lock_take(&g->lock);
	count(g, &c->address, -1);
	if (c->next)
		c->next->prev = c->prev;
	if (c->prev)
		c->prev->next = c->next;
	else
		g->all = c->next;
	lock_release(&g->lock);
	g_free(c);
}

void guard_stage(struct guard *g, struct guarded *c, enum guard_stage stage)
{
	lock_take(&g->lock);
	set_stage(g, c, stage);
	lock_release(&g->lock);
}
