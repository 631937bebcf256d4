/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A byte ring for one producer (RTP hook) and one consumer (capture thread).
 *
 *	data:  … │ free │ length kind │ payload, padded to 8 │ length kind │ payload … │ free │ …
 *	                ▲ tail (consumer's)                                           ▲ head (producer's)
 *
 * head and tail only grow and are reduced modulo the size on access, so full and empty differ. Each side publishes its own by a release store
 * and reads the other's by an acquire load; a record is visible whole or not at all.
 */
#include "plugins/ring.h"

#include <errno.h>
#include <glib.h>
#include <stdatomic.h>
#include <string.h>

enum { ALIGN = 8 };

struct ring {
	atomic_int refs;
	size_t mask;
	_Alignas(64) atomic_size_t head;   /* written by the producer */
	_Alignas(64) atomic_size_t tail;   /* written by the consumer */
	_Alignas(64) uint8_t data[];
};

struct record {
	uint32_t len;
	uint16_t kind, unused;
};

int ring_create(struct ring **out, size_t bytes)
{
	struct ring *r;

	if (bytes < 64 || (bytes & (bytes - 1)) || bytes > UINT32_MAX / 2)
		return -EINVAL;
	r = g_aligned_alloc0(1, sizeof(*r) + bytes, 64);
	atomic_init(&r->refs, 1);
	r->mask = bytes - 1;
	*out = r;
	return 0;
}

struct ring *ring_ref(struct ring *r)
{
	atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
	return r;
}

void ring_unref(struct ring **r)
{
	if (*r && atomic_fetch_sub_explicit(&(*r)->refs, 1, memory_order_acq_rel) == 1)
		g_aligned_free(*r);
	*r = NULL;
}

static size_t padded(size_t len)
{
	return (len + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

static void copy_in(struct ring *r, size_t at, const void *src, size_t len)
{
	size_t from = at & r->mask, first = MIN(len, r->mask + 1 - from);

	if (len == 0)
		return;
	memcpy(r->data + from, src, first);
	memcpy(r->data, (const uint8_t *)src + first, len - first);
}

static void copy_out(const struct ring *r, size_t at, void *dst, size_t len)
{
	size_t from = at & r->mask, first = MIN(len, r->mask + 1 - from);

	memcpy(dst, r->data + from, first);
	memcpy((uint8_t *)dst + first, r->data, len - first);
}

bool ring_push(struct ring *r, uint16_t kind, const void *a, size_t alen, const void *b, size_t blen)
{
	size_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
	size_t tail = atomic_load_explicit(&r->tail, memory_order_acquire);
	size_t need = sizeof(struct record) + padded(alen + blen);
	struct record rec = { .len = (uint32_t)(alen + blen), .kind = kind };

	if (need > r->mask + 1 - (head - tail))
		return false;
	copy_in(r, head, &rec, sizeof(rec));
	copy_in(r, head + sizeof(rec), a, alen);
	copy_in(r, head + sizeof(rec) + alen, b, blen);
	atomic_store_explicit(&r->head, head + need, memory_order_release);
	return true;
}

int ring_pop(struct ring *r, uint16_t *kind, void *buf, size_t size)
{
	size_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
	size_t head = atomic_load_explicit(&r->head, memory_order_acquire);
	struct record rec;
	int result = -EMSGSIZE;

	if (head == tail)
		return -EAGAIN;
	copy_out(r, tail, &rec, sizeof(rec));
	if (rec.len <= size) {
		copy_out(r, tail + sizeof(rec), buf, rec.len);
		*kind = rec.kind;
		result = (int)rec.len;
	}
	atomic_store_explicit(&r->tail, tail + sizeof(rec) + padded(rec.len), memory_order_release);
	return result;
}
