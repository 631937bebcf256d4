/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Layouts. Called by director whenever what is to be shown changed. Pure functions: no state, no clock.
 *
 *   grid                  speaker                    a screen is shared (any of the two, presentation)
 *   ┌─────┐ ┌─────┐       ┌──────────────┐ ┌──┐      ┌────────────────┐ ┌─┐
 *   │  1  │ │  2  │       │              │ │2 │      │                │ │1│     the screen has 3/4 of the canvas or what its
 *   └─────┘ └─────┘       │      1       │ ├──┤      │     screen     │ ├─┤     shape allows, whole; the strip takes what is left,
 *       ┌─────┐           │              │ │3 │      │                │ │2│     beside or below
 *       │  3  │           └──────────────┘ └──┘      └────────────────┘ └─┘
 *       └─────┘
 *   Where there is no room for a tile of a ninth of the canvas' shorter side, people stay out of a strip; the rest is told.
 */
#include <errno.h>
#include <math.h>
#include <string.h>
#include "postprocess/layout.h"
#include "postprocess/layout_private.h"

static const double WIDEST = 16.0 / 9, NARROWEST = 4.0 / 3;
static const double SHARE = 0.755;         /* of the canvas, for a screen: 3/4 and what even edges may cost */
enum { STRIP_PERCENT = 16, STRIP_LEAST = 9, STRIP_MOST = 65, STRIP_TILES = 9, LEAST_PX = 56, CAPTION_PX = 34, CAPTION_PARTS = 18 };

/* ---- tiles of one size ---- */

static int even(double v)
{
	return (int)v & ~1;
}

bool layout_same_item(const struct layout_item *a, const struct layout_item *b)
{
	return a->who == b->who && a->screen == b->screen && a->nth == b->nth && (!a->screen || a->source == b->source);
}

static int max_int(int a, int b)
{
	return a > b ? a : b;
}

static int shorter(const struct layout_view *v)
{
	return v->w < v->h ? v->w : v->h;
}

