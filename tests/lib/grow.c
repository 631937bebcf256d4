/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Recordings that grow, for the tests of live composing.
 *
 *   timeline.jsonl ─▶ memory ─▶ timeline.jsonl, a second at a time          chunks/ ─▶ later/ ─▶ chunks/, when a line names the file
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/fsio.h"
#include "tests/lib/grow.h"

enum { KEPT = 3 };

struct grow {
	char *dir, *chunks, *later, *timeline;
	char **lines;
	int at;
};

static void must(bool ok, const char *what)
{
	if (!ok) {
		perror(what);
		abort();
	}
}

static void move(const char *name, const char *from, const char *to)
{
	g_autofree char *old = g_build_filename(from, name, NULL), *new = g_build_filename(to, name, NULL);

	must(!rename(old, new), old);
}

static void move_all(const char *from, const char *to)
{
	GDir *d = g_dir_open(from, 0, NULL);
	const char *name;

	while (d && (name = g_dir_read_name(d)))
		move(name, from, to);
	if (d)
		g_dir_close(d);
}

static void remove_composed(const struct grow *g)
{
	static const char *const kept[KEPT] = { "chunks", "participants.json", "later" };
	GDir *d = g_dir_open(g->dir, 0, NULL);
	const char *name;

	while ((name = g_dir_read_name(d))) {
		g_autofree char *path = g_build_filename(g->dir, name, NULL);
		bool keep = false;

		for (int i = 0; i < KEPT; i++)
			keep |= !strcmp(name, kept[i]);
		if (!keep)
			fs_remove_tree(path);
	}
	g_dir_close(d);
}

void grow_again(struct grow *g, bool composed)
{
	move_all(g->chunks, g->later);
	unlink(g->timeline);
	if (composed)
		remove_composed(g);
	g->at = 0;
}

struct grow *grow_create(const char *dir)
{
	struct grow *g = g_new0(struct grow, 1);
	g_autofree char *text = NULL;

	g->dir = g_strdup(dir);
	g->chunks = g_build_filename(dir, "chunks", NULL);
	g->later = g_build_filename(dir, "later", NULL);
	g->timeline = g_build_filename(dir, "timeline.jsonl", NULL);
	must(g_file_get_contents(g->timeline, &text, NULL, NULL), g->timeline);
	g->lines = g_strsplit(g_strchomp(text), "\n", -1);
	must(!mkdir(g->later, 0755) || errno == EEXIST, g->later);
	grow_again(g, true);
	return g;
}

/** The file that a chunk line names, in its place. */
static void give_file(const struct grow *g, const char *line)
{
	const char *name = strstr(line, "\"file\":\"");
	g_autofree char *file = name ? g_strndup(name + 8, strcspn(name + 8, "\"")) : NULL, *path = file ? g_build_filename(g->later, file, NULL) : NULL;

	if (path && !access(path, F_OK))
		move(file, g->later, g->chunks);
}

static void append(const struct grow *g, const char *line)
{
	int fd = open(g->timeline, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0660);
	g_autofree char *text = g_strconcat(line, "\n", NULL);

	must(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && !close(fd), g->timeline);
}

bool grow_second(struct grow *g)
{
	bool sealed = false;

	while (g->lines[g->at] && !sealed) {
		const char *line = g->lines[g->at++];

		give_file(g, line);
		append(g, line);
		sealed = strstr(line, "\"type\":\"sealed\"");
	}
	return g->lines[g->at];
}

void grow_all(struct grow *g)
{
	while (grow_second(g))
		;
}

int grow_seconds(const struct grow *g)
{
	int n = 0;

	for (char **l = g->lines; *l; l++)
		n += strstr(*l, "\"type\":\"sealed\"") != NULL;
	return n;
}

void grow_unref(struct grow **g)
{
	if (!*g)
		return;
	g_strfreev((*g)->lines);
	g_free((*g)->dir);
	g_free((*g)->chunks);
	g_free((*g)->later);
	g_free((*g)->timeline);
	g_clear_pointer(g, g_free);
}
