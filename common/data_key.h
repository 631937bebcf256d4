/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keys of sealed objects: made when an output (or a recording's originals) first needs one, wrapped into the catalog, unwrapped when an object is opened. As
 * catalog.h: any thread, may block on the database. `why` gets a sentence without a secret in it.
 *
 *   data_key_for() ─▶ envelope_create() ─▶ object ─▶ envelope_key_id() ─▶ data_key_find() ─▶ envelope_open()
 */
#pragma once
#include "common/catalog_store.h"
#include "common/envelope.h"
#include "common/master_key.h"

struct data_key {
	char id[ENVELOPE_ID];
	unsigned char key[ENVELOPE_KEY];
};
/** The key of this output, 0 of the originals; made if there is none. `m` NULL: none are configured. -ENOENT: no such recording, or it is being deleted;
 *  -ENOKEY -EBADMSG: the master key that wrapped it is missing, or is another; or what the catalog says. */
int data_key_for(struct catalog *c, const struct master_keys *m, const char *recording, int output, struct data_key *out, char *why, size_t why_size);
/** By the id in an object's head. -ENOENT: the key was deleted, and with it what it opens. */
int data_key_find(struct catalog *c, const struct master_keys *m, const char *id, struct data_key *out, char *why, size_t why_size);
void data_key_wipe(struct data_key *k);
/** To open an object by its first ENVELOPE_HEAD bytes: data_key_find() and envelope_open(). -EBADMSG: they are no head. */
int data_key_open(struct catalog *c, const struct master_keys *m, const void *head, struct envelope **out, char *why, size_t why_size);

/** All that an older master key wrapped are wrapped by the newest. Any number of times, by any number at a time, stopped and begun again. */
struct data_key_rekey {
	int64_t done, failed;              /* so far; failed: of which the master key is missing, or other than it was */
	int (*step)(struct data_key_rekey *r, void *arg);      /* after each page; not 0 ends it with that; NULL */
	void *arg;
	char why[300];                     /* of the last that failed */
};
int data_key_rekey(struct catalog *c, const struct master_keys *m, struct data_key_rekey *r);
