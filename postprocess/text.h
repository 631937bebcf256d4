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

/** The other way: "2026-11-23T10:00:00Z", or so long ago: "90s", "30m", "2h", "7d"; -1 for anything else. */
int64_t text_since(const char *text, int64_t now_ms);

enum { DISPOSITION_SIZE = 1024 };
/** Content-Disposition (RFC 6266) that saves as "<title> 2026-11-22 14.30<ext>" (UTC): an ASCII name and, in filename*, the true one. Whatever a file
 *  system may not like in the title becomes a space; an empty title is "recording". ext: ".webm". */
void text_disposition(char out[DISPOSITION_SIZE], const char *title, int64_t started_ms, const char *ext);
