/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A chunk file on its way to the disk; called by writer and backlog on the writer thread.
 *
 *	in memory ─▶ .name.tmp written ─▶ synced and renamed          the bytes stay in memory until the name is there
 *	    ▲────────────── a sync or rename failed
 */
#include "plugins/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK_MODE = 0640 };

struct spool {
	struct chunk_file *file;
	int fd;                    /* of the temporary file, -1: none */
	bool synced;               /* what was written is on the disk */
	bool named;
};

struct spool *spool_new(struct chunk_file *file)
{
	struct spool *s = g_new0(struct spool, 1);

	s->file = file;
	s->fd = -1;
	return s;
}

const struct chunk_file *spool_file(const struct spool *s)
{
	return s->file;
}

bool spool_written(const struct spool *s)
{
	return s->named || s->fd >= 0;
}

bool spool_named(const struct spool *s)
{
	return s->named;
}

void spool_free(struct spool *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	chunk_file_free(s->file);
	g_free(s);
}

static char *temporary(const struct spool *s, const char *dir)
{
	return g_strdup_printf("%s/.%s.tmp", dir, s->file->file);
}

void spool_discard(struct spool *s, const char *dir)
{
	char *path = temporary(s, dir);

	s->synced = false;
	if (s->fd >= 0) {
		close(s->fd);
		s->fd = -1;
		unlink(path);
	}
	g_free(path);
}

static bool is_temporary(const char *name)
{
	return name[0] == '.' && g_str_has_suffix(name, ".tmp");
}

void spool_sweep(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		if (is_temporary(e->d_name))
			unlinkat(dirfd(d), e->d_name, 0);
	}
	if (d)
		closedir(d);
}

static int write_all(int fd, const uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

static int create(const char *path)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, fd = open(path, flags, CHUNK_MODE);

	/* Left by an attempt of ours: nobody else makes names in this directory. */
	if (fd < 0 && errno == EEXIST && unlink(path) == 0)
		fd = open(path, flags, CHUNK_MODE);
	return fd < 0 ? -errno : fd;
}

int spool_write(struct spool *s, const char *dir)
{
	char *path;
	int err;

	if (spool_written(s))
		return 0;
	path = temporary(s, dir);
	err = create(path);
	if (err >= 0) {
		s->fd = err;
		err = fchmod(s->fd, CHUNK_MODE) < 0 ? -errno : write_all(s->fd, s->file->data, s->file->size);
	}
	g_free(path);
	if (err)
		spool_discard(s, dir);
	return err;
}

/* A hint: what goes wrong is told by fsync(). */
void spool_push(struct spool *s)
{
	if (s->fd >= 0)
		sync_file_range(s->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

void spool_synced(struct spool *s)
{
	s->synced = s->fd >= 0;
}

int spool_name(struct spool *s, const char *dir, bool sync)
{
	char *from = temporary(s, dir), *to = g_strdup_printf("%s/%s", dir, s->file->file);
	int err = sync && !s->synced && fsync(s->fd) < 0 ? -errno : 0;

	if (!err && rename(from, to) < 0)
		err = -errno;
	if (err) {
		/* After a failed sync the kernel may have forgotten the pages: write anew. */
		spool_discard(s, dir);
	} else {
		close(s->fd);
		s->fd = -1;
		s->named = true;
	}
	g_free(from);
	g_free(to);
	return err;
}
