/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A recording to be damaged, for the tests of verify and repair. One thread.
 */
#include "tests/lib/damage.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/fsio.h"
#include "common/ids.h"
#include "common/sha256.h"
#include "tests/lib/make_recording.h"

struct blob { char *data; size_t len; };

struct damage {
	char *dir, *chunks, *timeline;
	GHashTable *files;         /* name → struct blob, as made */
	char *text, *people;       /* timeline and participants.json, as made */
	GPtrArray *lines;          /* as they are now */
	bool dirty;                /* files were touched */
	GRand *random;
};

static void must(bool ok, const char *what)
{
	if (!ok)
		g_error("damage: %s: %s", what, g_strerror(errno));
}

static void free_blob(void *p)
{
	g_free(((struct blob *)p)->data);
	g_free(p);
}

static char *path_of(const struct damage *d, const char *file)
{
	return g_build_filename(d->chunks, file, NULL);
}

static void write_file(struct damage *d, const char *file, const char *data, size_t len)
{
	d->dirty = true;
	must(fs_write_atomic(d->chunks, file, data, len, 0640, 0) == 0, file);
}

static const struct blob *blob_of(const struct damage *d, const char *file)
{
	const struct blob *b = g_hash_table_lookup(d->files, file);

	must(b != NULL, file);
	return b;
}

static void take_files(struct damage *d)
{
	GDir *dir = g_dir_open(d->chunks, 0, NULL);
	const char *name;

	while ((name = g_dir_read_name(dir))) {
		struct blob *b = g_new0(struct blob, 1);
		char *path = path_of(d, name);

		must(fs_read(path, 1 << 24, &b->data, &b->len) == 0, name);
		g_hash_table_insert(d->files, g_strdup(name), b);
		g_free(path);
	}
	g_dir_close(dir);
}

struct damage *damage_create(void)
{
	static const struct make_participant people[] = {
		{ .id = "user1", .name = "Ann", .sources = {
			{ .source = "audio" },
			{ .source = "video", .width = 64, .height = 48, .fps = 5, .muted = { { 2000, 2200 } } },
		} },
		{ .id = "user2", .name = "Bob", .sources = { { .source = "audio", .channels = 2 } } },
		{ 0 },
	};
	/* Hundreds of synced writes: nothing of it needs a real disk. */
	bool in_memory = !g_getenv("TMPDIR") && access("/dev/shm", W_OK) == 0 && g_setenv("TMPDIR", "/dev/shm", TRUE);
	struct damage *d = g_new0(struct damage, 1);
	struct make_conf conf = { .dir = d->dir = make_scratch("rec_demo_1760090400123_abcdef"), .duration_ms = 4000, .title = "Damage", .people = people };
	char *people_path;
	guint32 seed = g_getenv("SEED") ? (guint32)g_ascii_strtoull(g_getenv("SEED"), NULL, 10) : g_random_int();

	printf("SEED=%u%s\n", seed, in_memory ? ", in memory" : "");
	d->random = g_rand_new_with_seed(seed);
	d->chunks = g_build_filename(d->dir, "chunks", NULL);
	d->timeline = g_build_filename(d->dir, "timeline.jsonl", NULL);
	d->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_blob);
	d->lines = g_ptr_array_new_with_free_func(g_free);
	must(make_recording(&conf) == 0, "make_recording");
	take_files(d);
	must(fs_read(d->timeline, 1 << 24, &d->text, NULL) == 0, "timeline");
	people_path = g_build_filename(d->dir, "participants.json", NULL);
	must(fs_read(people_path, 1 << 20, &d->people, NULL) == 0, "people");
	g_free(people_path);
	d->dirty = true;
	damage_reset(d);
	return d;
}

void damage_free(struct damage *d)
{
	make_remove(&d->dir);
	g_free(d->chunks);
	g_free(d->timeline);
	g_hash_table_unref(d->files);
	g_free(d->text);
	g_free(d->people);
	g_ptr_array_unref(d->lines);
	g_rand_free(d->random);
	g_free(d);
}

