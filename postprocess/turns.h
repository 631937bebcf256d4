/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who speaks, and who shares a screen, when: spans of a model as a list in order of time, small breaks closed. Pure.
 */
#pragma once
#include <glib.h>
#include "postprocess/model.h"

struct turn {
	int64_t from_ms, to_ms;
	const struct model_participant *who;
};

struct turns_conf {
	int64_t end_ms;            /* nothing is later */
	int64_t join_ms;           /* a break up to this long is none */
	int64_t least_ms;          /* what is shorter, breaks closed, is left out */
};
/** Of struct turn, by beginning, then by participant; those of several people overlap. g_array_unref(); borrows the model. */
GArray *turns_speaking(const struct model *m, const struct turns_conf *conf);
GArray *turns_sharing(const struct model *m, const struct turns_conf *conf);
/** How much of [from, to) the turns of `who` (NULL: of anybody, counted once each) take [ms]. */
int64_t turns_within(const GArray *turns, const struct model_participant *who, int64_t from_ms, int64_t to_ms);
