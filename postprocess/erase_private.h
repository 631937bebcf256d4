/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Shared by erase*.c: one erasing.
 */
#pragma once
#include <glib.h>
#include "postprocess/erase.h"

struct erasing {
	const struct erase_conf *conf;
	struct erase_result *out;
	int dir;                       /* the recording's directory */
	int64_t stop_ms;               /* t_ms of the stop line, -1: none */
	bool spoken_of;                /* in the timeline */
	bool erased;                   /* it says so */
	GHashTable *seen, *kept;       /* numbers of outputs, while they are looked through (erase_outputs.c) */
};

/** What making it again needs, between the commands that begin and end it: `recroom-pp erase`'s own. */
#define ERASE_NOTE ".erase.json"

/** Removes what was made with them (erase_outputs.c). 0 or negative errno. */
int erase_outputs(struct erasing *e);
/** Removes a file, or a directory with all in it, by its name in `at`; not there is success, and nothing is done in a dry run. */
int erase_remove(const struct erasing *e, int at, const char *name);
/** Calls `f` for each name in a directory, until it returns non-zero. A directory that is not there is empty. */
int erase_each(int at, const char *name, int (*f)(struct erasing *e, int at, const char *name), struct erasing *e);
