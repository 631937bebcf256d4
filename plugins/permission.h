/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one place where it is decided who may do what. Pure, and it fails closed: what no rule allows is refused.
 */
#pragma once
#include <stdbool.h>
#include "common/errors.h"

/** Whom a request is for; WHO_NOBODY is zero, so that a row that forgot to say refuses everybody. */
enum who {
	WHO_NOBODY,
	WHO_ANYONE,                /* any handle, joined or not, and the Admin API */
	WHO_KEY,                   /* the same, but the handler checks a key of the server or the room */
	WHO_NEW,                   /* a handle that has not joined */
	WHO_JOINED,                /* either handle of a participant, and the Admin API */
	WHO_HANDLE,                /* either handle of a participant */
	WHO_PUBLISHER, WHO_SUBSCRIBER,     /* that handle of a participant */
	WHO_SENDER,                /* a publisher handle that may send media */
	WHO_RECEIVER,              /* a handle that may receive media */
	WHO_HOST,                  /* and these with the grant, if the token lists any */
	WHO_HOST_RECORD, WHO_HOST_DELETE, WHO_HOST_ADMIT,
	WHO_COUNT
};

/** What is proved about the one who asks. */
struct actor {
	bool admin;                /* came through Janus' Admin API */
	bool joined, publisher, subscriber;
	bool host;
	unsigned grants;           /* of the token; 0: it lists none, and the role alone counts */
};

/** APP_OK, or why not. */
enum app_error permission_check(enum who who, const struct actor *a);
/** A host's right that a token can narrow, or a right that grants alone give (download). */
bool permission_grant(const struct actor *a, unsigned grant);
