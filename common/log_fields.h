/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A log line as one line of JSON. Lines say "noun id: what"; ids have forms of their own (ids.h), so a line's ids are found in its text, and no caller has
 * to give them twice. Pure.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "common/log.h"

/** {"time":"2026-11-23T10:00:00.123Z","level":"warning","message":"…"} with, where the line names them, recording, call, participant, job, webhook and request.
 *  Bytes that are no UTF-8 are shown as U+FFFD. malloc'ed, without newline; free(). */
char *log_json(enum log_level level, const char *line, int64_t wall_ms);
