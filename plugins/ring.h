/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Records from one producer to one consumer through a fixed piece of memory: no lock, no system call, no allocation. Counted, because the RTP
 * hook and the capture thread let go of it in either order.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring;

/** bytes: a power of two, the largest sum of records held (each takes 8 bytes more, rounded up to 8). -EINVAL otherwise. */
int ring_create(struct ring **out, size_t bytes);
struct ring *ring_ref(struct ring *r);
/** Any thread. */
void ring_unref(struct ring **r);

/** Producer: adds a record made of two parts (b may be NULL with blen 0), whole or not at all; false when there is no room. */
bool ring_push(struct ring *r, uint16_t kind, const void *a, size_t alen, const void *b, size_t blen);
/** Consumer: takes the oldest record into buf and returns its length, -EAGAIN when empty, -EMSGSIZE (the record is dropped) when size is too small. */
int ring_pop(struct ring *r, uint16_t *kind, void *buf, size_t size);
