/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Catalog, disk and stores against each other: what is in one and not in the other, or other there. Changes nothing. Main thread of `recroom-pp storage check`.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "postprocess/stores.h"

struct catalog;
struct master_keys;

/** One thing that is not as it should be. */
struct difference {
	const char *recording;
	const char *store;             /* its name, "" for this host's disk */
	const char *kind;              /* missing extra size checksum unverified unfinished key_missing store */
	const char *name;              /* key of the object or name of the file */
	const char *detail;            /* a sentence without a full stop, or "" */
};
struct storage_check {
	struct catalog *catalog;
	const struct stores *stores;
	const char *only;              /* name of the one store to be looked at; NULL: all, and the disk */
	const struct master_keys *masters;     /* NULL: what is sealed is not read */
	const char *recordings;        /* directory */
	bool deep;                     /* everything is read */
	void (*found)(const struct difference *d, void *arg);
	bool (*stopping)(void *arg);
	void *arg;
	int64_t now_ms;
	/* out */
	int recordings_seen, objects, differences;
};

/** One recording, its row of the catalog. 0, or -ECANCELED. A store that cannot be asked is a difference. */
int storage_check_recording(struct storage_check *c, json_t *row);
/** Objects in the stores that belong to no recording there is. */
int storage_check_strangers(struct storage_check *c);
