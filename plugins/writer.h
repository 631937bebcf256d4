/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The disk's side of recordings: one thread for all of them, one struct writer each. What is handed over is written in that order: a line or a seal
 * appears in the timeline after the chunks handed over before it have their final names.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "common/settings.h"
#include "common/timeline.h"
#include "plugins/chunk.h"
#include "common/space.h"

struct writer;

struct writer_conf {
	const char *dir;                   /* the recording's; copied */
	enum durability durability;
	int64_t stall_budget_us;           /* a disk that stalls for no longer loses nothing; sound is kept twice as long */
	struct space_conf min_free;
	struct timeline *timeline;         /* taken on success */
	const struct sign_key *sign_key;   /* signs behind the stop line; NULL: nobody does */
	/* All on the writer thread, no lock held. */
	void (*on_sealed)(int64_t duration_ms, int64_t bytes, int tracks, void *arg);
	/** "disk": something was lost, once per trouble; "disk_low": nothing yet. */
	void (*on_degraded)(const char *reason, void *arg);
	/** A chunk of this segment was dropped: later frames of it are of no use before a keyframe. */
	void (*on_dropped)(const char *participant, const char *source, unsigned segment, void *arg);
	void *arg;
};

struct writer_result {
	int64_t bytes;                     /* of chunks */
	int64_t waited_bytes;              /* the most that waited for the disk */
	bool degraded;                     /* something was dropped */
	char chain[SHA256_HEX];            /* chain hash, "" when the stop line could not be written */
};

/** The writer thread. Every writer must be closed before it stops. */
int writer_init(void);
void writer_exit(void);
/** Bytes of chunks that wait for the disk, of all recordings. Any thread. */
int64_t writer_waiting_bytes(void);
/** Waits until the thread has looked at everything handed over so far: for tests with a clock of their own. */
void writer_settle(void);

int writer_create(struct writer **out, const struct writer_conf *conf);
/* Any thread; these do not wait. What they are given is theirs. */
void writer_line(struct writer *w, json_t *line);
void writer_chunk(struct writer *w, struct chunk_file *file);
void writer_seal(struct writer *w, json_t *line, int64_t duration_ms, int tracks);
/** Replaces participants.json. */
void writer_people(struct writer *w, json_t *people);
/** Waits until everything is on disk, or the disk has not taken it for the stall budget: -EIO. Frees w, also on failure. */
int writer_close(struct writer **w, struct writer_result *out);
