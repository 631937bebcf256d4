/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Packets in the order of their sequence numbers. A missing one is waited for until the packets behind it are `wait_us` old. Capture thread; every
 * time is an argument.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/rtpclock.h"

struct reorder;

struct reorder_packet {
	int64_t seq;               /* unwrapped */
	int64_t rtp;               /* unwrapped, from the caller */
	int64_t arrival_us;
	size_t len;
	uint8_t data[];
};

/** slots: a power of two, most packets held at a time. */
int reorder_create(struct reorder **out, size_t slots, int64_t wait_us);
void reorder_unref(struct reorder **r);
/** Copies a packet in. 0, -EEXIST for a duplicate, -ESTALE when it comes after it was given up, -ENOSPC when it can be held only after all that
 *  is held was popped. */
int reorder_push(struct reorder *r, uint16_t seq, int64_t rtp, int64_t arrival_us, const uint8_t *data, size_t len);
/** True when the packet that just came would go at once, since it is the next one and none is held: it counts as gone, and need not be copied in. Most do. */
bool reorder_pass(struct reorder *r, uint16_t seq);
/** The next packet if it may go at now_us (INT64_MAX: whatever is held), or NULL; *lost: how many before it were given up. Caller g_free()s. */
struct reorder_packet *reorder_pop(struct reorder *r, int64_t now_us, unsigned *lost);
/** The packet that would go next if nothing were waited for, or NULL; borrowed until the next call. */
const struct reorder_packet *reorder_peek(const struct reorder *r);
/** Forgets everything; the next packet starts a new order. */
void reorder_reset(struct reorder *r);
/** Since when packets wait behind a hole: the arrival of the oldest of them; INT64_MAX when none does. */
int64_t reorder_waits_since(const struct reorder *r);
