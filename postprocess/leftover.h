/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a host finds of its own when it comes back, of recordings that another host has finished from a store meanwhile. It is nobody's: put aside as
 * `.taken-<id>`, where nobody takes it for the recording, and removed in time. It may hold seconds that had not reached the store. Called by the reconciler's thread.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "common/catalog.h"

struct leftover_conf {
	const char *recordings, *host_id;
	int64_t keep_ms;               /* so long they stay */
};
/** A directory, and its row of catalog_recording_get(): 0 it is the recording's, 1 it is not, and was put aside, unless it is `young` (written to lately) or
 *  somebody uses it; negative errno. What was deleted, by a host that could not reach it, is nobody's either. */
int leftover_look(struct catalog *c, const struct leftover_conf *conf, const char *id, json_t *row, bool young);
/** Removes those whose time is over, and at once those of recordings that were deleted, or somebody erased from. */
int leftover_clean(struct catalog *c, const struct leftover_conf *conf);
