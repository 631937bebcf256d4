/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lines of text with pango, the same on every machine that has the same fonts. Text is tidy (name.h); px is the font's size, of which a capital letter has 0.71.
 * What no font can show becomes U+FFFD, and the log says once which packages are missing.
 */
#pragma once
#include <pango/pangocairo.h>
#include <stdbool.h>

struct letters {
	const char *text;
	double px;
	bool bold;
};

/** A layout without a width; g_object_unref(). */
PangoLayout *letters_layout(cairo_t *cr, const struct letters *l);
/** How wide the line becomes. */
double letters_width(const struct letters *l);
/** Draws the line where its baseline begins at x, y, cut with an ellipsis at its end (Arabic's and Hebrew's is left) when wider than w. */
void letters_draw(cairo_t *cr, const struct letters *l, double x, double y, double w);
