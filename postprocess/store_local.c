/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A directory as a store, a mounted NAS for example: what has its name is whole and on the disk. Metadata are extended attributes where the file system has
 * them. Called through the table below, on any thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include "common/fsio.h"
#include "common/log.h"
#include "postprocess/store_local.h"
#include "postprocess/store_retry.h"

enum { STEP = 1 << 20, DIR_MODE = 0750, FILE_MODE = 0640 };
struct local {
	int seen;                      /* atomic: it was there once */
};

#define X_SHA256 "user.recroom.sha256"
#define X_KEY "user.recroom.key"

int local_fail(struct store *s, struct store_why *why, int err, const char *what)
{
	why->again = err == -EIO || err == -ESTALE || err == -ETIMEDOUT || err == -EINTR;
	if (err == -EDQUOT)
		err = -ENOSPC;
	return store_fail(s, why, err, "%.120s: %s", what, err_str(err));
}

/* A directory that is not there says nothing about what is in it: then nothing is there, nothing was deleted, nothing is to be written. It is known by what we
 * once made in it, so an empty place where something was mounted before is not taken for it. */
static int ready(struct store *s, struct store_why *why)
{
	char *uploads = g_build_filename(s->conf->directory, LOCAL_UPLOADS, NULL);
	struct local *l = s->own;
	struct stat st;
	int err = stat(uploads, &st) ? -errno : S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;

	if (err == -ENOENT && !__atomic_load_n(&l->seen, __ATOMIC_RELAXED) && !stat(s->conf->directory, &st))
		err = mkdir(uploads, DIR_MODE) && errno != EEXIST ? -errno : 0;
	if (!err)
		__atomic_store_n(&l->seen, 1, __ATOMIC_RELAXED);
	else
		store_fail(s, why, err == -ENOENT ? -ENXIO : err, "%.120s: %s", s->conf->directory, err == -ENOENT ? "not there; is it mounted?" : err_str(err));
	why->again = err != 0;
	g_free(uploads);
	return why->err;
}

/* Not made: a NAS that is not mounted is an empty place on this disk. One that is not there may come, as other stores may. */
static int open_local(struct store *s, struct store_why *why)
{
	struct stat st;

	s->own = g_new0(struct local, 1);
	if (!stat(s->conf->directory, &st) && !S_ISDIR(st.st_mode))
		return local_fail(s, why, -ENOTDIR, s->conf->directory);
	if (ready(s, why))
		log_warn("%s", why->text);
	memset(why, 0, sizeof(*why));
	return 0;
}

static void close_local(struct store *s)
{
	g_free(s->own);
}

int local_path(struct store *s, const char *key, char **out, struct store_why *why)
{
	char **parts = g_strsplit(key, "/", -1);
	bool ok = strcmp(parts[0], LOCAL_UPLOADS) != 0;

	for (size_t i = 0; parts[i]; i++)
		ok = ok && *parts[i] && strcmp(parts[i], ".") && strcmp(parts[i], "..") && strlen(parts[i]) <= NAME_MAX;
	g_strfreev(parts);
	if (!ok)
		return store_fail(s, why, -EINVAL, "%.120s: no file can have this name in a directory", key);
	*out = g_build_filename(s->conf->directory, key, NULL);
	return 0;
}

static int write_all(int fd, int64_t at, const char *data, size_t len)
{
	int err = 0;

	for (size_t done = 0; !err && done < len; ) {
		ssize_t n = pwrite(fd, data + done, len - done, at + (int64_t)done);

		if (n > 0)
			done += (size_t)n;
		else if (!n || errno != EINTR)
			err = n ? -errno : -EIO;
	}
	return err;
}

