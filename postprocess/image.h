/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An operator's picture, to lie over the mix: a logo. Any thread.
 */
#pragma once
#include <cairo.h>
#include <stddef.h>

/** A PNG or JPEG file of at most 8 MiB and 4096 × 4096, made smaller until it fits max_w × max_h; never larger. 0 and a surface, or a negative errno and a sentence. */
int image_load(cairo_surface_t **out, const char *path, int max_w, int max_h, char *why, size_t why_size);
