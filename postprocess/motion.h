/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rectangles on their way from one place to another. Edges stay even. Pure.
 */
#pragma once
#include "postprocess/layout.h"

/** k of 256 parts of the way from a to b. It is edges that move, so that what touches goes on touching. */
struct rect rect_between(const struct rect *a, const struct rect *b, int k);
/** Where a tile that was nowhere comes from. */
struct rect rect_smaller(const struct rect *r);
