/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A file out of a store onto the disk: under its name only when it is whole and as it shall be. Main thread of `recroom-pp download`; blocks.
 *
 *   object ─▶ sealed_read() ─▶ .NAME.<object>.part ─▶ size, checksum, fsync ─▶ NAME
 *
 * What was interrupted goes on where it was, if the store still has the same object (etag, size): its hash is part of the temporary name. Two of the same at
 * a time: the second is refused.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "postprocess/sealed.h"

enum download_sum {
	DOWNLOAD_SUM_NONE,
	DOWNLOAD_SUM_FILE,                     /* SHA-256 of the file */
	DOWNLOAD_SUM_LIST,                     /* of its blocks' hashes (checksum.h): media */
};
struct download {
	struct sealed *object;
	const char *dir, *name;                /* name: without a slash */
	int64_t size;                          /* what it must have; -1: as the object has */
	enum download_sum sum;
	const char *sha256;                    /* hex */
	bool overwrite;                        /* what is there under that name, and is another file, is replaced */
	int (*progress)(int64_t done, int64_t size, void *arg);        /* after each block or so; not 0 ends it with that, and it can go on later; NULL */
	void *arg;
	/* out */
	int64_t resumed, got;                  /* where it went on; size of the file */
	char sha256_got[65];                   /* as `sum` says; "" for none */
	char why[400];                         /* a sentence, when it failed */
};
/** 0; 1: it was there already, whole. -EEXIST: another file is there. -EBADMSG: size, checksum or a seal is wrong: nothing is kept. -EBUSY: somebody
 *  else downloads the same. Else as sealed_read() and files say, and what is there is kept for the next time. */
int download_file(struct download *d);
