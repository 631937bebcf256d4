/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Small questions about words: is it in a list, and which known one is a misspelt one nearest to. Pure.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/** Position of a word in a list separated by `separator`, or -1. */
int word_index(const char *list, char separator, const char *word);
/** The first word of a list, cut to the buffer. */
void word_first(const char *list, char separator, char *out, size_t size);
/** Least number of insertions, deletions and replacements that make b of a; only the first 32 bytes of b count. */
unsigned word_distance(const char *a, const char *b);
