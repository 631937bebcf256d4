/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Everything with letters in the picture: name labels, placeholders for cameras that are off, a line of text for an empty picture; and the round
 * corners of tiles. Any script (pango), colour emoji. Composing thread only; results are rendered once and kept by the caller.
 */
#pragma once
#include <stdbool.h>
#include "postprocess/canvas.h"

/* The palette, 0xRRGGBB */
enum { LABEL_BACKGROUND = 0x16181d, LABEL_TILE = 0x22262e };

/** The name in a rounded, translucent box for the lower left corner of a tile tile_w × tile_h; at least 14 px high letters, cut with an ellipsis.
 *  `muted`: with a crossed-out microphone. */
struct overlay *label_name(const char *name, bool muted, int tile_w, int tile_h);
/** A whole tile: initials in a circle whose colour is `index`'s. */
struct overlay *label_placeholder(const char *name, unsigned index, int tile_w, int tile_h);
/** A picture of w × h, transparent but for a sentence in its middle. */
struct overlay *label_message(const char *text, int w, int h);
/** What makes a tile's corners round: the background outside of a quarter circle. corner: 0 left upper, then clockwise. */
struct overlay *label_corner(int corner, int radius);
int label_radius(int tile_h);
/** Initials as the placeholder shows them: first letters of the first and last word, or the first sign of whatever there is. g_free(). */
char *label_initials(const char *name);
