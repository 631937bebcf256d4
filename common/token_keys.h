/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The keys of tokens that the configuration names, and the one in general.token_secret_file; read again when their files change, so that keys are changed
 * without a restart. Any thread; whoever uses the keys has a set that does not change under them.
 *
 * The key of the secret file is "default", HS256. It signs our tokens and verifies them unless a row of token_keys has sign = true, and it always signs links.
 * Of several rows with sign = true the one whose file is newest signs, some seconds after it came, when everybody has read it; all of them verify.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/token_key.h"

#define TOKEN_ISSUER "janus-recroom"
enum { TOKEN_KEYS_MAX = 32, TOKEN_LINK_KEY = 32 };

struct settings;
struct token_keys;

/** Reads all files; `create` makes a secret file that is missing (mode 0660). On failure a sentence in why that names key and file, and negative errno. */
int token_keys_open(struct token_keys **out, const struct settings *s, bool create, char *why, size_t why_size);
/** A single key "default", HS256, that is in no file, for tests. -EINVAL below 32 bytes. */
int token_keys_of_secret(struct token_keys **out, const void *secret, size_t len);
void token_keys_unref(struct token_keys **k);
/** Looks whether a file has changed, at most once a second, and then reads them all; what cannot be used leaves the old keys as they are and says so in one
 *  line of the log. May wait for the disk: not on a strand of a call. True when there are new keys. */
bool token_keys_reload(struct token_keys *k);

/** What a token must name in `aud`, or NULL. */
const char *token_keys_audience(const struct token_keys *k);

/** The keys as they are now. */
struct token_set;
struct token_set *token_set_get(struct token_keys *k);
void token_set_unref(struct token_set *s);
/** By its kid; NULL means none was named, and finds the key where there is only one. */
const struct token_key *token_set_find(const struct token_set *s, const char *kid);
/** The one that signs. */
const struct token_key *token_set_signer(const struct token_set *s);
/** Of signed links, TOKEN_LINK_KEY bytes. */
const unsigned char *token_set_link_key(const struct token_set *s);
