/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The ledger inside: one write to the catalog as it waits, the ledger itself, and the watch for what others wrote. For ledger*.c only.
 */
#pragma once
#include <glib.h>
#include "common/catalog_host.h"
#include "common/sync.h"
#include "plugins/journal.h"
#include "plugins/ledger.h"

enum { ENTRY_NUMBERS = 6 };
struct ledger_entry {
	const struct ledger_kind *kind;
	char **s;                  /* arguments in their order: texts, some NULL */
	size_t ns;
	int64_t n[ENTRY_NUMBERS];  /* numbers */
	int64_t epoch;             /* of the recording s[0], as this process knows it; 0: not known, or about no recording */
	json_t *payload;
	bool minor;                /* not while half the room for entries is taken: what clients cause as they please must not push out recordings */
};
void ledger_entry_free(struct ledger_entry *e);
/** For the log: "call open" */
const char *ledger_entry_what(const struct ledger_entry *e);
/** As a line of the journal; free(). Doing an entry twice does no harm. */
char *ledger_entry_line(const struct ledger_entry *e);
/** NULL: not an entry this version knows. */
struct ledger_entry *ledger_entry_of(const char *line);
int ledger_entry_write(struct catalog *c, const struct ledger_entry *e);

/** Takes the entry; never blocks. */
void ledger_push(struct ledger *l, struct ledger_entry *e);
/** That this process begins: calls left open by the one before are over. */
void ledger_push_begin(struct ledger *l);
/** The connection for queries, after what was pushed before is written; -EBUSY while the database is away and there is none. */
int ledger_reader(struct ledger *l, struct catalog **out);

/** A call that wants to open, asked by a task thread, answered by the ledger's thread. Who looks last frees it. */
struct ledger_claim {
	const char *call_id, *room;        /* behind the struct */
	int64_t started_ms;
	struct catalog_owner other;
	int err;
	bool done, given_up;
};
/** Ledger's thread: answers those that wait. */
void ledger_claims_answer(struct ledger *l);

/** Owned by the ledger's thread. */
struct ledger_watch {
	struct ledger_handlers handlers;
	void *arg;
	int64_t version;           /* of the catalog when it was last read, -1: not yet on this connection */
	int64_t cursor;            /* row of the last event seen, -1: of what was there before */
	GHashTable *progress;      /* running job → what was last told of it */
};
void ledger_watch_init(struct ledger_watch *w, const struct ledger_handlers *h, void *arg);
void ledger_watch_done(struct ledger_watch *w);
/** Versions are numbers of one connection: on a new one everything is read again. */
void ledger_watch_reconnect(struct ledger_watch *w);
int ledger_watch_poll(struct ledger_watch *w, struct catalog *c);

struct ledger {
	char *url, *host_id, *recordings;
	char *shown;               /* the URL as it may be logged */
	pthread_t thread;
	bool started;
	int64_t begun_ms;

	struct lock lock;          /* guards what follows, up to the blank line */
	struct cond wake;          /* the thread: work, or stop */
	struct cond written;       /* readers: an entry is done; claims: answered */
	GQueue entries;            /* not in the journal yet */
	GQueue claims;             /* struct ledger_claim */
	int64_t pushed, done;      /* entries so far; those found in the journal count */
	int64_t found;             /* that many were in it at the start */
	int64_t moved_us;          /* when an entry was last done, or began to wait behind none */
	int64_t dropped;
	bool away;                 /* the database does not answer */
	bool late;                 /* a claim was not answered in time, and nothing was since */
	bool draining;
	int64_t stop_us;           /* deadline of stopping, 0: running */
	GHashTable *epochs;        /* recording → int64_t *: those this process writes */

	/* the thread's own */
	struct catalog *catalog;
	struct journal *journal;
	struct ledger_entry *current;      /* of the journal's oldest line; NULL: not read yet */
	struct ledger_watch watch;
	int64_t poll_us, beat_us, sync_us;
	int retry_ms;
	int journal_err;           /* why the journal takes nothing, 0: it does */
	bool stuck;                /* the oldest entry cannot be written; reading may work all the same */

	struct lock query_lock;    /* guards reader */
	struct catalog *reader;    /* opened with the first query */
};
const char *ledger_host(const struct ledger *l);
/** Is this the database's trouble, to be waited for, or has it looked at what was asked and refused? */
bool ledger_is_outage(int err);
