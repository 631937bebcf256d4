/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What lies in a directory, in the order of keys: a directory sorts as its name with a slash. Called through store_list().
 */
#include <dirent.h>
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "postprocess/store_local.h"

enum { DEPTH = 32 };

struct walk {
	struct store *s;
	const char *prefix;
	store_each_h *each;
	void *arg;
	struct store_why *why;
};

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Can a key with the prefix be there, or below? Asked before the file is: a day's directory may hold thousands. */
static bool may_match(const char *prefix, const char *dir, const char *name)
{
	size_t len = strlen(dir), rest = strlen(prefix) > len ? strlen(prefix) - len : 0;

	return !rest || !strncmp(prefix + len, name, MIN(rest, strlen(name)));
}

/* Names, with a slash behind directories. */
static int read_names(const char *path, const char *dir, const char *prefix, GPtrArray *names)
{
	DIR *d = opendir(path);
	struct dirent *e;

	if (!d)
		return -errno;
	while ((e = readdir(d))) {
		char *below;
		struct stat st;

		if (!may_match(prefix, dir, e->d_name))
			continue;
		below = g_build_filename(path, e->d_name, NULL);
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..") && !lstat(below, &st) && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)))
			g_ptr_array_add(names, g_strconcat(e->d_name, S_ISDIR(st.st_mode) ? "/" : "", NULL));
		g_free(below);
	}
	closedir(d);
	g_ptr_array_sort(names, compare);
	return 0;
}

static int give(struct walk *w, const char *key)
{
	struct store_stat st;
	struct store_why gone = { 0 };
	struct store_item i = { .key = key, .version = "", .upload = "", .etag = st.etag, .is_latest = true };
	int err = w->s->driver->head(w->s, key, &st, &gone);

	if (err)
		return err == -ENOENT ? 0 : local_fail(w->s, w->why, err, key);
	i.size = st.size;
	i.modified_ms = st.modified_ms;
	return w->each(&i, w->arg);
}

/* dir: "" or "a/b/". Only where keys with the prefix can be. */
static int walk(struct walk *w, const char *dir, int depth)
{
	char *path = g_build_filename(w->s->conf->directory, dir, NULL);
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	int err = read_names(path, dir, w->prefix, names);

	err = err == -ENOENT && *dir ? 0 : err ? local_fail(w->s, w->why, err, path) : 0;
	for (guint i = 0; !err && i < names->len; i++) {
		char *key = g_strconcat(dir, names->pdata[i], NULL);
		bool is_dir = g_str_has_suffix(key, "/"), inside = g_str_has_prefix(key, w->prefix), above = is_dir && g_str_has_prefix(w->prefix, key);

		if (!strcmp(key, LOCAL_UPLOADS "/"))
			inside = above = false;
		if (is_dir && (inside || above))
			err = depth < DEPTH ? walk(w, key, depth + 1) : local_fail(w->s, w->why, -ELOOP, key);
		else if (inside)
			err = give(w, key);
		g_free(key);
	}
	g_ptr_array_unref(names);
	g_free(path);
	return err;
}

int local_list(struct store *s, const struct store_list *l, store_each_h *each, void *arg, struct store_why *why)
{
	struct walk w = { s, l->prefix, each, arg, why };

	return l->uploads ? local_list_uploads(s, l->prefix, each, arg, why) : walk(&w, "", 0);
}
