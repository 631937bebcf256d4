/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whose is a room? Asked at a call's first join on a task thread, which waits for the answer for a second at most, and not at all while it is known that
 * none will come; answered by the ledger's thread, before the entries that wait.
 *
 *	task: claim ─▶ queue ─▶ ledger thread ─▶ catalog_call_claim ─▶ task: ours │ another host's │ (1 s) no answer: the call opens all the same
 */
#include <errno.h>
#include "plugins/held.h"
#include "plugins/ledger_entry.h"

enum { CLAIM_MS = 1000 };

static struct ledger_claim *claim_new(const char *call_id, const char *room, int64_t started_ms)
{
	size_t n = strlen(call_id) + 1;
	struct ledger_claim *m = g_malloc0(sizeof(*m) + n + strlen(room) + 1);
	char *texts = (char *)(m + 1);

	m->call_id = strcpy(texts, call_id);
	m->room = strcpy(texts + n, room);
	m->started_ms = started_ms;
	return m;
}

/* Whoever looks last frees it; the lock is held. */
static int take_answer(struct ledger *l, struct ledger_claim *m, struct catalog_owner *other)
{
	int err = -EAGAIN;

	if (m->done) {
		err = m->err;
		*other = m->other;
		g_free(m);
	} else if (g_queue_remove(&l->claims, m)) {
		l->late = true;
		g_free(m);
	} else {
		l->late = true;
		m->given_up = true;
	}
	return err;
}

int ledger_claim(struct ledger *l, const char *call_id, const char *room, int64_t started_ms, struct catalog_owner *other)
{
	int64_t until_us = clock_mono_us() + CLAIM_MS * 1000LL;
	struct ledger_claim *m;
	int err = -EAGAIN;

	held_take(&l->lock);
	if (!l->away && !l->late && !l->stop_us) {
		m = claim_new(call_id, room, started_ms);
		g_queue_push_tail(&l->claims, m);
		cond_signal(&l->wake);
		while (!m->done && !l->away && cond_wait_until(&l->written, &l->lock, until_us))
			;
		err = take_answer(l, m, other);
	}
	held_release(&l->lock);
	return err;
}

/* Without an id it is only a look. */
static int answer(struct ledger *l, struct ledger_claim *m)
{
	int err;

	if (m->call_id[0])
		return catalog_call_claim(l->catalog, m->call_id, m->room, l->host_id, m->started_ms, &m->other);
	err = catalog_call_owner(l->catalog, m->room, &m->other);
	if (err)
		return err == -ENOENT ? 0 : err;
	return m->other.silent || !strcmp(m->other.host_id, l->host_id) ? 0 : -EEXIST;
}

/* Granted, or perhaps granted, and nobody knows: the call of this id never opens. g_free(), or NULL. */
static char *unwanted(const struct ledger_claim *m)
{
	bool is = m->call_id[0] && (m->err == -EAGAIN || (!m->err && m->given_up));

	return is ? g_strdup(m->call_id) : NULL;
}

/* The claim's; what must be closed again becomes an entry, which waits for the database as all others do. */
static void told_locked(struct ledger *l, struct ledger_claim *m)
{
	char *id = unwanted(m);

	m->done = true;
	l->late = false;
	if (m->given_up)
		g_free(m);
	else
		cond_broadcast(&l->written);
	if (!id)
		return;
	held_release(&l->lock);
	ledger_call_close(l, id, clock_wall_ms());
	held_take(&l->lock);
	g_free(id);
}

void ledger_claims_answer(struct ledger *l)
{
	struct ledger_claim *m;

	held_take(&l->lock);
	while (!l->away && (m = g_queue_pop_head(&l->claims))) {
		held_release(&l->lock);
		m->err = l->catalog ? answer(l, m) : -EAGAIN;
		held_take(&l->lock);
		m->err = ledger_is_outage(m->err) ? -EAGAIN : m->err;
		told_locked(l, m);
	}
	held_release(&l->lock);
}
