/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The reorder buffer of one track: a table of slots indexed by sequence number. Used by track on the capture thread.
 *
 *	            next                         last
 *	 delivered   │  missing  held  held  missing │ held
 *	─────────────┴───────────────────────────────┴──────▶ seq (64 bits)
 *
 * `next` goes when it is there; else when the oldest of those behind it has waited long enough. Right after a start there is no `next`: the
 * lowest number that comes within a moment is.
 */
#include "plugins/reorder.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

enum {
	START_WAIT_US = 200000,    /* for packets that overtook the first one, or are repaired */
	STALE_RUN = 50,            /* so many late ones in a row: the sender began anew with other numbers */
};

struct slot {
	struct reorder_packet *packet;
	int64_t delivered;         /* last number that went out through here */
};

struct reorder {
	size_t mask;
	int64_t wait_us;
	struct rtp_unwrap unwrap;
	bool started;              /* `next` went out */
	bool empty;                /* nothing came since the start */
	int64_t next, last;        /* last: highest number held or delivered */
	unsigned skipped;          /* given up without a place in the table; told with the next packet */
	int held, stale;
	struct slot slots[];
};

int reorder_create(struct reorder **out, size_t slots, int64_t wait_us)
{
	struct reorder *r;

	if (slots < 2 || (slots & (slots - 1)) || wait_us < 0)
		return -EINVAL;
	r = g_malloc0(sizeof(*r) + slots * sizeof(r->slots[0]));
	r->mask = slots - 1;
	r->wait_us = wait_us;
	reorder_reset(r);
	*out = r;
	return 0;
}

void reorder_unref(struct reorder **r)
{
	if (*r)
		reorder_reset(*r);
	g_clear_pointer(r, g_free);
}

void reorder_reset(struct reorder *r)
{
	for (size_t i = 0; i <= r->mask; i++) {
		g_clear_pointer(&r->slots[i].packet, g_free);
		r->slots[i].delivered = INT64_MIN;
	}
	r->unwrap = (struct rtp_unwrap){ 0 };
	r->started = false;
	r->empty = true;
	r->held = r->stale = 0;
	r->skipped = 0;
}

static struct slot *slot_of(const struct reorder *r, int64_t seq)
{
	return (struct slot *)&r->slots[(uint64_t)seq & r->mask];
}

/* Behind what was delivered or given up. */
static int refuse_old(struct reorder *r, int64_t seq)
{
	if (slot_of(r, seq)->delivered == seq)
		return -EEXIST;
	r->stale++;
	return -ESTALE;
}

/* Can seq be held beside what is held? */
static bool fits(const struct reorder *r, int64_t seq)
{
	int64_t low = seq < r->next ? seq : r->next, high = seq > r->last ? seq : r->last;

	return (uint64_t)(high - low) <= r->mask;
}

static int insert(struct reorder *r, int64_t seq, int64_t rtp, int64_t arrival_us, const uint8_t *data, size_t len)
{
	struct slot *s = slot_of(r, seq);

	if (s->packet)
		return -EEXIST;
	s->packet = g_malloc(sizeof(*s->packet) + len);
	*s->packet = (struct reorder_packet){ .seq = seq, .rtp = rtp, .arrival_us = arrival_us, .len = len };
	memcpy(s->packet->data, data, len);
	r->held++;
	r->stale = 0;
	if (seq > r->last)
		r->last = seq;
	if (seq < r->next)
		r->next = seq;
	return 0;
}

/* The sender's numbers jumped back: what is held belongs to the past. */
static void begin_anew(struct reorder *r)
{
	reorder_reset(r);
	r->skipped = 1;
}

int reorder_push(struct reorder *r, uint16_t seq16, int64_t rtp, int64_t arrival_us, const uint8_t *data, size_t len)
{
	int64_t seq;

	if (r->stale >= STALE_RUN)
		begin_anew(r);
	seq = seq_unwrap(&r->unwrap, seq16);
	if (r->empty) {
		r->empty = false;
		r->next = r->last = seq;
	}
	if (r->started && seq < r->next)
		return refuse_old(r, seq);
	if (!fits(r, seq)) {
		if (r->held > 0)
			return -ENOSPC;
		r->skipped += (unsigned)(seq - r->next);
		r->next = seq;
	}
	return insert(r, seq, rtp, arrival_us, data, len);
}

bool reorder_pass(struct reorder *r, uint16_t seq16)
{
	struct rtp_unwrap unwrap = r->unwrap;

	if (!r->started || r->held > 0 || r->skipped > 0 || seq_unwrap(&unwrap, seq16) != r->next)
		return false;
	r->unwrap = unwrap;
	r->stale = 0;
	slot_of(r, r->next)->delivered = r->next;
	r->last = r->next++;
	return true;
}

const struct reorder_packet *reorder_peek(const struct reorder *r)
{
	if (r->held == 0)
		return NULL;
	for (int64_t seq = r->next; seq <= r->last; seq++) {
		const struct reorder_packet *p = slot_of(r, seq)->packet;

		if (p)
			return p;
	}
	return NULL;
}

int64_t reorder_waits_since(const struct reorder *r)
{
	int64_t oldest = INT64_MAX;

	for (int64_t seq = r->next; seq <= r->last; seq++) {
		const struct reorder_packet *p = slot_of(r, seq)->packet;

		if (p && p->arrival_us < oldest)
			oldest = p->arrival_us;
	}
	return oldest;
}

static bool may_go(const struct reorder *r, const struct reorder_packet *p, int64_t now_us)
{
	if (now_us == INT64_MAX || (r->started && p->seq == r->next))
		return true;
	return now_us - reorder_waits_since(r) >= (r->started || r->wait_us < START_WAIT_US ? r->wait_us : START_WAIT_US);
}

struct reorder_packet *reorder_pop(struct reorder *r, int64_t now_us, unsigned *lost)
{
	const struct reorder_packet *p = reorder_peek(r);
	struct slot *s;

	*lost = 0;
	if (!p || !may_go(r, p, now_us))
		return NULL;
	s = slot_of(r, p->seq);
	*lost = r->skipped + (r->started ? (unsigned)(p->seq - r->next) : 0);
	r->skipped = 0;
	r->started = true;
	r->next = p->seq + 1;
	r->held--;
	s->delivered = p->seq;
	return g_steal_pointer(&s->packet);
}
