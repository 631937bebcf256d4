/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who is where in the picture: a pure function of what the timeline says at a moment, the canvas and a mode. Rectangles have even edges.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "postprocess/model.h"

enum { LAYOUT_MAX = 49 };

struct rect { int x, y, w, h; };

/** One tile's content. */
struct layout_item {
	const struct model_participant *who;
	const struct model_source *source;     /* NULL: nothing but the name */
	bool screen;
};

/** What is to be shown at t, in order: everybody present, by number, then shared screens that run. At most LAYOUT_MAX. Returns how many. */
size_t layout_items(const struct model *m, int64_t t_ms, struct layout_item items[LAYOUT_MAX]);
/** The items' rectangles on a canvas of w × h (both even, at least 64). 0 or -EINVAL (no such mode, too many). */
int layout_place(const char *mode, const struct layout_item *items, size_t n, int w, int h, struct rect *out);
/** The space between tiles, and around them. */
int layout_gap(int h);
