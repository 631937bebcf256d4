/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Somebody in a call. Known by a server-made id; whoever shows the resume secret is that person again, within the call. Two handles at most: one
 * publishes, one subscribes.
 */
#pragma once
#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include "common/ids.h"
#include "common/permission.h"
#include "common/sync.h"
#include "plugins/moderation.h"

struct call_record;
struct room;
struct session;

struct participant {
	atomic_int ref;
	struct room *room;                 /* a reference */
	char id[PARTICIPANT_SIZE], resume[SECRET_SIZE], call_id[ID_SIZE];
	char *identity;                    /* sub of a token that was not ours, or "" */
	atomic_bool host;                  /* these two change under the room's lock (call_set_role) */
	atomic_uint grants;
	bool own_host;                     /* came as one */
	unsigned own_grants;               /* of the token */
	int64_t joined_ms;                 /* wall clock, the first time */
	atomic_int talking;                /* how many of its sounds are loud */
	/* under the room's lock */
	bool present, kicked;
	unsigned entering;                 /* handles between room_enter() and room_entered() */
	int64_t left_us, kicked_until_us;  /* INT64_MAX: as long as the call lasts */
	uint64_t kicked_handle;            /* number of the session */
	char *kicked_name;                 /* folded */
	atomic_int bitrate;                /* a host's cap on what it sends [bit/s]; 0: none */
	struct lock lock;                  /* what follows */
	struct moderation moderation;      /* by hosts */
	char *display;
	struct session *publisher, *subscriber;    /* handles */
};

struct participant_conf {
	const char *id, *call_id, *identity, *display;
	bool host;
	unsigned grants;
};
struct participant *participant_create(struct room *room, const struct participant_conf *conf);
/** Gives a new one the role of before. */
void participant_restore(struct participant *p, const struct call_record *was);
/** What its token leaves to it as a host: for gate_promote(). */
unsigned participant_host_grants(const struct participant *p);
struct participant *participant_ref(struct participant *p);
void participant_unref(struct participant **p);

/** A copy; g_free(). */
char *participant_display(struct participant *p);
void participant_set_display(struct participant *p, const char *display);
/** The publisher handle; a reference or NULL. */
struct session *participant_publisher(struct participant *p);
bool participant_has_publisher(struct participant *p);
/** The subscriber handle; likewise. */
struct session *participant_subscriber(struct participant *p);
/** Puts a handle (reference taken; NULL: none) in place; returns the one before (reference). */
struct session *participant_set_publisher(struct participant *p, struct session *s);
struct session *participant_set_subscriber(struct participant *p, struct session *s);
/** Takes the handle out of the participant if it is one of its. True: it was the publisher handle. */
bool participant_drop_handle(struct participant *p, struct session *s);
/** What the handle `s` has proved. */
void participant_actor(struct participant *p, struct session *s, struct actor *out);
/** A host mutes one source, or (NULL) all, also those to come; and whether a source is muted by that. */
void participant_moderate(struct participant *p, const char *source, bool mute);
bool participant_mutes(struct participant *p, const char *source);
/** Has this right (GRANT_…), by role and token. */
bool participant_may(const struct participant *p, unsigned grant);
/** "host" or "guest". */
const char *participant_role(const struct participant *p);
/** {id, display, role} */
json_t *participant_json(struct participant *p);
/** JWT for REST as join and configure answer it; free(). NULL when it could not be made. */
char *participant_token(struct participant *p);
