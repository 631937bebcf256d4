/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside of a recording; for recording.c, recording_start.c, recording_stop.c and recording_info.c.
 */
#pragma once
#include <glib.h>
#include <stdatomic.h>
#include <stdbool.h>
#include "common/ids.h"
#include "common/json.h"
#include "plugins/look.h"
#include "common/sync.h"
#include "plugins/capture.h"
#include "plugins/recording.h"
#include "plugins/task.h"

struct recording {
	atomic_int ref;
	char id[ID_SIZE], call_id[ID_SIZE];
	struct room *room;                 /* a reference */
	char *title, *custom, *outputs;    /* outputs: JSON text */
	json_t *look;                      /* how it begins */
	int64_t started_ms, notice_until_us;
	struct strand *strand;
	/* strand only */
	struct capture *capture;
	int64_t seq;                       /* of the last event */
	bool begun, over;
	bool refused;                      /* a track, for there were too many */
	GHashTable *people;                /* admitted: id → participant (reference) */
	GHashTable *talkers;               /* ids of those of `people` who talk, as the timeline has it */
	GHashTable *streams;               /* captured: stream (reference) */
	struct request *starter;           /* waits for its answer */
	atomic_int unnoticed;              /* people who have not been told yet, and one for the start itself */
	atomic_bool begin_posted;
	struct lock lock;                  /* what follows (leaf): what is known about it */
	const char *status;
	int64_t duration_ms, elapsed_ms, at_us, bytes;     /* as of at_us */
	int tracks;
};

struct op {
	struct recording *rec;
	struct participant *participant;
	struct stream *stream;
	struct request *request;
	const char *reason;
	json_t *members;
	int64_t duration_ms, bytes;
	int tracks;
};
/** Runs `run` on the strand with a copy of op; references in op are taken over (rec's is added). */
void recording_post(struct recording *rec, void (*run)(struct op *op), struct op op);
/** The beginning, when all have been told or time is up. */
void recording_begin(struct op *op);
/** Strand: what the start line cannot say of the look. */
void recording_first_look(struct recording *rec);
/** Strand: capture of an admitted person's streams. */
void recording_capture_person(struct recording *rec, struct participant *p);
/** In the table of those that are captured here, from start until drained. */
bool recording_register(struct recording *rec);      /* false: there are as many as may be */
void recording_forget(struct recording *rec);
/** One track of those that may be captured at a time, in all recordings together; false: there is none left. */
bool recording_take_track(void);
void recording_give_track(void);
/** Begins if the time for telling everybody is up. */
void recording_expire_notice(struct recording *rec, int64_t now_us);

/** Notes the times and the status. */
void recording_note(struct recording *rec, const char *status);
void recording_note_sealed(struct recording *rec, int64_t duration_ms, int64_t bytes, int tracks);
/** {recordingId, status, duration, elapsed}: answers. */
json_t *recording_reply(struct recording *rec);
/** Numbers an event, stores it and tells the room. `more` (stolen, may be NULL) joins the payload. */
void recording_event(struct recording *rec, const char *type, json_t *more);
/** The event as members for one person; borrowed `more`. */
json_t *recording_members(struct recording *rec, const char *type, int64_t seq, json_t *more);
