/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One recording being captured: its clock, its tracks, its files.
 *
 *   tap (hook) ─▶ ring ─▶ capture thread: reorder ─▶ depacketise ─▶ recording time ─▶ chunk ─▶ writer thread: file, rename, timeline, seal
 *
 * Functions here are called on task threads; they may block on memory, never on the disk, but for capture_create (makes the directory) and
 * capture_stop (waits until everything is sealed, at most 5 s + the disk).
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "common/settings.h"
#include "plugins/tap.h"

struct capture;

struct capture_conf {
	const struct settings *settings;   /* recordings, chunk_ms, reorder_ms, durability, stall_budget_ms; outlives the capture */
	const char *recording_id, *room, *call_id, *title, *layout, *consent;      /* consent: of the room, or NULL */
	const char *continues;             /* the recording this one goes on from, or NULL */
	int64_t seq;                       /* of the start line */
	/** Each second, with the seal (writer thread, no lock held): recorded duration, bytes on disk, tracks. */
	void (*on_sealed)(int64_t duration_ms, int64_t bytes, int tracks, void *arg);
	/** Something was lost to the disk ("disk"), or little is left of it ("disk_low"), once per trouble. Writer thread. */
	void (*on_degraded)(const char *reason, void *arg);
	void *arg;
};

struct capture_result {
	int64_t duration_ms, elapsed_ms, bytes;
	int64_t waited_bytes;              /* the most that waited for the disk */
	int tracks;
	char chain[65];
	bool degraded;
};

/** The capture and writer threads, shared by all recordings, and the key that signs them. */
int capture_init(const struct settings *s);
void capture_exit(void);
/** Borrowed until capture_exit(); NULL: recordings are not signed. */
const struct sign_key *capture_sign_key(void);

/** -ENOSPC, also when less is free than the settings ask for. Makes <recordings>/<id>/ with chunks/, the timeline's first line; recording time is zero when this returns. */
int capture_create(struct capture **out, const struct capture_conf *conf);
/** Also on a second call for one that came back. */
void capture_joined(struct capture *c, const char *participant, const char *identity, const char *name, const char *role);
void capture_left(struct capture *c, const char *participant);
/** Whether somebody talks. */
void capture_talking(struct capture *c, const char *participant, bool talks);
/** A line of that type (a constant) about somebody, with members more (borrowed); of type "role" it is their role in participants.json, too. */
void capture_said(struct capture *c, const char *participant, const char *type, const json_t *members);
/** Consent of somebody, captured or not: "told" "agreed" "declined" "left_out" (a constant), said at wall_ms. */
void capture_consent(struct capture *c, const char *participant, const char *state, int64_t wall_ms);
/** Somebody whose streams have been removed will not be captured any more for that reason (a constant): a gap says so. */
void capture_withheld(struct capture *c, const char *participant, const char *reason);
/** Another layout from now on; {layout, focus, regions} as the timeline has them, borrowed. */
void capture_layout(struct capture *c, json_t *look);
/** Starts to capture a stream; source as in ids.h. Taking up an ended source again makes a new segment. */
int capture_add(struct capture *c, const char *participant, const char *source, struct tap *tap);
void capture_remove(struct capture *c, struct tap *tap);
int capture_pause(struct capture *c, int64_t seq);       /* -EALREADY */
int capture_resume(struct capture *c, int64_t seq);
/** Recorded and wall time so far [ms]. */
void capture_times(struct capture *c, int64_t *duration_ms, int64_t *elapsed_ms);
/** Fixes the end at once (capture_times does not move any more); then capture_stop() drains, seals, writes the stop line and frees. */
void capture_end(struct capture *c);
/** … so many µs from now; what comes until then is kept. */
void capture_end_in(struct capture *c, int64_t us);
int capture_stop(struct capture **c, int64_t seq, const char *reason, const char *const *flags, struct capture_result *out);

/** Closes a recording that a crash left open (recover.c): adopts whole temporary files, writes `recovered` and `stop` with flag `interrupted`.
 *  -ENOENT: there is no directory. */
int capture_recover(const struct settings *s, const char *recording_id, struct capture_result *out);
