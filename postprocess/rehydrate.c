/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A recording back from a store. Called by `recroom-pp fetch` and by commands that need chunks; main thread.
 *
 *	list ─▶ timeline: pieces of the newest generation that is whole, joined ─▶ which chunks, with which hash; who was erased
 *	     ─▶ bundles, by several threads (rehydrate_files.c) ─▶ participants.json, chat.jsonl
 *	.fetch-<id>/, locked, synced, with its backup's journal ─▶ <id>/; or into it, where only chunks were missing
 */
#include "postprocess/rehydrate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/fsio.h"
#include "common/json.h"
#include "common/log.h"
#include "common/timeline.h"
#include "postprocess/originals.h"
#include "postprocess/rehydrate_private.h"

enum { FILE_MAX = 64 << 20, TIMELINE_MAX = 1 << 30, DIR_MODE = 02770, SHARED_MODE = 0660 };
#define TIMELINE "timeline.jsonl"

/* ---- what there is ---- */

static int take_listed(const struct original *o, const struct original_object *object, void *arg)
{
	struct rehydration *r = arg;
	struct listed l = { *o, *object };

	if (o->kind == ORIGINAL_BUNDLE)
		g_array_append_val(r->bundles, l);
	else if (o->kind == ORIGINAL_TIMELINE)
		g_array_append_val(r->pieces, l);
	r->newest = MAX(r->newest, o->generation);
	r->has[o->kind] = true;
	return 0;
}

