/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Uploads in parts into a directory: one file, in which each part has its place, and a log beside it that says which are there. A part is in the log after it
 * is on the disk; one that is sent again gets a further line, and the last one counts. Called through the table of store_local.c.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/fsio.h"
#include "common/uri.h"
#include "postprocess/store_body.h"
#include "postprocess/store_local.h"

enum { LOG_MAX = 16 << 20, ETAG_HEX = 32 };

struct log_part { int64_t size; char etag[ETAG_HEX + 1]; };
struct log_file {
	char *key;
	int64_t part_size, began_ms;
	struct log_part part[STORE_PARTS_MAX + 1];     /* by number; size -1: not there */
};

static char *file_of(struct store *s, const char *upload, const char *suffix)
{
	char *name = g_strconcat(upload, suffix, NULL), *path = g_build_filename(s->conf->directory, LOCAL_UPLOADS, name, NULL);

	g_free(name);
	return path;
}

static bool is_id(const char *upload)
{
	return strlen(upload) == 24 && strspn(upload, "0123456789abcdef") == 24;
}

static void log_free(struct log_file **l)
{
	if (*l)
		g_free((*l)->key);
	g_free(*l);
	*l = NULL;
}

static void read_line(struct log_file *l, const char *line)
{
	char key[3 * STORE_KEY_MAX + 1], etag[ETAG_HEX + 1];
	long long size, began;
	int number;

	if (sscanf(line, "upload %lld %lld %3072s", &size, &began, key) == 3 && !l->key) {
		l->part_size = size;
		l->began_ms = began;
		if (uri_decode(&l->key, key))
			l->key = NULL;
	} else if (sscanf(line, "part %d %lld %32s", &number, &size, etag) == 3 && number > 0 && number <= STORE_PARTS_MAX && strlen(etag) == ETAG_HEX) {
		l->part[number].size = size;
		g_strlcpy(l->part[number].etag, etag, sizeof(l->part[number].etag));
	}
}

/* -ENOENT: no such upload. The last line may be cut short. */
static int log_read(struct store *s, const char *upload, struct log_file **out)
{
	char *path = file_of(s, upload, ".log"), *text = NULL, **lines;
	size_t len;
	int err = is_id(upload) ? fs_read(path, LOG_MAX, &text, &len) : -ENOENT;
	struct log_file *l = NULL;

	g_free(path);
	if (err)
		return err;
	l = g_new0(struct log_file, 1);
	for (int i = 0; i <= STORE_PARTS_MAX; i++)
		l->part[i].size = -1;
	lines = g_strsplit(text, "\n", -1);
	for (size_t i = 0; lines[i] && lines[i + 1]; i++)
		read_line(l, lines[i]);
	g_strfreev(lines);
	g_free(text);
	if (!l->key)
		log_free(&l);
	else
		*out = l;
	return l ? 0 : -ENOENT;
}

/* One line, by one write, so that threads do not mix theirs. */
static int log_add(struct store *s, const char *upload, const char *line, int flags)
{
	char *path = file_of(s, upload, ".log");
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | flags, 0640), err = fd < 0 ? -errno : 0;

	if (!err && write(fd, line, strlen(line)) != (ssize_t)strlen(line))
		err = -EIO;
	if (!err && fdatasync(fd))
		err = -errno;
	if (fd >= 0)
		close(fd);
	g_free(path);
	return err;
}

