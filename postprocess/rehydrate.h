/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Brings a recording's originals back from a store into its directory, as capture would have left it there. Blocks; fetches with threads of its own. Memory: a
 * block for each thread, and a line for each chunk.
 */
#pragma once
#include <stdbool.h>
#include "postprocess/original_io.h"

/* In a directory that was brought whole: what was made of the recording elsewhere before is gone, and what is made of it here stands in for that. */
#define REHYDRATE_MARK ".fetched"

struct rehydrate_conf {
	const char *recordings;        /* where directories of recordings are */
	const struct original_place *at;       /* which, and where from */
	int threads;                   /* 1..16 */
	bool (*stopping)(void *arg);   /* asked often, by several threads; NULL: never */
	void (*progress)(int64_t done, int64_t total, void *arg);      /* bytes of bundles; NULL */
	void *arg;
};
struct rehydrate_result {
	unsigned objects, files;       /* got; put into the directory */
	int64_t bytes;                 /* of the files */
	unsigned damaged;              /* not what the timeline says: beside it as name.damaged; bundles that cannot be read */
	unsigned missing;              /* the timeline names them, and they were nowhere */
	unsigned left_out;             /* of people who were erased, or unknown to a timeline that is closed */
	bool closed;                   /* the timeline has its end */
};
/** 0. -ENOENT: the store has nothing of it; -EEXIST: there are chunks here already; -EBUSY: somebody else is at it; -ECANCELED; -ENODATA: bundles, but no
 *  timeline (they are brought all the same: `recroom-pp repair` makes one); or what store or disk say. Nothing is visible before it is whole. */
int rehydrate(const struct rehydrate_conf *conf, struct rehydrate_result *out, struct store_why *why);
