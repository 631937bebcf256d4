/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An object in a store, read in ranges, sealed or not (common/envelope.h): of a sealed one only the blocks that hold the range are fetched, and each is found
 * good before a byte of it is given on. One block is in memory at a time. Any thread; one read at a time on each struct sealed. Calls block as store.h says.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "postprocess/store.h"

struct catalog;
struct master_keys;
struct sealed;

struct sealed_conf {
	struct store *store;               /* referenced while the object is open */
	const char *key;
	const char *key_id;                /* what it must be sealed with, as the catalog says; NULL: it is not sealed; "": as the object itself says */
	struct catalog *catalog;           /* where the key is; only asked by sealed_open(). NULL: only what is not sealed */
	const struct master_keys *masters; /* NULL: the same */
};

/** One small request. `why` is a whole sentence on failure. As store.h, and:
 *  -EBADMSG   it is not sealed, or not with that key; it was cut off
 *  -ENOKEY    the master key is missing     -ENOENT   no such object, or its key was deleted (`why` tells) */
int sealed_open(struct sealed **out, const struct sealed_conf *conf, char *why, size_t why_size);
void sealed_unref(struct sealed **s);
/** Bytes of the plain text. */
int64_t sealed_size(const struct sealed *s);
bool sealed_is(const struct sealed *s);
/** As the store knows the object. */
const struct store_stat *sealed_stat(const struct sealed *s);

/** Plain bytes pos … pos+len-1 (len -1: to the end) in order, each once. take() that returns not 0 ends it with that. -ERANGE: they are not all there;
 *  -EBADMSG: damaged, or changed by somebody: what take() got before is good, and nothing more is given. */
int sealed_read(struct sealed *s, int64_t pos, int64_t len, int (*take)(const void *data, size_t n, void *arg), void *arg, struct store_why *why);
