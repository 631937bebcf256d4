/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What lies above the tiles on request: a line of text and the time of day (left above), an operator's picture (right below). One thread.
 * Tiles do not know of it: what is below is kept while it lies there.
 */
#pragma once
#include "postprocess/canvas.h"
#include "postprocess/model.h"
#include "postprocess/spec.h"

struct overlays;

/** Can what the spec asks for be shown? 0, or a negative errno and a sentence. */
int overlays_check(const struct output_spec *spec, char *why, size_t why_size);
/** Borrows model and spec. *out is NULL where nothing is asked for; the others take that. */
int overlays_create(struct overlays **out, const struct model *m, const struct output_spec *spec);
/** Takes them off, so that the canvas is as without them: before anything is drawn for a new time. */
void overlays_lift(struct overlays *o, struct canvas *c);
/** Lays them on as they are at recording time t. true: they look different from the last time, which is once a second for the clock. */
bool overlays_lay(struct overlays *o, struct canvas *c, int64_t t_ms);
void overlays_unref(struct overlays **o);
