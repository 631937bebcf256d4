/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who gets the packets of a stream: an immutable, counted array of receivers. The hook takes a reference and walks it without a lock; changing the
 * receivers makes a new array and swaps the pointer.
 */
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include "common/sync.h"

/** Base of a receiver, embedded in it. */
struct sink {
	atomic_int ref;
	void (*free)(struct sink *s);
};
struct sink *sink_ref(struct sink *s);
void sink_unref(struct sink *s);

struct route {
	atomic_int ref;
	size_t n;
	struct sink *sinks[];
};
void route_unref(struct route *r);

struct router {
	struct lock edit;          /* one change at a time */
	struct lock lock;          /* `now`, held for a pointer copy (leaf) */
	struct route *now;         /* never NULL */
	bool closed;               /* under `edit` */
};
void router_init(struct router *r);
void router_destroy(struct router *r);
/** A reference to the present route. RTP hook. */
struct route *router_get(struct router *r);
/** Takes a reference of the sink. False when closed or already there. */
bool router_add(struct router *r, struct sink *s);
void router_remove(struct router *r, struct sink *s);
/** Nobody can be added any more; returns the last receivers (a reference) for the caller to tell. */
struct route *router_close(struct router *r);
