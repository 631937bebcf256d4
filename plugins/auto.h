/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Recordings that begin and end by themselves, as the room's configuration says: auto_record, auto_stop_empty_s, max_recording_s.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "common/catalog.h"

struct room;

/** Of a room, under its lock. */
struct auto_state {
	char call_id[ID_SIZE];     /* the call that what follows is about */
	bool done;                 /* it was recorded, and a host or a limit ended that */
	bool starting;
	int64_t not_before_us;     /* after a start that failed */
	int64_t idle_since_us;     /* while a recording runs and nobody sends anything; 0: somebody does */
	struct catalog_usage usage;        /* of the room, as last read */
};

void auto_init(void);
void auto_exit(void);
/** Ticker: starts and stops are posted. */
void auto_tick(struct room *r, int64_t now_us);
/** A recording of this call ended, for `reason`: with "empty" another one begins when somebody sends again, with NULL (it could not begin) it is tried
 *  again later, otherwise none begins in this call. */
void auto_ended(struct room *r, const char *call_id, const char *reason);
