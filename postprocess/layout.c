/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Layouts. Called by scene for every frame time (items) and on every change (place). Pure functions: no state, no clock.
 *
 *   grid, nobody shares          grid, somebody shares (the share has more than 3/4 of the canvas)
 *   ┌─────┐ ┌─────┐              ┌──────────────┐ ┌──┐
 *   │  1  │ │  2  │              │              │ │1 │
 *   └─────┘ └─────┘              │    share     │ ├──┤
 *       ┌─────┐                  │              │ │2 │
 *       │  3  │                  └──────────────┘ └──┘
 *       └─────┘
 */
#include <errno.h>
#include <math.h>
#include <string.h>
#include "postprocess/layout.h"
#include "postprocess/video_source.h"

static const double WIDEST = 16.0 / 9, NARROWEST = 4.0 / 3;
enum { STRIP_PERCENT = 19 };       /* of the long side, beside a share: 3/4 of the area remain, gaps paid */

/* ---- what is there ---- */

/** Media come, or came a moment ago. */
static bool runs(const struct model_source *s, int64_t t_ms)
{
	for (size_t i = 0; i < s->nsegments && !model_muted(s, t_ms); i++) {
		const struct model_segment *g = s->segments[i];

		if (model_running(g, t_ms) || (g->from_ms <= t_ms && model_running(g, t_ms - VIDEO_HOLD_MS)))
			return true;
	}
	return false;
}

static size_t add(struct layout_item *items, size_t n, const struct model_participant *p, const struct model_source *s, bool screen)
{
	if (n < LAYOUT_MAX)
		items[n++] = (struct layout_item){ p, s, screen };
	return n;
}

/** A participant's first camera keeps its place while it is off; a second one is there only while it runs. */
static size_t add_cameras(const struct model_participant *p, int64_t t_ms, struct layout_item *items, size_t n)
{
	const struct model_source *first = NULL;
	size_t before = n;

	for (size_t i = 0; i < p->nsources; i++) {
		const struct model_source *s = p->sources[i];

		if (s->audio || s->screen || !model_known(s, t_ms))
			continue;
		if (!first)
			first = s;
		if (runs(s, t_ms))
			n = add(items, n, p, s, false);
	}
	return n > before ? n : add(items, n, p, first, false);
}

static size_t add_screens(const struct model_participant *p, int64_t t_ms, struct layout_item *items, size_t n)
{
	for (size_t i = 0; i < p->nsources; i++) {
		const struct model_source *s = p->sources[i];

		if (s->screen && !s->audio && runs(s, t_ms))
			n = add(items, n, p, s, true);
	}
	return n;
}

size_t layout_items(const struct model *m, int64_t t_ms, struct layout_item items[LAYOUT_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < m->nparticipants; i++)
		if (model_present(m->participants[i], t_ms))
			n = add_cameras(m->participants[i], t_ms, items, n);
	for (size_t i = 0; i < m->nparticipants; i++)
		if (model_present(m->participants[i], t_ms))
			n = add_screens(m->participants[i], t_ms, items, n);
	return n;
}

/* ---- where it is ---- */

static int even(double v)
{
	return (int)v & ~1;
}

int layout_gap(int h)
{
	int gap = even(h / 90.0);

	return gap < 2 ? 2 : gap;
}

/** The largest tile that fits `columns` times beside and as often as needed below each other. */
static struct rect tile_size(struct rect area, int n, int columns, int gap)
{
	int rows = (n + columns - 1) / columns;
	double w = (double)(area.w - gap * (columns - 1)) / columns, h = (double)(area.h - gap * (rows - 1)) / rows;

	if (w > h * WIDEST)
		w = h * WIDEST;
	else if (w < h * NARROWEST)
		h = w / NARROWEST;
	return (struct rect){ 0, 0, even(w), even(h) };
}

static int best_columns(struct rect area, int n, int gap)
{
	int best = 1;

	for (int c = 2; c <= n; c++) {
		struct rect a = tile_size(area, n, best, gap), b = tile_size(area, n, c, gap);

		if (b.w > 0 && b.h > 0 && (long)b.w * b.h > (long)a.w * a.h)
			best = c;
	}
	return best;
}

/** n tiles of one size in the middle of an area, the last row centred. */
static void place_in(struct rect area, int n, int gap, struct rect *out)
{
	int columns = best_columns(area, n, gap), rows = (n + columns - 1) / columns;
	struct rect tile = tile_size(area, n, columns, gap);
	int top = area.y + even((area.h - rows * tile.h - (rows - 1) * gap) / 2.0);

	for (int i = 0; i < n; i++) {
		int row = i / columns, in_row = row < rows - 1 ? columns : n - columns * (rows - 1);
		int left = area.x + even((area.w - in_row * tile.w - (in_row - 1) * gap) / 2.0);

		out[i] = (struct rect){ left + (i % columns) * (tile.w + gap), top + row * (tile.h + gap), tile.w, tile.h };
	}
}

/** Splits the inner canvas into a stage and a strip for the people, along the longer side. */
static void split(struct rect in, int gap, struct rect *stage, struct rect *strip)
{
	*stage = *strip = in;
	if (in.w >= in.h) {
		strip->w = even(in.w * STRIP_PERCENT / 100.0);
		stage->w = even(in.w - strip->w - gap);
		strip->x = in.x + stage->w + gap;
	} else {
		strip->h = even(in.h * STRIP_PERCENT / 100.0);
		stage->h = even(in.h - strip->h - gap);
		strip->y = in.y + stage->h + gap;
	}
}

static void place_grid(const struct layout_item *items, size_t n, int w, int h, struct rect *out)
{
	int gap = layout_gap(h), screens = 0, people;
	struct rect in = { gap, gap, even(w - 2 * gap), even(h - 2 * gap) }, stage, strip;

	for (size_t i = 0; i < n; i++)
		screens += items[i].screen;
	people = (int)n - screens;      /* layout_items() puts them first */
	if (n == 1) {
		out[0] = (struct rect){ 0, 0, w, h };
	} else if (!screens || !people) {
		place_in(in, (int)n, gap, out);
	} else {
		split(in, gap, &stage, &strip);
		place_in(strip, people, gap, out);
		place_in(stage, screens, gap, out + people);
		if (screens == 1)
			out[people] = stage;
	}
}

static const struct {
	const char *mode;
	void (*place)(const struct layout_item *items, size_t n, int w, int h, struct rect *out);
} modes[] = {
	{ "grid", place_grid },
};

int layout_place(const char *mode, const struct layout_item *items, size_t n, int w, int h, struct rect *out)
{
	if (n > LAYOUT_MAX || w < 64 || h < 64 || (w | h) & 1)
		return -EINVAL;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(modes[i].mode, mode))
			continue;
		if (n)
			modes[i].place(items, n, w, h, out);
		return 0;
	}
	return -EINVAL;
}
