/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Wrong secrets per address. Called by service.c on HTTP threads, with the monotonic clock.
 *
 *   address ─▶ 16 bytes (IPv6: the upper 8) ─keyed hash─▶ row of 4 places ─▶ how many were wrong; one is forgiven every 2 s, 20 are free
 */
#include <arpa/inet.h>
#include <glib.h>
#include <stdbool.h>
#include <string.h>
#include "common/ids.h"
#include "common/sync.h"
#include "postprocess/attempts.h"

enum { ROWS = 1024, PLACES = 4, WRONG_MAX = ATTEMPTS_FREE + ATTEMPTS_WAIT_MAX_S / ATTEMPTS_LEAK_S };

struct address { uint64_t part[2]; };
struct place {
	struct address address;
	double wrong;              /* leaks; 0: the place is free */
	int64_t at_us;             /* when it was that much */
};
struct attempts {
	struct lock lock;          /* places (leaf) */
	uint64_t seed[2];          /* so that nobody can choose addresses that share a row */
	struct place places[ROWS][PLACES];
};

struct attempts *attempts_create(void)
{
	struct attempts *a = g_new0(struct attempts, 1);

	lock_init(&a->lock);
	random_bytes(a->seed, sizeof(a->seed));
	return a;
}

void attempts_free(struct attempts **a)
{
	if (*a)
		lock_destroy(&(*a)->lock);
	g_clear_pointer(a, g_free);
}

/* IPv4 as it is mapped into IPv6; of IPv6 the network. */
static struct address address_of(const char *text)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct address out = { { 0, 0 } };
	unsigned char b[16] = { 0 };

	if (inet_pton(AF_INET, text, b + 12) == 1)
		memcpy(b, mapped, sizeof(mapped));
	else if (inet_pton(AF_INET6, text, b) == 1 && memcmp(b, mapped, sizeof(mapped)))
		memset(b + 8, 0, 8);
	memcpy(&out, b, sizeof(b));
	return out;
}

static size_t row_of(const struct attempts *a, const struct address *at)
{
	uint64_t h = a->seed[0];

	for (int i = 0; i < 2; i++) {
		h = (h ^ at->part[i]) * UINT64_C(0x9e3779b97f4a7c15) + a->seed[1];
		h ^= h >> 29;
	}
	return (h * (a->seed[1] | 1)) >> 54;   /* the upper ten bits: 1024 rows */
}

static double now_wrong(const struct place *p, int64_t now_us)
{
	return MAX(0, p->wrong - (double)MAX(0, now_us - p->at_us) / (ATTEMPTS_LEAK_S * 1e6));
}

/* Its place, or with `make` the one that is given up for it, or NULL. */
static struct place *find(struct attempts *a, const struct address *at, bool make, int64_t now_us)
{
	struct place *row = a->places[row_of(a, at)], *least = &row[0];

	for (int i = 0; i < PLACES; i++) {
		if (row[i].wrong > 0 && !memcmp(&row[i].address, at, sizeof(*at)))
			return &row[i];
		if (now_wrong(&row[i], now_us) < now_wrong(least, now_us))
			least = &row[i];
	}
	if (make)
		*least = (struct place){ .address = *at, .at_us = now_us };
	return make ? least : NULL;
}

int64_t attempts_wait_ms(struct attempts *a, const char *address, int64_t now_us)
{
	struct address at = address_of(address);
	const struct place *p;
	double wrong;

	lock_take(&a->lock);
	p = find(a, &at, false, now_us);
	wrong = p ? now_wrong(p, now_us) : 0;
	lock_release(&a->lock);
	return wrong > ATTEMPTS_FREE ? (int64_t)((wrong - ATTEMPTS_FREE) * ATTEMPTS_LEAK_S * 1000) + 1 : 0;
}

void attempts_wrong(struct attempts *a, const char *address, int64_t now_us)
{
	struct address at = address_of(address);
	struct place *p;

	lock_take(&a->lock);
	p = find(a, &at, true, now_us);
	p->wrong = MIN(now_wrong(p, now_us) + 1, WRONG_MAX);
	p->at_us = now_us;
	lock_release(&a->lock);
}
