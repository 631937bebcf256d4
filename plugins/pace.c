/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Token buckets and turns. Called by request.c and guess.c under their locks; no state of its own.
 *
 *   due ──┬──────────── burst ───────────┬─▶ time        each one moves due on by 1/rate; it may be so far ahead of now, but no further
 *        now
 */
#include <glib.h>
#include "plugins/pace.h"

int64_t pace_take(struct pace *p, int64_t now_us, int per_s, int burst)
{
	int64_t step_us = MAX(1, 1000000 / per_s), due_us = MAX(p->due_us, now_us), wait_us = due_us - now_us - (burst - 1) * step_us;

	if (wait_us > 0)
		return wait_us;
	p->due_us = due_us + step_us;
	return 0;
}

static void leak(struct guesses *g, int64_t now_us)
{
	g->wrong = MAX(0, g->wrong - (double)(now_us - g->at_us) / (GUESSES_LEAK_S * 1e6));
	g->at_us = now_us;
}

int64_t guesses_turn(struct guesses *g, int64_t now_us)
{
	int64_t turn_us = now_us;

	leak(g, now_us);
	if (g->wrong > GUESSES_FREE) {
		turn_us = MIN(MAX(g->next_us, now_us) + GUESSES_TURN_US, now_us + GUESSES_WAIT_MAX_US);
		g->next_us = turn_us;
	}
	return turn_us;
}

void guesses_wrong(struct guesses *g, int64_t now_us)
{
	leak(g, now_us);
	g->wrong = MIN(g->wrong + 1, 2.0 * GUESSES_FREE);
}
