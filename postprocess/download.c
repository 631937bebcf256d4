/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Downloads. Called by cmd_download.c, one at a time.
 */
#include "postprocess/download.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/fsio.h"
#include "common/log.h"
#include "common/sha256.h"
#include "postprocess/checksum.h"

enum { PIECE = 256 << 10, TAG = 16 };

struct loading {
	struct download *d;
	int dir_fd, fd;
	char *part;                            /* its name in the directory */
	int64_t pos;
};

static int fail(struct download *d, int err, const char *text)
{
	g_snprintf(d->why, sizeof(d->why), "%s/%s: %s", d->dir, d->name, text);
	return err;
}

static int fail_errno(struct download *d, int err)
{
	return fail(d, err, err_str(err));
}

/* ---- is it as it shall be? ---- */

static int sum_list(int fd, char out[SHA256_HEX])
{
	struct checksum *c = checksum_create();
	int err = checksum_again(c, fd);

	if (!err)
		err = checksum_finish(c, fd);
	if (!err)
		g_strlcpy(out, checksum_list(c), SHA256_HEX);
	checksum_unref(&c);
	return err;
}

static int sum_file(int fd, char out[SHA256_HEX])
{
	struct sha256 *s = sha256_create();
	char *piece = g_malloc(PIECE);
	int64_t pos = 0;
	ssize_t n;

	while ((n = pread(fd, piece, PIECE, pos)) > 0) {
		sha256_update(s, piece, (size_t)n);
		pos += n;
	}
	g_free(piece);
	sha256_final(s, out);
	return n < 0 ? -errno : 0;
}

/* 1: yes, 0: no, negative errno. The file is read from the disk: what counts is what lies there. */
static int is_right(struct download *d, int fd, int64_t size)
{
	char got[SHA256_HEX] = "";
	int err = 0;

	if (size != d->size)
		return 0;
	if (d->sum != DOWNLOAD_SUM_NONE)
		err = d->sum == DOWNLOAD_SUM_LIST ? sum_list(fd, got) : sum_file(fd, got);
	g_strlcpy(d->sha256_got, got, sizeof(d->sha256_got));
	return err ? err : d->sum == DOWNLOAD_SUM_NONE || !strcmp(got, d->sha256);
}

/* ---- names ---- */

/* The same object again gives the same name. Without an etag no two are known to be the same. */
static char *part_name(const struct download *d)
{
	const struct store_stat *st = sealed_stat(d->object);
	g_autofree char *what = g_strdup_printf("%s\n%s\n%lld\n%lld", st->etag, st->version, (long long)st->size, (long long)d->size);
	char hex[SHA256_HEX];

	sha256_hex(hex, what, strlen(what));
	return g_strdup_printf(".%s.%.*s.part", d->name, TAG, st->etag[0] ? hex : "0000000000000000");
}

/* What an interrupted download of an object that is no longer there has left. */
static void remove_stale(const struct loading *l)
{
	const struct download *d = l->d;
	g_autofree char *prefix = g_strdup_printf(".%s.", d->name);
	GDir *dir = g_dir_open(d->dir, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir)))
		if (g_str_has_prefix(name, prefix) && g_str_has_suffix(name, ".part") && strlen(name) == strlen(l->part) && strcmp(name, l->part))
			unlinkat(l->dir_fd, name, 0);
	if (dir)
		g_dir_close(dir);
}

/* What is there under the name: 1 it is what was wanted, 0 nothing or it may go. */
static int look_at_target(struct loading *l)
{
	struct download *d = l->d;
	struct stat st;
	int fd = openat(l->dir_fd, d->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), right;

	if (fd < 0)
		return errno == ENOENT ? 0 : fail_errno(d, -errno);
	right = fstat(fd, &st) < 0 ? -errno : S_ISREG(st.st_mode) ? is_right(d, fd, st.st_size) : 0;
	close(fd);
	if (right > 0 && d->sum != DOWNLOAD_SUM_NONE)
		return 1;
	if (right < 0)
		return fail_errno(d, right);
	return d->overwrite ? 0 : fail(d, -EEXIST, "is there already, and is another file; --overwrite replaces it");
}

