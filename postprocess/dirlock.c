/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * flock(2) on the directory of the chunks, which is what is shared, and so that no file is needed for it; metadata.c locks the one above for itself. Called by the commands that compose and erase, and by jobs that delete.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <sys/file.h>
#include <unistd.h>
#include "postprocess/dirlock.h"

int dirlock_take(const char *dir, bool alone)
{
	g_autofree char *chunks = g_build_filename(dir, "chunks", NULL);
	int fd = open(chunks, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	else
		dir = NULL;
	if (fd < 0 || dir)     /* nothing to be locked: no chunks */
		return fd < 0 ? -errno : fd;
	if (flock(fd, (alone ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 || errno != EWOULDBLOCK)
		return fd;
	close(fd);
	return -EBUSY;
}
