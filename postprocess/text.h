/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Numbers as people read them, and names as file systems and headers take them. Pure functions.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

enum { TEXT_SIZE = 64 };
/** "1:02", "1:00:05"; rounded to seconds. */
const char *text_duration(char out[TEXT_SIZE], int64_t ms);
/** "812 B", "12.3 MB". */
const char *text_bytes(char out[TEXT_SIZE], int64_t bytes);
/** "2026-11-22 14:30", UTC. */
const char *text_time(char out[TEXT_SIZE], int64_t ms);

/** "90s" "30m" "2h" "7d" [s]; 0 when it is none of these, or more than max_s. */
int64_t text_seconds(const char *text, int64_t max_s);
/** The other way: "2026-11-23T10:00:00Z", or so long ago: "90s", "30m", "2h", "7d"; -1 for anything else. */
int64_t text_since(const char *text, int64_t now_ms);
