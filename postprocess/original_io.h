/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One recording's originals in one store: objects put, got, listed by the names of original_name.h; sealed on the way where the store is to `encrypt`.
 * Any thread; blocks as store.h says, and for the key of a sealed object on the database.
 */
#pragma once
#include <stdbool.h>
#include "common/data_key.h"
#include "common/sha256.h"
#include "postprocess/original_name.h"
#include "postprocess/store.h"

enum { ORIGINAL_OBJECTS_MAX = 1 << 20 };       /* of one recording in one store; no list is followed further */

struct original_place {
	struct store *store;           /* on loan, as is all here */
	const char *id;                /* the recording's */
	struct catalog *catalog;       /* where keys are; NULL: nothing sealed can be put or got */
	const struct master_keys *masters;
	struct data_key key;           /* of what is put; kept when it was once had */
};
/** What an object is, as it lies there. */
struct original_object {
	char name[ORIGINAL_NAME_SIZE];
	int64_t size;
	char etag[STORE_ETAG];
	char sha256[SHA256_HEX];
};

/** Puts it, replacing what has the name; *out (may be NULL) is what it is there. -ENOKEY: there is no key, why->text says more. One thread a place. */
int original_put(struct original_place *at, const char *name, const void *data, size_t len, struct original_object *out, struct store_why *why);
/** Its plain bytes, in order; take() as store_get()'s. -ENOENT; -EBADMSG: it is not what was put. Any thread. */
int original_get(const struct original_place *at, const char *name, int (*take)(const void *data, size_t len, void *arg), void *arg, struct store_why *why);
/** All its versions. */
int original_remove(const struct original_place *at, const char *name, struct store_why *why);
/** All that have names of originals, sizes and etags filled in; others are passed over. -E2BIG: more than ORIGINAL_OBJECTS_MAX. */
int original_list(const struct original_place *at, int (*each)(const struct original *o, const struct original_object *object, void *arg), void *arg,
		  struct store_why *why);
void original_place_done(struct original_place *at);
