/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Hosts who follow a recording from outside its room: after they left, when the room is empty, from a handle that never joins. By handle; a handle that
 * has joined the recording's room hears of it there.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>

struct participant;
struct session;
struct token;

enum { FOLLOW_HANDLE_MAX = 8, FOLLOW_MAX = 1000 };     /* recordings of one handle; of all handles together */

void follow_init(void);
void follow_exit(void);
/** What it may hear: with signed links or not. `token` (NULL: a host who is in the room): the right ends when that would be refused. Again: what counts is
 *  the new right. -EDQUOT: one of the two limits. Any thread. */
int follow_add(struct session *s, const char *recording_id, bool links, const struct token *token);
/** NULL: all of the handle's. */
void follow_remove(struct session *s, const char *recording_id);
/** All of somebody who is a host no more: of their handles, and of whatever handle showed a token of theirs. */
void follow_end(struct participant *p);
/** An event of a recording of that room, its members with links (stolen), to all who follow it and are not in the room. Any thread, no lock held. */
void follow_tell(const char *room_id, const char *recording_id, json_t *members);
