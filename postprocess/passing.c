/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Passing objects on. libmicrohttpd's threads read from the ring, threads of the crew fill it; a stream belongs to both until the last of them lets go.
 *
 *   response made ─▶ first byte wanted ─▶ posted to the crew ─▶ window after window ─▶ all given, failed, client gone or passing_stop()
 *                                             └─ no thread free, queue full: ends with an error
 *
 * The lock of a stream is taken before libmicrohttpd's own (suspend, resume), never within them.
 */
#include "postprocess/passing.h"

#include <errno.h>
#include <glib.h>
#include <stdatomic.h>
#include <string.h>
#include "common/log.h"
#include "common/sync.h"
#include "postprocess/crew.h"

enum { BLOCK = 64 << 10, ATTEMPTS = 4, PATIENCE_MS = 20000 };

struct passing {
	struct crew *crew;
	struct lock lock;                      /* streams; taken within a stream's, and nothing within it */
	GHashTable *streams;                   /* those that were begun and have not ended */
	atomic_bool stopping;
};

struct stream {
	struct passing *p;
	struct MHD_Connection *connection;
	struct sealed *object;                 /* of the crew's thread, once it was posted */
	int64_t pos, end;                      /* of the next window, and of all */
	atomic_int refs;

	struct lock lock;                      /* all below */
	struct cond cond;                      /* there is room, or it is over */
	unsigned char *ring;
	size_t size, first, have;              /* of the ring */
	bool begun, suspended, ended, gone;
	int err;
};

static void stream_unref(struct stream *s)
{
	if (atomic_fetch_sub(&s->refs, 1) != 1)
		return;
	sealed_unref(&s->object);
	cond_destroy(&s->cond);
	lock_destroy(&s->lock);
	g_free(s->ring);
	g_free(s);
}

/* With its lock held. */
static void wake_client(struct stream *s)
{
	if (s->suspended)
		MHD_resume_connection(s->connection);
	s->suspended = false;
}

/* ---- the crew's side ---- */

/* The window was begun when there was room for all of it. */
static int put(const void *data, size_t n, void *arg)
{
	struct stream *s = arg;
	size_t at, part;
	int err;

	lock_take(&s->lock);
	err = s->gone || atomic_load(&s->p->stopping) ? -ECANCELED : 0;
	if (!err) {
		at = (s->first + s->have) % s->size;
		part = MIN(n, s->size - at);
		memcpy(s->ring + at, data, part);
		memcpy(s->ring, (const unsigned char *)data + part, n - part);
		s->have += n;
		wake_client(s);
	}
	lock_release(&s->lock);
	return err;
}

static int wait_for_room(struct stream *s, size_t window)
{
	bool over;

	lock_take(&s->lock);
	while (s->size - s->have < window && !s->gone && !atomic_load(&s->p->stopping))
		cond_wait(&s->cond, &s->lock);
	over = s->gone || atomic_load(&s->p->stopping);
	lock_release(&s->lock);
	return over ? -ECANCELED : 0;
}

static bool is_over(void *arg)
{
	struct stream *s = arg;
	bool over;

	lock_take(&s->lock);
	over = s->gone || atomic_load(&s->p->stopping);
	lock_release(&s->lock);
	return over;
}

static void strike(struct stream *s)
{
	lock_take(&s->p->lock);
	g_hash_table_remove(s->p->streams, s);
	lock_release(&s->p->lock);
}

static void run(void *arg)
{
	struct stream *s = arg;
	struct store_patience patience = { .attempts = ATTEMPTS, .total_ms = PATIENCE_MS, .stopping = is_over, .arg = s };
	struct store_why why = { 0 };
	int err = 0;

	lock_take(&s->lock);           /* those that wait for a thread have none */
	s->size = (size_t)MIN(s->end - s->pos, (int64_t)PASSING_RING);
	s->ring = g_malloc(s->size);
	lock_release(&s->lock);
	store_patience(&patience);
	while (!err && s->pos < s->end) {
		int64_t n = MIN(s->end - s->pos, (int64_t)PASSING_WINDOW);

		err = wait_for_room(s, (size_t)n);
		if (!err)
			err = sealed_read(s->object, s->pos, n, put, s, &why);
		s->pos += n;
	}
	store_patience(NULL);
	if (err && err != -ECANCELED)
		log_warn("http: a file from a store broke off: %s", why.text);
	strike(s);
	lock_take(&s->lock);
	s->ended = true;
	s->err = err;
	wake_client(s);
	lock_release(&s->lock);
	stream_unref(s);
}

