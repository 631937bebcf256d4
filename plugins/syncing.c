/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Called by writer, before files get their names.
 *
 *	a file system that keeps its word, Linux 5.8 (before, syncfs() said nothing of errors) ─▶ little to write besides? ─▶ syncfs()
 *	                                                                                        what another program left to be written would be waited for
 */
#include "plugins/syncing.h"

#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "plugins/rectime.h"

enum { DIRTY_MAX_KIB = 128 << 10, LONG_US = 1000000, REST_US = 60000000, MEMINFO_SIZE = 4096 };

static bool kernel_tells_errors(void)
{
	struct utsname u;
	int major = 0, minor = 0;

	return uname(&u) == 0 && sscanf(u.release, "%d.%d", &major, &minor) == 2 && (major > 5 || (major == 5 && minor >= 8));
}

static bool keeps_its_word(int fd)
{
	static const unsigned long good[] = { 0xef53 /* ext4 */, 0x58465342 /* XFS */, 0x9123683e /* Btrfs */, 0x01021994 /* tmpfs: memory */ };
	struct statfs st;

	for (size_t i = 0; fstatfs(fd, &st) == 0 && i < G_N_ELEMENTS(good); i++)
		if ((unsigned long)st.f_type == good[i])
			return true;
	return false;
}

void syncing_open(struct syncing *s, const char *dir)
{
	*s = (struct syncing){ .fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	s->can = s->fd >= 0 && keeps_its_word(s->fd) && kernel_tells_errors();
}

void syncing_close(struct syncing *s)
{
	if (s->fd >= 0)
		close(s->fd);
	*s = (struct syncing){ .fd = -1 };
}

static int64_t kib_of(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? g_ascii_strtoll(at + strlen(name), NULL, 10) : INT64_MAX / 4;
}

/* Of the whole machine. */
static bool much_is_dirty(void)
{
	char text[MEMINFO_SIZE];
	int fd = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[MAX(n, 0)] = 0;
	return kib_of(text, "\nDirty:") + kib_of(text, "\nWriteback:") > DIRTY_MAX_KIB;
}

bool syncing_all(struct syncing *s, int64_t now_us)
{
	int64_t began_us = rec_clock_us();
	bool done;

	if (!s->can || now_us < s->not_before_us || much_is_dirty())
		return false;
	done = syncfs(s->fd) == 0;
	if (!done || rec_clock_us() - began_us > LONG_US)
		s->not_before_us = rec_clock_us() + REST_US;
	return done;
}
