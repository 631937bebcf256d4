/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Dividing a link. On the receiver's strand.
 *
 *   limit 1000   a: 100 300 900   round 0: 100 100, round 1: 300 300, round 2: 900 would be too much for a, 700 fits b
 *                b: 100 300 700
 */
#include "plugins/share.h"

static int64_t total(const struct share *s, unsigned n)
{
	int64_t sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += s[i].rates[s[i].level];
	return sum;
}

void share_divide(struct share *s, unsigned n, int64_t limit)
{
	int64_t sum, kept = limit > INT64_MAX / 2 ? limit : limit + limit / 10;

	for (unsigned i = 0; i < n; i++)
		s[i].level = 0;
	sum = total(s, n);
	for (unsigned level = 1; level < SHARE_LEVELS; level++)
		for (unsigned i = 0; i < n; i++) {
			int64_t more;

			if (s[i].level + 1 != level || level >= s[i].n)
				continue;
			more = (int64_t)s[i].rates[level] - s[i].rates[level - 1];
			if (sum + more > (level <= s[i].now ? kept : limit))
				continue;
			s[i].level = level;
			sum += more;
		}
}

int64_t share_next(const struct share *s, unsigned n)
{
	const struct share *worst = 0;

	for (unsigned i = 0; i < n; i++)
		if (s[i].level + 1 < s[i].n && (!worst || s[i].level < worst->level))
			worst = &s[i];
	return worst ? total(s, n) + worst->rates[worst->level + 1] - worst->rates[worst->level] : 0;
}
