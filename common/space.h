/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Room on the disk of the recordings: bytes and inodes that are free to others than root. May block on the disk.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/** What must be free; 0: whatever. */
struct space_conf { int64_t bytes, inodes; };

/** 0, -ENOSPC when less is free than conf asks for, or what the file system answers. */
int space_check(const char *dir, const struct space_conf *conf);

/** Looks now and then; zeroed memory is one that has not looked yet. */
struct space_watch {
	int64_t next_us;
	bool low;
};
/** True once each time it has become less than conf asks for; a tenth more than that ends it. */
bool space_turned_low(struct space_watch *w, const char *dir, const struct space_conf *conf, int64_t now_us);