int local_write(int fd, int64_t at, const struct store_body *b)
{
	char *buffer = b->data ? NULL : g_malloc(STEP);
	int err = 0;

	for (size_t done = 0; !err && done < b->len; ) {
		size_t step = MIN(STEP, b->len - done);
		const char *from = b->data ? (const char *)b->data + done : buffer;
		ssize_t n = b->data ? (ssize_t)step : pread(b->fd, buffer, step, b->pos + (int64_t)done);

		if (store_stopping())
			err = -ECANCELED;
		else if (n > 0)
			err = write_all(fd, at + (int64_t)done, from, (size_t)n);
		else if (!n || errno != EINTR)
			err = n ? -errno : -ENODATA;
		done += n > 0 ? (size_t)n : 0;
	}
	g_free(buffer);
	return err;
}

static void fill(struct store_stat *st, const struct stat *file, const char *path)
{
	ssize_t n;

	memset(st, 0, sizeof(*st));
	st->size = file->st_size;
	st->modified_ms = (int64_t)file->st_mtim.tv_sec * 1000 + file->st_mtim.tv_nsec / 1000000;
	snprintf(st->etag, sizeof(st->etag), "%llx-%llx", (unsigned long long)file->st_size,
		 (unsigned long long)file->st_mtim.tv_sec * 1000000000ull + (unsigned long long)file->st_mtim.tv_nsec);
	n = getxattr(path, X_SHA256, st->sha256, sizeof(st->sha256) - 1);
	st->sha256[n > 0 ? n : 0] = '\0';
	n = getxattr(path, X_KEY, st->key_id, sizeof(st->key_id) - 1);
	st->key_id[n > 0 ? n : 0] = '\0';
}

/* Not replaced where it is there: by the kernel, where the file system can, else by a second name, else by looking before. */
static int name_it(const char *temporary, const char *path, bool if_absent)
{
	int err = 0;

	if (!if_absent)
		return rename(temporary, path) ? -errno : 0;
	if (!renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE))
		return 0;
	err = -errno;
	if (err != -EINVAL && err != -ENOSYS && err != -ENOTSUP)
		return err;
	if (!link(temporary, path))
		return unlink(temporary) ? -errno : 0;
	err = -errno;
	if (err != -EPERM && err != -ENOTSUP && err != -ENOSYS)
		return err;
	return !access(path, F_OK) ? -EEXIST : rename(temporary, path) ? -errno : 0;
}

/* Names are on the disk when their directories are, up to the first one that was there. */
static int make_dirs(const char *root, const char *dir)
{
	char *parent = g_path_get_dirname(dir);
	int err = 0;

	if (mkdir(dir, DIR_MODE)) {
		err = -errno;
		if (err == -ENOENT && strlen(parent) >= strlen(root)) {
			err = make_dirs(root, parent);
			err = err ? err : mkdir(dir, DIR_MODE) && errno != EEXIST ? -errno : fs_sync_dir(parent);
		}
		err = err == -EEXIST ? 0 : err;
	} else {
		err = fs_sync_dir(parent);
	}
	g_free(parent);
	return err;
}

int local_publish(struct store *s, const char *temporary, const struct store_put *p, struct store_stat *st, struct store_why *why)
{
	char *path = NULL, *dir = NULL;
	struct stat file;
	int err = local_path(s, p->key, &path, why);

	if (err)
		goto out;
	dir = g_path_get_dirname(path);
	if (p->sha256)
		setxattr(temporary, X_SHA256, p->sha256, strlen(p->sha256), 0);
	if (p->key_id)
		setxattr(temporary, X_KEY, p->key_id, strlen(p->key_id), 0);
	err = -ENOENT;
	for (int i = 0; err == -ENOENT && i < 3; i++) {        /* somebody may take an empty directory away in between */
		err = make_dirs(s->conf->directory, dir);
		err = err ? err : name_it(temporary, path, p->if_absent);
	}
	err = err ? err : fs_sync_dir(dir);
	if (!err && stat(path, &file))
		err = -errno;
	if (err)
		local_fail(s, why, err, p->key);
	else
		fill(st, &file, path);
out:
	g_free(dir);
	g_free(path);
	return err;
}

