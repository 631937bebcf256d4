/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The misbehaving disk, preloaded into a program under test; any thread.
 *
 *	program ─▶ open write fsync rename … ─▶ below the directory? ─▶ hold ─▶ fail ─▶ libc ─▶ record
 *
 * Which file a descriptor is of is asked of /proc each time, so nothing has to be remembered. Built without sanitizers: theirs call libc by
 * way of this.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>
#include "tests/disk/faulty.h"

#define EXPORT __attribute__((visibility("default")))
#define REAL(name) ((__typeof__(&name))real(#name))

enum { HOLD_US = 2000, PATH_SIZE = 512 };

static struct faulty *control;
static bool named;             /* shared by a file, also with children */
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;   /* of calls that are recorded */

static void *real(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

static struct faulty *map(int fd)
{
	void *p = mmap(NULL, sizeof(struct faulty), PROT_READ | PROT_WRITE, MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

static void in_child(void)
{
	if (named)
		return;
	munmap(control, sizeof(*control));
	control = map(-1);
}

__attribute__((constructor)) static void load(void)
{
	const char *path = getenv("RECROOM_FAULTY");
	int fd = path ? REAL(open)(path, O_RDWR | O_CLOEXEC) : -1;

	named = fd >= 0;
	control = map(fd);
	pthread_atfork(NULL, NULL, in_child);
}

EXPORT struct faulty *faulty_control(void)
{
	return control;
}

/* --- which file --- */

struct target {
	enum faulty_call call;
	char path[PATH_SIZE], path2[PATH_SIZE];
	bool ours;
};

static bool watching(void)
{
	return control && atomic_load(&control->on);
}

/* By hand: a sanitizer looks into strncmp(), and knows nothing of how `dir` came there. */
static bool below(const char *path)
{
	const char *dir = control->dir;

	while (*dir && *dir == *path) {
		dir++;
		path++;
	}
	return !*dir && (!*path || *path == '/');
}

static bool path_of_fd(int fd, char out[PATH_SIZE])
{
	char link[64];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, out, PATH_SIZE - 1);
	out[n > 0 ? n : 0] = 0;
	return n > 0;
}

static void path_at(int dir, const char *name, char out[PATH_SIZE])
{
	size_t n = 0;

	if (name[0] != '/' && dir != AT_FDCWD && path_of_fd(dir, out)) {
		n = strlen(out);
		if (n < PATH_SIZE - 1)
			out[n++] = '/';
	}
	snprintf(out + n, PATH_SIZE - n, "%s", name);
}

static struct target target_path(enum faulty_call call, int dir, const char *name)
{
	struct target t = { .call = call };

	if (!watching())
		return t;
	path_at(dir, name, t.path);
	t.ours = below(t.path);
	return t;
}

static struct target target_fd(enum faulty_call call, int fd)
{
	struct target t = { .call = call };

	if (watching())
		t.ours = path_of_fd(fd, t.path) && below(t.path);
	return t;
}

/* --- what happens to the call --- */

static bool on_loop(void)
{
	char name[17] = "";

	prctl(PR_GET_NAME, name);
	return !strncmp(name, "hloop", 5) || !strcmp(name, "fake-loop");
}

/* False: it fails, errno says how. */
static bool pass(const struct target *t)
{
	unsigned bit = FAULTY_BIT(t->call);

	if (!t->ours)
		return true;
	atomic_fetch_add(&control->count[t->call], 1);
	if (on_loop())
		atomic_fetch_add(&control->from_loops, 1);
	atomic_fetch_add(&control->waiting, 1);
	while (atomic_load(&control->stall) & bit)
		usleep(HOLD_US);
	atomic_fetch_sub(&control->waiting, 1);
	if (atomic_load(&control->slow) & bit)
		usleep(atomic_load(&control->slow_us));
	if (!(atomic_load(&control->fail) & bit))
		return true;
	errno = atomic_load(&control->error);
	return false;
}

/* Between begin() and end() a recorded call has its place in the order. */
static bool begin(const struct target *t)
{
	bool on = t->ours && atomic_load(&control->recording);

	if (on)
		pthread_mutex_lock(&order);
	return on;
}

static void put(const struct target *t, const struct stat *st, int64_t offset, const void *data, size_t len)
{
	struct faulty_record r = { .call = t->call, .stamp = atomic_load(&control->stamp), .inode = st->st_ino, .offset = offset, .len = (uint32_t)len, .path = (uint16_t)strlen(t->path),
				   .path2 = (uint16_t)strlen(t->path2), .directory = S_ISDIR(st->st_mode) };
	uint64_t at = atomic_load(&control->used);
	uint8_t *p = control->log + at;

	r.size = (uint32_t)((sizeof(r) + r.path + r.path2 + len + 7) & ~(size_t)7);
	if (at + r.size > FAULTY_LOG) {
		atomic_store(&control->overflow, true);
		return;
	}
	memcpy(p, &r, sizeof(r));
	memcpy(p += sizeof(r), t->path, r.path);
	memcpy(p += r.path, t->path2, r.path2);
	if (len)
		memcpy(p + r.path2, data, len);
	atomic_store(&control->used, at + r.size);
}

static void end(bool on, bool done, const struct target *t, const struct stat *st, int64_t offset, const void *data, size_t len)
{
	int saved = errno;

	if (!on)
		return;
	if (done)
		put(t, st, offset, data, len);
	pthread_mutex_unlock(&order);
	errno = saved;
}

/* --- the calls --- */

static int do_open(int dir, const char *name, int flags, mode_t mode)
{
	struct target t = target_path(flags & O_CREAT ? FAULTY_CREATE : FAULTY_OPEN, dir, name);
	struct stat st = { 0 };
	bool on;
	int fd;

	if (!pass(&t))
		return -1;
	on = flags & (O_CREAT | O_TRUNC) && begin(&t);
	fd = REAL(openat)(dir, name, flags, mode);
	if (fd >= 0 && on)
		fstat(fd, &st);
	end(on, fd >= 0, &t, &st, 0, NULL, 0);
	return fd;
}

#define MODE_OF(flags) __extension__ ({ \
		mode_t mode_ = 0; \
		if ((flags) & (O_CREAT | O_TMPFILE)) { \
			va_list ap_; \
			va_start(ap_, flags); \
			mode_ = (mode_t)va_arg(ap_, int); \
			va_end(ap_); \
		} \
		mode_; \
	})

