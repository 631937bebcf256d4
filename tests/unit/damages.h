/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What may become of a recording's directory (`dir`), for tests of composing: each takes a file's name in it and an argument.
 */
#pragma once
#include <glib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tests/unit/test.h"

static char *dir;

static char *at(const char *name)
{
	return g_build_filename(dir, name, NULL);
}

static void gone(const char *name, const char *arg)
{
	g_autofree char *path = at(name);

	(void)arg;
	CHECK_INT(unlink(path), 0);
}

static void cut(const char *name, const char *part)
{
	g_autofree char *path = at(name);
	struct stat st;

	CHECK(stat(path, &st) == 0 && truncate(path, st.st_size * atoi(part) / 100) == 0);
}

static void noise(const char *name, const char *arg)
{
	g_autofree char *path = at(name), *data = NULL;
	gsize len = 0;
	uint32_t state = 7;

	(void)arg;
	CHECK(g_file_get_contents(path, &data, &len, NULL));
	for (gsize i = len / 4; i < len; i++)
		data[i] = (char)((state = state * 1664525 + 1013904223) >> 24);
	CHECK(g_file_set_contents(path, data, (gssize)len, NULL));
}

static void copy(const char *name, const char *from)
{
	g_autofree char *path = at(name), *source = at(from), *data = NULL;
	gsize len = 0;

	CHECK(g_file_get_contents(source, &data, &len, NULL) && g_file_set_contents(path, data, (gssize)len, NULL));
}

static void link_to(const char *name, const char *to)
{
	g_autofree char *path = at(name);

	CHECK(unlink(path) == 0 && symlink(to, path) == 0);
}

static void fifo(const char *name, const char *arg)
{
	g_autofree char *path = at(name);

	(void)arg;
	CHECK(unlink(path) == 0 && mkfifo(path, 0600) == 0);
}

static void folder(const char *name, const char *arg)
{
	g_autofree char *path = at(name);

	(void)arg;
	CHECK(unlink(path) == 0 && mkdir(path, 0700) == 0);
}

static void text(const char *name, const char *content)
{
	g_autofree char *path = at(name);

	CHECK(g_file_set_contents(path, content, -1, NULL));
}

/* Replaces the first of two strings in the timeline everywhere: "old|new" */
static void edit(const char *name, const char *words)
{
	g_autofree char *path = at(name), *data = NULL, *edited = NULL;
	char **pair = g_strsplit(words, "|", 2), **parts;

	CHECK(g_file_get_contents(path, &data, NULL, NULL));
	CHECK(strstr(data, pair[0]));
	parts = g_strsplit(data, pair[0], -1);
	edited = g_strjoinv(pair[1], parts);
	CHECK(g_file_set_contents(path, edited, -1, NULL));
	g_strfreev(parts);
	g_strfreev(pair);
}

static void drop_stop(const char *name, const char *duration)
{
	g_autofree char *path = at(name), *data = NULL, *all = NULL;
	char *stop;

	CHECK(g_file_get_contents(path, &data, NULL, NULL));
	stop = strstr(data, "{\"type\":\"stop\"");
	CHECK(stop);
	*stop = '\0';
	all = g_strdup_printf("%s{\"type\":\"stop\",\"t_ms\":%s,\"wall_ms\":1,\"duration_ms\":%s,\"elapsed_ms\":5,\"flags\":[]}\n", data, duration, duration);
	CHECK(g_file_set_contents(path, all, -1, NULL));
}

static void nothing(const char *name, const char *arg)
{
	(void)name, (void)arg;
}

/** The first frame of a VP8 chunk claims 16383 × 16383. */
static void huge(const char *name, const char *arg)
{
	static const char code[] = { (char)0x9d, 0x01, 0x2a };
	g_autofree char *path = at(name), *data = NULL;
	gsize len = 0;
	char *size;

	(void)arg;
	CHECK(g_file_get_contents(path, &data, &len, NULL));
	size = memmem(data, len, code, sizeof(code));
	CHECK(size != NULL);
	memset(size + sizeof(code), 0xff, 4);
	CHECK(g_file_set_contents(path, data, (gssize)len, NULL));
}
