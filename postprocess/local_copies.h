/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Outputs that are verified in their stores need not stay on this machine: store.local_h after the last of their files was found good there, their local copies
 * go. metadata.json stays, and says what there was; stored.json lists what went.
 */
#pragma once
#include <stdbool.h>
#include "common/catalog.h"

/** Removes what is due of this host's recordings; how many recordings, or negative errno. Blocks on disk and database. stopping (NULL: never) is asked between recordings. */
int local_copies_remove(struct catalog *c, const char *recordings, const char *host_id, int64_t local_ms, bool (*stopping)(void *arg), void *arg);
/** Is this file of the recording in dir (open) one whose local copy was removed? */
bool local_copies_gone(int dir, const char *name);
