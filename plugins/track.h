/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One source of a recording, from a tap's ring to frames with a capture time, which its cutter takes. Capture thread.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "common/rtpclock.h"
#include "plugins/cutter.h"
#include "plugins/ring.h"
#include "plugins/tap.h"

struct track;

/** sender: of the participant, shared by its tracks; outlives the track, as env does. */
void track_create(struct track **out, const struct cutter_env *env, struct sender_course *sender, const char *participant, const char *source);
void track_unref(struct track **t);
/** Takes up a stream at from_us: nothing captured before is kept. Takes both references; the tap feeds the ring already. */
void track_attach(struct track *t, struct tap *tap, struct ring *ring, int64_t from_us);
/** Takes what came before to_us and lets go of the stream. */
void track_detach(struct track *t, int64_t to_us);
bool track_feeds_on(const struct track *t, const struct tap *tap);   /* NULL: on any */
/** Takes what came; every 40 ms. */
void track_poll(struct track *t, int64_t now_us);
/** Takes everything that came, waits for nothing that is missing, and ends the segment. */
void track_settle(struct track *t, const char *reason);
/** Closes what lies before to_ms of recording time. */
void track_seal(struct track *t, int64_t to_ms);
bool track_is(const struct track *t, const char *participant, const char *source);
bool track_of_whom(const struct track *t, const char *participant);
struct cutter *track_cutter(struct track *t);
