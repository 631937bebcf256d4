/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Chunk files after a crash; called by recover when the plugin starts.
 *
 *	.name.tmp ─ whole? ─▶ name ─ has a line? ─▶ probe: times, frames, codec, hash
 */
#include "plugins/adopt.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "common/ebml.h"
#include "common/fsio.h"
#include "common/log.h"
#include "plugins/codec.h"
#include "plugins/webm.h"

enum { CHUNK_MAX = 256 << 20, LAYER_MAX = 7 };

/* 1, 0, or what the disk answered */
static int file_is_whole(const char *path)
{
	char *data = NULL;
	size_t len = 0;
	int err = fs_read(path, CHUNK_MAX, &data, &len), whole = !err && ebml_is_whole((const uint8_t *)data, len);

	g_free(data);
	return err && err != -EFBIG ? err : whole;
}

static int sync_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int err = fd < 0 || fsync(fd) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return err;
}

/* ".<name>.tmp" → "<name>" when that is a chunk's, of second `first` or later; caller g_free()s. */
static char *final_name(const char *temporary, int64_t first)
{
	struct chunk_name n;
	char *name;

	if (temporary[0] != '.' || !g_str_has_suffix(temporary, ".tmp"))
		return NULL;
	name = g_strndup(temporary + 1, strlen(temporary) - 5);
	if (chunk_name_parse(&n, name) < 0 || n.index < first)
		g_clear_pointer(&name, g_free);
	return name;
}

/* Whole: it gets its name, 1. Not whole: it goes, 0. A disk that refuses leaves it alone. */
static int adopt_file(const char *from, const char *to)
{
	int err = to && access(to, F_OK) != 0 ? file_is_whole(from) : 0;
	bool keep = err > 0;

	if (keep)
		err = sync_file(from);
	if (!err)
		err = (keep ? rename(from, to) : unlink(from)) < 0 ? -errno : keep;
	return err;
}

static int adopt_one(const char *chunks, const char *temporary, int64_t first, GPtrArray *lost)
{
	char *name = final_name(temporary, first), *from = g_build_filename(chunks, temporary, NULL);
	char *to = name ? g_build_filename(chunks, name, NULL) : NULL;
	int kept = adopt_file(from, to);

	if (kept < 0)
		log_warn("recovery: %s: %s", from, err_str(kept));
	if (kept == 0 && to && access(to, F_OK) != 0)
		g_ptr_array_add(lost, g_strdup(name));
	g_free(name);
	g_free(from);
	g_free(to);
	return kept;
}

gint adopt_by_index(gconstpointer a, gconstpointer b)
{
	struct chunk_name x, y;
	const char *p = *(const char *const *)a, *q = *(const char *const *)b;

	chunk_name_parse(&x, p);
	chunk_name_parse(&y, q);
	return x.index != y.index ? (x.index > y.index) - (x.index < y.index) : strcmp(p, q);
}

int adopt_temporaries(const char *chunks, int64_t first, int *kept, int *dropped, GPtrArray *lost)
{
	DIR *d = opendir(chunks);
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	struct dirent *e;
	int err = d ? 0 : -errno;

	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.' && g_str_has_suffix(e->d_name, ".tmp"))
			g_ptr_array_add(names, g_strdup(e->d_name));
	}
	if (d)
		closedir(d);
	for (guint i = 0; i < names->len && err >= 0; i++) {
		err = adopt_one(chunks, names->pdata[i], first, lost);
		*kept += err > 0;
		*dropped += err == 0;
	}
	g_ptr_array_unref(names);
	g_ptr_array_sort(lost, adopt_by_index);
	return err < 0 ? err : fs_sync_dir(chunks);
}

int adopt_unknown(GPtrArray **out, const char *chunks, GHashTable *known)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	DIR *d = opendir(chunks);
	struct chunk_name n;
	struct dirent *e;
	int err = d ? 0 : -errno;

	errno = 0;
	while (d && (e = readdir(d))) {
		if (chunk_name_parse(&n, e->d_name) == 0 && !g_hash_table_contains(known, e->d_name))
			g_ptr_array_add(names, g_strdup(e->d_name));
		errno = 0;
	}
	if (d && errno)
		err = -errno;
	if (d)
		closedir(d);
	g_ptr_array_sort(names, adopt_by_index);
	*out = names;
	return err;
}

static const char *codec_name(const char *codec_id)
{
	size_t n;
	const struct codec *all = codec_table(&n);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(all[i].depay->codec_id, codec_id))
			return all[i].name;
	return NULL;
}

static int read_media(struct adopted *a, const char *data)
{
	struct webm_info i;
	int err = webm_read(&i, (const uint8_t *)data, a->file.size);
	const char *codec = err ? NULL : codec_name(i.codec_id);

	if (!codec)
		return -EBADMSG;
	g_strlcpy(a->codec, codec, sizeof(a->codec));
	a->rate_hz = i.video ? 90000 : (int)i.rate_hz;
	a->channels = (int)i.channels;
	a->width = i.width;
	a->height = i.height;
	a->rotation = ebml_rotation((const uint8_t *)data, a->file.size);
	a->layer = ebml_tag_number((const uint8_t *)data, a->file.size, "LAYER", LAYER_MAX);
	a->file.video = i.video;
	a->file.keyframe = i.keyframe;
	a->file.frames = i.frames;
	a->file.from_ms = i.first_ms;
	a->file.end_ms = MAX(i.end_ms, i.last_ms + 1);
	return 0;
}

int adopt_probe(struct adopted *out, const char *chunks, const char *name)
{
	char *path = g_build_filename(chunks, name, NULL), *data = NULL;
	int err;

	*out = (struct adopted){ 0 };
	g_strlcpy(out->file.file, name, sizeof(out->file.file));
	err = chunk_name_parse(&out->file.name, name);
	if (!err)
		err = fs_read(path, CHUNK_MAX, &data, &out->file.size);
	if (!err)
		err = read_media(out, data);
	if (!err)
		sha256_hex(out->file.sha256, data, out->file.size);
	g_free(data);
	g_free(path);
	return err;
}
