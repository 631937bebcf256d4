/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A finished recording, taken back to its beginning, that grows again line by line: what a composer sees that follows a call. One thread.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct grow;

/** Takes lines and chunk files of the recording in `dir` away, and whatever was composed of it. */
struct grow *grow_create(const char *dir);
/** Gives back the lines up to the next seal, that included, with their files: before each line its file. False: there are none left, the stop line came. */
bool grow_second(struct grow *g);
/** The rest. */
void grow_all(struct grow *g);
/** Back to the beginning; `composed`: and nothing composed. */
void grow_again(struct grow *g, bool composed);
int grow_seconds(const struct grow *g);
void grow_unref(struct grow **g);
