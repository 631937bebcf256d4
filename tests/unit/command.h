/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ./recroom-pp as a user meets it, for tests of the program: its words, exit status, and what it said. Include after test.h.
 */
#pragma once
#include <glib.h>
#include <jansson.h>
#include <sys/wait.h>

static char *dir;          /* what @ stands for */
static char *out, *err;    /* of the last run */
static int code;

/* Runs ./recroom-pp with these words (parted by blanks); returns its exit status. */
static int run(const char *line)
{
	char **parts = g_strsplit(line, "@", -1), *text = g_strjoinv(dir, parts), *command = g_strconcat("./recroom-pp ", text, NULL), **argv;
	int status = 0;

	g_clear_pointer(&out, g_free);
	g_clear_pointer(&err, g_free);
	CHECK(g_shell_parse_argv(command, NULL, &argv, NULL));
	CHECK(g_spawn_sync(NULL, argv, NULL, 0, NULL, NULL, &out, &err, &status, NULL));
	g_strfreev(parts);
	g_strfreev(argv);
	g_free(text);
	g_free(command);
	code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
	return code;
}

/* The summary: the last line of the output, parsed; the caller decrefs. */
static json_t *summary(void)
{
	char **lines = g_strsplit(g_strchomp(out), "\n", -1);
	guint n = g_strv_length(lines);
	json_t *o = n ? json_loads(lines[n - 1], 0, NULL) : NULL;

	g_strfreev(lines);
	CHECK(o);
	CHECK_STR(json_string_value(json_object_get(o, "message_type")), "summary");
	return o;
}
