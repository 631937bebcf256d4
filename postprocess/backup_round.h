/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One recording into one store, as far as it is sealed. One thread at a time; blocks on disk and store, never on a database. Memory: a bundle (BUNDLE_BYTES, or
 * one chunk) and a piece of the timeline.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>
#include "postprocess/backup_journal.h"

struct backup_round {
	const char *dir;
	struct original_place at;
	/* kept from round to round; all 0 at first */
	struct backup_journal *journal;
	dev_t dev;                     /* of the timeline that was looked at last */
	ino_t ino;
	GPtrArray *put;                /* names of what this round has put; char * */
};

/** 1: there is more to do at once; 0: all that is sealed is there, and of a recording that is over everything, found to be there (journal->end);
 *  -EBUSY: somebody takes chunks away; any other negative errno, with *why when it was the store. */
int backup_round(struct backup_round *r, struct store_why *why);
/** Is there something new? Cheap; also true where that cannot be known. *stopped: the stop line seems to be among it. */
bool backup_round_due(const struct backup_round *r, bool *stopped);
/** Takes out of the store what the last round has put: the recording is being deleted. */
void backup_round_undo(struct backup_round *r);
void backup_round_done(struct backup_round *r);
