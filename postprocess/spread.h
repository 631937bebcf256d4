/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Samples spread evenly over something whose length is not known before its end. Number k lies at k × step; whenever there are `most`, every second one is
 * given up and the distance doubles. What is kept at the end depends on the length only, never on when anybody looked. Plain data, pure.
 *
 *	level 0   0 1 2 3 4 5 6 7        a number is kept as long as 2^level divides it
 *	level 1   0   2   4   6   8 …
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum { SPREAD_LEVELS = 40 };

struct spread {
	int64_t step_ms;           /* at first */
	int64_t most;              /* even */
	int level;
	int64_t next;              /* number of the sample that is due next */
};

static inline bool spread_due(const struct spread *s, int64_t t_ms)
{
	return t_ms >= s->next * s->step_ms;
}

/** Distance of what is kept. */
static inline int64_t spread_step_ms(const struct spread *s)
{
	return s->step_ms << s->level;
}

/** Takes the sample that is due at t, as its number; *halved: those not divisible by 2^level go first. */
static inline int64_t spread_take(struct spread *s, int64_t t_ms, bool *halved)
{
	int64_t k = t_ms / s->step_ms >> s->level << s->level;      /* later than it was due where there is no frame at that time */

	*halved = k >> s->level >= s->most && s->level < SPREAD_LEVELS;
	s->level += *halved;
	s->next = ((k >> s->level) + 1) << s->level;
	return k;
}

/** Up to which level number k is kept. */
static inline int spread_level_of(int64_t k)
{
	return k ? __builtin_ctzll((unsigned long long)k) : SPREAD_LEVELS;
}
