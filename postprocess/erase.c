/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Takes somebody out. Called by `recroom-pp erase`, by hand or as the child of a job, main thread, with the directory locked.
 *
 *	timeline: erased ─▶ what was made with them ─▶ name ─▶ chat ─▶ chunks
 *	└ from here on ┘    each step finds its work by looking, so a second run does what the first one left
 *	   verify expects chunks to be gone, and no model has the person
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/fsio.h"
#include "common/json.h"
#include "common/log.h"
#include "common/sync.h"
#include "common/timeline.h"
#include "postprocess/dirlock.h"
#include "postprocess/erase_private.h"

enum { PEOPLE_MAX = 16 << 20, CHAT_MAX = 256 << 20, SHARED_MODE = 0660, DEPTH_MAX = 8 };

static int __attribute__((format(printf, 3, 4))) fail(struct erasing *e, int err, const char *fmt, ...)
{
	va_list ap;

	if (!err || e->out->why[0])
		return err;
	va_start(ap, fmt);
	g_vsnprintf(e->out->why, sizeof(e->out->why), fmt, ap);
	va_end(ap);
	return err;
}

/* ---- files ---- */

int erase_each(int at, const char *name, int (*f)(struct erasing *e, int at, const char *name), struct erasing *e)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), err = 0;
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	struct dirent *entry;
	DIR *d;

	if (fd < 0) {
		g_ptr_array_unref(names);
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : -errno;
	}
	d = fdopendir(fd);
	while (d && (entry = readdir(d)))      /* names first: files go while they are looked at */
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			g_ptr_array_add(names, g_strdup(entry->d_name));
	for (guint i = 0; d && !err && i < names->len; i++)
		err = f(e, fd, names->pdata[i]);
	if (!err && d && !e->conf->dry_run && fsync(fd))
		err = -errno;
	g_ptr_array_unref(names);
	if (d)
		closedir(d);
	else
		close(fd);
	return err;
}

static int remove_inner(struct erasing *e, int at, const char *name)
{
	return erase_remove(e, at, name);
}

int erase_remove(const struct erasing *e, int at, const char *name)
{
	struct stat st;
	int err;

	if (e->conf->dry_run)
		return 0;
	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISDIR(st.st_mode))
		return unlinkat(at, name, 0) && errno != ENOENT ? -errno : 0;
	err = erase_each(at, name, remove_inner, (struct erasing *)(uintptr_t)e);
	return !err && unlinkat(at, name, AT_REMOVEDIR) && errno != ENOENT ? -errno : err;
}

/* ---- the timeline ---- */

static int look_at_line(enum timeline_type type, int64_t t_ms, json_t *o, void *arg)
{
	struct erasing *e = arg;
	const char *who = json_str(o, "participant"), *id = type == TL_START ? json_str(o, "recording") : NULL;
	bool theirs = who && !strcmp(who, e->conf->participant);

	if (id)
		g_strlcpy(e->out->id, id, sizeof(e->out->id));
	if (type == TL_STOP && e->stop_ms < 0)
		e->stop_ms = MAX(t_ms, 0);
	e->spoken_of |= theirs;
	e->erased |= theirs && type == TL_ERASED && !json_object_get(o, "source") && !json_object_get(o, "from_ms") && !json_object_get(o, "to_ms");
	return 0;
}

static int read_timeline(struct erasing *e)
{
	g_autofree char *path = g_build_filename(e->conf->dir, "timeline.jsonl", NULL);
	int err = timeline_read(path, look_at_line, e, NULL);

	if (err == -ENOENT || err == -ENODATA)
		return fail(e, -ENODATA, "%s has no timeline; recroom-pp repair makes one", e->conf->dir);
	if (err)
		return fail(e, err, "the timeline cannot be read: %s", err_str(err));
	if (e->stop_ms < 0)
		return fail(e, -EBUSY, "the recording is not closed: it is being recorded, or recroom-pp repair closes it");
	e->out->begun_before = e->out->begun = e->erased;
	return 0;
}

static int write_line(struct erasing *e)
{
	g_autofree char *path = g_build_filename(e->conf->dir, "timeline.jsonl", NULL);
	struct timeline *tl = NULL;
	int err;

	if (e->erased || e->conf->dry_run)
		return 0;
	err = timeline_open(&tl, path);
	if (!err)
		err = timeline_append(tl, json_pack("{s:s,s:I,s:I,s:s}", "type", "erased", "t_ms", (json_int_t)e->stop_ms, "wall_ms", (json_int_t)clock_wall_ms(),
						    "participant", e->conf->participant));
	if (!err)
		err = timeline_flush(tl, true);
	timeline_close(&tl);
	e->out->begun = !err;
	return fail(e, err, "the timeline cannot be written: %s", err_str(err));
}

/* ---- name and chat ---- */

static json_t *read_people(struct erasing *e, int *err)
{
	g_autofree char *path = g_build_filename(e->conf->dir, "participants.json", NULL), *text = NULL;
	json_t *doc = NULL;
	size_t len;

	*err = fs_read(path, PEOPLE_MAX, &text, &len);
	if (*err == -ENOENT)
		*err = 0;
	else if (!*err && !(doc = json_loadb(text, len, 0, NULL)))
		*err = fail(e, -EBADMSG, "participants.json cannot be read, so it is not known whether the name is in it: mend or remove it");
	return doc;
}

