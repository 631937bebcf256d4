/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How often something may happen: so many a second on average, and a few at once. And how slowly secrets may be guessed. Pure; the caller has the clock
 * and the lock.
 */
#pragma once
#include <stdint.h>

/** A token bucket in one number; zeroed it is full. */
struct pace {
	int64_t due_us;            /* when the next one would be due if all so far had kept the average */
};
/** Takes one and gives 0; or gives how long to wait [µs] and takes none. */
int64_t pace_take(struct pace *p, int64_t now_us, int per_s, int burst);

/** Wrong secrets shown to one lock by everybody together; zeroed: none. A few are forgiven and forgotten; after that, everybody who shows one, right or
 *  wrong, waits for a turn of their own, so that guessing is slow and who knows the secret still comes in. */
struct guesses {
	double wrong;              /* leaks */
	int64_t at_us;             /* when it was that much */
	int64_t next_us;           /* the next turn that is free */
};
enum { GUESSES_FREE = 20, GUESSES_LEAK_S = 2, GUESSES_TURN_US = 200000, GUESSES_WAIT_MAX_US = 30000000 };
/** When who comes now may show a secret [µs]: now, or the turn that this call takes, at most GUESSES_WAIT_MAX_US away. */
int64_t guesses_turn(struct guesses *g, int64_t now_us);
/** A secret was wrong. */
void guesses_wrong(struct guesses *g, int64_t now_us);