/* Newest generation first, each from its beginning. */
static gint by_place(gconstpointer a, gconstpointer b)
{
	const struct original *x = &((const struct listed *)a)->o, *y = &((const struct listed *)b)->o;

	if (x->generation != y->generation)
		return x->generation > y->generation ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static int list(struct rehydration *r)
{
	int err = original_list(r->conf->at, take_listed, r, &r->why);

	g_array_sort(r->pieces, by_place);
	if (!err && r->newest > 1)             /* whatever is put from here on gets names of its own */
		err = backup_journal_anew(r->journal, r->newest);
	return err ? err : r->bundles->len || r->pieces->len ? 0 : -ENOENT;
}

/* ---- timeline ---- */

struct piece_file {
	int fd;
	struct sha256 *sum;
	int64_t size;
};

static int write_piece(const void *data, size_t len, void *arg)
{
	struct piece_file *f = arg;
	const char *p = data;

	if (f->size + (int64_t)len > TIMELINE_MAX)
		return -EFBIG;
	sha256_update(f->sum, data, len);
	f->size += (int64_t)len;
	while (len) {
		ssize_t n = write(f->fd, p, len);

		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int find_stop(const struct timeline_line *line, void *arg)
{
	*(bool *)arg |= line->type == TL_STOP;
	return 0;
}

/* Writes the generation whose first piece is at `at`, up to the first hole, and notes it. *n: how many objects it has in all; *closed: its end is there. */
static int join_generation(struct rehydration *r, guint at, guint *n, bool *closed)
{
	g_autofree char *path = g_build_filename(r->dir, TIMELINE, NULL);
	const unsigned generation = g_array_index(r->pieces, struct listed, at).o.generation;
	struct piece_file f = { .fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, SHARED_MODE), .sum = sha256_create() };
	int64_t end, size;
	int err = f.fd < 0 ? -errno : 0;

	*closed = false;
	if (!err)
		err = backup_journal_anew(r->journal, generation);
	for (*n = 0; !err && at + *n < r->pieces->len && g_array_index(r->pieces, struct listed, at + *n).o.generation == generation; ++*n) {
		const struct listed *l = &g_array_index(r->pieces, struct listed, at + *n);
		struct backup_piece p = { .from = f.size };

		if (l->o.number != f.size)     /* a hole, or what a later piece has, too */
			continue;
		sha256_reset(f.sum);
		err = original_get(r->conf->at, l->object.name, write_piece, &f, &r->why);
		sha256_peek(f.sum, p.plain);
		p.to = f.size;
		r->out->objects++;
		if (!err)
			err = timeline_scan_from(f.fd, p.from, find_stop, closed, &end, &size);
		p.closed = *closed;
		if (!err)
			err = backup_journal_piece(r->journal, &l->object, &p);
	}
	sha256_free(f.sum);
	if (f.fd >= 0)
		close(f.fd);
	return err;
}

/* A later generation begins when the timeline was written anew, which then has its end: without it it is not whole, and the first one is. */
static int join_pieces(struct rehydration *r)
{
	bool closed = false;
	guint at = 0, n = 0;
	int err = r->pieces->len ? 0 : -ENODATA;

	while (!err && at < r->pieces->len && !closed) {
		err = join_generation(r, at, &n, &closed);
		at += n;
	}
	return err;
}

static int take_line(const struct timeline_line *line, void *arg)
{
	struct rehydration *r = arg;
	const char *file = json_str(line->o, "file"), *sha256 = json_str(line->o, "sha256"), *participant = json_str(line->o, "participant");
	struct wanted *w;

	r->last_ms = MAX(r->last_ms, json_num(line->o, "wall_ms", 0));
	r->out->closed |= line->type == TL_STOP;
	if (line->type == TL_ERASED && participant && !json_str(line->o, "source"))
		g_hash_table_add(r->erased, g_strdup(participant));
	if (line->type != TL_CHUNK || !file)
		return 0;
	w = g_new0(struct wanted, 1);
	g_strlcpy(w->sha256, sha256 ? sha256 : "", sizeof(w->sha256));
	g_hash_table_replace(r->wanted, g_strdup(file), w);
	return 0;
}

/* What is here already is the truth; else what the store has. */
static int read_timeline(struct rehydration *r)
{
	g_autofree char *here = g_build_filename(r->final, TIMELINE, NULL), *there = g_build_filename(r->dir, TIMELINE, NULL);
	int fd = timeline_open_read(here), err = 0;
	int64_t end, size;

	if (fd < 0) {
		err = join_pieces(r);
		fd = err ? -1 : timeline_open_read(there);
	}
	if (err || fd < 0)
		return err == -ENODATA ? 0 : err ? err : fd;
	err = timeline_scan(fd, take_line, r, &end, &size);
	close(fd);
	return err;
}

/* ---- the other files ---- */

static int gather(const void *data, size_t len, void *arg)
{
	GString *text = arg;

	if (text->len + len > FILE_MAX)
		return -EFBIG;
	g_string_append_len(text, data, (gssize)len);
	return 0;
}

static int fetch_file(struct rehydration *r, enum original_kind kind)
{
	g_autoptr(GString) text = g_string_new(NULL);
	const char *name = original_file(kind);
	struct original_object object = { .size = 0 };
	char plain[SHA256_HEX];
	int err = original_get(r->conf->at, name, gather, text, &r->why);

	if (err)
		return err == -ENOENT ? 0 : err;
	err = fs_write_atomic(r->dir, name, text->str, text->len, SHARED_MODE, 0);
	sha256_hex(plain, text->str, text->len);
	g_strlcpy(object.name, name, sizeof(object.name));
	object.size = (int64_t)text->len;
	r->out->objects++;
	return err || store_conf(r->conf->at->store)->encrypt ? err : backup_journal_file(r->journal, &object, plain);
}

static int fetch_files(struct rehydration *r)
{
	int err = 0;

	for (int kind = 0; kind < ORIGINAL_KINDS && !err; kind++)
		if (original_file((enum original_kind)kind) && r->has[kind])
			err = fetch_file(r, (enum original_kind)kind);
	return err;
}

/* ---- the directory ---- */

static void empty(const char *dir)
{
	static const char *const names[] = { "chunks", ".backup", TIMELINE, "participants.json", "chat.jsonl" };

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_build_filename(dir, names[i], NULL);

		fs_remove_tree(path);
	}
}

/* What an attempt before this one left goes; one that is under way keeps us out. */
static int begin(struct rehydration *r)
{
	if (mkdir(r->dir, DIR_MODE) && errno != EEXIST)
		return -errno;
	r->fd = open(r->dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (r->fd < 0)
		return -errno;
	if (flock(r->fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (originals_there(r->final) > 0)
		return -EEXIST;
	empty(r->dir);
	if (mkdir(r->chunks, DIR_MODE))
		return -errno;
	return backup_journal_open(&r->journal, r->dir, r->conf->at->id, store_name(r->conf->at->store));
}

/* As if nobody had written there since the last line: who closes it need not wait whether somebody still does. */
static void set_times(const struct rehydration *r)
{
	const struct timespec times[2] = { { .tv_sec = r->last_ms / 1000 }, { .tv_sec = r->last_ms / 1000 } };
	g_autofree char *timeline = g_build_filename(r->dir, TIMELINE, NULL);

	utimensat(AT_FDCWD, timeline, times, AT_SYMLINK_NOFOLLOW);
	utimensat(AT_FDCWD, r->chunks, times, AT_SYMLINK_NOFOLLOW);
}

/* Into a directory that is there without chunks: what it has stays. The chunks last: with them it is whole. */
static int merge(const struct rehydration *r)
{
	static const char *const names[] = { TIMELINE, "participants.json", "chat.jsonl", ".backup", "chunks" };
	int err = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(names) && !err; i++) {
		g_autofree char *from = g_build_filename(r->dir, names[i], NULL), *to = g_build_filename(r->final, names[i], NULL);
		bool last = i + 1 == G_N_ELEMENTS(names);

		if (last && rmdir(to) && errno != ENOENT)
			err = -errno;
		if (!err && (last || !g_file_test(to, G_FILE_TEST_EXISTS)) && rename(from, to) && errno != ENOENT)
			err = -errno;
	}
	if (!err)
		err = fs_remove_tree(r->dir);
	return err;
}

static int put_in_place(struct rehydration *r)
{
	bool there = g_file_test(r->final, G_FILE_TEST_IS_DIR);
	const char *store = store_name(r->conf->at->store);
	int err = there ? 0 : fs_write_atomic(r->dir, REHYDRATE_MARK, store, strlen(store), SHARED_MODE, 0);

	backup_journal_close(&r->journal);
	set_times(r);
	if (err || syncfs(r->fd))
		return err ? err : -errno;
	err = there ? merge(r) : rename(r->dir, r->final) ? -errno : 0;
	return err ? err : fs_sync_dir(r->conf->recordings);
}

static void count_missing(struct rehydration *r)
{
	GHashTableIter it;
	gpointer name, value;

	g_hash_table_iter_init(&it, r->wanted);
	while (g_hash_table_iter_next(&it, &name, &value)) {
		struct chunk_name n;
		const struct wanted *w = value;

		r->out->missing += !w->got && !chunk_name_parse(&n, name) && !g_hash_table_contains(r->erased, n.participant);
	}
}

static int bring(struct rehydration *r)
{
	int err = begin(r);

	if (!err)
		err = list(r);
	if (!err)
		err = read_timeline(r);
	if (!err)
		err = rehydrate_bundles(r);
	if (!err)
		err = fetch_files(r);
	if (!err)
		count_missing(r);
	return err ? err : put_in_place(r);
}

int rehydrate(const struct rehydrate_conf *conf, struct rehydrate_result *out, struct store_why *why)
{
	struct rehydration r = { .conf = conf, .out = out, .fd = -1 };
	int err;

	*out = (struct rehydrate_result){ 0 };
	r.dir = g_strdup_printf("%s/.fetch-%s", conf->recordings, conf->at->id);
	r.chunks = g_build_filename(r.dir, "chunks", NULL);
	r.final = g_build_filename(conf->recordings, conf->at->id, NULL);
	r.bundles = g_array_new(FALSE, FALSE, sizeof(struct listed));
	r.pieces = g_array_new(FALSE, FALSE, sizeof(struct listed));
	r.wanted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	r.erased = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	lock_init(&r.lock);
	cond_init(&r.wake);
	err = recording_id_valid(conf->at->id) ? bring(&r) : -EINVAL;
	*why = r.why;
	backup_journal_close(&r.journal);
	if (err && err != -EBUSY && r.fd >= 0)
		fs_remove_tree(r.dir);
	if (r.fd >= 0)
		close(r.fd);
	cond_destroy(&r.wake);
	lock_destroy(&r.lock);
	g_array_unref(r.bundles);
	g_array_unref(r.pieces);
	g_hash_table_unref(r.wanted);
	g_hash_table_unref(r.erased);
	g_free(r.final);
	g_free(r.chunks);
	g_free(r.dir);
	return err;
}
