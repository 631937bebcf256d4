/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rooms, the calls in them and who is in a call. Strings of a room may be edited at any time: copies are handed out.
 */
#pragma once
#include <glib.h>
#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include "common/errors.h"
#include "common/ids.h"
#include "common/settings.h"
#include "common/sync.h"
#include "plugins/auto.h"
#include "plugins/gate.h"
#include "plugins/guess.h"
#include "plugins/lobby.h"
#include "plugins/room_media.h"
#include "plugins/room_policy.h"

struct call;
struct participant;
struct recording;

struct room {
	atomic_int ref;
	char id[ROOM_ID_MAX + 1];
	struct lock lock;                  /* all that follows, and present/kicked/left_us of its participants */
	char *description, *secret, *host_secret, *pin;
	int people;
	char *outputs;                     /* formats with commas, the primary one first */
	bool destroyed;
	_Atomic(const char *) layout;      /* of its recordings; these four are read without the lock */
	atomic_int publishers, bitrate;
	atomic_bool guests_download;
	struct room_media media;
	struct gate_conf gate;
	struct lobby lobby;                /* who waits to be let in */
	struct room_policy policy;
	struct call *call;                 /* NULL while nobody is here */
	struct recording *recording;       /* the one that is running */
	struct auto_state automatic;       /* of recordings that begin and end by themselves */
	struct guess_lock guesses;         /* of its secrets; has a lock of its own */
};

/** Rooms of the settings. */
int rooms_init(const struct settings *s);
void rooms_exit(void);

/** Makes a room from `conf` (copied; its id valid); `media`, `gate` and `policy` (NULL: those of conf) are what it takes, whom, and how it is recorded.
 *  APP_ROOM_EXISTS, APP_LIMIT. */
enum app_error room_create(const struct settings_room *conf, const struct room_media *media, const struct gate_conf *gate,
			   const struct room_policy *policy);
/** A reference or NULL. */
struct room *room_find(const char *id);
struct room *room_ref(struct room *r);
void room_unref(struct room **r);
/** Changes what is not NULL (pin and description may become ""). */
struct room_edit {
	const char *description, *secret, *pin;
	const struct room_media *media;    /* for what is negotiated from now on */
	const struct gate_conf *gate;      /* its `locked` is for the next call; this one's is room_lock()'s */
	const struct room_policy *policy;  /* for recordings that start from now on */
};
void room_edit(struct room *r, const struct room_edit *e);
/** Everything as `conf` says (copied), whatever it was made of or edited to; people, call and recording go on. */
void room_configure(struct room *r, const struct settings_room *conf);
/** Takes the room off the table; *people (may be NULL; g_ptr_array_unref) are those who were in it, for the caller to tell. False when another was
 *  quicker. */
bool room_remove(struct room *r, GPtrArray **people);
/** All rooms, references; free with g_ptr_array_unref (drops them). */
GPtrArray *rooms_all(void);
/** {room, description, num_participants, recording, pin_required} */
json_t *room_json(struct room *r);

/** Which of its secrets this is, in constant time. A room without a pin accepts any. */
bool room_is_secret(struct room *r, const char *secret);
bool room_is_host_secret(struct room *r, const char *secret);
bool room_is_pin(struct room *r, const char *pin);
/** Formats of its recordings, with commas; g_free(). */
char *room_outputs(struct room *r);
int room_bitrate(struct room *r);
int room_publishers(struct room *r);
bool room_guests_download(struct room *r);
/** A copy. */
void room_media_get(struct room *r, struct room_media *out);
/** A copy, and whether the call (or the next one, where there is none) is locked. */
void room_gate_get(struct room *r, struct gate_conf *out, bool *locked);
/** Locks or unlocks the call. False: there is none, or it is so already. */
bool room_lock(struct room *r, bool locked);
void room_policy_get(struct room *r, struct room_policy *out);

