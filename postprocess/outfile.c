/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What all containers share about the file they are written to. Called by the muxers, on the writing thread.
 *
 *   write, append, insert ─▶ DIR/.NAME.tmp ─▶ finish: hashes, sync ─▶ publish: rename, sync of the directory
 *                    └▶ checksum
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdbool.h>
#include <sys/file.h>
#include <unistd.h>
#include "common/fsio.h"
#include "postprocess/checksum.h"
#include "postprocess/outfile.h"

enum { DIR_MODE = 02770, FILE_MODE = 0640, MOVE_BLOCK = 4 << 20 };

struct outfile {
	char *dir, *tmp, *final;
	int fd;
	int64_t size;
	struct checksum *sum;
};

/** Somebody else is writing it: what is left of one who died is not locked. */
static bool is_written(const char *tmp)
{
	int fd = open(tmp, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	bool busy = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK;

	if (fd >= 0)
		close(fd);
	return busy;
}

static int open_temporary(struct outfile *f, const char *dir, const char *name)
{
	g_autofree char *base = g_path_get_basename(name);
	int err;

	f->final = g_build_filename(dir, name, NULL);
	f->dir = g_path_get_dirname(f->final);
	f->tmp = g_strdup_printf("%s/.%s.tmp", f->dir, base);
	err = fs_mkdirs(f->dir, DIR_MODE);
	if (!err && is_written(f->tmp))
		err = -EBUSY;
	if (err) {
		g_clear_pointer(&f->tmp, g_free);      /* not ours to be removed */
		return err;
	}
	unlink(f->tmp);
	f->fd = open(f->tmp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
	if (f->fd < 0)
		return -errno;
	flock(f->fd, LOCK_EX | LOCK_NB);
	return 0;
}

int outfile_create(struct outfile **out, const char *dir, const char *name)
{
	struct outfile *f = g_new0(struct outfile, 1);
	int err;

	f->fd = -1;
	f->sum = checksum_create();
	err = open_temporary(f, dir, name);
	if (err)
		outfile_unref(&f);
	else
		*out = f;
	return err;
}

static int write_all(int fd, int64_t pos, const uint8_t *p, size_t left)
{
	while (left) {
		ssize_t n = pwrite(fd, p, left, pos);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		p += n;
		pos += n;
		left -= (size_t)n;
	}
	return 0;
}

int outfile_write(struct outfile *f, int64_t pos, const void *data, size_t len)
{
	int err = write_all(f->fd, pos, data, len);

	if (err)
		return err;
	checksum_update(f->sum, pos, data, len);
	f->size = MAX(f->size, pos + (int64_t)len);
	return 0;
}

int outfile_append(struct outfile *f, const void *data, size_t len)
{
	return outfile_write(f, f->size, data, len);
}

int outfile_read(struct outfile *f, int64_t pos, void *data, size_t len)
{
	ssize_t n;

	do
		n = pread(f->fd, data, len, pos);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : (int)n;
}

/** [pos, pos + len) to pos + by, by way of buf. */
static int move_piece(struct outfile *f, uint8_t *buf, int64_t pos, size_t len, int64_t by)
{
	size_t have = 0;
	int n = 1;

	while (have < len && n > 0) {
		n = outfile_read(f, pos + (int64_t)have, buf + have, len - have);
		have += n > 0 ? (size_t)n : 0;
	}
	if (n <= 0)
		return n ? n : -EIO;
	return write_all(f->fd, pos + by, buf, len);
}

int outfile_insert(struct outfile *f, int64_t pos, int64_t n)
{
	g_autofree uint8_t *buf = g_malloc(MOVE_BLOCK);
	int err = 0;

	for (int64_t end = f->size; !err && end > pos;) {       /* from the back, or it would write over what is still to be moved */
		int64_t from = MAX(pos, end - MOVE_BLOCK);

		err = move_piece(f, buf, from, (size_t)(end - from), n);
		end = from;
	}
	if (err)
		return err;
	f->size += n;
	return checksum_again(f->sum, f->fd);
}

int64_t outfile_size(const struct outfile *f)
{
	return f->size;
}

int outfile_finish(struct outfile *f, struct sink_result *r)
{
	int err = fsync(f->fd) ? -errno : checksum_finish(f->sum, f->fd);

	if (err)
		return err;
	r->size = f->size;
	r->blocks = checksum_blocks(f->sum);
	g_strlcpy(r->digest, checksum_list(f->sum), sizeof(r->digest));
	return 0;
}

int outfile_publish(struct outfile *f)
{
	if (rename(f->tmp, f->final))
		return -errno;
	g_clear_pointer(&f->tmp, g_free);
	return fs_sync_dir(f->dir);
}

void outfile_unref(struct outfile **file)
{
	struct outfile *f = *file;

	if (!f)
		return;
	if (f->fd >= 0)
		close(f->fd);
	if (f->tmp)
		unlink(f->tmp);
	checksum_unref(&f->sum);
	g_free(f->dir);
	g_free(f->tmp);
	g_free(f->final);
	g_clear_pointer(file, g_free);
}