const char *damage_dir(const struct damage *d)
{
	return d->dir;
}

static void store(struct damage *d)
{
	GString *s = g_string_new(NULL);

	for (guint i = 0; i < d->lines->len; i++)
		g_string_append_printf(s, "%s\n", (const char *)d->lines->pdata[i]);
	must(fs_write_atomic(d->dir, "timeline.jsonl", s->str, s->len, 0660, 0) == 0, "timeline");
	g_string_free(s, TRUE);
}

void damage_reload(struct damage *d)
{
	char *text = NULL, **all;

	must(fs_read(d->timeline, 1 << 24, &text, NULL) == 0, "timeline");
	all = g_strsplit(text, "\n", -1);
	g_ptr_array_set_size(d->lines, 0);
	for (char **l = all; *l; l++) {
		if (**l)
			g_ptr_array_add(d->lines, g_strdup(*l));
	}
	g_strfreev(all);
	g_free(text);
}

static void reset_files(struct damage *d)
{
	GHashTableIter it;
	gpointer name, blob;

	must(fs_remove_tree(d->dir) == 0 && fs_mkdirs(d->chunks, 0755) == 0, "directory");
	g_hash_table_iter_init(&it, d->files);
	while (g_hash_table_iter_next(&it, &name, &blob))
		write_file(d, name, ((struct blob *)blob)->data, ((struct blob *)blob)->len);
	must(fs_write_atomic(d->dir, "participants.json", d->people, strlen(d->people), 0660, 0) == 0, "people");
	d->dirty = false;
}

void damage_touch(struct damage *d)
{
	d->dirty = true;
}

void damage_reset(struct damage *d)
{
	if (d->dirty)
		reset_files(d);
	must(fs_write_atomic(d->dir, "timeline.jsonl", d->text, strlen(d->text), 0660, 0) == 0, "timeline");
	damage_reload(d);
}

/* ---- looking ---- */

guint damage_lines(const struct damage *d)
{
	return d->lines->len;
}

const char *damage_line(const struct damage *d, guint i)
{
	return d->lines->pdata[i];
}

/* A member of a chunk line, in a buffer of its own */
static const char *member(const struct damage *d, guint i, const char *key, char *out, size_t size)
{
	json_t *o = json_loads(d->lines->pdata[i], 0, NULL);
	const char *type = json_string_value(json_object_get(o, "type")), *value = json_string_value(json_object_get(o, key));
	bool found = type && !strcmp(type, "chunk") && value;

	if (found)
		g_strlcpy(out, value, size);
	json_decref(o);
	return found ? out : NULL;
}

const char *damage_file(const struct damage *d, guint i)
{
	static char file[NAME_SIZE];

	return i < d->lines->len ? member(d, i, "file", file, sizeof(file)) : NULL;
}

const char *damage_next_file(const struct damage *d, guint i)
{
	static char file[NAME_SIZE];

	while (++i < d->lines->len) {
		if (member(d, i, "file", file, sizeof(file)))
			return file;
	}
	return NULL;
}

guint damage_first_chunk(const struct damage *d)
{
	guint i = 0;

	while (!damage_file(d, i))
		i++;
	return i;
}

char *damage_hash(const struct damage *d, guint i)
{
	char *hash = g_malloc0(SHA256_HEX);

	sha256_hex(hash, d->lines->pdata[i], strlen(d->lines->pdata[i]));
	return hash;
}

const char *damage_sha(const struct damage *d, guint i)
{
	static char sha[SHA256_HEX];

	return member(d, i, "sha256", sha, sizeof(sha));
}

bool damage_in_middle(const struct damage *d, const char *file)
{
	struct chunk_name n;
	char before[NAME_SIZE], after[NAME_SIZE];

	must(chunk_name_parse(&n, file) == 0, file);
	if (n.index == 0)
		return false;
	n.index--;
	chunk_name_format(before, &n);
	n.index += 2;
	chunk_name_format(after, &n);
	return g_hash_table_contains(d->files, before) && g_hash_table_contains(d->files, after);
}

