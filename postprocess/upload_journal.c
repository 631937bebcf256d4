/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See upload_journal.h. Called by upload.c's threads, one for each part under way, and by upload_ahead.c.
 */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/fsio.h"
#include "common/json.h"
#include "common/sync.h"
#include "postprocess/upload_journal.h"

enum { FORMAT = 1, DIR_MODE = 02770, FILE_MODE = 0640, TEXT_MAX = 16 << 20 };

struct upload_journal {
	char *dir, *name;
	struct lock lock;          /* guards root and the file */
	json_t *root;
};

static json_t *files_of(struct upload_journal *j)
{
	return json_object_get(j->root, "files");
}

static json_t *file_of(struct upload_journal *j, const char *file)
{
	return json_object_get(files_of(j), file);
}

static void read_root(struct upload_journal *j)
{
	g_autofree char *path = g_build_filename(j->dir, j->name, NULL);
	char *text = NULL;
	size_t len;

	if (!fs_read(path, TEXT_MAX, &text, &len))
		j->root = json_loads(text, 0, NULL);
	g_free(text);
	if (json_num(j->root, "format", 0) == FORMAT && json_is_object(files_of(j)))
		return;
	json_decref(j->root);
	j->root = json_pack("{s:i,s:{}}", "format", FORMAT, "files");
}

int upload_journal_open(struct upload_journal **out, const char *dir, const char *store, int output)
{
	struct upload_journal *j = g_new0(struct upload_journal, 1);

	lock_init(&j->lock);
	j->dir = g_build_filename(dir, ".upload", NULL);
	j->name = g_strdup_printf("%s-%d.json", store, output);
	read_root(j);
	*out = j;
	return 0;
}

void upload_journal_unref(struct upload_journal **jp)
{
	struct upload_journal *j = *jp;

	*jp = NULL;
	if (!j)
		return;
	lock_destroy(&j->lock);
	json_decref(j->root);
	g_free(j->dir);
	g_free(j->name);
	g_free(j);
}

void upload_journal_remove(struct upload_journal *j)
{
	g_autofree char *path = g_build_filename(j->dir, j->name, NULL);

	lock_take(&j->lock);
	unlink(path);
	rmdir(j->dir);                 /* where it was the last */
	json_object_clear(files_of(j));
	lock_release(&j->lock);
}

/* Not synced: what a power cut takes is asked of the store. Where the recording was removed no directory is made. */
static int save_locked(struct upload_journal *j)
{
	char *text = json_dumps(j->root, JSON_COMPACT);
	int err = mkdir(j->dir, DIR_MODE) && errno != EEXIST ? -errno : text ? fs_write_atomic(j->dir, j->name, text, strlen(text), FILE_MODE, 0) : -EIO;

	free(text);
	return err;
}

static bool fits(json_t *f, const char *key, int64_t part_size, const char *sealed)
{
	return !g_strcmp0(json_str(f, "key"), key) && json_num(f, "part_size", 0) == part_size && !g_strcmp0(json_str(f, "sealed"), sealed ? sealed : "");
}

static void copy(char *out, size_t size, const char *text)
{
	g_strlcpy(out, text ? text : "", size);
}

bool upload_journal_find(struct upload_journal *j, const char *file, const char *key, int64_t part_size, const char *sealed, char *upload, struct upload_old *old)
{
	json_t *f;
	bool found;

	*old = (struct upload_old){ .upload = "" };
	upload[0] = '\0';
	lock_take(&j->lock);
	f = file_of(j, file);
	found = f && fits(f, key, part_size, sealed) && json_str(f, "upload");
	if (found)
		copy(upload, STORE_UPLOAD, json_str(f, "upload"));
	if (f && !found) {
		copy(old->upload, sizeof(old->upload), json_str(f, "upload"));
		copy(old->key, sizeof(old->key), json_str(f, "key"));
		json_object_del(files_of(j), file);
		save_locked(j);
	}
	lock_release(&j->lock);
	return found;
}

int upload_journal_begin(struct upload_journal *j, const char *file, const char *key, int64_t part_size, const char *sealed, const char *upload)
{
	int err;

	lock_take(&j->lock);
	if (*upload)
		json_object_set_new(files_of(j), file, json_pack("{s:s,s:s,s:I,s:s,s:{}}", "key", key, "upload", upload, "part_size", (json_int_t)part_size,
								   "sealed", sealed ? sealed : "", "parts"));
	else
		json_object_del(files_of(j), file);
	err = save_locked(j);
	lock_release(&j->lock);
	return err;
}

static json_t *parts_of(struct upload_journal *j, const char *file)
{
	return json_object_get(file_of(j, file), "parts");
}

bool upload_journal_part(struct upload_journal *j, const char *file, int number, char sha256[SHA256_HEX], char etag[STORE_ETAG])
{
	char name[16];
	json_t *p;

	snprintf(name, sizeof(name), "%d", number);
	lock_take(&j->lock);
	p = json_object_get(parts_of(j, file), name);
	copy(sha256, SHA256_HEX, json_str(p, "sha256"));
	copy(etag, STORE_ETAG, json_str(p, "etag"));
	lock_release(&j->lock);
	return p != NULL;
}

int upload_journal_put(struct upload_journal *j, const char *file, int number, const char *sha256, const char *etag)
{
	char name[16];
	int err;

	snprintf(name, sizeof(name), "%d", number);
	lock_take(&j->lock);
	json_object_set_new(parts_of(j, file), name, json_pack("{s:s,s:s}", "sha256", sha256, "etag", etag));
	err = save_locked(j);
	lock_release(&j->lock);
	return err;
}

void upload_journal_drop(struct upload_journal *j, const char *file, int number)
{
	char name[16];

	snprintf(name, sizeof(name), "%d", number);
	lock_take(&j->lock);
	json_object_del(parts_of(j, file), name);
	lock_release(&j->lock);
}

void upload_journal_each(struct upload_journal *j, void (*each)(const char *key, const char *upload, void *arg), void *arg)
{
	const char *name;
	json_t *f;

	lock_take(&j->lock);
	json_object_foreach(files_of(j), name, f)
		if (json_str(f, "key") && json_str(f, "upload"))
			each(json_str(f, "key"), json_str(f, "upload"), arg);
	lock_release(&j->lock);
}
