/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A call: a room from the first join until it has been empty for a while. It numbers the people and remembers them for their return. The caller
 * holds the room's lock.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include "common/ids.h"
#include "plugins/gate.h"

struct participant;

/** What is kept of somebody who was forgotten, for the token of ours that they still have. */
struct call_record {
	bool host, own_host, kicked;
	unsigned grants, own_grants;       /* as in struct participant */
};

struct call {
	char id[ID_SIZE];
	unsigned last;             /* number of the newest participant */
	unsigned present;
	unsigned hosts;            /* of those */
	int64_t empty_since_us;    /* while nobody is present */
	struct gate_absence absence;       /* of hosts */
	bool locked;
	bool kicks;                /* somebody was kicked */
	GHashTable *people;        /* id → participant (reference), also those who left */
	GHashTable *records;       /* id → struct call_record of hosts and of who was kicked, when people has them no more; NULL: none */
	bool unsure;               /* one of those was not kept any more */
};

enum { CALL_PEOPLE_MAX = 4096 };

/** id: NULL or "": a new one. */
struct call *call_create(const char *room, const char *id, int64_t wall_ms);
void call_free(struct call *c);
/** user1, user2, … */
void call_next_id(struct call *c, char out[PARTICIPANT_SIZE]);
/** Room for one more: where `max` are known, the one who left first is forgotten (reference to the caller, by g_ptr_array). False: all of them are here,
 *  or there are CALL_PEOPLE_MAX with those who were kicked and are never forgotten. */
bool call_make_room(struct call *c, unsigned max, GPtrArray *out);
/** Takes a reference. */
void call_add(struct call *c, struct participant *p);
/** By secret (constant time each), by id, by identity (who was kicked last of all); borrowed. */
struct participant *call_by_resume(struct call *c, const char *resume);
struct participant *call_by_id(struct call *c, const char *id);
/** What is kept of who had this id and was forgotten. False: they were a guest. Where that is not sure, they count as kicked. */
bool call_record(const struct call *c, const char *id, struct call_record *out);
struct participant *call_by_identity(struct call *c, const char *identity);
/** The participant of a token of ours: "<call>/<id>" of this call → id, else NULL. */
const char *call_own_sub(const struct call *c, const char *sub);
void call_set_present(struct call *c, struct participant *p, bool present, int64_t now_us);
/** Of somebody who has this role from now on. */
void call_set_role(struct call *c, struct participant *p, bool host, unsigned grants, int64_t now_us);
/** Nobody knows them, and they come on the handle, or under the name (folded), of somebody unknown who was kicked and may not be back. */
bool call_kicked_handle(struct call *c, uint64_t handle, int64_t now_us);
bool call_kicked_name(struct call *c, const char *folded, int64_t now_us);
/** Takes out who left before `since_us` (references to the caller, by g_ptr_array); who was kicked is remembered while they may not be back. */
void call_forget(struct call *c, int64_t since_us, GPtrArray *out);