/* ---- files ---- */

void damage_flip_file(struct damage *d, const char *file, double at)
{
	const struct blob *b = blob_of(d, file);
	char *copy = g_memdup2(b->data, b->len);

	copy[(size_t)((double)b->len * at)] ^= 4;
	write_file(d, file, copy, b->len);
	g_free(copy);
}

void damage_cut_file(struct damage *d, const char *file)
{
	const struct blob *b = blob_of(d, file);

	write_file(d, file, b->data, b->len / 2);
}

void damage_remove_file(struct damage *d, const char *file)
{
	char *path = path_of(d, file);

	d->dirty = true;
	must(unlink(path) == 0, file);
	g_free(path);
}

void damage_rename(struct damage *d, const char *from, const char *to)
{
	damage_copy_file(d, from, to);
	damage_remove_file(d, from);
}

void damage_copy_file(struct damage *d, const char *from, const char *to)
{
	const struct blob *b = blob_of(d, from);

	write_file(d, to, b->data, b->len);
}

void damage_swap_files(struct damage *d, const char *a, const char *b)
{
	damage_copy_file(d, a, b);
	write_file(d, a, blob_of(d, b)->data, blob_of(d, b)->len);
}

void damage_link(struct damage *d, const char *file)
{
	char *path = path_of(d, file), *away = g_build_filename(d->dir, "elsewhere", NULL);

	d->dirty = true;
	must(rename(path, away) == 0 && symlink(away, path) == 0, file);
	g_free(path);
	g_free(away);
}

/* ---- lines ---- */

static void set_line(struct damage *d, guint i, char *text)
{
	g_free(d->lines->pdata[i]);
	d->lines->pdata[i] = text;
	store(d);
}

void damage_flip_line(struct damage *d, guint i)
{
	char *text = g_strdup(d->lines->pdata[i]), *at = text + g_rand_int_range(d->random, 0, (gint32)strlen(text)), c = *at;

	while (*at == c)
		*at = (char)g_rand_int_range(d->random, ' ', '~');
	set_line(d, i, text);
}

void damage_flip_text(struct damage *d, guint i, const char *from, const char *to)
{
	char **parts = g_strsplit(d->lines->pdata[i], from, 2);

	must(parts[1] != NULL, from);
	set_line(d, i, g_strjoinv(to, parts));
	g_strfreev(parts);
}

void damage_garble_line(struct damage *d, guint i)
{
	char *text = g_strdup(d->lines->pdata[i]);

	text[0] = '#';
	memset(text + strlen(text) / 3, '#', strlen(text) / 3);
	set_line(d, i, text);
}

void damage_remove_line(struct damage *d, guint i)
{
	g_ptr_array_remove_index(d->lines, i);
	store(d);
}

void damage_insert_line(struct damage *d, guint i, const char *line)
{
	g_ptr_array_insert(d->lines, (gint)i, g_strdup(line));
	store(d);
}

void damage_repeat_line(struct damage *d, guint i)
{
	damage_insert_line(d, i + 1, d->lines->pdata[i]);
}

void damage_swap_lines(struct damage *d, guint i)
{
	gpointer line = d->lines->pdata[i];

	d->lines->pdata[i] = d->lines->pdata[i + 1];
	d->lines->pdata[i + 1] = line;
	store(d);
}

void damage_append(struct damage *d, const char *line)
{
	damage_insert_line(d, d->lines->len, line);
}

void damage_truncate(struct damage *d, guint keep)
{
	g_ptr_array_set_size(d->lines, (gint)keep);
	store(d);
}

void damage_truncate_before_stop(struct damage *d, guint keep)
{
	g_ptr_array_remove_range(d->lines, keep, d->lines->len - 1 - keep);
	store(d);
}

void damage_remove_timeline(struct damage *d)
{
	must(unlink(d->timeline) == 0, "timeline");
}
