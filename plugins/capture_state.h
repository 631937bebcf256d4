/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside of a recording: what capture.c (task threads) and capture_thread.c share. No other file includes it.
 */
#pragma once
#include <glib.h>
#include "common/sync.h"
#include "plugins/capture.h"
#include "plugins/cutter.h"
#include "plugins/rectime.h"
#include "plugins/ring.h"
#include "plugins/writer.h"

struct person;

struct capture {
	const struct settings *settings;
	char *id, *dir;
	struct capture_conf conf;  /* its strings are gone after capture_create() */
	struct lock lock;          /* guards inbox, time, drained; leaf */
	struct cond done;
	GQueue inbox;
	struct rectime time;
	bool drained;
	struct writer *writer;
	/* the capture thread's own */
	struct cutter_env env;
	GHashTable *people;        /* id → struct person */
	json_t *names;             /* of participants.json */
	GPtrArray *tracks;         /* of struct track; capture_stop()'s when drained */
	bool pausing;              /* the pause's line is not written yet: what came before it may still come */
	int64_t pause_us, pause_seq;
};

/** What a task asks of the capture thread. Takes what it points to. */
struct message {
	void (*run)(struct capture *c, const struct message *m);   /* one of the on_… below */
	int64_t at_us, seq, wall_ms;
	char *participant, *source, *role;
	const char *type;          /* a constant */
	json_t *name, *look;
	struct tap *tap;
	struct ring *ring;
	unsigned segment;
};

void capture_on_joined(struct capture *c, const struct message *m);
void capture_on_talking(struct capture *c, const struct message *m);
void capture_on_said(struct capture *c, const struct message *m);
void capture_on_consent(struct capture *c, const struct message *m);
void capture_on_withheld(struct capture *c, const struct message *m);
void capture_on_layout(struct capture *c, const struct message *m);
void capture_on_left(struct capture *c, const struct message *m);
void capture_on_add(struct capture *c, const struct message *m);
void capture_on_remove(struct capture *c, const struct message *m);
void capture_on_pause(struct capture *c, const struct message *m);
void capture_on_resume(struct capture *c, const struct message *m);
void capture_on_end(struct capture *c, const struct message *m);
void capture_on_dropped(struct capture *c, const struct message *m);
void capture_message_free(struct message *m);

/** The part of a recording that the capture thread owns; env.writer is set before. */
void capture_thread_init(struct capture *c);
void capture_thread_done(struct capture *c);
/** Hands it over; until c->drained, when the recording has ended and all of it is with the writer. */
void capture_thread_run(struct capture *c);
/** participants.json as it is now. */
void capture_put_people(struct capture *c);
