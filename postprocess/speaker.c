/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Choosing the speaker. Called by director for every frame time. Causal: it knows the lines until t and whom it chose before.
 *
 *   the one who has the stage talks ──▶ stays, unless somebody began after that and has talked for OVER_MS beside them
 *   is silent (longer than a breath) ─▶ whoever has talked longest, SOON_MS at least; nobody: stays
 *   has left ─────────────────────────▶ whoever talks longest; nobody: the first
 */
#include "postprocess/cast.h"
#include "postprocess/speaker.h"

enum { SOON_MS = 700, OVER_MS = 4000 };

/** Who has talked longest, for `least` at least and since no earlier than `after`; n: nobody. */
static size_t longest(const struct layout_item *items, size_t n, int64_t t_ms, int64_t least, int64_t after_ms)
{
	int64_t best_ms = INT64_MAX;
	size_t best = n;

	for (size_t i = 0; i < n; i++) {
		bool talks = !items[i].screen && !items[i].nth && model_talking(items[i].who, t_ms);
		int64_t since_ms = talks ? cast_talks_since(items[i].who, t_ms) : -1;

		if (since_ms < 0 || since_ms < after_ms || t_ms - since_ms < least || since_ms >= best_ms)
			continue;
		best_ms = since_ms;
		best = i;
	}
	return best;
}

static size_t find(const struct layout_item *items, size_t n, const struct model_participant *who)
{
	for (size_t i = 0; i < n; i++)
		if (items[i].who == who && !items[i].screen)
			return i;
	return n;
}

size_t speaker_at(struct speaker *s, const struct layout_item *items, size_t n, int64_t t_ms)
{
	size_t now = s->who ? find(items, n, s->who) : n, next;

	if (now == n) {
		next = longest(items, n, t_ms, 0, 0);
		now = next < n ? next : n && !items[0].screen ? 0 : n;
	} else {
		bool talks = cast_talks_since(s->who, t_ms) >= 0;

		next = longest(items, n, t_ms, talks ? OVER_MS : SOON_MS, talks ? s->since_ms + 1 : 0);
		now = next < n ? next : now;
	}
	if (now < n && items[now].who != s->who)
		*s = (struct speaker){ items[now].who, t_ms };
	return now;
}
