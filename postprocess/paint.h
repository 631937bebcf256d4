/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Painting with cairo what then lies translucently on the canvas.
 */
#pragma once
#include <cairo.h>
#include "postprocess/canvas.h"

struct paint {
	cairo_surface_t *surface;
	cairo_t *cr;
	int w, h;                  /* even, at least 2 */
};

/** A transparent surface. */
void paint_begin(struct paint *p, int w, int h);
/** What was painted, in the canvas' colours; takes the surface. */
struct overlay *paint_end(struct paint *p);
void paint_colour(cairo_t *cr, unsigned rgb, double alpha);
/** A path: the surface with round corners. */
void paint_rounded(const struct paint *p, double radius);
