/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one place where it is decided who may do what, by either API: a request of the plugin and a route of REST each name a `who`. Pure, and it fails
 * closed: what no rule allows is refused.
 */
#pragma once
#include <stdbool.h>
#include "common/errors.h"

/** Whom a request or route is for; WHO_NOBODY is zero, so that a row that forgot to say refuses everybody. In REST a good token is what having joined is
 *  in a call, and there is neither publisher nor subscriber. */
enum who {
	WHO_NOBODY,
	WHO_ANYONE,                /* any handle, joined or not, and the Admin API; in REST without a token */
	WHO_KEY,                   /* the same, but the handler checks a key of the server or the room */
	WHO_NEW,                   /* a handle that has not joined, nor waits to */
	WHO_JOINED,                /* either handle of a participant, and the Admin API; whoever shows a token */
	WHO_LEAVER,                /* either handle of a participant, or one that waits to be let in */
	WHO_HANDLE,                /* either handle of a participant; whoever shows a token */
	WHO_PUBLISHER, WHO_SUBSCRIBER,     /* that handle of a participant */
	WHO_SENDER,                /* a publisher handle that may send media */
	WHO_RECEIVER,              /* a handle that may receive media */
	WHO_HOST,                  /* and these with the grant, if the token lists any */
	WHO_HOST_RECORD, WHO_HOST_DELETE, WHO_HOST_ADMIT,
	WHO_OPERATOR,              /* REST: from this machine, or from wherever figures may be asked for */
	WHO_ADMIN,                 /* the Admin API alone */
	WHO_FILE,                  /* a link signed for this very path, or a token that may download */
	WHO_COUNT
};

/** What is proved about the one who asks. */
struct actor {
	bool admin;                /* came through Janus' Admin API */
	bool rest;                 /* came through REST; then `joined` says that the token is good */
	bool local;                /* REST: comes from where an operator is */
	bool link;                 /* REST: the signature of a link is good */
	bool joined, publisher, subscriber;
	bool waiting;              /* to be let in */
	bool host;
	unsigned grants;           /* of the token; 0: it lists none, and the role alone counts */
};

/** APP_OK, or why not. */
enum app_error permission_check(enum who who, const struct actor *a);
/** A right that a token's list can narrow, or that the list alone gives (download). */
bool permission_grant(const struct actor *a, unsigned grant);
