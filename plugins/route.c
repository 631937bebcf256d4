/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Routes. router_get() is called in the RTP hook, the rest on task threads.
 *
 *   router ── now ──▶ [ref 2| a b c ]◀── hook, walking          add d:  [ref 1| a b c d ], swap, drop the old one
 */
#include <glib.h>
#include <string.h>
#include "plugins/held.h"
#include "plugins/route.h"

struct sink *sink_ref(struct sink *s)
{
	atomic_fetch_add(&s->ref, 1);
	return s;
}

void sink_unref(struct sink *s)
{
	if (atomic_fetch_sub(&s->ref, 1) == 1)
		s->free(s);
}

/* A copy of `old` (may be NULL) without `skip`, with room for one more. */
static struct route *copy(const struct route *old, const struct sink *skip)
{
	size_t n = old ? old->n : 0;
	struct route *r = g_malloc(sizeof(*r) + (n + 1) * sizeof(r->sinks[0]));

	atomic_init(&r->ref, 1);
	r->n = 0;
	for (size_t i = 0; i < n; i++)
		if (old->sinks[i] != skip)
			r->sinks[r->n++] = sink_ref(old->sinks[i]);
	return r;
}

void route_unref(struct route *r)
{
	if (atomic_fetch_sub(&r->ref, 1) != 1)
		return;
	for (size_t i = 0; i < r->n; i++)
		sink_unref(r->sinks[i]);
	g_free(r);
}

void router_init(struct router *r)
{
	lock_init(&r->edit);
	lock_init(&r->lock);
	r->now = copy(NULL, NULL);
	r->closed = false;
}

void router_destroy(struct router *r)
{
	route_unref(r->now);
	lock_destroy(&r->lock);
	lock_destroy(&r->edit);
}

struct route *router_get(struct router *r)
{
	struct route *now;

	held_take(&r->lock);
	now = r->now;
	atomic_fetch_add(&now->ref, 1);
	held_release(&r->lock);
	return now;
}

/* Puts `next` (stolen) in place; returns the old one. `edit` is held. */
static struct route *swap(struct router *r, struct route *next)
{
	struct route *old;

	held_take(&r->lock);
	old = r->now;
	r->now = next;
	held_release(&r->lock);
	return old;
}

static bool has(const struct route *r, const struct sink *s)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->sinks[i] == s)
			return true;
	return false;
}

bool router_add(struct router *r, struct sink *s)
{
	struct route *old = NULL, *next;

	held_take(&r->edit);
	if (!r->closed && !has(r->now, s)) {
		next = copy(r->now, NULL);
		next->sinks[next->n++] = sink_ref(s);
		old = swap(r, next);
	}
	held_release(&r->edit);
	if (old)
		route_unref(old);
	return old != NULL;
}

void router_remove(struct router *r, struct sink *s)
{
	struct route *old = NULL;

	held_take(&r->edit);
	if (has(r->now, s))
		old = swap(r, copy(r->now, s));
	held_release(&r->edit);
	if (old)
		route_unref(old);
}

struct route *router_close(struct router *r)
{
	struct route *old;

	held_take(&r->edit);
	r->closed = true;
	old = swap(r, copy(NULL, NULL));
	held_release(&r->edit);
	return old;
}
