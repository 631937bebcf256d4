/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who is where in the picture: a pure function of what is to be shown, the canvas and a mode. Rectangles have even edges and lie in the canvas.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/layouts.h"
#include "postprocess/model.h"

/* Tiles at once; people (and second cameras, and screens) that are looked at. */
enum { LAYOUT_MAX = 49, LAYOUT_ITEMS_MAX = 512 };

struct rect { int x, y, w, h; };

/** Something that can have a tile. */
struct layout_item {
	const struct model_participant *who;
	const struct model_source *source;     /* NULL: nothing but the name */
	bool screen;
	unsigned nth;              /* of this person's cameras that have a tile; a screen's is 0 */
};

/** What there is to arrange. */
struct layout_view {
	const char *mode;
	int w, h;                  /* of the canvas, even, at least 64 */
	const struct layout_item *items;       /* people in order, then shared screens, the one begun last at the end */
	size_t n;
	size_t lead;               /* the item of whom the stage belongs to; n: nobody */
	double shape;              /* width / height of the last screen as it is to be seen, 0: unknown */
	const struct region *regions;          /* custom */
	size_t nregions;
};

struct layout_tile {
	struct layout_item item;
	struct rect r;
	bool stage;                /* the one large tile beside a strip of small ones */
	int caption;               /* free height below r, where a screen's name covers nothing of it; 0: there is none */
};
struct layout_plan {
	struct layout_tile tiles[LAYOUT_MAX];  /* later ones cover earlier ones (only `custom` overlaps) */
	size_t n;
	const struct model_participant *rest[LAYOUT_ITEMS_MAX];        /* people for whom there is no room */
	size_t nrest;
};

/** What a mode has tiles for; people always. */
enum { LAYOUT_PEOPLE = 1, LAYOUT_CAMERAS = 2, LAYOUT_SCREENS = 4 };
/** 0 for a mode that does not exist. */
unsigned layout_wants(const char *mode);
/** 0 or -EINVAL (no such mode, too many items, a canvas of no good size). */
int layout_place(const struct layout_view *v, struct layout_plan *out);
/** Is it the same tile's content, whatever camera shows it? A screen's is of one source. */
bool layout_same_item(const struct layout_item *a, const struct layout_item *b);
/** The space between tiles, and around them. */
int layout_gap(const struct layout_view *v);
