/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Locks of the plugin, counted per thread, so that gateway.c can insist that none is held when Janus is called: in Janus 1.1.2 several of its
 * functions take the handle's mutex, and a lock of ours around them has deadlocked real servers.
 */
#pragma once
#include "common/sync.h"

/* How many this thread holds. */
extern _Thread_local int locks_held;

static inline void held_take(struct lock *l)
{
	lock_take(l);
	locks_held++;
}

static inline void held_release(struct lock *l)
{
	locks_held--;
	lock_release(l);
}
