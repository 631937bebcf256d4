/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside of a recording; for recording*.c.
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
#include "plugins/consent.h"
#include "plugins/recording.h"
#include "plugins/room_policy.h"
#include "plugins/task.h"

struct round;

struct recording {
	atomic_int ref;
	char id[ID_SIZE], call_id[ID_SIZE];
	char continues[ID_SIZE];           /* the recording this one goes on from, "" */
	struct room *room;                 /* a reference */
	char *title, *custom, *outputs;    /* outputs: JSON text */
	json_t *look;                      /* how it begins; later, how it is now (strand) */
	struct room_policy policy;         /* of the room, when it started */
	bool automatic;                    /* nobody asked for it */
	char by[PARTICIPANT_SIZE];         /* who asked, "" */
	char *by_name;                     /* what they were called then, or NULL */
	int64_t started_ms;
	int64_t before_ms;                 /* how old the one was that it continues */
	struct strand *strand;
	/* strand only */
	struct capture *capture;
	int64_t seq;                       /* of the last event */
	bool opened, begun, over;          /* opened: everybody who was there then is being told */
	bool refused;                      /* a track, for there were too many */
	struct consents *consents;
	GHashTable *here;                  /* in the room and told, or about to be: id → participant (reference) */
	GHashTable *people;                /* of those, who is captured: id → participant (reference) */
	GHashTable *talkers;               /* ids of those of `people` who talk, as the timeline has it */
	GHashTable *streams;               /* captured: stream (reference) */
	struct recording *next;            /* a reference to the one it goes on as, on the same strand; what is posted to it from then on is for that one */
	bool begins_paused;                /* the one it continues was */
	struct request *starter;           /* waits for its answer */
	struct request *resumer;           /* likewise, while everybody is told that it goes on */
	bool resuming;
	int64_t resume_seq;
	int64_t quota_bytes;               /* what it may write at most by the room's quota; 0: any */
	bool quota_told;
	int64_t status_us;                 /* when `recordingstatus` is due again */
	struct lock lock;                  /* what follows (leaf): what is known about it */
	struct round *round;               /* the one under way */
	struct consent_rows *consent_rows;
	const char *status, *layout;       /* layout: interned; as it is now */
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
	int64_t duration_ms, bytes, at_ms;
	int tracks;
	unsigned notice;
	bool flag;
	bool own;                  /* about this one, also when it has been taken over */
};
/** Runs `run` on the strand with a copy of op; references in op are taken over (rec's is added). Where another one has taken its place by then (`next`),
 *  op.rec is that one, unless it is its `own`. */
void recording_post(struct recording *rec, void (*run)(struct op *op), struct op op);
/** The same on another strand: of one that has been taken over. */
void recording_post_to(struct strand *strand, struct recording *rec, void (*run)(struct op *op), struct op op);
/** The beginning, when all have been told or time is up. */
void recording_begin(struct op *op);
/** Strand: the capture has been paused; says so. */
void recording_show_paused(struct recording *rec);
/** Strand: the end is fixed; drains, tells the catalog, lets go of everything. */
void recording_finish(struct recording *rec, const char *reason);
/** Another one of the same call, as `old` was asked for, on its strand; a reference, in no table yet. */
struct recording *recording_create_next(struct recording *old);
/** Strand: what the start line cannot say of the look. */
void recording_first_look(struct recording *rec);
/** In the table of those that are captured here, from start until drained. */
bool recording_register(struct recording *rec);      /* false: there are as many as may be, and it continues none of them */
void recording_forget(struct recording *rec);
/** One track of those that may be captured at a time, in all recordings together; false: there is none left. */
bool recording_take_track(void);
void recording_give_track(void);

/* Who is told (recording_notice.c), and whose media are captured (recording_consent.c). Strand, but for the expiry. */

/** Tells one person by `type`; their media are taken when the notice has gone to their transport. */
void recording_tell(struct recording *rec, struct participant *p, const char *type);
/** Tells everybody in the room, then runs `then`: when all notices have gone, or 2 s later, without those who could not be told by then. */
void recording_tell_all(struct recording *rec, const char *type, void (*then)(struct op *op));
/** What a newcomer is told: the state, by the name of an event. */
const char *recording_notice_type(const struct recording *rec);
/** Ends the round under way if its time is up. Any thread. */
void recording_expire_notice(struct recording *rec, int64_t now_us);
/** The round under way ends at this one's strand, which is next's, too; `next` sees to its time. */
void recording_notice_hand_over(struct recording *old, struct recording *next);
/** No round any more. */
void recording_notice_end(struct recording *rec);
/** Brings what is captured of somebody in line with their consent and with what they send. */
void recording_settle(struct recording *rec, struct participant *p);
/** The same for everybody, with the lines of what was said before the timeline was there. */
void recording_settle_all(struct recording *rec);
/** Takes up one stream, if its sender may be captured. */
void recording_capture_stream(struct recording *rec, struct stream *st);
/** Puts down how somebody's consent stands: timeline, catalog, and what other threads see. */
void recording_note_consent(struct recording *rec, const char *id, int64_t wall_ms);
/** For other threads to see. */
void recording_show_consents(struct recording *rec);
void recording_follow_talking(struct recording *rec, struct participant *p);

/** Is there room in the room's quota? Reads the catalog and may wait for it; sets quota_bytes. */
enum app_error recording_check_quota(struct recording *rec);
/** Each second: warns and stops. */
void recording_follow_quota(struct recording *rec, int64_t bytes);

/** Notes the times and the status. */
void recording_note(struct recording *rec, const char *status);
/** Notes the layout that counts from now on. */
void recording_note_layout(struct recording *rec, json_t *look);
void recording_note_sealed(struct recording *rec, int64_t duration_ms, int64_t bytes, int tracks);
/** {recordingId, status, duration, elapsed}: answers. */
json_t *recording_reply(struct recording *rec);
/** Numbers an event, stores it and tells the room. `more` (stolen, may be NULL) joins the payload. */
void recording_event(struct recording *rec, const char *type, json_t *more);
/** Numbers and stores it, and no more: the number. Borrowed `more`. */
int64_t recording_store_event(struct recording *rec, const char *type, json_t *more);
/** What everybody in the room has been told one by one: to Janus' event handlers, and to those who follow the recording from outside. */
void recording_tell_others(struct recording *rec, const char *type);
/** To the room, and to those who follow the recording from outside; members are stolen. */
void recording_tell_room(struct recording *rec, json_t *members);
/** The event as members for one person; borrowed `more`. */
json_t *recording_members(struct recording *rec, const char *type, int64_t seq, json_t *more);
