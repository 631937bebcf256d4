/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keyframe requests. Subscribers' PLIs, new receivers, unmuting and the capture ask; the sender gets a PLI.
 *
 *   keyframe_request ─▶ gate ─ now ───────────────────────▶ session's strand ─▶ gateway_pli
 *                         └─── too early ─▶ late list ─▶ ticker ─┘
 */
#include <glib.h>
#include <stdatomic.h>
#include "plugins/gateway.h"
#include "plugins/held.h"
#include "plugins/keyframe.h"
#include "plugins/session.h"
#include "plugins/task.h"

struct keyframe {
	atomic_int ref;
	struct session *session;
	int mindex;
	struct lock lock;          /* gate (leaf) */
	struct keyframe_gate gate;
};

static struct {
	struct lock lock;          /* list (leaf) */
	GQueue list;               /* struct keyframe *, a reference each */
} late = { .lock = LOCK_INIT, .list = G_QUEUE_INIT };

bool keyframe_gate_ask(struct keyframe_gate *g, int64_t now_us)
{
	if (g->sent && now_us - g->last_us < KEYFRAME_INTERVAL_US) {
		g->pending = true;
		return false;
	}
	*g = (struct keyframe_gate){ .sent = true, .last_us = now_us };
	return true;
}

bool keyframe_gate_ask_now(struct keyframe_gate *g, int64_t now_us)
{
	if (g->sent && now_us - g->last_us < KEYFRAME_FRESH_US) {
		g->pending = g->soon = true;
		return false;
	}
	*g = (struct keyframe_gate){ .sent = true, .last_us = now_us };
	return true;
}

bool keyframe_gate_ask_again(struct keyframe_gate *g, int64_t now_us)
{
	*g = (struct keyframe_gate){ .sent = true, .last_us = now_us };
	return true;
}

bool keyframe_gate_due(struct keyframe_gate *g, int64_t now_us)
{
	return g->pending && (g->soon ? keyframe_gate_ask_now(g, now_us) : keyframe_gate_ask(g, now_us));
}

struct keyframe *keyframe_create(struct session *session, int mindex)
{
	struct keyframe *k = g_new0(struct keyframe, 1);

	atomic_init(&k->ref, 1);
	lock_init(&k->lock);
	k->session = session_ref(session);
	k->mindex = mindex;
	return k;
}

struct keyframe *keyframe_ref(struct keyframe *k)
{
	atomic_fetch_add(&k->ref, 1);
	return k;
}

void keyframe_unref(struct keyframe **k)
{
	struct keyframe *old = *k;

	*k = NULL;
	if (!old || atomic_fetch_sub(&old->ref, 1) != 1)
		return;
	session_unref(&old->session);
	lock_destroy(&old->lock);
	g_free(old);
}

static void send_pli(void *arg, bool cancelled)
{
	struct keyframe *k = arg;

	if (!cancelled && !atomic_load(&k->session->gone))
		gateway_pli(k->session->handle, k->mindex);
	keyframe_unref(&k);
}

static void request(struct keyframe *k, bool (*ask)(struct keyframe_gate *g, int64_t now_us))
{
	bool now, first;

	held_take(&k->lock);
	first = !k->gate.pending;
	now = ask(&k->gate, clock_mono_us());
	first = first && !now;
	held_release(&k->lock);
	if (now)
		strand_post(k->session->strand, send_pli, keyframe_ref(k));
	if (!first)
		return;
	held_take(&late.lock);
	g_queue_push_tail(&late.list, keyframe_ref(k));
	held_release(&late.lock);
}

void keyframe_request(struct keyframe *k)
{
	request(k, keyframe_gate_ask);
}

void keyframe_request_now(struct keyframe *k)
{
	request(k, keyframe_gate_ask_now);
}

void keyframe_request_again(struct keyframe *k)
{
	request(k, keyframe_gate_ask_again);
}

static struct keyframe *next_late(void)
{
	struct keyframe *k;

	held_take(&late.lock);
	k = g_queue_pop_head(&late.list);
	held_release(&late.lock);
	return k;
}

/* Sends if it is time; true: ask again later. One that asked anew in the meantime has been sent for already. */
static bool tick_one(struct keyframe *k, int64_t now_us)
{
	bool due, wait;

	held_take(&k->lock);
	due = keyframe_gate_due(&k->gate, now_us);
	wait = k->gate.pending;
	held_release(&k->lock);
	if (due)
		strand_post(k->session->strand, send_pli, keyframe_ref(k));
	return wait;
}

void keyframe_tick(int64_t now_us)
{
	GQueue again = G_QUEUE_INIT;
	struct keyframe *k;

	while ((k = next_late()) != NULL) {
		if (tick_one(k, now_us))
			g_queue_push_tail(&again, k);
		else
			keyframe_unref(&k);
	}
	held_take(&late.lock);
	while ((k = g_queue_pop_head(&again)) != NULL)
		g_queue_push_tail(&late.list, k);
	held_release(&late.lock);
}

void keyframe_exit(void)
{
	struct keyframe *k;

	while ((k = next_late()) != NULL)
		keyframe_unref(&k);
}
