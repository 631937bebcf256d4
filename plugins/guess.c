/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Slowing down those who guess. Called by request_join.c and request_room.c.
 *
 *   secret shown ─▶ handle has to wait? ─▶ many wrong ones here? take a turn, wait for it ─▶ looked at ─ wrong ─▶ handle waits 0.5 s … 5 s, room counts
 */
#include "plugins/guess.h"
#include "plugins/held.h"
#include "plugins/request.h"

enum { FREE_TRIES = 3, BLOCK_STEP_US = 250000, BLOCK_MAX_US = 5000000 };

void guess_lock_init(struct guess_lock *g)
{
	*g = (struct guess_lock)GUESS_LOCK_INIT;
}

void guess_lock_destroy(struct guess_lock *g)
{
	lock_destroy(&g->lock);
}

static enum app_error wait_for(struct request *r, int64_t until_us, int64_t now_us)
{
	if (until_us <= now_us)
		return APP_OK;
	r->retry_ms = (until_us - now_us + 999) / 1000;
	return APP_TOO_MANY_ATTEMPTS;
}

/* A turn is taken once and kept until it has come; it is good for what it was taken at only. */
static int64_t turn_of(struct session *s, struct guess_lock *shared, int64_t now_us)
{
	if (s->turn_at != shared) {
		held_take(&shared->lock);
		s->turn_us = guesses_turn(&shared->guesses, now_us);
		held_release(&shared->lock);
		s->turn_at = shared;
	}
	if (s->turn_us <= now_us)
		s->turn_at = NULL;
	return s->turn_us;
}

enum app_error guess_begin(struct request *r, struct guess_lock *shared)
{
	int64_t now_us = clock_mono_us();
	enum app_error err = wait_for(r, r->session->blocked_until_us, now_us);

	return err || !shared ? err : wait_for(r, turn_of(r->session, shared, now_us), now_us);
}

enum app_error guess_wrong(struct request *r, struct guess_lock *shared, enum app_error err)
{
	struct session *s = r->session;
	int64_t now_us = clock_mono_us(), wait_us;

	if (++s->failures > FREE_TRIES) {
		wait_us = (int64_t)BLOCK_STEP_US << MIN(s->failures - FREE_TRIES, 5u);
		s->blocked_until_us = now_us + MIN(wait_us, BLOCK_MAX_US);
	}
	if (shared) {
		held_take(&shared->lock);
		guesses_wrong(&shared->guesses, now_us);
		held_release(&shared->lock);
	}
	return err;
}

void guess_right(struct request *r)
{
	r->session->failures = 0;
}
