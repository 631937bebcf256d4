/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who is there, what runs, who talks. Called by director for every frame time, so it searches, and does not walk. Pure.
 *
 *   model ─▶ present? ─▶ a tile for the first camera, on or off, and for each further one that runs ─▶ screens that run
 */
#include "postprocess/cast.h"
#include "postprocess/video_source.h"

enum { LOOK_BACK = 64 };           /* spans, segments: as far as anybody's words or window sizes are followed back */

/* ---- sources ---- */

/** The segment begun last, or NULL. */
static const struct model_segment *segment_at(const struct model_source *s, int64_t t_ms)
{
	size_t low = 0, high = s->nsegments;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (s->segments[mid]->from_ms <= t_ms)
			low = mid + 1;
		else
			high = mid;
	}
	return low && s->segments[low - 1]->from_ms != OPEN_MS ? s->segments[low - 1] : NULL;
}

/** Media come, or came a moment ago. */
static bool runs(const struct model_source *s, int64_t t_ms)
{
	const struct model_segment *g = segment_at(s, t_ms);

	return g && (g->end_ms == OPEN_MS || t_ms < g->end_ms + VIDEO_HOLD_MS) && !model_muted(s, t_ms);
}

static size_t add(struct layout_item *items, size_t n, struct layout_item item)
{
	if (n < LAYOUT_ITEMS_MAX)
		items[n++] = item;
	return n;
}

/** A participant's first camera keeps its place while it is off; a second one is there only while it runs. */
static size_t add_cameras(const struct model_participant *p, int64_t t_ms, struct layout_item *items, size_t n)
{
	const struct model_source *first = NULL;
	unsigned nth = 0;

	for (size_t i = 0; i < p->nsources; i++) {
		const struct model_source *s = p->sources[i];

		if (s->audio || s->screen || !model_known(s, t_ms))
			continue;
		if (!first)
			first = s;
		if (runs(s, t_ms))
			n = add(items, n, (struct layout_item){ p, s, false, nth++ });
	}
	return nth ? n : add(items, n, (struct layout_item){ .who = p, .source = first });
}

static size_t add_screens(const struct model_participant *p, int64_t t_ms, struct layout_item *items, size_t n)
{
	for (size_t i = 0; i < p->nsources; i++) {
		const struct model_source *s = p->sources[i];

		if (s->screen && !s->audio && runs(s, t_ms))
			n = add(items, n, (struct layout_item){ .who = p, .source = s, .screen = true });
	}
	return n;
}

/** When the run of segments began that is on at t: one follows the other at once when a window changes its size. */
static int64_t run_began(const struct model_source *s, int64_t t_ms)
{
	int64_t from_ms = -1;
	size_t steps = 0;

	for (size_t i = s->nsegments; i-- > 0 && steps < LOOK_BACK; ) {
		const struct model_segment *g = s->segments[i];

		if (g->from_ms > t_ms)
			continue;
		if (from_ms >= 0 && g->end_ms != OPEN_MS && g->end_ms + VIDEO_HOLD_MS < from_ms)
			break;
		from_ms = g->from_ms;
		steps++;
	}
	return from_ms;
}

/** In order of begin, by insertion: screens are few. */
static void sort_screens(struct layout_item *items, size_t n, int64_t t_ms)
{
	for (size_t i = 1; i < n; i++) {
		struct layout_item item = items[i];
		int64_t began = run_began(item.source, t_ms);
		size_t at = i;

		for (; at > 0 && run_began(items[at - 1].source, t_ms) > began; at--)
			items[at] = items[at - 1];
		items[at] = item;
	}
}

size_t cast_at(const struct model *m, int64_t t_ms, unsigned wants, struct layout_item items[LAYOUT_ITEMS_MAX])
{
	size_t n = 0, people;

	for (size_t i = 0; i < m->nparticipants; i++) {
		if (!model_present(m->participants[i], t_ms))
			continue;
		if (wants & LAYOUT_CAMERAS)
			n = add_cameras(m->participants[i], t_ms, items, n);
		else
			n = add(items, n, (struct layout_item){ .who = m->participants[i] });
	}
	people = n;
	for (size_t i = 0; wants & LAYOUT_SCREENS && i < m->nparticipants; i++)
		if (model_present(m->participants[i], t_ms))
			n = add_screens(m->participants[i], t_ms, items, n);
	sort_screens(items + people, n - people, t_ms);
	return n;
}

double cast_shape(const struct layout_item *screen, int64_t t_ms)
{
	const struct model_segment *g = segment_at(screen->source, t_ms);

	if (!g || g->width <= 0 || g->height <= 0)
		return 0;
	return model_rotation(g, t_ms) % 180 ? (double)g->height / g->width : (double)g->width / g->height;
}

int64_t cast_shared_at(const struct model_participant *p, int64_t t_ms)
{
	int64_t last_ms = -1;

	for (size_t i = 0; i < p->nsources; i++) {
		const struct model_source *s = p->sources[i];
		const struct model_segment *g = s->screen && !s->audio ? segment_at(s, t_ms) : NULL;

		if (g && g->from_ms > last_ms)
			last_ms = g->from_ms;
	}
	return last_ms;
}

/* ---- talking ---- */

int64_t cast_talks_since(const struct model_participant *p, int64_t t_ms)
{
	size_t low = 0, high = p->ntalking;
	const struct span *s = p->talking;
	int64_t from_ms;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (s[mid].from_ms <= t_ms)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low || (s[low - 1].to_ms != OPEN_MS && t_ms >= s[low - 1].to_ms + CAST_BREATH_MS))
		return -1;
	from_ms = s[low - 1].from_ms;
	for (size_t i = low - 1, steps = 0; i-- > 0 && steps < LOOK_BACK && s[i].to_ms + CAST_BREATH_MS > from_ms; steps++)
		from_ms = s[i].from_ms;
	return from_ms;
}
