/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Temporal layers behind a hole; called by the depacketisers of VP8 and VP9 on the capture thread.
 *
 *	layer 2      2     x     2     2           x lost: layer 0 goes on (its number, TL0PICIDX, does),
 *	layer 1         1     -     -     1        - left out: may rest on what was lost,
 *	layer 0   0        0     0     0           until a picture says that nothing older is needed any more
 */
#include "plugins/temporal.h"

bool temporal_base_goes_on(const struct temporal *t, const struct temporal_tag *tag, bool begins)
{
	int pictures = (tag->picture.id - t->last.picture.id) & ((1 << tag->picture.bits) - 1);

	if (tag->tid < 0 || tag->tl0 < 0 || !t->has_tl0 || tag->picture.bits != t->last.picture.bits || tag->picture.bits < 15 || pictures > 255)
		return false;
	if (tag->tid == 0)
		return begins && tag->tl0 == (t->tl0 + 1) % 256;
	return tag->tl0 == t->tl0;
}

void temporal_lose(struct temporal *t)
{
	t->whole = 0;
}

bool temporal_rests_on_lost(const struct temporal *t, const struct temporal_tag *tag)
{
	return tag->tid > t->whole && !tag->sync;
}

bool temporal_skip(struct temporal *t)
{
	return ++t->skipped == TEMPORAL_SKIPPED_MAX;
}

void temporal_begin(struct temporal *t, const struct temporal_tag *tag)
{
	t->last = *tag;
}

void temporal_whole(struct temporal *t, bool keyframe)
{
	const struct temporal_tag *tag = &t->last;
	bool rises = (tag->sync && tag->tid == t->whole + 1) || (tag->up && tag->tid <= t->whole);

	if (keyframe || rises) {
		t->whole = keyframe || tag->up ? TEMPORAL_ALL : tag->tid;
		t->skipped = 0;
	}
	if (keyframe || tag->tid == 0) {
		t->has_tl0 = tag->tl0 >= 0;
		t->tl0 = tag->tl0;
	}
}
