/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is to be sent to webhooks (the tables of migration 6). Messages come into being with their events, by a trigger; senders of any number of
 * processes take them, one at a time per endpoint and recording, in the order of seq, for as long as a lease.
 *
 *   event ─trigger─▶ webhooks (queued) ─take─▶ sent ─done─▶ done | retrying, later | failed (a dead letter)
 *                    webhook_streams: its lease, and when the next message is due
 *
 * Any thread; 0 (or a count) or negative errno, -EBUSY: ask again.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "common/catalog.h"

/** A sender has this endpoint in its configuration: it is there from now on, and gets events of these types ("recordingstarted, …"). Said every few minutes. */
int catalog_webhook_seen(struct catalog *c, const char *name, const char *events);
/** Names of the endpoints for which something could be taken: array of strings. Reads only. */
int catalog_webhook_due(struct catalog *c, json_t **names);
/** Leases the next message of an endpoint: 1 and {id stream endpoint recording room seq type payload at_ms attempts slow_ms} in *out, 0: none is due. attempts: so far. */
int catalog_webhook_take(struct catalog *c, const char *endpoint, const char *owner, int64_t lease_ms, json_t **out);
/** Not sent after all: may be taken again at once. */
int catalog_webhook_give_back(struct catalog *c, json_t *message, const char *owner);

struct catalog_sent {
	const char *state;         /* "done", "retrying" or "failed" */
	int status;                /* of the answer; 0: there was none */
	const char *reason;        /* of a failure, a sentence; NULL */
	int64_t delay_ms;          /* "retrying": when the next attempt is due, from now */
	int64_t slow_ms;           /* the endpoint asked for less: nothing is sent to it for so long; 0: it did not */
	bool gone;                 /* it answered 410: it gets nothing any more */
};
/** An attempt was made. -EPROTO: the lease was lost, and somebody else sends the message again. */
int catalog_webhook_sent(struct catalog *c, json_t *message, const char *owner, const struct catalog_sent *s);

/** Array of {name events since_ms seen_ms delivered_ms disabled_ms reason not_before_ms queued failed oldest_ms}; oldest_ms: when the oldest event that waits happened, or null. */
int catalog_webhook_list(struct catalog *c, json_t **rows);
/** Dead letters, newest first: array of {id endpoint recording seq type attempts changed_ms status reason}. endpoint NULL: any. */
int catalog_webhook_failed(struct catalog *c, const char *endpoint, int limit, json_t **rows);
/** How many endpoints have an event waiting that happened more than so long ago. */
int catalog_webhook_overdue(struct catalog *c, int64_t older_than_ms);
/** After 410: events from now on are sent again. -ENOENT. */
int catalog_webhook_enable(struct catalog *c, const char *name);
/** Forgets an endpoint and what was to be sent to it. -ENOENT. A sender that still has it configured brings it back. */
int catalog_webhook_remove(struct catalog *c, const char *name);

struct catalog_replay {
	const char *endpoint;      /* NULL: all */
	const char *recording;     /* all its events, delivered ones too; NULL */
	int64_t since_ms;          /* all events from then on, delivered ones too; 0 */
};
/** Sends again, in order and with the ids they had. Without recording and since_ms: dead letters, and what waits for its next attempt. Returns how many. */
int catalog_webhook_replay(struct catalog *c, const struct catalog_replay *r);
/** Forgets what was delivered longer ago than that, at most 1000 at a time. Returns how many. */
int catalog_webhook_prune(struct catalog *c, int64_t older_than_ms);
