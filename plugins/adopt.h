/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Chunk files that a crash left behind: which are whole, and what they hold. May block on the disk.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include "plugins/chunk.h"

/** Gives whole temporary files in `chunks` their names, removes the others, and those of seconds before `first`, which are sealed; syncs the directory. *kept
 *  and *dropped are counted up; names of chunks that were not whole are added to `lost`, by index. What the disk does not let it look at stays as it is, with an error. */
int adopt_temporaries(const char *chunks, int64_t first, int *kept, int *dropped, GPtrArray *lost);

/** What a chunk file says about itself. */
struct adopted {
	struct chunk_file file;            /* data is NULL, RTP times are 0 */
	char codec[16];
	int rate_hz, channels, width, height;
	int rotation, layer;               /* of pictures; -1: it does not say so */
};
/** -EBADMSG when it cannot be read as the chunk its name says. */
int adopt_probe(struct adopted *out, const char *chunks, const char *name);
/** Compares pointers to names of chunk files. */
gint adopt_by_index(gconstpointer a, gconstpointer b);
/** Names of chunk files in `chunks` that are not keys of `known`, by index: g_ptr_array_unref(), also on failure. 0 or negative errno: then there may be more. */
int adopt_unknown(GPtrArray **out, const char *chunks, GHashTable *known);
