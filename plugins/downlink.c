/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Adapts what a receiver gets to its link.
 *
 *   RTCP ─▶ loss less what was missing already, REMB, round trip ─ at most every 800 ms ─▶ strand: bandwidth ─▶ share ─▶ slots' limits
 *
 * Feedback is taken in the loop thread under leaf locks; deciding is left to the subscriber's strand. Without feedback nothing is limited.
 */
#include "plugins/downlink.h"

#include <string.h>
#include "plugins/held.h"
#include "plugins/layers.h"
#include "plugins/session.h"
#include "plugins/share.h"
#include "plugins/subscriber.h"

enum { HEARD_US = 10000000 };

/* One stream that a receiver gets, and what it could get of it. */
struct part {
	struct slot *slot;         /* a reference */
	unsigned n;
	struct { int layer, temporal; } levels[SHARE_LEVELS];
};

void downlink_init(struct downlink *d)
{
	lock_init(&d->lock);
	bandwidth_init(&d->bandwidth);
}

void downlink_destroy(struct downlink *d)
{
	lock_destroy(&d->lock);
}

/* What the link can carry at its lowest is sent in any case; above that, fewer pictures a second come before smaller ones of the same layer. */
static void list_levels(struct part *p, struct share *share, struct layers *l, const struct layer_limit *want)
{
	int top, top_temporal, layer = 0, temporal = 0, most = l->conf.n ? want->substream : want->spatial;

	layers_top(l, &top, &top_temporal);
	top = top < most ? top : most;
	top_temporal = top_temporal < want->temporal ? top_temporal : want->temporal;
	while (p->n < SHARE_LEVELS && layer <= top) {
		uint32_t rate = layers_rate(l, layer, temporal);

		p->levels[p->n].layer = layer;
		p->levels[p->n].temporal = temporal;
		share->rates[p->n] = p->n && rate <= share->rates[p->n - 1] ? share->rates[p->n - 1] + 1 : rate;
		p->n++;
		if (temporal < top_temporal)
			temporal++;
		else
			layer++;
	}
	share->n = p->n;
}

static unsigned level_now(const struct part *p, const struct slot_state *state)
{
	unsigned now = 0;

	for (unsigned i = 0; i < p->n; i++)
		if (p->levels[i].layer <= state->layer && (p->levels[i].layer < state->layer || p->levels[i].temporal <= state->temporal))
			now = i;
	return now;
}

/* A slot that carries something; what it has sent since the last step goes to *bytes. */
static void look_at(struct part *p, struct share *share, uint32_t *bytes, int64_t passed_us)
{
	struct slot_state state;

	*share = (struct share){ .n = 1 };
	p->n = 0;
	slot_state(p->slot, &state);
	*bytes = state.bytes;
	if (state.feed && atomic_load(&state.feed->layers.used)) {
		list_levels(p, share, &state.feed->layers, &state.most);
		share->now = level_now(p, &state);
	} else {
		share->rates[0] = (uint32_t)((uint64_t)state.bytes * 8000000 / (uint64_t)passed_us);
	}
	stream_unref(&state.feed);
}

static guint look_at_all(struct subscriber *sub, struct part *parts, struct share *shares, int64_t passed_us, int64_t *sent)
{
	struct slot *slots[SUBSCRIBER_SLOTS];
	struct stream *wants[SUBSCRIBER_SLOTS];
	guint n = subscriber_snapshot(sub, slots, wants);
	uint64_t sum = 0;

	for (guint i = 0; i < n; i++) {
		uint32_t bytes;

		stream_unref(&wants[i]);
		parts[i].slot = slots[i];
		look_at(&parts[i], &shares[i], &bytes, passed_us);
		sum += bytes;
	}
	*sent = (int64_t)(sum * 8000000 / (uint64_t)passed_us);
	return n;
}

static void divide(struct bandwidth *b, struct share *shares, guint n, int64_t now_us)
{
	share_divide(shares, n, bandwidth_limit(b));
	if (!bandwidth_may_rise(b, now_us))
		return;
	bandwidth_rise(b, share_next(shares, n), now_us);
	share_divide(shares, n, bandwidth_limit(b));
}

