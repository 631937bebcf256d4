/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tries with a small object whatever will be asked of a store, and says of each what it is for and which permission it takes. Called by `storage setup`; one
 * thread; blocks. Leaves nothing behind that the permissions allow to be removed.
 */
#pragma once
#include <stdbool.h>
#include "postprocess/store.h"

struct probe_result {
	const char *what;              /* "write an object" */
	const char *permission;        /* as the provider calls it, "s3:PutObject" */
	bool ok;
	bool needed;                   /* without it something does not work; else it is done without */
	const char *why;               /* a sentence if not ok, else "" */
};
/** Gives each result in turn. Returns how many that are needed failed. */
int storage_probe(struct store *s, void (*each)(const struct probe_result *r, void *arg), void *arg);
