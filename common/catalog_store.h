/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The catalog's side of stores: which file has a copy where, originals, keys, links, how long what is kept. As catalog.h: any thread, calls block, 0 (or a count)
 * or negative errno.
 */
#pragma once
#include "common/catalog.h"

/* ---- copies of files in stores (catalog_store.c) ---- */
struct catalog_copy {
	const char *recording, *file;      /* the file's name in the catalog, below the recording's directory */
	const char *store, *key;
	const char *state;                 /* queued uploading verified deleting failed */
	const char *version, *etag, *upload, *key_id, *sha256, *reason;      /* NULL: none */
	int64_t size;                      /* of the object */
};
/** Inserted, or all of it replaced; "verified" gets the time. -ENOENT: there is no such file (any more). */
int catalog_copy_put(struct catalog *c, const struct catalog_copy *copy);
int catalog_copy_drop(struct catalog *c, const char *recording, const char *file, const char *store);
/** {output file kind name store key version etag upload key_id state size sha256 changed_ms verified_ms reason}, `file` a number, in the order of files and stores. */
int catalog_copies(struct catalog *c, const char *recording, json_t **rows);
/** Names of the stores that have anything of it, or may have: an array of strings. originals: of its originals alone. */
int catalog_recording_stores(struct catalog *c, const char *recording, bool originals, json_t **names);
/** A store that is gone for good is known no more (catalog_forget.c): what was in it, uploads to it; deletions that waited for it go on. dry: only counts. */
struct catalog_forgotten {
	int64_t copies, originals;         /* files; recordings */
	int64_t lost;                      /* recordings of which nothing is anywhere else */
};
int catalog_store_forget(struct catalog *c, const char *store, bool dry, struct catalog_forgotten *f);

/* ---- data keys of sealed objects, each wrapped by a master key (catalog_key.c; what uses them is data_key.h) ---- */
struct catalog_key {
	char id[33], master[65], wrapped[81];
	int64_t created_ms;                /* set by what reads it */
};
/** The key of this output (0: of the originals): `made` if it has none yet. *is is what counts. -ENOENT: no such recording, or it is being deleted. */
int catalog_key_put(struct catalog *c, const char *recording, int output, const struct catalog_key *made, struct catalog_key *is);
/** -ENOENT: there is none, or no longer. */
int catalog_key_get(struct catalog *c, const char *id, struct catalog_key *out);
int catalog_key_of(struct catalog *c, const char *recording, int output, struct catalog_key *out);
/** What was sealed with it nobody reads again; output -1: all of the recording. How many. */
int catalog_key_drop(struct catalog *c, const char *recording, int output);
/** Wrapped anew: 1; 0 when the row is no longer as `old`. */
int catalog_key_rewrap(struct catalog *c, const struct catalog_key *old, const struct catalog_key *now);
/** {id master wrapped} of those that another master key than this one wrapped, in the order of ids, behind `after` ("": from the first), `most` at most. */
int catalog_keys_besides(struct catalog *c, const char *master, const char *after, int most, json_t **rows);
/** {master keys}: how many each master key wraps. */
int catalog_keys_count(struct catalog *c, json_t **rows);

/* ---- hold, how long (catalog_keep.c) ---- */
/** Nothing of it is removed any more, by nobody, until it is released: catalog_recording_delete() and catalog_erase() are -EPERM, its time does not run out.
 *  reason: or NULL. Twice is success, with the later reason. -EPROTO: it is being deleted. */
int catalog_hold(struct catalog *c, const char *id, bool held, const char *reason);
struct catalog_keep {
	bool outputs, chunks;              /* which of the two is changed */
	int64_t keep_until_ms;             /* all of it is deleted then (wall clock), 0: never; a day after recordingexpiring was said at the earliest */
	int64_t chunks_until_ms;           /* its originals are removed then, 0: with the rest */
};
/** -EPROTO: it is being deleted. */
int catalog_keep(struct catalog *c, const char *id, const struct catalog_keep *k);
/** The end of a job "expire", in the hands of `owner`: the originals are gone, here and in every store. -EPROTO: it was cancelled. */
int catalog_job_expired(struct catalog *c, int64_t job, const char *owner);

/* ---- originals in stores (catalog_originals.c) ---- */
struct catalog_originals {
	const char *recording, *store;
	const char *host_id;               /* whose the recording must be; NULL: anybody's */
	const char *state;                 /* running complete verified */
	int64_t objects, bytes;
};
/** Inserted, or all of it replaced; the recording's `backup` is the first store that got something, or the `primary` one. -EPROTO: it is being deleted, and
 *  nothing more may be put anywhere; -ESTALE: it is another host's by now; -ENOENT. */
int catalog_originals_put(struct catalog *c, const struct catalog_originals *o, bool primary);
/** The same question, and nothing is changed. */
int catalog_originals_may(struct catalog *c, const char *recording, const char *host_id);
/** {store state objects bytes changed_ms}, those first that have most: verified, complete, running. */
int catalog_originals(struct catalog *c, const char *recording, json_t **rows);
/** Of this host, what is recorded, or is not verified in a store yet: array of {id status}. */
int catalog_originals_open(struct catalog *c, const char *host_id, json_t **rows);
/** All stores' are looked at again: something was changed on disk, as when somebody was erased. How many. */
int catalog_originals_again(struct catalog *c, const char *recording);
/** Who holds this job has brought the recording's files to `host_id`: it is that host's, and so are its other jobs. */
int catalog_recording_adopt(struct catalog *c, int64_t job, const char *owner, const char *host_id);
/** 1: the hosts have the same recordings directory; 0: not; -ENOENT: of one of them it is not known. */
int catalog_hosts_share(struct catalog *c, const char *a, const char *b);
