/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Everything with letters in the tiles: name labels, placeholders for cameras that are off, a line of text for an empty picture.
 * Any script, colour emoji. Composing thread only; results are rendered once and kept by the caller.
 */
#pragma once
#include "postprocess/canvas.h"

/* The palette, 0xRRGGBB */
enum { LABEL_BACKGROUND = 0x16181d, LABEL_TILE = 0x22262e };

/** What stands before the name. */
enum label_mark { LABEL_PLAIN, LABEL_MUTED, LABEL_SCREEN };      /* a microphone crossed out, a screen */

/** The name in a rounded, translucent box for the lower left corner of a tile tile_w × tile_h, in letters of which a capital is 14 px high at least. Where less than
 *  five signs of a longer name would fit, its initials; where not even they, nothing but the mark. Never wider than the tile, as far as it is 64 px. */
struct overlay *label_name(const char *name, enum label_mark mark, int tile_w, int tile_h);
/** A whole tile: initials in a circle whose colour is `index`'s; in small ones, where the label below is all there is room for, the colour alone. */
struct overlay *label_placeholder(const char *name, unsigned index, int tile_w, int tile_h);
/** A line of text in such a box, for a picture canvas_h high, cut where it is wider than max_w. */
struct overlay *label_line(const char *text, int max_w, int canvas_h);
/** A picture of w × h, transparent but for a sentence in its middle. */
struct overlay *label_message(const char *text, int w, int h);
