/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Takes out of a store what is a recording's: objects, on buckets that keep versions every version and delete marker, unfinished uploads. And looks whether it is
 * gone. Any thread; each request in the thread's store_patience().
 */
#pragma once
#include <stdbool.h>
#include "postprocess/store.h"

enum { PURGE_OUTPUTS = 1, PURGE_ORIGINALS = 2, PURGE_ALL = 3 };

/** What the catalog knows of an object: it may be from before a prefix was changed, and an upload may be in no list of the store's. */
struct purge_key { const char *key, *upload; };        /* upload: NULL none */

struct purge {
	const char *recording, *public_id;     /* public_id: or NULL */
	unsigned what;                         /* PURGE_… */
	const struct purge_key *keys;          /* ended by one without key; NULL: none */
	/** Is this one to go? NULL: all are. It may be an old version of one that stays. */
	bool (*wanted)(const struct store_item *i, void *arg);
	/** Asked before each that is removed: true ends it with -ECANCELED. NULL: never. */
	bool (*stop)(void *arg);
	void *arg;
	int most;                              /* so many are removed at most; 0: any number */
};
struct purge_result {
	int removed;                           /* objects, versions and delete markers */
	int aborted;                           /* uploads */
	int left;                              /* found when it was looked at again */
};

/** 0: the store's own list says that nothing is left. -EINPROGRESS: `most` were removed, or something came meanwhile; go on. Else why not. */
int purge(struct store *s, const struct purge *p, struct purge_result *out, struct store_why *why);
/** Only looks: each() for all that purge() would take; non-zero ends it with that. */
int purge_look(struct store *s, const struct purge *p, int (*each)(const struct store_item *i, void *arg), void *arg, struct store_why *why);
