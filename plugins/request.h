/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Requests: rows of a table, each with its parameters, who may make it, and a handler. Every request gets exactly one answer.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include "common/errors.h"
#include "common/json.h"
#include "plugins/compat.h"
#include "common/permission.h"
#include "plugins/session.h"

struct participant;
struct recording;
struct room;
struct token;

/** Counted: a handler may keep it to answer later. */
struct request {
	atomic_int ref;
	struct session *session;           /* NULL: Admin API */
	struct request_wait *wait;         /* Admin API: for the answer */
	const char *by;                    /* Admin API: sub of the token it is asked for, or NULL; of the body */
	char *transaction;
	json_t *body, *jsep;
	const struct request_row *row;
	struct participant *participant;   /* who asks, if joined (reference) */
	struct room *room;                 /* of the participant, or the one named, where the row asks for one (reference) */
	struct actor actor;
	struct token *shown;               /* a token in the body that was found good, where a handler looked for one (owned) */
	/* the answer */
	json_t *reply, *reply_jsep;        /* owned */
	bool deferred;                     /* request_answer() follows */
	char why[200];                     /* a better sentence than the error's own */
	int64_t retry_ms;                  /* when to try again, 0: nothing said */
	char address[272];                 /* room_elsewhere: where; "": not known */
	size_t cost;                       /* bytes it holds while it waits */
	/** After the answer was sent (pushed) or could not be; optional. */
	void (*after)(struct request *r, bool pushed);
};

enum {
	REQUEST_ROOM = 1,          /* the body must name an existing room, unless the handle has joined one */
	REQUEST_BY = 2,            /* needs no handle: may come over the Admin API on behalf of the owner of a token */
};

typedef enum app_error (request_h)(struct request *r);
struct request_row {
	const char *name;
	const struct json_param *params;   /* may be NULL */
	enum who who;
	int flags;
	request_h *handler;
};

/** handle_message: takes all three arguments. Janus' task threads; answers "ack" or, when nothing can be done with it, an error. */
struct janus_plugin_result *request_message(janus_plugin_session *handle, char *transaction, json_t *body, json_t *jsep);
/** handle_admin_message: the body is borrowed, the answer the caller's; waits for it, 8 s at most. A member `by` {sub, room, host, grants} holds the
 *  claims of a token that `recroom-pp serve` has verified: then it counts what they may do, and in no other room. */
json_t *request_admin(json_t *body);

/* Between request.c and request_admin.c. */
/** Row, actor, permission, room, parameters, handler. */
enum app_error request_run(struct request *r);
/** An error becomes the reply. */
void request_finish(struct request *r, enum app_error err);
enum app_error request_admin_actor(struct request *r);
/** May this request be about that room? */
bool request_is_for(const struct request *r, const char *room);
/** Has the server's key, in `admin_key`, or for `room` (may be NULL) its own secret, or comes over the Admin API. Guesses are slowed. */
enum app_error request_check_key(struct request *r, struct room *room);
/** The reply is there. Any thread. */
void request_wake(struct request *r);
void request_wait_free(struct request *r);

/** Size, depth, rate: before anything else is looked at. Takes what it costs, until request_release(). Janus' task threads. */
enum app_error request_admit(struct request *r);
void request_release(struct request *r);

struct request *request_ref(struct request *r);
void request_unref(struct request **r);
/** Who asks, for the log: the sub of a token, or the id of a participant. */
const char *request_who(const struct request *r);
/** The answer of a deferred request; `reply` is stolen; its reference is dropped. Any thread. */
void request_answer(struct request **r, enum app_error err, json_t *reply);
/** An SDP of that type in the jsep, or NULL. */
const char *request_sdp(const struct request *r, const char *type);
/** Sets a jsep for the answer; sdp is g_freed. */
void request_set_sdp(struct request *r, const char *type, char *sdp);
/** The error event; `why` may be "" for the error's own sentence. */
json_t *request_error(enum app_error err, const char *why);
/** {"recroom":name,"room":room} */
json_t *request_reply(const struct request *r, const char *name);

/** On the strand of a handle that was waiting: its join goes on, if it was let in. */
void request_let_in(struct session *s);
/** An answer nobody asked for just now: no transaction, no body, about that room. Its strand; then request_tell(). */
struct request *request_unasked(struct session *s, struct room *room);
/** Sends the reply; takes the reference. */
void request_tell(struct request **r);

/** Rows, each array ended by one without name. */
extern const struct request_row request_rooms[], request_joins[], request_media[], request_hosts[], request_gates[], request_recordings[], request_consents[],
	request_library[], request_shares[], request_operators[];

/** `act` answers later; APP_NOT_RECORDING where the room's is not running, or not the one the request names. */
enum app_error request_with_recording(struct request *r, void (*act)(struct recording *rec, struct request *r));
/** Runs `run` on a thread that may wait for the catalog, and answers with what it gives. */
enum app_error request_query(struct request *r, request_h *run);

/* Shared by handlers of joining and publishing (request_media.c). */
enum app_error request_publish(struct request *r);
