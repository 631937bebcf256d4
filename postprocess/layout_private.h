/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the layouts share: layout.c has the modes, layout_custom.c an operator's own regions.
 */
#pragma once
#include "postprocess/layout.h"

void layout_add(struct layout_plan *p, struct layout_item item, struct rect r, bool stage);
/** Tiles of one size for the items who[0..n) in an area, as many as have `least` pixels of height; who leads is among them. Changes the order of who. */
void layout_fill(const struct layout_view *v, struct rect area, size_t *who, size_t n, int least, struct layout_plan *out);
/** The least height of a tile beside something larger. */
int layout_least(const struct layout_view *v);
void layout_place_custom(const struct layout_view *v, struct layout_plan *out);
