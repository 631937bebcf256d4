/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The ledger inside: one write to the catalog as it waits in the queue, and the watch for what others wrote. For ledger*.c only.
 */
#pragma once
#include <glib.h>
#include "plugins/ledger.h"

struct ledger_entry {
	const char *what;          /* for the log: "call open" */
	int (*write)(struct catalog *c, const struct ledger_entry *e);
	int64_t at_us;             /* when it was pushed */
	char **s;                  /* arguments in their order: texts, some NULL */
	size_t ns;
	int64_t n[5];              /* numbers */
	json_t *payload;
	bool minor;                /* not while half the queue is taken: what clients cause as they please must not push out recordings */
};
void ledger_entry_free(struct ledger_entry *e);

/** Takes the entry; never blocks. */
void ledger_push(struct ledger *l, struct ledger_entry *e);
const char *ledger_host(const struct ledger *l);
/** The connection for queries, after what was pushed before is written. */
int ledger_reader(struct ledger *l, struct catalog **out);

/** Owned by the ledger's thread. */
struct ledger_watch {
	struct ledger_handlers handlers;
	void *arg;
	int64_t version;           /* of the catalog when it was last read, -1: not yet on this connection */
	int64_t cursor;            /* row of the last event seen */
	GHashTable *progress;      /* running job → what was last told of it */
};
void ledger_watch_init(struct ledger_watch *w, const struct ledger_handlers *h, void *arg);
void ledger_watch_done(struct ledger_watch *w);
/** Versions are numbers of one connection: on a new one everything is read again. */
void ledger_watch_reconnect(struct ledger_watch *w);
int ledger_watch_poll(struct ledger_watch *w, struct catalog *c);
