/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Originals brought back as a command does it: stores opened, the right one found, progress shown, Ctrl-C heard. Used by `fetch` and `recompose`. Main thread.
 */
#pragma once
#include "postprocess/cmd.h"
#include "postprocess/rehydrate.h"

struct fetching {
	struct rehydrate_result result;
	char store[64];                /* where it came from */
	struct store_why why;          /* of the last store that failed */
};
/** Into the recordings directory, from the store of that name; NULL: those that the catalog says have it, then any. The catalog is asked only where there is
 *  one. 0 or as rehydrate(); -EEXIST: the chunks are here. Settings must be loaded. */
int fetching_run(struct app *a, const char *id, const char *store, struct fetching *f);
/** Says why not; returns the exit code. */
int fetching_failed(struct app *a, const char *id, const struct fetching *f, int err);
