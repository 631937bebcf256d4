/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Requests that are to be carried out once however often they come (Idempotency-Key), and their answers. As catalog.h: any thread, may block.
 * A key belongs to a token's subject in a room, whichever host is asked. Times are the database's.
 */
#pragma once
#include "common/catalog.h"

enum {
	IDEMPOTENT_STALE_MS = 60000,       /* whoever carries out a request for longer has died */
	IDEMPOTENT_KEPT_MS = 86400000,     /* an answer */
};
struct catalog_once { const char *room, *subject, *key, *request; };     /* request: SHA-256 (hex) of what it is */
struct catalog_answer {
	int status;
	char *location, *body;             /* "" if there is none; catalog_answer_free() */
};
/** 1: it is to be carried out now, by the holder of *turn; 0: *out is how it was answered. -EEXIST: the key came with another request;
 *  -EINPROGRESS: somebody carries it out. */
int catalog_once_begin(struct catalog *c, const struct catalog_once *o, int64_t *turn, struct catalog_answer *out);
/** The answer is kept; NULL: nothing came of it, and the next one carries it out. -ESTALE: somebody else took the turn. */
int catalog_once_end(struct catalog *c, const struct catalog_once *o, int64_t turn, const struct catalog_answer *a);
void catalog_answer_free(struct catalog_answer *a);
/** Forgets what is older than it need be kept, a thousand at a time; how many. */
int catalog_once_clean(struct catalog *c);
