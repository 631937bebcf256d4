/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Many files to the disk at once: by syncfs(), which costs a third of the time and half of the CPU of as many fsync(), where that can be relied on and is no
 * trouble. Writer thread.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct syncing {
	int fd;                    /* of a directory; its errors are counted from when it was opened */
	bool can;                  /* this file system, this kernel */
	int64_t not_before_us;     /* it took long */
};

/** May block. A directory that cannot be opened can do nothing. */
void syncing_open(struct syncing *s, const char *dir);
void syncing_close(struct syncing *s);
/** True: what was written to the file system since syncing_open() is on the disk. False: it may not be; sync file by file, which tells what is wrong with which. */
bool syncing_all(struct syncing *s, int64_t now_us);