/* ---- libmicrohttpd's side ---- */

/* With its lock held. */
static void begin(struct stream *s)
{
	s->begun = true;
	atomic_fetch_add(&s->refs, 1);
	lock_take(&s->p->lock);
	g_hash_table_add(s->p->streams, s);
	lock_release(&s->p->lock);
	if (crew_post(s->p->crew, run, s))
		return;
	if (!atomic_load(&s->p->stopping))
		log_warn("http: too many files are being passed on from stores; one was refused");
	strike(s);
	atomic_fetch_sub(&s->refs, 1);
	s->ended = true;
	s->err = -EBUSY;
}

static ssize_t read_ring(void *cls, uint64_t pos, char *buf, size_t max)
{
	struct stream *s = cls;
	ssize_t n = 0;

	(void)pos;
	lock_take(&s->lock);
	if (!s->begun)
		begin(s);
	if (s->have) {
		n = (ssize_t)MIN(MIN(max, s->have), s->size - s->first);
		memcpy(buf, s->ring + s->first, (size_t)n);
		s->first = (s->first + (size_t)n) % s->size;
		s->have -= (size_t)n;
		cond_signal(&s->cond);
	} else if (s->ended) {
		n = s->err ? MHD_CONTENT_READER_END_WITH_ERROR : MHD_CONTENT_READER_END_OF_STREAM;
	} else {
		s->suspended = true;
		MHD_suspend_connection(s->connection);
	}
	lock_release(&s->lock);
	return n;
}

/* The client has all, or went. */
static void let_go(void *cls)
{
	struct stream *s = cls;

	lock_take(&s->lock);
	s->gone = true;
	cond_signal(&s->cond);
	lock_release(&s->lock);
	stream_unref(s);
}

struct MHD_Response *passing_response(struct passing *p, struct MHD_Connection *c, struct sealed *object, int64_t pos, int64_t len)
{
	struct stream *s = g_new0(struct stream, 1);
	struct MHD_Response *r;

	s->p = p;
	s->connection = c;
	s->object = object;
	s->pos = pos;
	s->end = pos + len;
	atomic_init(&s->refs, 1);
	lock_init(&s->lock);
	cond_init(&s->cond);
	r = MHD_create_response_from_callback((uint64_t)len, BLOCK, read_ring, s, let_go);
	if (!r)
		stream_unref(s);
	return r;
}

/* ---- all of them ---- */

int passing_create(struct passing **out)
{
	struct passing *p = g_new0(struct passing, 1);
	int err;

	lock_init(&p->lock);
	p->streams = g_hash_table_new(NULL, NULL);
	err = crew_create(&p->crew, PASSING_AT_ONCE, PASSING_AT_ONCE);
	if (err)
		passing_unref(&p);
	*out = p;
	return err;
}

/* Those that wait for room, in an array of references: their locks are not taken within ours. */
static GPtrArray *all_streams(struct passing *p)
{
	GPtrArray *all = g_ptr_array_new();
	GHashTableIter i;
	gpointer key;

	lock_take(&p->lock);
	g_hash_table_iter_init(&i, p->streams);
	while (g_hash_table_iter_next(&i, &key, NULL)) {
		atomic_fetch_add(&((struct stream *)key)->refs, 1);
		g_ptr_array_add(all, key);
	}
	lock_release(&p->lock);
	return all;
}

void passing_stop(struct passing *p)
{
	GPtrArray *all;

	atomic_store(&p->stopping, true);
	all = all_streams(p);
	for (guint i = 0; i < all->len; i++) {
		struct stream *s = all->pdata[i];

		lock_take(&s->lock);
		cond_signal(&s->cond);
		lock_release(&s->lock);
		stream_unref(s);
	}
	g_ptr_array_unref(all);
	crew_stop(p->crew);
}

void passing_unref(struct passing **pp)
{
	struct passing *p = *pp;

	*pp = NULL;
	if (!p)
		return;
	crew_unref(&p->crew);
	g_hash_table_unref(p->streams);
	lock_destroy(&p->lock);
	g_free(p);
}
