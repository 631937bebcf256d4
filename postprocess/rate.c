/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rates of requests. Called by http.c on libmicrohttpd's threads.
 *
 * The table holds the state of 8192 keys in sets of four; a new key takes the place of the one in its set that asked least lately. Whoever fills the
 * table on purpose gives others fresh buckets, and takes nothing from them.
 */
#include <glib.h>
#include <string.h>
#include "common/ids.h"
#include "common/sync.h"
#include "postprocess/rate.h"

enum { SETS = 2048, WAYS = 4 };

struct bucket {
	uint64_t key;
	int64_t at_us;             /* 0: free */
	double left;
};
struct rate {
	double per_us, burst;
	uint64_t seed;             /* so that nobody can choose whom to push out */
	struct lock lock;          /* buckets (leaf) */
	struct bucket buckets[SETS][WAYS];
};

struct rate *rate_create(int per_s, int burst)
{
	struct rate *r = g_new0(struct rate, 1);

	r->per_us = per_s / 1e6;
	r->burst = MAX(burst, 1);
	random_bytes(&r->seed, sizeof(r->seed));
	lock_init(&r->lock);
	return r;
}

void rate_free(struct rate *r)
{
	if (!r)
		return;
	lock_destroy(&r->lock);
	g_free(r);
}

static uint64_t hash(uint64_t h, const unsigned char *key, size_t len)
{
	for (size_t i = 0; i < len; i++)
		h = (h ^ key[i]) * UINT64_C(0x9e3779b97f4a7c15), h ^= h >> 29;
	return h;
}

static struct bucket *find(struct rate *r, uint64_t key, int64_t now_us)
{
	struct bucket *set = r->buckets[key % SETS], *oldest = set;

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].at_us && set[i].key == key)
			return &set[i];
		if (set[i].at_us < oldest->at_us)
			oldest = &set[i];
	}
	*oldest = (struct bucket){ .key = key, .at_us = now_us, .left = r->burst };
	return oldest;
}

int64_t rate_take(struct rate *r, const void *key, size_t len, int64_t now_us)
{
	struct bucket *b;
	int64_t wait_us = 0;

	if (r->per_us <= 0)
		return 0;
	lock_take(&r->lock);
	b = find(r, hash(r->seed, key, len), now_us);
	b->left = MIN(r->burst, b->left + (double)(now_us - b->at_us) * r->per_us);
	b->at_us = now_us;
	if (b->left >= 1)
		b->left -= 1;
	else
		wait_us = 1 + (int64_t)((1 - b->left) / r->per_us);
	lock_release(&r->lock);
	return wait_us;
}
