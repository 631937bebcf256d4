/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The plugin's way to the catalog: every write goes through one thread, in order, so that nobody in a call ever waits for the database. When the
 * database is busy or gone, entries wait in a file, the journal, and are tried again, also by the next process: nothing is lost.
 *
 *   task threads ─▶ queue of entries ─▶ ledger thread ─▶ journal ─▶ catalog
 *                       handlers ◀── every 250 ms, when another connection wrote: events and progress of the workers
 *
 * The functions that write copy their arguments and never block. Those that read run on the caller's thread, on a connection of
 * their own, and may block: task threads only, no lock held.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "common/catalog_access.h"
#include "common/catalog_host.h"
#include "common/catalog_share.h"
#include "common/settings.h"

struct ledger;

/** Called on the ledger thread; rows are borrowed. */
struct ledger_handlers {
	void (*on_event)(json_t *row, void *arg);       /* a worker's event: {row recording room seq type payload at_ms} */
	void (*on_progress)(json_t *row, void *arg);    /* a running job: {recording output kind stage percent eta_ms} */
	void (*on_stale)(const char *recording, void *arg);      /* another host has taken it over: nothing more of it is written */
};

/** Opens journal and catalog. A database that does not answer is waited for while everything goes on; fails when the catalog can never be opened as it is configured,
 *  as catalog_open() and journal_open() do. */
int ledger_start(struct ledger **out, const struct settings *s, const struct ledger_handlers *h, void *arg);
/** Writes what is queued (5 s at most; what is left stays in the journal), ends the thread, closes. */
void ledger_stop(struct ledger **l);
/** True while the database does not answer or an entry has waited for over a second. */
bool ledger_behind(struct ledger *l);
/** Entries that the catalog does not have yet. */
int64_t ledger_waiting(struct ledger *l);
/** True once the catalog has answered and has all that an earlier process left in the journal. */
bool ledger_caught_up(struct ledger *l);
/** Told to the catalog with the next sign of life. */
void ledger_set_draining(struct ledger *l, bool draining);

/** May a call open in this room? 0: it is open in the catalog, ours; -EEXIST: another host has the room, and *other says who; -EAGAIN: no answer. Waits for 1 s at
 *  most: task threads only, no lock held. ledger_call_open() is called all the same. */
int ledger_claim(struct ledger *l, const char *call_id, const char *room, int64_t started_ms, struct catalog_owner *other);

void ledger_call_open(struct ledger *l, const char *call_id, const char *room, int64_t started_ms);
void ledger_call_close(struct ledger *l, const char *call_id, int64_t ended_ms);
void ledger_participant(struct ledger *l, const char *call_id, const char *participant, const char *identity, const char *name,
			const char *role, int64_t joined_ms, int64_t left_ms);
/** host_id of `r` is ignored: it is this host. From then on what is written of it carries epoch 1, until its stop. */
void ledger_recording_insert(struct ledger *l, const struct catalog_new_recording *r);
/** Of a recording that is in the catalog already: the epoch under which this process goes on with it. */
void ledger_recording_epoch(struct ledger *l, const char *id, int64_t epoch);
void ledger_recording_status(struct ledger *l, const char *id, const char *status, const char *reason);
void ledger_compose_live(struct ledger *l, const char *id);
void ledger_recording_stop(struct ledger *l, const char *id, const struct catalog_stop *s);
void ledger_recording_delete(struct ledger *l, const char *id);
void ledger_consent(struct ledger *l, const char *recording, const char *participant, const char *state, int64_t told_ms, int64_t at_ms);
/** A row of the access log. */
void ledger_access(struct ledger *l, const struct catalog_access *a);
/** payload: stolen. */
void ledger_event(struct ledger *l, const char *recording, int64_t seq, const char *type, json_t *payload);

/** As the catalog_* functions of these names; what was written here before is seen (1 s is waited for it, nothing while the database is away). */
int ledger_output_add(struct ledger *l, const struct catalog_new_output *o, int *output);
int ledger_output_again(struct ledger *l, const char *recording, int output);
int ledger_output_cancel(struct ledger *l, const char *recording, int output);
/** The same; note: in the access log, too. */
int ledger_share_add(struct ledger *l, const struct catalog_share *s, bool note);
int ledger_share_revoke(struct ledger *l, const char *recording, const char *id);
int ledger_recording_get(struct ledger *l, const char *id, json_t **out);
int ledger_recording_list(struct ledger *l, const struct catalog_filter *f, json_t **rows, char next[128]);
/** Recordings of this host that a crash left open. */
int ledger_recording_unclosed(struct ledger *l, json_t **rows);
int ledger_room_usage(struct ledger *l, const char *room, struct catalog_usage *out);
/** As root_is_there() (common/root.h) for this host's recordings directory. */
int ledger_root_is_there(struct ledger *l);
