/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A file system in memory that knows of each name and each byte whether it was synced.
 *
 *	log ─▶ calls 0 … n-1 ─▶ nodes: names and bytes, now and as synced ─▶ the variant's choice of both ─▶ a directory
 */
#include "tests/disk/replay.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "tests/disk/disk.h"

struct replay {
	const struct faulty *f;
	GArray *at;                /* offsets of the records */
};

struct node {
	bool directory;
	GByteArray *now, *synced;          /* of a file */
	GHashTable *names, *synced_names;  /* of a directory: name → node, borrowed */
};

/* All of it after some calls. */
struct world {
	const struct replay *r;
	GPtrArray *nodes;
	GHashTable *inodes;        /* inode → node */
	struct node *root;
};

static const struct faulty_record *record(const struct replay *r, size_t n)
{
	return (const struct faulty_record *)(const void *)(r->f->log + g_array_index(r->at, uint64_t, n));
}

struct replay *replay_new(const struct faulty *f)
{
	struct replay *r = g_new0(struct replay, 1);
	const struct faulty_record *rec;

	r->f = f;
	r->at = g_array_new(FALSE, FALSE, sizeof(uint64_t));
	for (uint64_t at = 0; at < atomic_load(&f->used); at += rec->size) {
		rec = (const struct faulty_record *)(const void *)(f->log + at);
		g_array_append_val(r->at, at);
	}
	return r;
}

void replay_free(struct replay *r)
{
	g_array_unref(r->at);
	g_free(r);
}

size_t replay_count(const struct replay *r)
{
	return r->at->len;
}

int64_t replay_stamp(const struct replay *r, size_t n)
{
	return record(r, n)->stamp;
}

static char *path_of(const struct faulty_record *rec)
{
	return g_strndup((const char *)(rec + 1), rec->path);
}

static char *path2_of(const struct faulty_record *rec)
{
	return g_strndup((const char *)(rec + 1) + rec->path, rec->path2);
}

static const uint8_t *data_of(const struct faulty_record *rec)
{
	return (const uint8_t *)(rec + 1) + rec->path + rec->path2;
}

char *replay_describe(const struct replay *r, size_t n)
{
	static const char *const names[FAULTY_CALLS] = { "open", "create", "write", "fsync", "fdatasync", "dirsync", "rename", "mkdir", "unlink", "truncate", "pread", "syncfs" };
	const struct faulty_record *rec = record(r, n);
	char *path = path_of(rec), *text = g_strdup_printf("%s %s (%u bytes)", names[rec->call], path, rec->len);

	g_free(path);
	return text;
}

/* --- the calls --- */

static void free_node(void *p)
{
	struct node *n = p;

	g_byte_array_unref(n->now);
	g_byte_array_unref(n->synced);
	g_hash_table_unref(n->names);
	g_hash_table_unref(n->synced_names);
	g_free(n);
}

