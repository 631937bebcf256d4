/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One recording of a call, from the host's word to the last line of its timeline. Everything about one happens in order on a strand of its own; the
 * functions here post to it and return.
 *
 *   starting ─ quota? ─ everybody has been told ─▶ recording ⇄ paused ─▶ processing ─ drained, written ─▶ (the worker's)
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "common/errors.h"

struct participant;
struct recording;
struct request;
struct room;
struct stream;

/** Tells the room (`recordingstarting`), then starts to capture; answers the request later (takes a reference). APP_ALREADY_RECORDING. The
 *  texts are copied; custom is JSON text or NULL; look as in look.h, checked, or NULL for the room's; outputs as of
 *  output_list_read(). */
struct recording_conf {
	const char *title, *custom;
	json_t *look, *outputs;
	json_t *exclude;           /* ids and identities of whom to leave out, or NULL */
};
/** r NULL: the room's configuration starts it. APP_DRAINING, APP_LIMIT; the answer may be APP_QUOTA. */
enum app_error recording_start(struct room *room, const char *call_id, const struct recording_conf *conf, struct request *r);
/** No recording starts any more while on; those that run go on. Any thread. */
void recordings_drain(bool on);
bool recordings_draining(void);
/** Answer the request (a reference is taken; NULL: nobody asks). */
void recording_pause(struct recording *rec, struct request *r);
void recording_resume(struct recording *rec, struct request *r);
/** Another look of the picture, from the request's checked body. */
void recording_layout(struct recording *rec, struct request *r);
/** The request's participant says yes or no; on a no nothing that comes later is kept. */
void recording_answer(struct recording *rec, struct request *r, bool agree);
/** Somebody is left out or taken in again: {id, exclude} of the request. */
void recording_exclude(struct recording *rec, struct request *r);
/** {policy, you?} and for `all` {people:[{id, state, here, captured}], missing:[id]}. p: who asks, or NULL. */
json_t *recording_consent_json(struct recording *rec, const struct participant *p, bool all);
/** The end is fixed as soon as the strand gets to it. reason: a word of stopReason (docs/api.md); a constant. */
void recording_stop(struct recording *rec, const char *reason, struct request *r);

struct recording *recording_ref(struct recording *rec);
void recording_unref(struct recording **rec);

/** Somebody came in, or came back: told by an event; then, where their yes is not needed or is there, their streams are captured. */
void recording_joined(struct recording *rec, struct participant *p);
void recording_left(struct recording *rec, struct participant *p);
/** Something about somebody, for the timeline: a line of that type (a constant) with these members (borrowed). "role": participants.json too. */
void recording_said(struct recording *rec, struct participant *p, const char *type, const json_t *members);
/** Whether somebody talks may have changed. */
void recording_talking(struct recording *rec, struct participant *p);
/** A stream of somebody admitted begins or ends. Others' are left alone. */
void recording_add(struct recording *rec, struct stream *st);
void recording_remove(struct recording *rec, struct stream *st);
/** {recordingId, status, startedAt, duration, elapsed, bytes, tracks, layout, startedBy?, startedByName?, consent, consentText?, consentUrl?, endsAt?}, as
 *  far as known this moment. Leaf lock. */
json_t *recording_json(struct recording *rec);

void recordings_init(void);
/** Stops all ("shutdown"); they are through when the tasks have been drained. */
void recordings_exit(void);
/** After that. */
void recordings_free(void);
/** How many run, with those that are being written to their end. */
unsigned recordings_running(void);
/** True while this recording is being captured here. */
bool recording_is_live(const char *id);
/** A reference to it, or NULL. */
struct recording *recording_find(const char *id);
/** Ledger's thread: another host has taken it over. What is captured here goes on under another id. */
void recordings_stale(const char *id, void *arg);
/** Of this recording, for as long as the caller holds a reference. */
const char *recording_id(const struct recording *rec);
/** Wall time since it began, with what it continues, 0 before, and its limit [ms], 0: none. Leaf lock. */
void recording_age(struct recording *rec, int64_t *elapsed_ms, int64_t *limit_ms);
/** Sets the figures of recordings and tracks (common/metrics.h). No lock held. */
void recordings_measure(void);
/** Ticker: a start does not wait for ever for somebody whose connection does not take the notice. */
void recordings_tick(int64_t now_us);
