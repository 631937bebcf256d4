/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A Janus handle. It joins a room as the publisher or the subscriber handle of one participant, and leaves again; its requests and what is sent to it
 * run in order on its strand.
 */
#pragma once
#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include "plugins/compat.h"
#include "plugins/pace.h"
#include "common/sync.h"
#include "plugins/task.h"

struct participant;
struct publisher;
struct subscriber;
struct waiter;

struct session {
	atomic_int ref;
	janus_plugin_session *handle;      /* holds the reference that create_session gave */
	struct strand *strand;
	uint64_t number;                   /* no other handle has or had it */
	atomic_bool gone;                  /* detached */
	atomic_uint admitted;              /* requests taken and not done; events to it wait beside them */
	atomic_bool closing;               /* we asked for the hangup that will come */
	atomic_bool drowned;               /* more waits to be sent to it than may; its end was asked for */
	struct lock lock;                  /* what follows */
	struct participant *participant;
	struct publisher *publisher;       /* one of these while joined */
	struct subscriber *subscriber;
	struct pace requests, offers;
	atomic_uint changes;               /* of publisher and subscriber */
	/* the loop thread's own: what it found last, and when (references) */
	struct { unsigned seen; struct publisher *publisher; struct subscriber *subscriber; } loop;
	struct waiter *waiter;             /* strand only: waits to be let into a room (reference) */
	/* strand only: slowing down those who guess secrets */
	unsigned failures;
	int64_t blocked_until_us, turn_us;
	const void *turn_at;               /* what the turn was taken at, only compared */
};

int sessions_init(void);
/** Forgets all sessions (destroy() has not told about them one by one). */
void sessions_exit(void);

/** create_session: -EMFILE when there are as many as the settings allow. Requests thread. */
int session_create(janus_plugin_session *handle);
/** destroy_session. Loop thread; what has to be told is told from the strand. */
void session_destroy(janus_plugin_session *handle);
/** … and, whether the plugin still lives or not, that destroy_session came: the handle's reference may be given back now. */
void session_delivered(janus_plugin_session *handle);
/** By handle, which may be anything; a reference or NULL. Any thread. */
struct session *session_find(janus_plugin_session *handle);
/** In Janus' loop-thread callbacks, where the handle is alive: without a table. A reference or NULL. */
struct session *session_of(janus_plugin_session *handle);
/** The same, borrowed during the callback; and the media of the handle, borrowed until the next call of session_media(). No lock unless they changed, so
 *  that nobody who is kept from the processor with a lock in hand keeps packets waiting. Loop thread only. */
struct session *session_here(janus_plugin_session *handle);
void session_media(struct session *s, struct publisher **pub, struct subscriber **sub);
/** Lets go of what session_media() keeps: when packets may stop coming. Loop thread, or when no callback runs any more. */
void session_media_forget(struct session *s);
struct session *session_ref(struct session *s);
void session_unref(struct session **s);

/** The joined participant and the media of this handle; references or NULL. */
struct participant *session_participant(struct session *s);
struct publisher *session_publisher(struct session *s);
struct subscriber *session_subscriber(struct session *s);
/** Ties the handle to a participant; references are taken. False when it has one. */
bool session_attach(struct session *s, struct participant *p, struct publisher *pub, struct subscriber *sub);
/** Cuts the ties, ends its media (subscribers and recording are told) and closes its PeerConnection. Its strand, or any strand for takeover and kick. */
void session_detach(struct session *s, bool close_pc);

/** Closes its PeerConnection, which must exist: the hangup that follows is not taken for a new event. */
void session_close_pc(struct session *s);

/** Sends `message` (borrowed) after what was posted before. A handle for which very much waits is ended. Any thread, no lock held. */
void session_send(struct session *s, json_t *message);
/** The same, then calls `then` with arg, on the strand, whatever came of it; `sent`: Janus gave the message to the transport. */
void session_send_then(struct session *s, json_t *message, void (*then)(void *arg, bool sent), void *arg);
/** Runs `run` on the strand, unless the plugin is going. */
void session_post(struct session *s, void (*run)(struct session *s));
/** The handle's info for the Admin API: takes leaf locks only. */
json_t *session_query(janus_plugin_session *handle);