static void apply(const struct part *p, const struct share *share, bool limited)
{
	struct layer_limit allow = layer_limit_none;

	if (p->n && limited) {
		allow.substream = allow.spatial = p->levels[share->level].layer;
		allow.temporal = p->levels[share->level].temporal;
	}
	slot_allow(p->slot, &allow);
}

/* What was learnt since the last step; false when there was none to compare with. */
static bool take(struct downlink *d, struct bandwidth_seen *seen, struct bandwidth *b, int64_t *passed_us, int64_t now_us)
{
	bool first;

	held_take(&d->lock);
	*passed_us = now_us - d->step_us;
	first = !d->step_us || *passed_us > HEARD_US || *passed_us <= 0;
	d->step_us = now_us;
	*seen = d->seen;
	seen->expected = d->loss.expected;
	seen->lost = d->loss.lost > d->loss.missing ? (uint32_t)(d->loss.lost - MAX(d->loss.missing, 0)) : 0;
	seen->lost = MIN(seen->lost, seen->expected);
	d->loss = (struct downlink_loss){ 0 };
	*b = d->bandwidth;
	d->seen = (struct bandwidth_seen){ 0 };
	held_release(&d->lock);
	return !first;
}

static void step_subscriber(struct subscriber *sub, int64_t now_us)
{
	struct downlink *d = &sub->downlink;
	struct part parts[SUBSCRIBER_SLOTS];
	struct share shares[SUBSCRIBER_SLOTS];
	struct bandwidth_seen seen;
	struct bandwidth b;
	int64_t passed_us;
	bool ready = take(d, &seen, &b, &passed_us, now_us);
	guint n = look_at_all(sub, parts, shares, ready ? passed_us : HEARD_US, &seen.sent);

	if (ready) {
		bandwidth_step(&b, &seen, now_us);
		divide(&b, shares, n, now_us);
	}
	for (guint i = 0; i < n; i++) {
		if (ready)
			apply(&parts[i], &shares[i], bandwidth_limit(&b) != INT64_MAX);
		sink_unref(&parts[i].slot->sink);
	}
	held_take(&d->lock);
	d->bandwidth = b;
	d->sent = ready ? seen.sent : d->sent;
	held_release(&d->lock);
}

static void step(struct session *s)
{
	struct subscriber *sub = session_subscriber(s);

	if (sub)
		step_subscriber(sub, clock_mono_us());
	subscriber_unref(&sub);
}

void downlink_feedback(struct subscriber *sub, int mindex, const struct rtcp_seen *seen)
{
	struct downlink *d = &sub->downlink;
	struct slot *slot = seen->received ? subscriber_slot(sub, mindex) : NULL;
	struct downlink_loss loss = { 0 };
	int64_t now_us = clock_mono_us(), rtt_us = seen->received ? rtcp_rtt_us(&seen->block, clock_wall_ms() * 1000) : 0;
	bool due;

	if (!seen->received && !seen->remb)
		return;
	if (slot) {
		slot_report(slot, &seen->block, &loss);
		sink_unref(&slot->sink);
	}
	held_take(&d->lock);
	d->loss.expected += loss.expected;
	d->loss.lost += loss.lost;
	d->loss.missing += loss.missing;
	d->seen.remb = seen->remb ? seen->remb : d->seen.remb;
	d->seen.rtt_us = rtt_us ? rtt_us : d->seen.rtt_us;
	d->heard_us = now_us;
	due = now_us >= d->due_us;
	if (due)
		d->due_us = now_us + DOWNLINK_STEP_US;
	held_release(&d->lock);
	if (due)
		session_post(sub->session, step);
}

bool downlink_state(struct subscriber *sub, double *lost, int64_t *sent, int64_t now_us)
{
	struct downlink *d = &sub->downlink;
	bool heard;

	held_take(&d->lock);
	heard = d->heard_us && now_us - d->heard_us < HEARD_US;
	*lost = d->bandwidth.loss;
	*sent = d->sent;
	held_release(&d->lock);
	return heard;
}
