/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * flock(2) on the directory itself, so that no file is needed for it. Called by the commands that compose and erase.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include "postprocess/dirlock.h"

int dirlock_take(const char *dir, bool alone)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (flock(fd, (alone ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 || errno != EWOULDBLOCK)
		return fd;
	close(fd);
	return -EBUSY;
}
