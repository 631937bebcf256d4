/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The test's side of faulty.so, and tmpfs in a mount namespace. Called by the test's thread.
 */
#include "tests/disk/disk.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <glib.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/fsio.h"

enum { FILLERS_MAX = 100000 };

void disk_prepare(char **argv)
{
	const char *given = getenv("RECROOM_FAULTY_SO"), *so = given ? given : FAULTY_SO;

	if (dlsym(RTLD_DEFAULT, "faulty_control"))
		return;
	if (access(so, R_OK)) {
		printf("%s is not there: make faulty.so\n0 passed, 1 failed\n", so);
		exit(1);
	}
	setenv("LD_PRELOAD", so, 1);
	execv("/proc/self/exe", argv);
	abort();
}

struct faulty *disk_faulty(void)
{
	struct faulty *(*control)(void) = (struct faulty *(*)(void))dlsym(RTLD_DEFAULT, "faulty_control");
	struct faulty *f = control ? control() : NULL;

	if (!f)
		abort();
	return f;
}

void disk_watch(const char *dir)
{
	struct faulty *f = disk_faulty();

	if (!realpath(dir, f->dir))
		abort();
	atomic_store(&f->on, true);
}

static bool put_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return done;
}

/* As root, or as somebody who may be root in a namespace. */
bool disk_namespace(void)
{
	char map[64];

	if (unshare(CLONE_NEWNS) == 0)
		return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
	snprintf(map, sizeof(map), "0 %u 1", (unsigned)getuid());
	return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && put_text("/proc/self/setgroups", "deny") && put_text("/proc/self/uid_map", map);
}

bool disk_mount(const char *dir, const char *size, unsigned inodes)
{
	char *options = g_strdup_printf("size=%s,nr_inodes=%u,mode=0770", size, inodes);
	bool done = fs_mkdirs(dir, 0770) == 0 && mount("recroom-test", dir, "tmpfs", 0, options) == 0;

	g_free(options);
	return done;
}

bool disk_put_file(const char *path, const void *data, size_t len, unsigned mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool whole = fd >= 0 && fchmod(fd, mode) == 0;

	for (size_t at = 0; whole && at < len;) {
		ssize_t n = write(fd, (const char *)data + at, len - at);

		whole = n > 0;
		at += whole ? (size_t)n : 0;
	}
	if (fd >= 0)
		close(fd);
	return whole;
}

static bool put_filler(const char *dir, int n, size_t size)
{
	static char zeros[1 << 20];
	char *path = g_strdup_printf("%s/filler-%d", dir, n);
	bool whole = disk_put_file(path, zeros, size, 0600);

	g_free(path);
	return whole;
}

bool disk_put_mib(const char *dir, int n)
{
	return put_filler(dir, n, 1 << 20);
}

/* Large files first, then the pieces they left. */
void disk_fill_bytes(const char *dir)
{
	int n = 0;

	for (size_t size = 1 << 20; size >= 4096; size /= 4)
		while (n < FILLERS_MAX && put_filler(dir, n++, size))
			;
}

void disk_fill_inodes(const char *dir)
{
	for (int n = 0; n < FILLERS_MAX && put_filler(dir, n, 0); n++)
		;
}

void disk_unfill(const char *dir)
{
	char *path;
	struct stat st;

	for (int n = 0; n < FILLERS_MAX; n++) {
		path = g_strdup_printf("%s/filler-%d", dir, n);
		if (stat(path, &st) < 0 && n > 64) {
			g_free(path);
			return;
		}
		unlink(path);
		g_free(path);
	}
}