static int put(struct store *s, const struct store_put *p, struct store_stat *st, struct store_why *why)
{
	char *temporary = g_build_filename(s->conf->directory, LOCAL_UPLOADS, "put-XXXXXX", NULL), *path = NULL;
	int err = local_path(s, p->key, &path, why), fd = err ? -1 : g_mkstemp_full(temporary, O_WRONLY | O_CLOEXEC, FILE_MODE);

	if (!err && fd < 0) {
		err = local_fail(s, why, -errno, temporary);
	} else if (!err) {
		err = local_write(fd, 0, &p->body);
		if (!err && fsync(fd))
			err = -errno;
		if (close(fd) && !err)
			err = -errno;
		if (err)
			local_fail(s, why, err, p->key);
		else
			err = local_publish(s, temporary, p, st, why);
		if (err)
			unlink(temporary);
	}
	g_free(path);
	g_free(temporary);
	return err;
}

static int open_file(struct store *s, const char *key, struct store_stat *st, struct store_why *why)
{
	char *path = NULL;
	struct stat file;
	int err = local_path(s, key, &path, why), fd;

	if (err)
		return err;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &file))
		err = errno == ENOTDIR ? -ENOENT : -errno;
	else if (!S_ISREG(file.st_mode))
		err = -ENOENT;
	if (err)
		local_fail(s, why, err, key);
	else
		fill(st, &file, path);
	if (err && fd >= 0)
		close(fd);
	g_free(path);
	return err ? err : fd;
}

static int head(struct store *s, const char *key, struct store_stat *st, struct store_why *why)
{
	int fd = open_file(s, key, st, why);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static int read_range(struct store *s, int fd, const struct store_range *r, int64_t len, struct store_why *why)
{
	char *buffer = g_malloc(STEP);
	int err = 0;

	for (int64_t done = 0; !err && done < len; ) {
		ssize_t n = pread(fd, buffer, (size_t)MIN((int64_t)STEP, len - done), r->pos + done);

		if (store_stopping())
			err = local_fail(s, why, -ECANCELED, r->key);
		else if (n > 0)
			err = r->take(buffer, (size_t)n, r->arg);
		else if (!n || errno != EINTR)
			err = local_fail(s, why, n ? -errno : -ENODATA, r->key);
		done += n > 0 ? n : 0;
	}
	g_free(buffer);
	return err;
}

static int get(struct store *s, const struct store_range *r, struct store_why *why)
{
	struct store_stat st;
	int fd = open_file(s, r->key, &st, why), err = 0;
	int64_t len;

	if (fd < 0)
		return fd;
	len = r->len < 0 || r->len > st.size - r->pos ? st.size - r->pos : r->len;
	if (r->pos > st.size || (r->pos == st.size && (r->pos || r->len > 0)))
		err = local_fail(s, why, -ERANGE, r->key);
	else if (*r->etag && strcmp(r->etag, st.etag))
		err = store_fail(s, why, -EBADMSG, "%.120s: it was replaced meanwhile", r->key);
	if (!err) {
		r->told(&st, r->arg);
		err = read_range(s, fd, r, len, why);
	}
	close(fd);
	return err;
}

static int remove_file(struct store *s, const char *key, const char *version, struct store_why *why)
{
	char *path = NULL, *dir;
	int err = local_path(s, key, &path, why);

	(void)version;
	if (err)
		return err;
	if (unlink(path)) {
		err = errno == ENOTDIR ? -ENOENT : -errno;
		local_fail(s, why, err, key);
	}
	dir = g_path_get_dirname(path);
	while (!err && strlen(dir) > strlen(s->conf->directory)) {     /* up to the first that is not empty */
		char *parent = g_path_get_dirname(dir);
		int left = rmdir(dir);

		fs_sync_dir(left ? dir : parent);
		g_free(dir);
		dir = parent;
		if (left)
			break;
	}
	g_free(dir);
	g_free(path);
	return err;
}

const struct store_driver store_local = {
	.can = STORE_CAN_IF_ABSENT, .open = open_local, .close = close_local, .ready = ready, .put = put, .get = get, .head = head, .remove = remove_file,
	.list = local_list, .parts_begin = local_parts_begin, .part = local_part, .parts_list = local_parts_list, .parts_end = local_parts_end,
	.parts_abort = local_parts_abort,
};