static int look_at_people(struct erasing *e)
{
	int err;
	json_t *doc = read_people(e, &err);

	e->out->named = json_object_get(json_object_get(doc, "participants"), e->conf->participant) != NULL;
	json_decref(doc);
	return err;
}

static int take_name(struct erasing *e)
{
	int err;
	json_t *doc = read_people(e, &err);
	char *text;

	if (!err && !e->conf->dry_run && !json_object_del(json_object_get(doc, "participants"), e->conf->participant)) {
		text = json_dumps(doc, JSON_COMPACT);
		err = text ? fs_write_atomic(e->conf->dir, "participants.json", text, strlen(text), SHARED_MODE, 1) : -ENOMEM;
		fail(e, err, "participants.json cannot be written: %s", err_str(err));
		free(text);
	}
	json_decref(doc);
	return err;
}

/* A line that cannot be read may be theirs. */
static bool is_others(const struct erasing *e, const char *line, size_t len)
{
	json_t *o = json_loadb(line, len, 0, NULL);
	const char *who = json_str(o, "participant");
	bool others = who && strcmp(who, e->conf->participant) != 0;

	json_decref(o);
	return others;
}

static int take_chat(struct erasing *e)
{
	g_autofree char *path = g_build_filename(e->conf->dir, "chat.jsonl", NULL), *text = NULL;
	GString *kept;
	size_t len;
	int err = fs_read(path, CHAT_MAX, &text, &len);

	if (err)
		return err == -ENOENT ? 0 : fail(e, err, "chat.jsonl cannot be read: %s", err_str(err));
	kept = g_string_sized_new(len);
	for (char *at = text; at < text + len;) {
		char *end = memchr(at, '\n', (size_t)(text + len - at));
		size_t n = end ? (size_t)(end - at) : (size_t)(text + len - at);

		if (is_others(e, at, n))
			g_string_append_printf(kept, "%.*s\n", (int)n, at);
		else
			e->out->chat_lines++;
		at += n + 1;
	}
	if (e->out->chat_lines && !e->conf->dry_run)
		err = fs_write_atomic(e->conf->dir, "chat.jsonl", kept->str, kept->len, SHARED_MODE, 1);
	g_string_free(kept, TRUE);
	return fail(e, err, "chat.jsonl cannot be written: %s", err_str(err));
}

/* ---- chunks ---- */

/* Theirs by name, whatever became of it: whole, temporary (".name.tmp"), put aside as damaged */
static bool is_theirs(const struct erasing *e, const char *name)
{
	size_t n = strlen(e->conf->participant);

	name += *name == '.';
	return !strncmp(name, e->conf->participant, n) && name[n] == '_';
}

static int take_chunk(struct erasing *e, int at, const char *name)
{
	struct stat st;

	if (!is_theirs(e, name))
		return 0;
	if (!fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW)) {
		e->out->chunks++;
		e->out->bytes += st.st_size;
	}
	return erase_remove(e, at, name);
}

static int take_chunks(struct erasing *e)
{
	int err = erase_each(e->dir, "chunks", take_chunk, e);

	return fail(e, err, "chunks cannot be removed: %s", err_str(err));
}

/* ---- the whole ---- */

static int know(struct erasing *e)
{
	int err = read_timeline(e);

	if (!err)
		err = look_at_people(e);
	if (!err && !e->spoken_of && !e->out->named)
		err = fail(e, -ENXIO, "nobody in the recording is %s", e->conf->participant);
	return err;
}

static int take_outputs(struct erasing *e)
{
	int err = erase_outputs(e);

	return fail(e, err, "finished files cannot be removed: %s", err_str(err));
}

static int settle(struct erasing *e)
{
	return !e->conf->dry_run && fsync(e->dir) ? fail(e, -errno, "the directory cannot be synced: %s", err_str(-errno)) : 0;
}

static int run(struct erasing *e)
{
	static int (*const steps[])(struct erasing *) = { know, write_line, take_outputs, take_name, take_chat, take_chunks, settle };
	int err = 0;

	for (size_t i = 0; !err && i < G_N_ELEMENTS(steps); i++) {
		if (e->conf->progress && e->conf->progress((int)i, (int)G_N_ELEMENTS(steps), e->conf->arg))
			err = fail(e, -ECANCELED, "interrupted; run it again to finish it");
		else
			err = steps[i](e);
	}
	return err;
}

int erase(const struct erase_conf *conf, struct erase_result *out)
{
	struct erasing e = { .conf = conf, .out = out, .stop_ms = -1 };
	int lock, err;

	*out = (struct erase_result){ .id = "" };
	lock = dirlock_take(conf->dir, true);
	if (lock == -EBUSY)
		return fail(&e, lock, "something is being made of %s right now", conf->dir);
	if (lock < 0)
		return fail(&e, lock, "%s: %s", conf->dir, err_str(lock));
	e.dir = open(conf->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	err = e.dir < 0 ? fail(&e, -errno, "%s: %s", conf->dir, err_str(-errno)) : run(&e);
	if (e.dir >= 0)
		close(e.dir);
	close(lock);
	return err;
}
