/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Hosts in the catalog: who lives, whose a call is, whose recording may be taken over. A host is one Janus with its recordings directory; its plugin
 * gives signs of life, its `recroom-pp serve` says where it listens. Everything as in catalog.h: any thread, may block, 0 or negative errno.
 *
 * A recording belongs to its host under an epoch. Taking it over raises the epoch; whoever writes with an older one gets -ESTALE.
 */
#pragma once
#include "common/catalog.h"

enum {
	CATALOG_BEAT_MS = 5000,            /* between signs of life */
	CATALOG_SILENT_MS = 60000,         /* without one for so long a host is silent, but not before the database has been up for as long */
	HOST_ID_SIZE = 65, HOST_ADDRESS_SIZE = 272,
};

/** A sign of life of a host's plugin. */
int catalog_host_beat(struct catalog *c, const char *host_id, const char *version, bool draining);
/** A plugin begins: calls that it left open before `since_ms` (started) are over. */
int catalog_host_begin(struct catalog *c, const char *host_id, int64_t since_ms);
/** Where `recroom-pp serve` of that host listens: "http://host:8090". */
int catalog_host_serves(struct catalog *c, const char *host_id, const char *address);
/** 1: silent, 0: not, -ENOENT: no such host. */
int catalog_host_silent(struct catalog *c, const char *host_id);
/** Array of {id address version draining heartbeat_ms age_ms silent}. */
int catalog_host_list(struct catalog *c, json_t **rows);
/** What the file `.recroom` of the host's recordings directory says: `root` if none is known yet, which is then kept. 1: `root` was taken, 0: *out is another one.
 *  The host need not be known. */
int catalog_host_root(struct catalog *c, const char *host_id, const char *root, char out[64]);

struct catalog_owner {
	char host_id[HOST_ID_SIZE];
	char address[HOST_ADDRESS_SIZE];   /* "": not known */
	char call_id[ID_SIZE];
	bool silent;
};
/** Whose the open call is, by its id or its room's. Of a call that is over by id: whose it was. -ENOENT: there is none. */
int catalog_call_owner(struct catalog *c, const char *room_or_call, struct catalog_owner *out);
/** Opens a call unless another host that lives has one in this room: then -EEXIST, and *other is all about it. A call that this host, or a silent one, left
 *  open there is closed. Twice is success. */
int catalog_call_claim(struct catalog *c, const char *call_id, const char *room, const char *host_id, int64_t started_ms, struct catalog_owner *other);

/** Takes a recording from its host: its epoch is raised, running jobs of it are given back, a job "close" is queued where its files are.
 *  1 taken, 0 it is closed already (or the job is there); -ENOENT. */
int catalog_recording_take(struct catalog *c, const char *id);
/** The epoch a recording has, > 0; -ENOENT. */
int catalog_recording_epoch(struct catalog *c, const char *id, int64_t *epoch);

/** Of several, at most CATALOG_EPOCHS_MAX: array of {id epoch}; those that are not there are left out. */
enum { CATALOG_EPOCHS_MAX = 100 };
int catalog_recording_epochs(struct catalog *c, const char *const *ids, size_t n, json_t **rows);

/** A job "close" is done: as catalog_recording_stop(), and event recordingstopped if nobody told of it. */
int catalog_job_closed(struct catalog *c, int64_t job, const char *worker, const struct catalog_stop *s);
/** A job finds that there is nothing left to work on, for good: job and recording are failed, event recordingfailed. */
int catalog_job_lost(struct catalog *c, int64_t job, const char *worker, const char *reason);

/** What only one process may do at a time: 1, and `owner` has it for `ms` from now, 0: somebody else has. Asking again renews. */
int catalog_lease(struct catalog *c, const char *name, const char *owner, int64_t ms);

struct catalog_sweep {
	int64_t lost_ms;                   /* a host that was silent for so long, and whose files no living worker reaches, does not come back */
	int64_t takeover_ms;               /* a host that was silent for so long, and whose files no living worker reaches: finished from a store that has them; 0: never */
	int calls, taken, moved, queued, settled, lost;       /* out: calls closed; recordings taken, to be finished from a store, given a job that was missing, moved on, given up, */
	int expiring, expired;             /* told that their time is nearly over, and over */
};
/** Brings every recording of every host a step towards a terminal state, where the catalog alone can tell. One transaction a recording; any number of
 *  processes may do it at once, but need not. What fails is tried again the next time: the first error is returned when all else is done. */
int catalog_sweep(struct catalog *c, struct catalog_sweep *s);
/** A recording that failed because its files were gone, and they are there again: a job "close", or the primary output's. 1, or 0 when it did not fail so. */
int catalog_recording_found(struct catalog *c, const char *id);
