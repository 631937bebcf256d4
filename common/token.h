/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tokens (JWT, RFC 7519, signed after RFC 7515) and what they may say here; signed links. Any thread.
 *
 *   header   alg (that of the key, nothing else), kid (may be missing where there is one key), typ; crit is refused
 *   claims   room   one room; there is no word for all of them: what is for everybody is found out too late
 *            sub    who, 1 to 199 bytes      name   what others see, may be missing      role   "host" or "guest"
 *            grants may be missing: then the role alone counts
 *            exp    needed, nbf, iat: whole seconds since 1970; 30 s of difference between clocks are forgiven; iat must not lie in the future
 *            iss    that of the key      aud    looked at if general.token_audience says so: a text or a list of them
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/token_keys.h"

/** GRANT_ONLY: nothing is left to the role, what is not listed is not granted; an empty list and a word that is unknown here say the same. */
enum { GRANT_RECORD = 1, GRANT_DOWNLOAD = 2, GRANT_DELETE = 4, GRANT_ADMIT = 8, GRANT_PUBLISH = 16, GRANT_SUBSCRIBE = 32, GRANT_ONLY = 64 };
enum { GRANTS_MEDIA = GRANT_PUBLISH | GRANT_SUBSCRIBE, GRANTS_HOST = GRANT_RECORD | GRANT_DOWNLOAD | GRANT_DELETE | GRANT_ADMIT };
enum { TOKEN_MAX = 4096, TOKEN_LEEWAY_S = 30 };

struct token {
	char room[65];
	char sub[200];         /* <callId>/<participant> in tokens of `join` */
	char name[257];
	bool host;             /* role == "host" */
	unsigned grants;
	int64_t exp_s;         /* seconds since 1970 */
};

/** Name of a single grant, NULL for none. */
const char *grant_name(unsigned grant);
/** The grant of a name, 0 for none. */
unsigned grant_find(const char *name);

/** Compact JWT in malloc'ed memory (free()), by the key of that name, or the one that signs (NULL). -ENOENT (no such key), -EPERM (a public one), -EINVAL. */
int token_mint(char **out, struct token_keys *keys, const char *kid, const struct token *t, int64_t now_s);
/** 0, -EBADMSG (malformed, unknown key, wrong signature, issuer, audience, a claim that is none) or -ETIME (expired or not yet valid). `*why` (may be NULL) gets
 *  a static sentence that may be told to whoever showed it. Does not look at files: see token_keys_reload(). */
int token_verify_why(struct token *out, struct token_keys *keys, const char *jwt, int64_t now_s, const char **why);
int token_verify(struct token *out, struct token_keys *keys, const char *jwt, int64_t now_s);

/** Signature of a path until exp_s: hex HMAC-SHA256 under a key derived from that of the secret file, into out[65]. */
void url_sign(char out[65], struct token_keys *keys, const char *path, int64_t exp_s);
/** 0, -EBADMSG (signature) or -ETIME. */
int url_verify(struct token_keys *keys, const char *path, int64_t exp_s, const char *sig, int64_t now_s);