EXPORT int open(const char *path, int flags, ...)
{
	return do_open(AT_FDCWD, path, flags, MODE_OF(flags));
}

EXPORT int open64(const char *path, int flags, ...)
{
	return do_open(AT_FDCWD, path, flags, MODE_OF(flags));
}

EXPORT int openat(int dir, const char *path, int flags, ...)
{
	return do_open(dir, path, flags, MODE_OF(flags));
}

EXPORT int openat64(int dir, const char *path, int flags, ...)
{
	return do_open(dir, path, flags, MODE_OF(flags));
}

/* Where a write went: behind what it moved or, given an offset, there. */
static void note_write(const struct target *t, bool on, int fd, const void *data, ssize_t n, int64_t offset)
{
	struct stat st = { 0 };

	if (on && n > 0) {
		fstat(fd, &st);
		offset = offset >= 0 ? offset : lseek(fd, 0, SEEK_CUR) - n;
	}
	end(on, n > 0, t, &st, offset, data, n > 0 ? (size_t)n : 0);
}

EXPORT ssize_t write(int fd, const void *data, size_t len)
{
	struct target t = target_fd(FAULTY_WRITE, fd);
	ssize_t n;
	bool on;

	if (!pass(&t))
		return -1;
	on = begin(&t);
	n = REAL(write)(fd, data, len);
	note_write(&t, on, fd, data, n, -1);
	return n;
}

static ssize_t do_pwrite(int fd, const void *data, size_t len, off_t offset)
{
	struct target t = target_fd(FAULTY_WRITE, fd);
	ssize_t n;
	bool on;

	if (!pass(&t))
		return -1;
	on = begin(&t);
	n = REAL(pwrite)(fd, data, len, offset);
	note_write(&t, on, fd, data, n, offset);
	return n;
}

EXPORT ssize_t pwrite(int fd, const void *data, size_t len, off_t offset)
{
	return do_pwrite(fd, data, len, offset);
}

EXPORT ssize_t pwrite64(int fd, const void *data, size_t len, off64_t offset)
{
	return do_pwrite(fd, data, len, offset);
}

static ssize_t do_pread(int fd, void *data, size_t len, off_t offset)
{
	struct target t = target_fd(FAULTY_PREAD, fd);

	return pass(&t) ? REAL(pread)(fd, data, len, offset) : -1;
}

