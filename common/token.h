/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * JWT (RFC 7519), HS256 only for now, and what it may say here. libjwt does the signature; algorithm, exp, nbf and iss are checked by us,
 * because libjwt does not.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GRANT_RECORD = 1, GRANT_DOWNLOAD = 2, GRANT_DELETE = 4, GRANT_ADMIT = 8, GRANT_PUBLISH = 16, GRANT_SUBSCRIBE = 32 };

struct token {
	char room[65];
	char sub[200];         /* <callId>/<participant> in tokens of `join` */
	char name[257];
	bool host;             /* role == "host" */
	unsigned grants;
	int64_t exp_s;         /* seconds since 1970 */
};

struct token_key;
/** Key of at least 32 bytes; shorter is -EINVAL. */
int token_key_create(struct token_key **out, const void *secret, size_t len);
/** Reads the key file; if `create` and it does not exist, makes one with 32 random bytes in hex, mode 0660, O_EXCL. */
int token_key_load(struct token_key **out, const char *path, bool create);
void token_key_unref(struct token_key **k);

/** Compact JWT in malloc'ed memory (free()). */
int token_mint(char **out, const struct token_key *k, const struct token *t, int64_t now_s);
/** 0, -EBADMSG (malformed, wrong signature, algorithm or issuer) or -ETIME (expired or not yet valid). */
int token_verify(struct token *out, const struct token_key *k, const char *jwt, int64_t now_s);

/** Signature of a path until exp_s: hex HMAC-SHA256 under a key derived from k, into out[65]. */
void url_sign(char out[65], const struct token_key *k, const char *path, int64_t exp_s);
/** 0, -EBADMSG (signature) or -ETIME. */
int url_verify(const struct token_key *k, const char *path, int64_t exp_s, const char *sig, int64_t now_s);
