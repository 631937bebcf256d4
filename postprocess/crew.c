/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Threads for requests that wait. Made by http_create(), which posts to it on libmicrohttpd's threads.
 */
#include <errno.h>
#include <glib.h>
#include "common/sync.h"
#include "postprocess/crew.h"

struct piece { void (*run)(void *arg); void *arg; };

struct crew {
	struct lock lock;          /* all that follows */
	struct cond cond;
	struct piece *queue;       /* a ring */
	unsigned size, first, waiting;
	bool going;
	pthread_t *threads;        /* of the owner: started at most once, joined at most once */
	unsigned nthreads;
};

static bool next(struct crew *c, struct piece *out)
{
	bool got;

	lock_take(&c->lock);
	while (!c->waiting && !c->going)
		cond_wait(&c->cond, &c->lock);
	got = c->waiting > 0;
	if (got) {
		*out = c->queue[c->first];
		c->first = (c->first + 1) % c->size;
		c->waiting--;
	}
	lock_release(&c->lock);
	return got;
}

static void *crew_main(void *arg)
{
	struct piece p;

	while (next(arg, &p))
		p.run(p.arg);
	return NULL;
}

int crew_create(struct crew **out, unsigned threads, unsigned queue)
{
	struct crew *c = g_new0(struct crew, 1);
	int err = 0;

	lock_init(&c->lock);
	cond_init(&c->cond);
	c->size = queue;
	c->queue = g_new0(struct piece, queue);
	c->threads = g_new0(pthread_t, threads);
	while (!err && c->nthreads < threads) {
		err = thread_start(&c->threads[c->nthreads], "http wait", crew_main, c);
		c->nthreads += !err;
	}
	if (err)
		crew_unref(&c);
	else
		*out = c;
	return err;
}

bool crew_post(struct crew *c, void (*run)(void *arg), void *arg)
{
	bool taken;

	lock_take(&c->lock);
	taken = !c->going && c->waiting < c->size;
	if (taken)
		c->queue[(c->first + c->waiting++) % c->size] = (struct piece){ run, arg };
	cond_signal(&c->cond);
	lock_release(&c->lock);
	return taken;
}

void crew_stop(struct crew *c)
{
	lock_take(&c->lock);
	c->going = true;
	cond_broadcast(&c->cond);
	lock_release(&c->lock);
	while (c->nthreads)
		pthread_join(c->threads[--c->nthreads], NULL);
}

void crew_unref(struct crew **cp)
{
	struct crew *c = *cp;

	*cp = NULL;
	if (!c)
		return;
	crew_stop(c);
	cond_destroy(&c->cond);
	lock_destroy(&c->lock);
	g_free(c->threads);
	g_free(c->queue);
	g_free(c);
}
