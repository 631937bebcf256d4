/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Files: written under a temporary name, synced, renamed. Called on threads that may wait for the disk, never on a media thread.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "common/fsio.h"

static int write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

static int write_temporary(int dir, const char *tmp, const void *data, size_t len, mode_t mode, int sync)
{
	int fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode), err;

	if (fd < 0)
		return -errno;
	/* The mode is a promise of the format, whatever umask Janus was started with. */
	err = fchmod(fd, mode) ? -errno : write_all(fd, data, len);
	if (!err && sync && fsync(fd))
		err = -errno;
	if (close(fd) && !err)
		err = -errno;
	return err;
}

static int write_atomic(const char *dir, const char *name, const void *data, size_t len, mode_t mode, int sync)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err;
	char *tmp;

	if (fd < 0)
		return -errno;
	tmp = g_strdup_printf(".%s.tmp", name);
	unlinkat(fd, tmp, 0);
	err = write_temporary(fd, tmp, data, len, mode, sync);
	if (!err && renameat(fd, tmp, fd, name))
		err = -errno;
	if (err)
		unlinkat(fd, tmp, 0);
	else if (sync && fsync(fd))
		err = -errno;
	g_free(tmp);
	close(fd);
	return err;
}

int fs_write_atomic(const char *dir, const char *name, const void *data, size_t len, mode_t mode, int sync)
{
	const char *slash = strrchr(name, '/');
	g_autofree char *below = slash ? g_strdup_printf("%s/%.*s", dir, (int)(slash - name), name) : NULL;

	return write_atomic(below ? below : dir, slash ? slash + 1 : name, data, len, mode, sync);
}

static int read_fd(int fd, size_t max, char **out, size_t *len)
{
	GByteArray *b = g_byte_array_new();
	guint8 part[65536];
	ssize_t n;
	int err = 0;

	while (!err && (n = read(fd, part, sizeof(part))) != 0) {
		if (n < 0)
			err = errno == EINTR ? 0 : -errno;
		else if (b->len + (size_t)n > max)
			err = -EFBIG;
		else
			g_byte_array_append(b, part, (guint)n);
	}
	if (err) {
		g_byte_array_unref(b);
		return err;
	}
	if (len)
		*len = b->len;
	g_byte_array_append(b, (const guint8 *)"", 1);
	*out = (char *)g_byte_array_free(b, FALSE);
	return 0;
}

int fs_read(const char *path, size_t max, char **out, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), err;
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))    /* a pipe, for which one would wait for ever */
		err = -EINVAL;
	else
		err = read_fd(fd, MIN(max, (size_t)INT_MAX), out, len);
	close(fd);
	return err;
}

int fs_mkdir_new(const char *path, mode_t mode)
{
	/* mkdir() obeys the umask and drops the set-group-id bit; the format's modes do not depend on either. */
	return mkdir(path, 0700) || chmod(path, mode) ? -errno : 0;
}

int fs_mkdirs(const char *path, mode_t mode)
{
	char *parent;
	struct stat st;
	int err;

	if (!stat(path, &st))
		return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
	if (errno != ENOENT)
		return -errno;
	parent = g_path_get_dirname(path);
	err = strcmp(parent, path) ? fs_mkdirs(parent, mode) : -ENOENT;
	g_free(parent);
	if (!err)
		err = fs_mkdir_new(path, mode);
	return err == -EEXIST ? 0 : err;
}

int fs_sync_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (fsync(fd))
		err = -errno;
	close(fd);
	return err;
}

static int remove_at(int at, const char *name);

static int remove_children(int fd)
{
	DIR *d = fdopendir(fd);
	struct dirent *e;
	int err = 0;

	if (!d) {
		err = -errno;
		close(fd);
		return err;
	}
	while (!err && (e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			err = remove_at(dirfd(d), e->d_name);
	closedir(d);
	return err;
}

static int remove_at(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), err;

	if (fd < 0 && errno != ENOTDIR && errno != ELOOP)
		return errno == ENOENT ? 0 : -errno;
	if (fd < 0)
		return unlinkat(at, name, 0) && errno != ENOENT ? -errno : 0;
	err = remove_children(fd);
	if (!err && unlinkat(at, name, AT_REMOVEDIR) && errno != ENOENT)
		err = -errno;
	return err;
}

int fs_remove_tree(const char *path)
{
	return remove_at(AT_FDCWD, path);
}

int fs_is_network(const char *path)
{
	/* statfs(2): NFS, SMB, SMB2, CIFS, CODA, NCP, AFS, 9P, CEPH, FUSE (sshfs and the like cannot be told from local ones: allowed). */
	static const unsigned long magic[] = { 0x6969, 0x517b, 0xfe534d42, 0xff534d42, 0x73757245, 0x564c, 0x5346414f, 0x01021997, 0x00c36400 };
	struct statfs s;

	if (statfs(path, &s))
		return 0;
	for (size_t i = 0; i < G_N_ELEMENTS(magic); i++)
		if (((unsigned long)s.f_type & 0xffffffffUL) == magic[i])
			return 1;
	return 0;
}
