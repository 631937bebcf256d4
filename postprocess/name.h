/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Names as they may be shown: people call themselves what they like, in any script, and some try what can be broken with it. Pure.
 */
#pragma once

/** One line of at most 64 characters that controls nothing: no control characters, no directions but the letters' own, no piles of accents. g_free(). */
char *name_tidy(const char *name);
/** The same with another limit. */
char *name_tidy_to(const char *name, int chars);
/** The first `n` signs as people see them (flags, families, letters with their accents). g_free(). */
char *name_head(const char *text, int n);
/** First letters of the first and last word, or the first sign of whatever there is; one where a sign is a word. g_free(). */
char *name_initials(const char *name);
/** The language whose shapes Chinese characters take in this name: "ja", "ko", "zh-cn", or "en" where there are none. */
const char *name_language(const char *text);
