/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * WebVTT (W3C) being written. Pure.
 */
#pragma once
#include <glib.h>
#include <stdint.h>

/** A new text with the header; g_string_free(). */
GString *vtt_begin(void);
/** A cue [ms] of one line of cue text; cues come in order of their beginnings. One that lasts no time is left out. */
void vtt_cue(GString *vtt, int64_t from_ms, int64_t to_ms, const char *text);
/** Whatever bytes a name consists of, as cue text on one line; good as the annotation of a <v> tag, too. g_free(). */
char *vtt_escape(const char *s);
