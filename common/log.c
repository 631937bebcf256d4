/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Log lines to one handler, or to stderr. Any thread.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include "common/log.h"

enum { LINE_SIZE = 2048 };

static log_h *handler;
static void *handler_arg;
static atomic_int max_level = LOG_LEVEL_INFO;

static void to_stderr(enum log_level level, const char *line)
{
	static const char *const words[] = { "error: ", "warning: ", "", "debug: " };

	/* One call, so that lines of several threads do not mix. */
	fprintf(stderr, "%s%s\n", words[level], line);
}

void log_set_handler(log_h *h, void *arg)
{
	handler = h;
	handler_arg = arg;
}

void log_set_level(enum log_level level)
{
	atomic_store(&max_level, (int)level);
}

void log_line(enum log_level level, const char *fmt, ...)
{
	char line[LINE_SIZE];
	va_list ap;

	if ((int)level > atomic_load(&max_level))
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (handler)
		handler(level, line, handler_arg);
	else
		to_stderr(level, line);
}

const char *err_str(int err)
{
	static _Thread_local char text[96];

	/* The GNU form may return a string of its own instead of filling ours. */
	return err >= 0 ? "success" : strerror_r(-err, text, sizeof(text));
}
