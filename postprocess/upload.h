/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A finished file into a store: in one request where it is small, else in parts, several at a time. What was sent before, by whomever, is not sent again; nothing
 * has its name there before it is whole; what has it is looked at. Memory: a part for each one under way where it is sealed, else a few hundred KiB.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "common/envelope.h"
#include "postprocess/store.h"
#include "postprocess/upload_journal.h"

enum upload_may { UPLOAD_GO, UPLOAD_WAIT, UPLOAD_STOP };      /* wait: nothing new is begun */
struct upload_conf {
	struct store *store;
	struct upload_journal *journal;
	const unsigned char *key;          /* ENVELOPE_KEY bytes it is sealed with; NULL: it is not */
	const char *key_id;                /* the key's name; NULL */
	/* asked ten times a second on the calling thread; do not block */
	enum upload_may (*may)(void *arg);
	void (*progress)(int64_t done, int64_t total, void *arg);      /* bytes of this file that are there */
	/** Asked before anything gets its final name; may block. Not 0: it is somebody else's by now, and nothing is written. */
	int (*still_ours)(void *arg);
	void *arg;
};
struct upload_file {
	const char *path;                  /* the local file */
	const char *name;                  /* in the catalog and the journal */
	const char *key, *mime;
	const char *sha256;                /* as the catalog has it; NULL: not known */
	char *const *blocks;               /* of its 8 MiB blocks, ended by NULL; NULL: not known */
	int64_t size;                      /* it must have; -1: any */
	bool replace;                      /* it may change: what is there is written over */
};
struct upload_result {
	struct store_stat st;              /* of the object, as the store says */
	int64_t sent;                      /* bytes, by this call */
	bool was_there;                    /* nothing had to be sent */
};

/** 0: it is there and is ours, looked at. -ECANCELED: may() or still_ours() said so. -EEXIST: another object has that name. -ENXIO: there is no such local
 *  file. -EBADMSG with `why.again` false: the local file is not what was made. Other errors are the store's, *why says more. */
int upload_send(const struct upload_conf *c, const struct upload_file *f, struct upload_result *r, struct store_why *why);
/** Begins one in parts, or finds the one under way: its id in upload (STORE_UPLOAD bytes). Others under this key are aborted. part: bytes of an object's part. */
int upload_begin(const struct upload_conf *c, const char *name, const struct store_put *put, int64_t part_size, int64_t object_part, char *upload, struct store_why *why);
/** What an output has under way in this store is aborted, and its journal removed. */
void upload_abort(struct store *s, struct upload_journal *j);
