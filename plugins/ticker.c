/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The ticker thread.
 */
#include "plugins/connection.h"
#include "plugins/held.h"
#include "plugins/keyframe.h"
#include "plugins/life.h"
#include "plugins/recording.h"
#include "plugins/room.h"
#include "plugins/talking.h"
#include "plugins/task.h"
#include "plugins/ticker.h"

enum { TICK_US = 100000 };

static struct {
	struct lock lock;
	struct cond wake;
	bool running, stop;
	pthread_t thread;
} ticker;

static bool wait_tick(void)
{
	int64_t until_us = clock_mono_us() + TICK_US;
	bool stop;

	held_take(&ticker.lock);
	while (!ticker.stop && cond_wait_until(&ticker.wake, &ticker.lock, until_us))
		;
	stop = ticker.stop;
	held_release(&ticker.lock);
	return !stop;
}

static void *ticker_main(void *arg)
{
	(void)arg;
	while (wait_tick()) {
		int64_t now_us = clock_mono_us();

		task_relieve();
		keyframe_tick(now_us);
		recordings_tick(now_us);
		rooms_tick(now_us);
		talking_tick(now_us);
		connections_tick(now_us);
		life_tick(now_us);
	}
	return NULL;
}

int ticker_start(void)
{
	int err;

	lock_init(&ticker.lock);
	cond_init(&ticker.wake);
	ticker.stop = false;
	err = thread_start(&ticker.thread, "recroom ticker", ticker_main, NULL);
	ticker.running = !err;
	return err;
}

void ticker_stop(void)
{
	if (!ticker.running)
		return;
	held_take(&ticker.lock);
	ticker.stop = true;
	cond_signal(&ticker.wake);
	held_release(&ticker.lock);
	pthread_join(ticker.thread, NULL);
	ticker.running = false;
	cond_destroy(&ticker.wake);
	lock_destroy(&ticker.lock);
}
