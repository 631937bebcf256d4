/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Log lines: "noun id: what, number with unit". The plugin installs a handler that goes to Janus' log; recroom-pp writes to stderr.
 */
#pragma once
#include <stdarg.h>

/* Not LOG_WARN and the like: Janus' debug.h has macros of those names. */
enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

typedef void (log_h)(enum log_level level, const char *line, void *arg);   /* line without newline */

/** Installs the handler (NULL: stderr). Any thread may log; the handler must be thread-safe. Set before threads start. */
void log_set_handler(log_h *h, void *arg);
/** How lines go to stderr. AUTO: as the process that started this one was told, else as JOURNAL where systemd's journal reads them, else as TEXT. JOURNAL: with
 *  the level in front as <3> to <7> (sd-daemon(3)). JSON: log_fields.h. Set before threads start. */
enum log_format { LOG_FORMAT_AUTO, LOG_FORMAT_TEXT, LOG_FORMAT_JSON, LOG_FORMAT_JOURNAL };
void log_set_format(enum log_format format);
void log_set_level(enum log_level level);   /* default LOG_LEVEL_INFO */
void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...)  log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

/** Text of a negative errno; a static or thread-local string. */
const char *err_str(int err);
