/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The sign of life of a command that holds a job: a thread, since what the command does may take its time between two looks. Used by composing.c.
 */
#include "config.h"
#include <errno.h>
#include <glib.h>
#include "common/log.h"
#include "common/sync.h"
#include "postprocess/hand.h"
#include "postprocess/worker_name.h"

struct hand {
	struct catalog *catalog;
	char name[WORKER_NAME_SIZE];
	struct lock lock;
	struct cond wake;
	bool stop;                     /* under lock */
	bool started;
	pthread_t thread;
};

/* True when it is time for another one. */
static bool wait_for_beat(struct hand *h)
{
	int64_t until_us = clock_mono_us() + WORKER_BEAT_MS * 1000LL;
	bool stop;

	lock_take(&h->lock);
	while (!h->stop && clock_mono_us() < until_us)
		cond_wait_until(&h->wake, &h->lock, until_us);
	stop = h->stop;
	lock_release(&h->lock);
	return !stop;
}

static void *beat(void *arg)
{
	struct hand *h = arg;
	bool draining;

	while (wait_for_beat(h)) {
		int err = catalog_worker_beat(h->catalog, h->name, &draining);

		if (err)
			log_warn("no sign of life reaches the catalog: %s", err_str(err));
	}
	return NULL;
}

int hand_create(struct hand **out, struct catalog *c, const char *host_id)
{
	struct hand *h = g_new0(struct hand, 1);
	int err;

	h->catalog = c;
	lock_init(&h->lock);
	cond_init(&h->wake);
	worker_name_make(h->name, host_id);
	worker_take_back(c, host_id);
	err = catalog_worker_put(c, &(struct catalog_worker){ .id = h->name, .host_id = host_id, .version = PACKAGE_VERSION });
	if (!err)
		err = thread_start(&h->thread, "sign of life", beat, h);
	h->started = !err;
	if (err)
		hand_unref(&h);
	else
		*out = h;
	return err;
}

const char *hand_name(const struct hand *h)
{
	return h->name;
}

void hand_unref(struct hand **hp)
{
	struct hand *h = *hp;

	*hp = NULL;
	if (!h)
		return;
	lock_take(&h->lock);
	h->stop = true;
	cond_broadcast(&h->wake);
	lock_release(&h->lock);
	if (h->started)
		pthread_join(h->thread, NULL);
	catalog_worker_gone(h->catalog, h->name);
	cond_destroy(&h->wake);
	lock_destroy(&h->lock);
	g_free(h);
}