int layout_gap(const struct layout_view *v)
{
	return max_int(2, even(shorter(v) / 90.0));
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
static void spread(struct rect area, int n, int gap, struct rect *out)
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

/** How many of n tiles have room in an area with `least` pixels of height each; one always has. */
static size_t room_for(struct rect area, size_t n, int gap, int least)
{
	for (; n > 1; n--)
		if (tile_size(area, (int)n, best_columns(area, (int)n, gap), gap).h >= least)
			break;
	return n;
}

/* ---- people into an area ---- */

void layout_add(struct layout_plan *p, struct layout_item item, struct rect r, bool stage)
{
	if (p->n < LAYOUT_MAX)
		p->tiles[p->n++] = (struct layout_tile){ .item = item, .r = r, .stage = stage };
}

/** The first `room` of them have tiles; who leads always does. The others are the rest. */
static size_t choose(const struct layout_view *v, size_t *who, size_t n, size_t room, struct layout_plan *out)
{
	size_t shown = n < room ? n : room;

	for (size_t i = shown; shown && i < n; i++) {
		if (who[i] == v->lead) {
			who[i] = who[shown - 1];
			who[shown - 1] = v->lead;
		}
		if (!v->items[who[i]].screen && !v->items[who[i]].nth)
			out->rest[out->nrest++] = v->items[who[i]].who;
	}
	return shown;
}

void layout_fill(const struct layout_view *v, struct rect area, size_t *who, size_t n, int least, struct layout_plan *out)
{
	size_t free = LAYOUT_MAX - out->n, room = room_for(area, n < free ? n : free, layout_gap(v), least);
	struct rect r[LAYOUT_MAX];

	n = choose(v, who, n, room, out);
	if (n)
		spread(area, (int)n, layout_gap(v), r);
	for (size_t i = 0; i < n; i++)
		layout_add(out, v->items[who[i]], r[i], false);
}

/** All items but one. */
static size_t others(const struct layout_view *v, size_t but, size_t *who)
{
	size_t n = 0;

	for (size_t i = v->n; i-- > 0; )       /* a second screen is nearer to the stage than people are */
		if (v->items[i].screen && i != but)
			who[n++] = i;
	for (size_t i = 0; i < v->n; i++)
		if (!v->items[i].screen && i != but)
			who[n++] = i;
	return n;
}

/* ---- a stage and a strip ---- */

/** The largest rectangle of a shape in the middle of an area. */
static struct rect fit(double shape, struct rect area)
{
	struct rect r = area;

	if (area.w > area.h * shape)
		r.w = max_int(2, even(area.h * shape + 1));
	else
		r.h = max_int(2, even(area.w / shape + 1));
	r.w = r.w < area.w ? r.w : area.w;
	r.h = r.h < area.h ? r.h : area.h;
	r.x += even((area.w - r.w) / 2.0);
	r.y += even((area.h - r.h) / 2.0);
	return r;
}

static long area_of(struct rect r)
{
	return (long)r.w * r.h;
}

/** What is left of the canvas for the screen, when a strip takes `percent` of its width or height. */
static struct rect box(const struct layout_view *v, bool below, int percent)
{
	struct rect r = { 0, 0, v->w, v->h };

	if (below)
		r.h = even(v->h * (100 - percent) / 100.0);
	else
		r.w = even(v->w * (100 - percent) / 100.0);
	return r;
}

/** The widest strip that leaves the screen 3/4 of the canvas, or all that its shape allows. */
static int strip_percent(const struct layout_view *v, double shape, bool below)
{
	double most = (double)area_of(fit(shape, box(v, below, STRIP_LEAST))), want = SHARE * v->w * v->h;
	int percent = STRIP_MOST;

	if (want > most)
		want = most * 0.995;
	while (percent > STRIP_LEAST && (double)area_of(fit(shape, box(v, below, percent))) < want)
		percent--;
	return percent;
}

/** The canvas without a box at its left or upper side, margins off. */
static struct rect strip_of(const struct layout_view *v, struct rect box)
{
	int gap = layout_gap(v);
	struct rect r = { gap, gap, even(v->w - 2 * gap), even(v->h - 2 * gap) };

	if (box.h == v->h) {
		r.x = box.w + gap;
		r.w = even(v->w - r.x - gap);
	} else {
		r.y = box.h + gap;
		r.h = even(v->h - r.y - gap);
	}
	return r;
}

/** Moves a screen up in its box, where that makes room for a caption, and says how much there is. */
static int make_caption(const struct layout_view *v, struct rect box, struct rect *stage)
{
	int need = max_int(CAPTION_PX, shorter(v) / CAPTION_PARTS), free = box.h - stage->h, below = box.y + box.h - stage->y - stage->h;

	if (free < need)
		return 0;
	if (below < need)
		stage->y = even(box.y + free - need);
	return box.y + box.h - stage->y - stage->h;
}

/** Where the screen goes, and the strip: beside or below, by what makes the screen larger, then the strip. Returns the room for a caption. */
static int split(const struct layout_view *v, struct rect *stage, struct rect *strip)
{
	double shape = v->shape > 0 ? v->shape : WIDEST;
	struct rect box_of[2], stage_of[2], left[2];
	bool below;

	for (int i = 0; i < 2; i++) {
		box_of[i] = box(v, i, strip_percent(v, shape, i));
		stage_of[i] = fit(shape, box_of[i]);
		left[i] = strip_of(v, box_of[i]);
	}
	if (labs(area_of(stage_of[0]) - area_of(stage_of[1])) * 50 > (long)v->w * v->h)
		below = area_of(stage_of[1]) > area_of(stage_of[0]);
	else
		below = area_of(left[1]) > area_of(left[0]);
	*stage = stage_of[below];
	*strip = left[below];
	return make_caption(v, box_of[below], stage);
}

int layout_least(const struct layout_view *v)
{
	return max_int(shorter(v) / STRIP_TILES, v->h > 2 * LEAST_PX ? LEAST_PX : 0);
}

static void with_screen(const struct layout_view *v, size_t screen, struct layout_plan *out)
{
	size_t who[LAYOUT_ITEMS_MAX], n = others(v, screen, who);
	struct rect whole = { 0, 0, v->w, v->h }, stage = whole, strip;
	int caption = n ? split(v, &stage, &strip) : 0;

	layout_add(out, v->items[screen], stage, true);
	out->tiles[0].caption = caption;
	if (n)
		layout_fill(v, strip, who, n, layout_least(v), out);
}

/** The one who leads, and the others along the longer side. */
static void with_stage(const struct layout_view *v, struct layout_plan *out)
{
	size_t who[LAYOUT_ITEMS_MAX], n = others(v, v->lead, who);
	bool below = v->h > v->w;
	struct rect large = box(v, below, STRIP_PERCENT), strip = strip_of(v, large), stage = { 0, 0, v->w, v->h };
	int gap = layout_gap(v);

	if (n)
		stage = (struct rect){ gap, gap, even(below ? v->w - 2 * gap : large.w - gap), even(below ? large.h - gap : v->h - 2 * gap) };
	layout_add(out, v->items[v->lead], stage, n > 0);
	if (n)
		layout_fill(v, strip, who, n, layout_least(v), out);
}

/* ---- the modes ---- */

/** The screen begun last, or n. */
static size_t last_screen(const struct layout_view *v)
{
	return v->n && v->items[v->n - 1].screen ? v->n - 1 : v->n;
}

static void place_tiles(const struct layout_view *v, struct layout_plan *out)
{
	size_t who[LAYOUT_ITEMS_MAX], n = others(v, v->n, who);
	int gap = layout_gap(v);
	struct rect in = { gap, gap, even(v->w - 2 * gap), even(v->h - 2 * gap) }, whole = { 0, 0, v->w, v->h };

	layout_fill(v, n == 1 ? whole : in, who, n, 0, out);
	if (n == 1)
		out->tiles[0].r = whole;
}

static void place_grid(const struct layout_view *v, struct layout_plan *out)
{
	if (last_screen(v) < v->n)
		with_screen(v, last_screen(v), out);
	else
		place_tiles(v, out);
}

static void place_speaker(const struct layout_view *v, struct layout_plan *out)
{
	if (last_screen(v) < v->n)
		with_screen(v, last_screen(v), out);
	else if (v->lead < v->n)
		with_stage(v, out);
	else
		place_tiles(v, out);
}

/** Nothing but the one, or what they share. */
static void place_single(const struct layout_view *v, struct layout_plan *out)
{
	if (v->lead < v->n)
		layout_add(out, v->items[v->lead], (struct rect){ 0, 0, v->w, v->h }, false);
}

enum { ALL = LAYOUT_PEOPLE | LAYOUT_CAMERAS | LAYOUT_SCREENS };
static const struct mode {
	const char *name;
	unsigned wants;
	void (*place)(const struct layout_view *v, struct layout_plan *out);
} modes[] = {
	{ "grid", ALL, place_grid },
	{ "speaker", ALL, place_speaker },
	{ "presentation", ALL, place_speaker },
	{ "single", ALL, place_single },
	{ "audio", LAYOUT_PEOPLE, place_tiles },
	{ "custom", ALL, layout_place_custom },
};

static const struct mode *find(const char *name)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (!strcmp(modes[i].name, name))
			return &modes[i];
	return NULL;
}

unsigned layout_wants(const char *mode)
{
	return find(mode) ? find(mode)->wants : 0;
}

int layout_place(const struct layout_view *v, struct layout_plan *out)
{
	const struct mode *mode = find(v->mode);

	out->n = out->nrest = 0;
	if (!mode || v->n > LAYOUT_ITEMS_MAX || v->lead > v->n || v->w < 64 || v->h < 64 || (v->w | v->h) & 1)
		return -EINVAL;
	if (v->n)
		mode->place(v, out);
	return 0;
}
