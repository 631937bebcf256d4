/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * All the ways out of a room. Task threads.
 */
#pragma once
#include <stdbool.h>

struct participant;
struct room;
struct session;

/** The handle leaves: of its own will or because it was detached. When it was the publisher handle, the participant leaves with all its handles. */
void leave_handle(struct session *s, bool close_pc);
/** Another handle of the same participant took the place of this one (reference stolen, may be NULL). */
void leave_replaced(struct session *old);
void leave_kicked(struct participant *p);
/** Everybody leaves a room that is no more. `people` as room_people() gave it before the room was removed. */
void leave_destroyed(struct room *r, void *people);
