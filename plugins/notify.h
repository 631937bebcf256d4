/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Events to the people in a room, by their publisher handles, each in the order of its strand; and to Janus' event handlers. Any thread.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>

struct participant;
struct room;

/** {"recroom":"event","room":room} with the members of `members` (stolen). */
json_t *notify_event(const char *room, json_t *members);
/** To everybody present but `except` (may be NULL); members are stolen. */
void notify_room(struct room *r, json_t *members, const struct participant *except);
/** To Janus' event handlers alone, about a room that may be gone; members are stolen. */
void notify_handlers(const char *room, json_t *members);
void notify_participant(struct participant *p, json_t *members);
/** To the hosts who may admit; members are stolen. */
void notify_hosts(struct room *r, json_t *members);
/** To everybody, made for each: `make` returns new members or NULL for nothing. */
void notify_each(struct room *r, json_t *(*make)(struct participant *p, void *arg), void *arg);
/** To one; `then` is called with arg when the event has gone to the transport (`sent`) or never will. False: there is no handle, and `then` is not called.
 *  members are stolen. */
bool notify_participant_then(struct participant *p, json_t *members, void (*then)(struct participant *p, bool sent, void *arg), void *arg);
