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
/** {output file kind name store key version etag upload key_id state size sha256 verified_ms reason}, `file` a number, in the order of files and stores. */
int catalog_copies(struct catalog *c, const char *recording, json_t **rows);
