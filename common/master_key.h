/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Master keys (store.master_key_file): what wraps the data keys of sealed objects, so that the catalog holds none in the clear. The file has a line for each:
 *
 *   # made with: echo "2026a:$(openssl rand -base64 32)" >master.key && chmod 600 master.key
 *   2026b:q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=
 *   2026a:…
 *
 * The first wraps; all unwrap. Never changes once it is loaded; any thread.
 *
 * A wrapped key is base64 of nonce (12) ‖ AES-256-GCM(master, data key; "recroom-key-1 <master id> <key id>") (32) ‖ tag (16): a wrapped key that was put into
 * another row is noticed.
 */
#pragma once
#include <stddef.h>
#include "common/envelope.h"

enum {
	MASTER_KEYS_MAX = 32,
	MASTER_ID = 65,            /* letters, digits, "._-", and NUL */
	MASTER_WRAPPED = 81,       /* 80 letters of base64 and NUL */
};

struct master_keys;

/** -EACCES: others may read the file; -EINVAL: no key, a short one, a name twice, …; or why it could not be read. `why` is a whole sentence then,
 *  without a byte of any key. Caller unrefs. */
int master_keys_load(struct master_keys **out, const char *path, char *why, size_t why_size);
void master_keys_unref(struct master_keys **k);
/** The one that wraps. */
const char *master_keys_newest(const struct master_keys *k);
/** Whether there is one of this name. */
int master_keys_has(const struct master_keys *k, const char *id);

/** With the newest. 0 or -EIO. */
int master_key_wrap(const struct master_keys *k, const char *key_id, const unsigned char key[ENVELOPE_KEY], char wrapped[MASTER_WRAPPED]);
/** -ENOKEY: there is no master key of that name; -EBADMSG: it is another key than the one that wrapped, or the row was changed. */
int master_key_unwrap(const struct master_keys *k, const char *master, const char *key_id, const char *wrapped, unsigned char key[ENVELOPE_KEY]);
