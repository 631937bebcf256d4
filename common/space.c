/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Room on the disk; asked for by capture when a recording starts (disk thread), by writer while it runs (writer thread), and by compose
 * before it takes more of it (its writing thread).
 */
#include "common/space.h"

#include <errno.h>
#include <sys/statvfs.h>

enum { LOOK_US = 1000000 };

/* Some file systems (btrfs) make inodes as they go, and say 0. */
static bool lacks(const struct statvfs *s, int64_t bytes, int64_t inodes)
{
	bool few_bytes = bytes > 0 && (uint64_t)s->f_bavail * s->f_frsize < (uint64_t)bytes;
	bool few_inodes = inodes > 0 && s->f_files > 0 && s->f_favail < (uint64_t)inodes;

	return few_bytes || few_inodes;
}

int space_check(const char *dir, const struct space_conf *conf)
{
	struct statvfs s;

	if (conf->bytes <= 0 && conf->inodes <= 0)
		return 0;
	if (statvfs(dir, &s) < 0)
		return -errno;
	return lacks(&s, conf->bytes, conf->inodes) ? -ENOSPC : 0;
}

bool space_turned_low(struct space_watch *w, const char *dir, const struct space_conf *conf, int64_t now_us)
{
	struct space_conf more = { conf->bytes + conf->bytes / 10, conf->inodes + conf->inodes / 10 };
	int err;

	if (now_us < w->next_us)
		return false;
	w->next_us = now_us + LOOK_US;
	err = space_check(dir, w->low ? &more : conf);
	if (err == 0)
		w->low = false;
	if (err != -ENOSPC || w->low)
		return false;
	w->low = true;
	return true;
}
