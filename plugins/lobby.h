/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * People who wait to be let into a room: their handle has shown what it has, and hears nothing of the room but how its waiting ends. Whoever takes a
 * waiter out of the lobby (a host, the clock, the waiter itself) is the one who says how; it happens once.
 */
#pragma once
#include <glib.h>
#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include "common/ids.h"

struct participant;
struct room;
struct session;

struct waiter {
	atomic_int ref;
	struct session *session;           /* references */
	struct room *room;
	char *display, *folded, *token_sub;        /* NULL: none */
	unsigned grants;
	char call_id[ID_SIZE];             /* of which it was taken out of the lobby for; "": there was none */
	/* under the room's lock; id is final once it waits */
	char id[PARTICIPANT_SIZE];         /* wait1, wait2, … in this room */
	bool for_host;                     /* anybody comes in when a host is there; else a host admits */
	int64_t since_us;
	bool announced;                    /* hosts have been told that it waits; until then, what they would be told of its end is kept here */
	struct waiter_end { const char *event, *reason; char by[PARTICIPANT_SIZE]; } end;
	atomic_bool admitted;
};

/** Of a room, under its lock; zeroed it is empty. */
struct lobby {
	GQueue waiting;                    /* struct waiter, references, who came first in front */
	unsigned last;                     /* number of the newest */
};

struct waiter_conf {
	const char *display, *token_sub;
	unsigned grants;
};
struct waiter *waiter_create(struct session *s, struct room *r, const struct waiter_conf *conf);
struct waiter *waiter_ref(struct waiter *w);
void waiter_unref(struct waiter **w);
/** A display name as it is compared: without case and outer blanks; g_free(). NULL gives NULL. */
char *lobby_fold(const char *display);

/** Puts in (a reference is taken) unless `max` wait already. Room's lock. */
bool lobby_put(struct lobby *l, struct waiter *w, bool for_host, int max);
/** Drops what is left at the end of the room. */
void lobby_clear(struct lobby *l);

/** All that follows: no lock held, any thread but where it says so. `by` is the host who decides, NULL: nobody.
 *  Tells the hosts that somebody waits. */
void lobby_tell(struct waiter *w);
/** Lets in, or turns away, the one with that id, or (NULL) all; the ids of those it was (NULL: none of them waits any more). */
json_t *lobby_admit(struct room *r, const char *id, const struct participant *by);
json_t *lobby_deny(struct room *r, const char *id, const struct participant *by);
/** Somebody who was let in could not come in after all, for this reason (an error's code). */
void lobby_failed(struct waiter *w, const char *reason);
/** Who may come in by now, does: a host is there, the call is unlocked, the admission is another. */
void lobby_reconsider(struct room *r);
/** Turns all away: "destroyed" "callended". */
void lobby_close(struct room *r, const char *reason);
/** The handle does not want to wait any more, or is gone. Its strand. */
void lobby_leave(struct session *s);
/** Who waited too long is turned away. Ticker; the first, under the room's lock, says whether there is anybody. */
bool lobby_is_late(const struct lobby *l, int64_t now_us);
void lobby_expire(struct room *r, int64_t now_us);
/** [{id, display, reason}], for hosts. */
json_t *lobby_json(struct room *r);
