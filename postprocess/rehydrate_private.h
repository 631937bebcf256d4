/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Between rehydrate.c (what there is, in which order, into place) and rehydrate_files.c (bundles into files, by several threads).
 */
#pragma once
#include <glib.h>
#include "common/sync.h"
#include "postprocess/backup_journal.h"
#include "postprocess/rehydrate.h"

/* A chunk that the timeline names */
struct wanted {
	char sha256[SHA256_HEX];
	bool got;
};
/* An object of the store */
struct listed {
	struct original o;
	struct original_object object;
};

struct rehydration {
	const struct rehydrate_conf *conf;
	struct rehydrate_result *out;
	char *dir, *chunks;            /* being filled */
	char *final;
	int fd;                        /* of dir, locked */
	GArray *bundles, *pieces;      /* struct listed; pieces of the newest generation first, in order */
	unsigned newest;               /* generation of any of them */
	bool has[ORIGINAL_KINDS];
	GHashTable *wanted;            /* file ─▶ struct wanted */
	GHashTable *erased;            /* participants */
	int64_t last_ms;               /* wall clock of the newest line */
	struct backup_journal *journal;
	/* under lock, while bundles are fetched */
	struct lock lock;
	struct cond wake;
	guint next;                    /* bundle */
	int64_t done, total;           /* bytes */
	int running;                   /* threads */
	int err;                       /* the first */
	struct store_why why;
};

/** Fetches all bundles into r->chunks and notes them in the journal. */
int rehydrate_bundles(struct rehydration *r);