int local_parts_begin(struct store *s, const struct store_put *p, size_t part_size, char *upload, struct store_why *why)
{
	char *key = uri_encode(p->key, "/"), *path = NULL, *data = NULL, *line, *uploads = g_build_filename(s->conf->directory, LOCAL_UPLOADS, NULL);
	int err = local_path(s, p->key, &path, why), fd;

	snprintf(upload, STORE_UPLOAD, "%08x%08x%08x", g_random_int(), g_random_int(), g_random_int());
	line = g_strdup_printf("upload %zu %lld %s\n", part_size, (long long)s->now_s() * 1000, key);
	if (!err) {
		data = file_of(s, upload, ".data");
		fd = open(data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
		err = fd < 0 ? -errno : log_add(s, upload, line, O_CREAT | O_EXCL);
		if (fd >= 0)
			close(fd);
		err = err ? err : fs_sync_dir(uploads);
		if (err)
			local_fail(s, why, err, data);
	}
	g_free(line);
	g_free(uploads);
	g_free(data);
	g_free(path);
	g_free(key);
	return err;
}

int local_part(struct store *s, const struct store_part *p, char *etag, struct store_why *why)
{
	struct log_file *l = NULL;
	char hash[STORE_SHA256], line[96], *data = file_of(s, p->upload, ".data");
	int err = log_read(s, p->upload, &l), fd = err ? -1 : open(data, O_WRONLY | O_CLOEXEC);

	if (!err && fd < 0)
		err = -errno;
	if (!err && (int64_t)p->body->len > l->part_size)
		err = -EINVAL;
	err = err ? err : store_body_sha256(p->body, hash);
	err = err ? err : local_write(fd, (p->number - 1) * l->part_size, p->body);
	if (!err && fdatasync(fd))
		err = -errno;
	if (fd >= 0)
		close(fd);
	if (!err) {
		snprintf(line, sizeof(line), "part %d %zu %.32s\n", p->number, p->body->len, hash);
		err = log_add(s, p->upload, line, 0);
	}
	if (err)
		local_fail(s, why, err, p->key);
	else
		snprintf(etag, STORE_ETAG, "%.32s", hash);
	log_free(&l);
	g_free(data);
	return err;
}

int local_parts_list(struct store *s, const struct store_part *p, store_each_part_h *each, void *arg, struct store_why *why)
{
	struct log_file *l = NULL;
	int err = log_read(s, p->upload, &l);

	if (err)
		return local_fail(s, why, err, p->key);
	for (int i = 1; !err && i <= STORE_PARTS_MAX; i++)
		if (l->part[i].size >= 0)
			err = each(i, l->part[i].size, l->part[i].etag, arg);
	log_free(&l);
	return err;
}

/* All there, as they were told, and none but the last shorter than the others. */
static int check_parts(const struct log_file *l, const struct store_parts *parts, int64_t *size)
{
	int err = 0;

	*size = 0;
	for (size_t i = 0; !err && i < parts->n; i++) {
		const struct store_part_done *d = &parts->part[i];
		const struct log_part *have = &l->part[d->number > 0 && d->number <= STORE_PARTS_MAX ? d->number : 0];

		if (d->number != (int)i + 1 || have->size < 0 || strcmp(have->etag, d->etag) || (i + 1 < parts->n && have->size != l->part_size))
			err = -EBADMSG;
		*size += have->size;
	}
	return err;
}

int local_parts_end(struct store *s, const struct store_put *p, const struct store_parts *parts, struct store_stat *st, struct store_why *why)
{
	struct log_file *l = NULL;
	char *data = file_of(s, parts->upload, ".data"), *log = file_of(s, parts->upload, ".log");
	int64_t size = 0;
	int err = log_read(s, parts->upload, &l), fd = -1;

	if (!err && strcmp(l->key, p->key))
		err = -ENOENT;
	err = err ? err : check_parts(l, parts, &size);
	if (!err && ((fd = open(data, O_WRONLY | O_CLOEXEC)) < 0 || ftruncate(fd, size) || fsync(fd)))
		err = -errno;
	if (fd >= 0)
		close(fd);
	if (err)
		local_fail(s, why, err, p->key);
	else
		err = local_publish(s, data, p, st, why);
	if (!err)
		unlink(log);
	log_free(&l);
	g_free(log);
	g_free(data);
	return err;
}

int local_parts_abort(struct store *s, const struct store_part *p, struct store_why *why)
{
	char *data = file_of(s, p->upload, ".data"), *log = file_of(s, p->upload, ".log");
	int err = !is_id(p->upload) ? -ENOENT : unlink(data) && errno != ENOENT ? -errno : 0;

	if (!err && unlink(log))
		err = -errno;
	if (err)
		local_fail(s, why, err, p->key);
	g_free(log);
	g_free(data);
	return err;
}

int local_list_uploads(struct store *s, const char *prefix, store_each_h *each, void *arg, struct store_why *why)
{
	char *path = g_build_filename(s->conf->directory, LOCAL_UPLOADS, NULL);
	DIR *d = opendir(path);
	struct dirent *e;
	int err = d ? 0 : local_fail(s, why, -errno, path);

	while (!err && (e = readdir(d))) {
		char *id = g_str_has_suffix(e->d_name, ".log") ? g_strndup(e->d_name, strlen(e->d_name) - 4) : NULL;
		struct log_file *l = NULL;

		if (id && !log_read(s, id, &l) && g_str_has_prefix(l->key, prefix))
			err = each(&(struct store_item){ .key = l->key, .version = "", .upload = id, .etag = "", .size = -1, .modified_ms = l->began_ms }, arg);
		log_free(&l);
		g_free(id);
	}
	if (d)
		closedir(d);
	g_free(path);
	return err;
}
