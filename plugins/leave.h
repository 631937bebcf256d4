/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * All the ways out of a room. Task threads.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct participant;
struct room;
struct session;

/** The handle leaves: of its own will or because it was detached. When it was the publisher handle, the participant leaves with all its handles. */
void leave_handle(struct session *s, bool close_pc);
/** Leaves if no handle of theirs publishes or is coming in (any more), as when a join failed while the handle before it went. */
void leave_settle(struct participant *p);
/** Another handle of the same participant took the place of this one (reference stolen, may be NULL). */
void leave_replaced(struct session *old);
/** A host takes them out; back_after_s negative: they do not come back in this call. */
void leave_kicked(struct participant *p, int64_t back_after_s);
/** Ends the room's call, if there is one: its recording stops, everybody is told and leaves, nobody waits for it any more. reason: "host" "host_left";
 *  a constant. `by` may be NULL. */
void leave_ended(struct room *r, const char *reason, const struct participant *by);
/** Everybody leaves a room that is no more, and nobody waits to come in. `people` as room_people() gave it before the room was removed. */
void leave_destroyed(struct room *r, void *people);
