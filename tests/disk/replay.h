/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a power cut leaves: the calls that faulty.so recorded are done again up to a point, and what was not synced by then is dropped. One thread.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "tests/disk/faulty.h"

/** What the file system had brought to the disk besides what it was asked to. */
enum replay_variant {
	REPLAY_NOTHING,            /* names as of the last sync of their directory, contents as of the file's */
	REPLAY_NAMES,              /* all names; contents end where they were synced */
	REPLAY_LENGTHS,            /* all names and lengths; contents that were not synced are zeros */
	REPLAY_CONTENTS,           /* all contents; names as of the last sync of their directory */
	REPLAY_EVERYTHING,         /* as after a kill */
	REPLAY_VARIANTS
};

struct replay;

/** Looks at the log of f, which must not grow any more and must outlive it. */
struct replay *replay_new(const struct faulty *f);
void replay_free(struct replay *r);
size_t replay_count(const struct replay *r);
/** f->stamp at the time of the n-th call. */
int64_t replay_stamp(const struct replay *r, size_t n);
/** Text of the n-th call, g_free(). */
char *replay_describe(const struct replay *r, size_t n);
/** What is left after the first n calls, into the empty directory `root`. */
void replay_build(const struct replay *r, size_t n, enum replay_variant variant, const char *root);
