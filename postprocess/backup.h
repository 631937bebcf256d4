/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Automatic backup: originals of this host's recordings go to the stores while the call runs. Part of `recroom-pp serve`, where jobs are run.
 *
 * One thread looks what there is; each store has a few that send. A store that does not answer costs them time and nothing else: nothing is kept in memory
 * for it, and what it lacks is read from the disk when it is back. Nor does a database that is away: what is known to be recorded goes on.
 */
#pragma once
#include <stdbool.h>
#include "postprocess/stores.h"

struct backup_conf {
	const char *catalog, *host_id, *recordings;    /* strings outlive the backup */
	const struct stores *stores;   /* primary and mirrors; a fallback while the primary has refused for fallback_ms */
	const struct master_keys *masters;     /* where stores are to encrypt; NULL: there are none */
	int every_ms;                  /* from one bundle of a participant to the next */
	int look_ms;                   /* 0: 1000. How often the disk is looked at, and, every few times, the catalog */
	int fallback_ms;
};
struct backup;
/** A store that does not answer is no failure. 0, or why there is no catalog or thread. */
int backup_create(struct backup **out, const struct backup_conf *conf);
/** Ends what is being sent. */
void backup_unref(struct backup **b);
