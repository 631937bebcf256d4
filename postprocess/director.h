/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The layout over time: what the timeline and the spec want, brought to the picture calmly. One thread; times asked for never fall.
 *
 * At most one change in DIRECTOR_CALM_MS, whatever the reason, and what happens within DIRECTOR_SETTLE_MS becomes one change. Two things do not wait:
 * when what has the whole picture or its stage goes, the picture changes at once; and a tile whose person has left is empty at once, though its place
 * closes only with the next change. During the first second of an output people come in, and nothing is held back.
 */
#pragma once
#include "common/spec.h"
#include "postprocess/layout.h"

enum { DIRECTOR_CALM_MS = 3000, DIRECTOR_SETTLE_MS = 400, DIRECTOR_OPENING_MS = 1000 };

struct director;
enum direction { DIRECTION_STAY, DIRECTION_CUT, DIRECTION_MOVE };

/** Borrows the spec. */
struct director *director_create(const struct output_spec *spec);
void director_unref(struct director **d);
/** Brings it to time t. With DIRECTION_STAY, tiles may still have got another source, or gone. */
enum direction director_at(struct director *d, const struct model *m, int64_t t_ms);
/** What is shown; owned by the director, until the next call. */
const struct layout_plan *director_plan(const struct director *d);
/** Is there nobody left behind tile i of the plan? */
bool director_gone(const struct director *d, size_t i);
/** For a picture without tiles: why there are none, NULL if that needs no word. g_free(). */
char *director_message(const struct director *d, const struct model *m, int64_t t_ms);
/** The layout's name now. */
const char *director_mode(const struct director *d);
