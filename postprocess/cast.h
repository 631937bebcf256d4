/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who and what there is to see at a time: pure questions to a model, causal: what is said later than t never counts.
 */
#pragma once
#include "postprocess/layout.h"

/* Between two words and two sentences somebody goes on talking. */
enum { CAST_BREATH_MS = 1000 };

/** Everybody present in order of number, then the shared screens that run, the one begun last at the end. `wants`: LAYOUT_CAMERAS, LAYOUT_SCREENS;
 *  without cameras people have one tile each. Returns how many, at most LAYOUT_ITEMS_MAX. */
size_t cast_at(const struct model *m, int64_t t_ms, unsigned wants, struct layout_item items[LAYOUT_ITEMS_MAX]);
/** Width / height of a running screen's picture as it is to be seen; 0 unknown. */
double cast_shape(const struct layout_item *screen, int64_t t_ms);
/** When somebody who talks at t, or paused for breath, began to; -1: does not talk. */
int64_t cast_talks_since(const struct model_participant *p, int64_t t_ms);
/** When somebody last began to share a screen, running or not; -1: never until t. */
int64_t cast_shared_at(const struct model_participant *p, int64_t t_ms);
