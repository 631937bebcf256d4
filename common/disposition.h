/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The name under which a browser saves a file, and the header that says it. Pure; any thread. Both are g_free()d by the caller.
 */
#pragma once
#include <stdint.h>

/** "<title> 2026-11-22 14.30<ext>": what a file system, a shell or an eye may stumble over in the title becomes a space; a long title is cut at a character's
 *  end; an empty one is "recording". zone: an IANA name; NULL, "" or an unknown one: UTC. ext: ".webm" or "". */
char *disposition_name(const char *title, int64_t start_ms, const char *zone, const char *ext);

/** Content-Disposition (RFC 6266): `attachment; filename="…"; filename*=UTF-8''…`: an ASCII name for old clients and the true one (RFC 8187). type:
 *  "attachment" or "inline". Any name is made harmless: the value is one line of ASCII. */
char *disposition_value(const char *type, const char *file_name);
