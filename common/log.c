/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Log lines to one handler, or to stderr. Any thread.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/log.h"
#include "common/log_fields.h"
#include "common/sync.h"

enum { LINE_SIZE = 2048 };

static log_h *handler;
static void *handler_arg;
static enum log_format format = LOG_FORMAT_TEXT;
static atomic_int max_level = LOG_LEVEL_INFO;

static void as_json(enum log_level level, const char *line)
{
	char *text = log_json(level, line, clock_wall_ms());

	if (text)
		fprintf(stderr, "%s\n", text);
	free(text);
}

/* One call, so that lines of several threads do not mix. */
static void to_stderr(enum log_level level, const char *line)
{
	static const char *const words[] = { "error: ", "warning: ", "", "debug: " };
	static const char *const priorities[] = { "<3>", "<4>", "<6>", "<7>" };

	if (format == LOG_FORMAT_JSON)
		as_json(level, line);
	else
		fprintf(stderr, "%s%s\n", format == LOG_FORMAT_JOURNAL ? priorities[level] : words[level], line);
}

/* JOURNAL_STREAM names device and inode of the journal's socket; stderr may have been turned elsewhere since. */
static bool journal_reads(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 && !fstat(STDERR_FILENO, &st) && st.st_dev == device && st.st_ino == inode;
}

void log_set_format(enum log_format f)
{
	const char *told = getenv("RECROOM_LOG_FORMAT");

	format = f != LOG_FORMAT_AUTO ? f : told && !strcmp(told, "json") ? LOG_FORMAT_JSON : journal_reads() ? LOG_FORMAT_JOURNAL : LOG_FORMAT_TEXT;
	if (f != LOG_FORMAT_AUTO)
		setenv("RECROOM_LOG_FORMAT", f == LOG_FORMAT_JSON ? "json" : "text", 1);
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