EXPORT ssize_t pread(int fd, void *data, size_t len, off_t offset)
{
	return do_pread(fd, data, len, offset);
}

EXPORT ssize_t pread64(int fd, void *data, size_t len, off64_t offset)
{
	return do_pread(fd, data, len, offset);
}

static int do_sync(int fd, bool data_only)
{
	struct stat st = { 0 };
	struct target t = target_fd(data_only ? FAULTY_FDATASYNC : FAULTY_FSYNC, fd);
	bool on;
	int r;

	if (t.ours && !fstat(fd, &st) && S_ISDIR(st.st_mode))
		t.call = FAULTY_DIRSYNC;
	if (!pass(&t))
		return -1;
	on = begin(&t);
	r = data_only ? REAL(fdatasync)(fd) : REAL(fsync)(fd);
	end(on, !r, &t, &st, 0, NULL, 0);
	return r;
}

EXPORT int fsync(int fd)
{
	return do_sync(fd, false);
}

EXPORT int fdatasync(int fd)
{
	return do_sync(fd, true);
}

EXPORT int syncfs(int fd)
{
	struct stat st = { 0 };
	struct target t = target_fd(FAULTY_SYNCFS, fd);
	bool on;
	int r;

	if (!pass(&t))
		return -1;
	on = begin(&t);
	r = REAL(syncfs)(fd);
	end(on, !r, &t, &st, 0, NULL, 0);
	return r;
}

static int do_rename(int from_dir, const char *from, int to_dir, const char *to)
{
	struct target t = target_path(FAULTY_RENAME, from_dir, from);
	struct stat st = { 0 };
	bool on;
	int r;

	if (t.ours)
		path_at(to_dir, to, t.path2);
	if (!pass(&t))
		return -1;
	on = begin(&t);
	if (on)
		fstatat(from_dir, from, &st, AT_SYMLINK_NOFOLLOW);
	r = REAL(renameat)(from_dir, from, to_dir, to);
	end(on, !r, &t, &st, 0, NULL, 0);
	return r;
}

EXPORT int rename(const char *from, const char *to)
{
	return do_rename(AT_FDCWD, from, AT_FDCWD, to);
}

EXPORT int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	return do_rename(from_dir, from, to_dir, to);
}

static int do_mkdir(int dir, const char *name, mode_t mode)
{
	struct target t = target_path(FAULTY_MKDIR, dir, name);
	struct stat st = { 0 };
	bool on;
	int r;

	if (!pass(&t))
		return -1;
	on = begin(&t);
	r = REAL(mkdirat)(dir, name, mode);
	if (on && !r)
		fstatat(dir, name, &st, 0);
	end(on, !r, &t, &st, 0, NULL, 0);
	return r;
}

EXPORT int mkdir(const char *path, mode_t mode)
{
	return do_mkdir(AT_FDCWD, path, mode);
}

EXPORT int mkdirat(int dir, const char *path, mode_t mode)
{
	return do_mkdir(dir, path, mode);
}

static int do_unlink(int dir, const char *name, int flags)
{
	struct target t = target_path(FAULTY_UNLINK, dir, name);
	struct stat st = { 0 };
	bool on;
	int r;

	if (!pass(&t))
		return -1;
	on = begin(&t);
	if (on)
		fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW);
	r = REAL(unlinkat)(dir, name, flags);
	end(on, !r, &t, &st, 0, NULL, 0);
	return r;
}

EXPORT int unlink(const char *path)
{
	return do_unlink(AT_FDCWD, path, 0);
}

EXPORT int unlinkat(int dir, const char *path, int flags)
{
	return do_unlink(dir, path, flags);
}

static int do_truncate(int fd, off_t length)
{
	struct target t = target_fd(FAULTY_TRUNCATE, fd);
	struct stat st = { 0 };
	bool on;
	int r;

	if (!pass(&t))
		return -1;
	on = begin(&t);
	r = REAL(ftruncate)(fd, length);
	if (on && !r)
		fstat(fd, &st);
	end(on, !r, &t, &st, length, NULL, 0);
	return r;
}

EXPORT int ftruncate(int fd, off_t length)
{
	return do_truncate(fd, length);
}

EXPORT int ftruncate64(int fd, off64_t length)
{
	return do_truncate(fd, length);
}
