/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Requests that show a secret: the handle that was wrong waits longer each time, and when many were wrong, all who show one to the same room (or the
 * server's key) wait for a turn. Nobody is locked out. On the handle's strand.
 */
#pragma once
#include "common/errors.h"
#include "common/sync.h"
#include "plugins/pace.h"

struct request;

/** Shared by all handles that show a secret to the same thing. */
struct guess_lock {
	struct lock lock;          /* guesses (leaf) */
	struct guesses guesses;
};
#define GUESS_LOCK_INIT { .lock = LOCK_INIT }
void guess_lock_init(struct guess_lock *g);
void guess_lock_destroy(struct guess_lock *g);

/** Before a secret is looked at: APP_OK, or APP_TOO_MANY_ATTEMPTS with retryAfterMs. `shared` may be NULL: no secret that many could guess. */
enum app_error guess_begin(struct request *r, struct guess_lock *shared);
/** It was wrong; gives err back. */
enum app_error guess_wrong(struct request *r, struct guess_lock *shared, enum app_error err);
/** It was right. */
void guess_right(struct request *r);
