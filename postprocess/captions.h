/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who speaks when, as WebVTT with voice spans: a cue of a name for each turn. No words are in it. Pure.
 */
#pragma once
#include "postprocess/model.h"

/** g_free() */
char *captions_text(const struct model *m, int64_t duration_ms);
