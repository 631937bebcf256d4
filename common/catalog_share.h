/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Links to a recording that were given away: whoever has the secret in one may see a file of it, without a token, until it expires or is taken back. The catalog
 * keeps only the hash of a secret, which is also the name of the link. As catalog.h: any thread, calls block, 0 (or a count) or negative errno.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include "common/catalog.h"
#include "common/sha256.h"

enum { SHARE_SECRET = 33, SHARE_ID = SHA256_HEX };
enum { SHARE_TTL_S = 7 * 86400, SHARE_TTL_MAX_S = 10 * 366 * 86400 };      /* what a link has where nobody says, and at most */

/** A new secret: 128 random bits, letters and digits. */
void share_secret_make(char secret[SHARE_SECRET]);
/** Its name. -EINVAL: what no secret looks like. */
int share_id_of(char id[SHARE_ID], const char *secret);
bool share_id_valid(const char *id);
/** The link of a secret: below serve.public_url, or, where that is not set (NULL), a path of this server. g_free(). */
char *share_link(const char *public_url, const char *secret);
/** When a link ends that lives for ttl_s: 0 never, below 0 as long as where nobody says. */
int64_t share_expiry(int64_t now_ms, int64_t ttl_s);
/** The file a link is to, of a catalog row with outputs: output 0: the first that is done; name NULL: its media. Borrowed; NULL: there is none, or not yet. */
json_t *share_file(json_t *row, int output, const char *name);

struct catalog_share {
	const char *id, *recording;
	int output;                        /* 0: the first one, whichever that is */
	const char *name;                  /* a file of it; NULL: its media */
	int64_t expires_ms;                /* 0: never */
	const char *created_by;            /* sub of a token, "command:<user>" */
};
/** 1: it is new; 0: just the same was there; -EEXIST: another of this id was; -ENOENT: no such recording, or it is being deleted. */
int catalog_share_add(struct catalog *c, const struct catalog_share *s);
/** {id recording output name created_ms expires_ms revoked_ms created_by uses gone}; gone: 1 when it expired or was taken back. -ENOENT. */
int catalog_share_get(struct catalog *c, const char *id, json_t **row);
/** Those of a recording, newest first. */
int catalog_shares(struct catalog *c, const char *recording, json_t **rows);
/** From now on it opens nothing; doing it again is no error. -ENOENT: this recording has no such link. */
int catalog_share_revoke(struct catalog *c, const char *recording, const char *id);
/** It was followed. */
int catalog_share_used(struct catalog *c, const char *id);
