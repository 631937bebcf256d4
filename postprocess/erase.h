/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Takes a person out of a recording's directory for good: their chunks, their name, their chat lines, and every finished file that may hold them. What is
 * left of them is their id in the timeline, with a line that says they were erased. May be stopped anywhere and begun again.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "common/ids.h"

struct erase_conf {
	const char *dir, *participant;
	bool dry_run;                  /* only count */
	/** Before each step; done of total. Non-zero gives up; what was done stays done. */
	int (*progress)(int done, int total, void *arg);
	void *arg;
};

struct erase_result {
	char id[ID_SIZE];              /* of the recording */
	bool begun_before;             /* the timeline said so already */
	bool begun;                    /* it says so now */
	bool named;                    /* participants.json had them */
	unsigned chunks;               /* files of theirs */
	int64_t bytes;
	unsigned chat_lines;
	unsigned outputs, kept;        /* finished outputs removed; those made without them */
	bool primary_gone;             /* output.* is among them, or was not there */
	char why[256];                 /* on failure: a sentence */
};

/** 0; -ENOENT no such directory, -ENODATA no timeline, -ENXIO nobody of that id, -EBUSY it is being recorded or composed, -EBADMSG participants.json cannot be read,
 *  -ECANCELED, or why a file cannot be written or removed. */
int erase(const struct erase_conf *conf, struct erase_result *out);