/** Who asks to come in, and what is proved. */
struct room_entry {
	const char *resume;        /* or NULL */
	const char *token_sub;     /* of a verified token of this room, or NULL; if it is one of ours (call_…), what it says of the role is not in host and grants */
	const char *display;
	const char *folded;        /* the same, folded; or NULL */
	uint64_t handle;           /* number of the session */
	bool host;
	bool secret;               /* … by the room's secret */
	unsigned grants;
	const char *admitted;      /* to the call of this id, and no other; NULL: not */
	const char *call_id;       /* what the call is named if it opens with this one; NULL or "": what it likes */
	struct waiter *waiter;     /* put into the lobby where this person has to wait; NULL: then this is refused */
};
/** Finds or makes the participant. With `resume` (or, for `subscriber`, a token of somebody present) it is that person again; *back: it was not present
 *  until now, so others must be told. Opens a call if there is none. APP_WAITING with a waiter: it is in the lobby now.
 *  APP_NO_CALL: the call it was admitted to is over. */
bool room_has_call(struct room *r);
/** Would it open one, if there is none? */
bool room_may_open(struct room *r, const struct room_entry *e);
/** Is this its call just now? */
bool room_is_call(struct room *r, const char *call_id);
enum app_error room_enter(struct room *r, const struct room_entry *e, bool subscriber, struct participant **out, bool *back);
/** What room_enter() began for a handle that publishes has come to its end, well or not: until then nobody leaves for want of a handle. */
void room_entered(struct room *r, struct participant *p);
/** What the gate says now, for somebody of this call (known) or not. */
enum gate_way room_gate_locked(struct room *r, const struct room_entry *e, bool known);
/** Taken out by a host: neither the resume secret nor the token is worth anything any more, and the same person does not come in before a time. */
struct room_kick {
	int64_t until_us;          /* INT64_MAX: in this call */
	uint64_t handle;           /* number of the session, 0: none */
};
void room_kick(struct room *r, struct participant *p, const struct room_kick *kick);
/** No longer present; the record stays for a while, so that `resume` works, but for who was kicked. False when it had left already. */
bool room_leave(struct room *r, struct participant *p);
/** The same for somebody whose handle is gone, unless another one has come or is coming in: a page that was reloaded is there before the old one is missed. */
bool room_leave_if_gone(struct room *r, struct participant *p);
/** The role of somebody in the room; false: not there any more, or it is so already. */
bool room_set_role(struct room *r, struct participant *p, bool host, unsigned grants);
/** Takes the call from the room; *people as of room_remove(). False: there is none. */
bool room_end_call(struct room *r, const char *reason, GPtrArray **people);
/** Present ones, references; g_ptr_array_unref. */
GPtrArray *room_people(struct room *r);
GPtrArray *room_people_locked(struct room *r);
/** Still in it: not left, kicked or destroyed meanwhile. */
bool room_is_in(struct room *r, const struct participant *p);
struct participant *room_participant(struct room *r, const char *id);
/** Of the call in it; false (and ""): there is none. */
bool room_call_id(struct room *r, char out[ID_SIZE]);
/** The running recording, a reference or NULL. */
struct recording *room_recording(struct room *r);
/** Puts one of this call in place (reference taken) if none runs and the call goes on. */
bool room_set_recording(struct room *r, const char *call_id, struct recording *rec);
/** `next` (reference taken) in the place of `old`, in one piece; false: that one is not in place any more. */
bool room_replace_recording(struct room *r, struct recording *old, struct recording *next);
void room_clear_recording(struct room *r, struct recording *rec);
/** What a room had of a call that is over: taken from it in one piece, so that the next call meets nothing of it; then the recording is stopped and the
 *  call closed in the catalog. */
struct room_ended {
	struct call *call;
	struct recording *recording;
};
struct room_ended room_end_locked(struct room *r);
void room_ended(struct room_ended *e, const char *reason);
/** Ticker: forgets those who left long ago, ends calls that have been empty for call_end_grace_s. */
void rooms_tick(int64_t now_us);