static GHashTable *new_names(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static struct node *new_node(struct world *w, bool directory)
{
	struct node *n = g_new0(struct node, 1);

	n->directory = directory;
	n->now = g_byte_array_new();
	n->synced = g_byte_array_new();
	n->names = new_names();
	n->synced_names = new_names();
	g_ptr_array_add(w->nodes, n);
	return n;
}

/* The directory a path is in, and its last part (g_free). */
static struct node *parent_of(struct world *w, const char *path, char **name)
{
	char **parts = g_strsplit(path + strlen(w->r->f->dir), "/", -1);
	struct node *at = w->root;
	guint n = g_strv_length(parts);

	for (guint i = 0; at && i + 1 < n; i++)
		at = parts[i][0] ? g_hash_table_lookup(at->names, parts[i]) : at;
	*name = g_strdup(n ? parts[n - 1] : "");
	g_strfreev(parts);
	if (!at)
		abort();
	return at;
}

static void put_name(struct world *w, const char *path, struct node *n)
{
	char *name;
	struct node *dir = parent_of(w, path, &name);

	if (n)
		g_hash_table_insert(dir->names, name, n);
	else
		g_hash_table_remove(dir->names, name);
	if (!n)
		g_free(name);
}

static struct node *node_at(struct world *w, const char *path)
{
	char *name;
	struct node *dir = parent_of(w, path, &name), *n = name[0] ? g_hash_table_lookup(dir->names, name) : dir;

	g_free(name);
	return n;
}

static void set_bytes(GByteArray *to, int64_t at, const uint8_t *data, size_t len)
{
	guint before = to->len;

	if ((guint)at + len > before) {
		g_byte_array_set_size(to, (guint)at + (guint)len);
		memset(to->data + before, 0, to->len - before);
	}
	if (len)
		memcpy(to->data + at, data, len);
}

static void sync_names(struct node *n)
{
	GHashTableIter i;
	gpointer name, node;

	g_hash_table_remove_all(n->synced_names);
	g_hash_table_iter_init(&i, n->names);
	while (g_hash_table_iter_next(&i, &name, &node))
		g_hash_table_insert(n->synced_names, g_strdup(name), node);
}

static void sync_bytes(struct node *n)
{
	g_byte_array_set_size(n->synced, 0);
	g_byte_array_append(n->synced, n->now->data, n->now->len);
}

static void make(struct world *w, const struct faulty_record *rec, const char *path)
{
	struct node *n;

	if (rec->call == FAULTY_CREATE && node_at(w, path))
		return;
	n = new_node(w, rec->call == FAULTY_MKDIR);
	g_hash_table_insert(w->inodes, GSIZE_TO_POINTER(rec->inode), n);
	put_name(w, path, n);
}

static void move(struct world *w, const struct faulty_record *rec, const char *path)
{
	char *to = path2_of(rec);
	struct node *n = node_at(w, path);

	put_name(w, path, NULL);
	put_name(w, to, n);
	g_free(to);
}

/* The bytes of all files. Names would come along, too; nobody may rely on that. */
static void sync_all_bytes(struct world *w)
{
	for (guint i = 0; i < w->nodes->len; i++)
		sync_bytes(w->nodes->pdata[i]);
}

static void apply(struct world *w, const struct faulty_record *rec)
{
	struct node *n = g_hash_table_lookup(w->inodes, GSIZE_TO_POINTER(rec->inode));
	char *path = path_of(rec);

	if (rec->call == FAULTY_CREATE || rec->call == FAULTY_MKDIR)
		make(w, rec, path);
	else if (rec->call == FAULTY_DIRSYNC)
		sync_names(node_at(w, path));
	else if (rec->call == FAULTY_RENAME)
		move(w, rec, path);
	else if (rec->call == FAULTY_UNLINK)
		put_name(w, path, NULL);
	else if (rec->call == FAULTY_WRITE)
		set_bytes(n->now, rec->offset, data_of(rec), rec->len);
	else if (rec->call == FAULTY_TRUNCATE)
		g_byte_array_set_size(n->now, (guint)rec->offset);
	else if (rec->call == FAULTY_FSYNC || rec->call == FAULTY_FDATASYNC)
		sync_bytes(n);
	else if (rec->call == FAULTY_SYNCFS)
		sync_all_bytes(w);
	g_free(path);
}

/* --- what is left --- */

static void put_file(const struct node *n, const char *path, enum replay_variant v)
{
	bool all = v == REPLAY_CONTENTS || v == REPLAY_EVERYTHING;
	GByteArray *bytes = g_byte_array_new();

	g_byte_array_append(bytes, all ? n->now->data : n->synced->data, all ? n->now->len : n->synced->len);
	if (v == REPLAY_LENGTHS)
		set_bytes(bytes, n->now->len, NULL, 0);
	if (!disk_put_file(path, bytes->data, bytes->len, strstr(path, "/chunks/") ? 0640 : 0660))
		abort();
	g_byte_array_unref(bytes);
}

static void put_directory(const struct node *n, const char *path, enum replay_variant v)
{
	bool all = v == REPLAY_NAMES || v == REPLAY_LENGTHS || v == REPLAY_EVERYTHING;
	GHashTableIter i;
	gpointer name, node;

	g_hash_table_iter_init(&i, all ? n->names : n->synced_names);
	while (g_hash_table_iter_next(&i, &name, &node)) {
		char *child = g_build_filename(path, name, NULL);

		if (!((struct node *)node)->directory)
			put_file(node, child, v);
		else if (g_mkdir(child, 0700) == 0 && g_chmod(child, 02770) == 0)
			put_directory(node, child, v);
		else
			abort();
		g_free(child);
	}
}

void replay_build(const struct replay *r, size_t n, enum replay_variant variant, const char *root)
{
	struct world w = { .r = r, .nodes = g_ptr_array_new_with_free_func(free_node), .inodes = g_hash_table_new(NULL, NULL) };

	w.root = new_node(&w, true);
	for (size_t i = 0; i < n; i++)
		apply(&w, record(r, i));
	put_directory(w.root, root, variant);
	g_hash_table_unref(w.inodes);
	g_ptr_array_unref(w.nodes);
}
