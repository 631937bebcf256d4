/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whose sounds and pictures a recording may keep. Pure: no clock, no lock; a recording's strand owns one and does what it says.
 *
 *   a person:   (not told) ─ notice accepted by their transport ─▶ told ─┬─ yes ─▶ agreed ─ no ─▶ declined ─ yes ─▶ …
 *                    ▲                                                  └─ no ──▶ declined
 *                    └─ came back, resumed after a pause: to be told again, the answer stays        any ─ host ─▶ left_out
 *
 * Kept is what belongs to those who have been told, have not been left out, have not said no, and, where the room requires it, have said yes. Answers
 * live as long as the recording, for the same participant id, whatever handle they come from.
 */
#pragma once
#include <glib.h>
#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include "common/ids.h"
#include "common/settings.h"

struct consents;

enum { CONSENT_EXCLUDED_MAX = 100 };

/** exclude: array of participant ids or identities, borrowed, may be NULL. */
struct consents *consents_create(enum consent_policy policy, json_t *exclude);
void consents_unref(struct consents **c);

/** Somebody is in the room and about to be told: until consents_told() nothing of theirs may be kept. Identity may be "". Gives the notice's number. */
unsigned consents_meet(struct consents *c, const char *id, const char *identity);
/** The notice was accepted by their transport, at wall_ms. False, and nothing changed: it is not the newest one, and said something else. */
bool consents_told(struct consents *c, const char *id, unsigned notice, int64_t wall_ms);
void consents_left(struct consents *c, const char *id);
/** Their answer; true when it changed. One who is left out may answer, too; it counts if they are taken in again. -ENOENT: nobody met. */
int consents_answer(struct consents *c, const char *id, bool agree);
/** A host leaves out, or takes in again, an id or identity. Who is taken in must be told anew, and an earlier yes does not count. -ENOSPC: too many are left
 *  out; 1 changed, 0 was so already. */
int consents_exclude(struct consents *c, const char *key, bool out);

/** May anything of theirs be kept now? */
bool consents_allow(const struct consents *c, const char *id);
/** "told" "agreed" "declined" "left_out" as the timeline has it, or NULL: not told yet. */
const char *consents_state(const struct consents *c, const char *id);
bool consents_is_out(const struct consents *c, const char *id);
/** Wall clock of the last notice, 0: none. */
int64_t consents_told_ms(const struct consents *c, const char *id);
/** The first person met whom `key` names, id or identity, from *at on (0 first); NULL: no more. */
const char *consents_named(const struct consents *c, const char *key, unsigned *at);

struct consent_row {
	char id[PARTICIPANT_SIZE];
	const char *state;         /* as above, constant */
	bool here, allowed;
};
/** How it stands with all met, in the order met, to be read by other threads: never changed once made. */
struct consent_rows {
	atomic_int ref;
	unsigned n;
	struct consent_row row[];
};
struct consent_rows *consents_rows(const struct consents *c);
struct consent_rows *consent_rows_ref(struct consent_rows *rows);
void consent_rows_unref(struct consent_rows **rows);
