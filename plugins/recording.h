/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One recording of a call, from the host's word to the last line of its timeline. Everything about one happens in order on a strand of its own; the
 * functions here post to it and return.
 *
 *   starting ─ everybody has been told ─▶ recording ⇄ paused ─▶ processing ─ drained, written ─▶ (the worker's)
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
struct recording_conf { const char *title, *custom; json_t *look, *outputs; };
enum app_error recording_start(struct room *room, const char *call_id, const struct recording_conf *conf, struct request *r);
/** Answer the request (a reference is taken; NULL: nobody asks). */
void recording_pause(struct recording *rec, struct request *r);
void recording_resume(struct recording *rec, struct request *r);
/** Another look of the picture, from the request's checked body. */
void recording_layout(struct recording *rec, struct request *r);
/** The end is fixed as soon as the strand gets to it. reason: "host" "host_left" "empty" "destroyed" "shutdown"; a constant. */
void recording_stop(struct recording *rec, const char *reason, struct request *r);

struct recording *recording_ref(struct recording *rec);
void recording_unref(struct recording **rec);

/** Somebody has been told that this call is recorded: from now on their streams are captured. */
void recording_admit(struct recording *rec, struct participant *p);
/** A late joiner: told by an event, then admitted. */
void recording_joined(struct recording *rec, struct participant *p);
void recording_left(struct recording *rec, struct participant *p);
/** Something about somebody, for the timeline: a line of that type (a constant) with these members (borrowed). "role": participants.json too. */
void recording_said(struct recording *rec, struct participant *p, const char *type, const json_t *members);
/** Whether somebody talks may have changed. */
void recording_talking(struct recording *rec, struct participant *p);
/** A stream of somebody admitted begins or ends. Others' are left alone. */
void recording_add(struct recording *rec, struct stream *st);
void recording_remove(struct recording *rec, struct stream *st);
/** {recordingId, status, startedAt, duration, elapsed, bytes, tracks}, as far as known this moment. Leaf lock. */
json_t *recording_json(struct recording *rec);

void recordings_init(void);
/** Stops all ("shutdown"); they are through when the tasks have been drained. */
void recordings_exit(void);
/** After that. */
void recordings_free(void);
/** True while this recording is being captured here. */
bool recording_is_live(const char *id);
/** Of this recording, for as long as the caller holds a reference. */
const char *recording_id(const struct recording *rec);
/** Ticker: a start does not wait for ever for somebody whose connection does not take the notice. */
void recordings_tick(int64_t now_us);