static int open_part(struct loading *l)
{
	struct download *d = l->d;
	struct stat st;

	l->fd = openat(l->dir_fd, l->part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (l->fd < 0)
		return fail_errno(d, -errno);
	if (flock(l->fd, LOCK_EX | LOCK_NB))
		return fail(d, -EBUSY, "is being downloaded by somebody else");
	if (fstat(l->fd, &st) < 0)
		return fail_errno(d, -errno);
	if (st.st_size > d->size || !sealed_stat(d->object)->etag[0]) {
		if (ftruncate(l->fd, 0))
			return fail_errno(d, -errno);
		st.st_size = 0;
	}
	l->pos = d->resumed = st.st_size;
	return 0;
}

/* ---- the bytes ---- */

static int write_all(int fd, const char *data, size_t n, int64_t pos)
{
	while (n) {
		ssize_t put = pwrite(fd, data, n, pos);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return put ? -errno : -EIO;
		data += put;
		n -= (size_t)put;
		pos += put;
	}
	return 0;
}

static int take(const void *data, size_t n, void *arg)
{
	struct loading *l = arg;
	struct download *d = l->d;
	int err = write_all(l->fd, data, n, l->pos);

	if (err)
		return fail_errno(d, err);
	l->pos += (int64_t)n;
	return d->progress ? d->progress(l->pos, d->size, d->arg) : 0;
}

/* All that is missing. A store tries again for a while; a large file takes longer, and as long as each attempt brings some of it there is another. */
static int load(struct loading *l)
{
	struct download *d = l->d;
	struct store_why why;
	int64_t before;
	int err;

	do {
		before = l->pos;
		why = (struct store_why){ .err = 0 };
		err = sealed_read(d->object, l->pos, -1, take, l, &why);
	} while (err && why.again && l->pos > before);
	if (err && !d->why[0])
		g_strlcpy(d->why, why.text[0] ? why.text : err_str(err), sizeof(d->why));
	return err;
}

static int check(struct loading *l)
{
	struct download *d = l->d;
	int right = is_right(d, l->fd, l->pos);

	if (right < 0)
		return fail_errno(d, right);
	if (right)
		return 0;
	g_snprintf(d->why, sizeof(d->why), "%s/%s: what the store gave is not the file: %s", d->dir, d->name,
		   l->pos != d->size ? "its size is another" : "its checksum is another");
	return -EBADMSG;
}

static int finish(struct loading *l)
{
	struct download *d = l->d;

	if (fsync(l->fd) || renameat(l->dir_fd, l->part, l->dir_fd, d->name))
		return fail_errno(d, -errno);
	fsync(l->dir_fd);
	d->got = l->pos;
	return 0;
}

/* What was there before may be of a worse time: once more from the beginning. */
static int load_and_check(struct loading *l)
{
	struct download *d = l->d;
	int err = load(l);

	if (!err)
		err = check(l);
	if (err != -EBADMSG || !d->resumed)
		return err;
	log_info("%s: what was downloaded before does not fit; once more from the beginning", d->name);
	d->why[0] = '\0';
	l->pos = d->resumed = 0;
	if (ftruncate(l->fd, 0))
		return fail_errno(d, -errno);
	err = load(l);
	return err ? err : check(l);
}

int download_file(struct download *d)
{
	struct loading l = { .d = d, .fd = -1 };
	int err;

	d->why[0] = d->sha256_got[0] = '\0';
	d->resumed = d->got = 0;
	if (d->size < 0)
		d->size = sealed_size(d->object);
	if (d->size != sealed_size(d->object))
		return fail(d, -EBADMSG, "the store has a file of another size");
	l.dir_fd = open(d->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l.dir_fd < 0)
		return fail_errno(d, -errno);
	l.part = part_name(d);
	err = look_at_target(&l);
	if (!err)
		err = open_part(&l);
	if (!err) {
		remove_stale(&l);
		err = load_and_check(&l);
		if (!err)
			err = finish(&l);
		if (err == -EBADMSG)
			unlinkat(l.dir_fd, l.part, 0);
	}
	if (err == 1)
		d->got = d->size;
	if (l.fd >= 0)
		close(l.fd);
	close(l.dir_fd);
	g_free(l.part);
	return err;
}
