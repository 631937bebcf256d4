/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Trying again, and how long. Called by the stores' drivers, on the thread of whoever called the store.
 */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include "common/sync.h"
#include "postprocess/store_retry.h"

enum { LOOK_MS = 50 };                 /* how often a wait looks whether it is to stop */

static const struct store_patience usual = { .attempts = 4, .total_ms = 30000 };
static __thread const struct store_patience *patience;

void store_patience(const struct store_patience *p)
{
	patience = p;
}

const struct store_patience *store_patience_now(void)
{
	return patience ? patience : &usual;
}

bool store_stopping(void)
{
	const struct store_patience *p = store_patience_now();

	return p->stopping && p->stopping(p->arg);
}

int64_t store_retry_wait_ms(int n, int64_t retry_after_ms, double random)
{
	int64_t wait = n < 8 ? (int64_t)STORE_RETRY_FIRST_MS << (n - 2) : STORE_RETRY_MOST_MS;

	wait = MIN(wait, STORE_RETRY_MOST_MS);
	wait = wait / 2 + (int64_t)((double)(wait - wait / 2) * random);
	return MAX(wait, MIN(retry_after_ms, STORE_RETRY_AFTER_MOST_MS));
}

static bool wait_ms(int64_t ms)
{
	int64_t until_us = clock_mono_us() + ms * 1000;

	for (int64_t left = ms * 1000; left > 0 && !store_stopping(); left = until_us - clock_mono_us())
		g_usleep((gulong)MIN(left, LOOK_MS * 1000));
	return !store_stopping();
}

static int canceled(struct store_why *why)
{
	why->err = -ECANCELED;
	why->again = true;
	if (!why->text[0])
		snprintf(why->text, sizeof(why->text), "stopped");
	return -ECANCELED;
}

int store_retry(int (*once)(void *ctx, struct store_why *why), void *ctx, int *tried, struct store_why *why)
{
	const struct store_patience *p = store_patience_now();
	int64_t end_us = clock_mono_us() + p->total_ms * 1000;
	int err = 0, n = 0;
	bool more = true;

	while (more) {
		if (store_stopping()) {
			err = canceled(why);
			break;
		}
		memset(why, 0, sizeof(*why));
		err = once(ctx, why);
		n++;
		more = err && why->again && n < p->attempts;
		if (more) {
			int64_t wait = store_retry_wait_ms(n + 1, why->retry_after_ms, g_random_double());

			more = clock_mono_us() + wait * 1000 < end_us && wait_ms(wait);
		}
	}
	if (tried)
		*tried = n;
	return err;
}
