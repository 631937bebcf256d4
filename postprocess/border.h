/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The edge of a tile: round corners, and a line around it for who talks. One thread.
 */
#pragma once
#include "postprocess/canvas.h"

struct border;

/** Corners of `radius` and a line of `line` pixels, both even; background and line as 0xRRGGBB. */
struct border *border_create(int radius, int line, unsigned background, unsigned colour);
void border_unref(struct border **b);
/** Draws it on the inner side of r; `lit`: with the line. What is smaller than its corners stays as it is. */
void border_draw(const struct border *b, struct canvas *c, struct rect r, bool lit);
