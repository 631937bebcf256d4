/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rectangles on their way. Called by scene while tiles move. Pure; integers, so that the way is the same everywhere.
 */
#include <glib.h>
#include "postprocess/motion.h"

enum { FROM_PERCENT = 88 };            /* a new tile grows from this size */

static int between(int from, int to, int k)
{
	return (from + (to - from) * k / 256) & ~1;
}

struct rect rect_between(const struct rect *a, const struct rect *b, int k)
{
	int x = between(a->x, b->x, k), y = between(a->y, b->y, k);

	return (struct rect){ x, y, MAX(2, between(a->x + a->w, b->x + b->w, k) - x), MAX(2, between(a->y + a->h, b->y + b->h, k) - y) };
}

struct rect rect_smaller(const struct rect *r)
{
	int w = r->w * FROM_PERCENT / 100 & ~1, h = r->h * FROM_PERCENT / 100 & ~1;

	return (struct rect){ r->x + ((r->w - w) / 2 & ~1), r->y + ((r->h - h) / 2 & ~1), MAX(2, w), MAX(2, h) };
}
