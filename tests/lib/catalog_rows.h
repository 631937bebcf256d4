/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sample recordings in a catalog, for tests of what reads it.
 */
#pragma once
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "common/catalog.h"

/** A recording of 60 s in `room` that was stopped: call, two participants, a job "compose" queued. Returns 0 or negative errno. */
static inline int add_stopped_recording(struct catalog *c, const char *id, const char *room, const char *title, int64_t started_ms)
{
	char call[200];
	struct catalog_new_recording r = { .id = id, .room = room, .call_id = call, .host_id = "testhost", .title = title, .layout = "grid", .started_ms = started_ms };
	struct catalog_stop stop = { .stopped_ms = started_ms + 60000, .duration_ms = 60000, .elapsed_ms = 60000, .bytes = 123456, .tracks = 4,
				     .chain_hash = "", .flags = "[]", .reason = "host" };
	int err;

	snprintf(call, sizeof(call), "call_%s_%lld_aaaaaa", room, (long long)started_ms);
	err = catalog_call_open(c, call, room, "testhost", started_ms);
	err = err ? err : catalog_participant_put(c, call, "user1", "ann@example.org", "Ann", "host", started_ms, 0);
	err = err ? err : catalog_participant_put(c, call, "user2", "bob@example.org", "Bob", "guest", started_ms, 0);
	err = err ? err : catalog_recording_insert(c, &r);
	err = err ? err : catalog_recording_status(c, id, "recording", NULL);
	err = err ? err : catalog_recording_stop(c, id, &stop);
	return err ? err : catalog_call_close(c, call, started_ms + 60000);      /* or the room is that host's */
}

/** A worker's row and sign of life, and a lease of the job whose turn it is, wherever its files are: 1, 0 or negative errno. */
static inline int take_which(struct catalog *c, const char *worker, enum catalog_which which, struct catalog_job *job)
{
	int err = catalog_worker_put(c, &(struct catalog_worker){ .id = worker, .host_id = "testhost", .version = "1", .cores = 64000 });

	return err ? err : catalog_job_lease(c, &(struct catalog_lease){ .worker = worker, .which = which, .anywhere = true }, job);
}

static inline int take_job(struct catalog *c, const char *worker, struct catalog_job *job)
{
	return take_which(c, worker, CATALOG_ANY, job);
}

/** Takes the next job, which must be a "compose" of `id`, and finishes it with media, metadata and thumbnail. */
static inline int finish_recording(struct catalog *c, const char *id, const char *path, int64_t media_size, const char *media_sha256)
{
	const struct catalog_file files[] = {
		{ "media", "output.webm", "video/webm", media_sha256, media_size },
		{ "metadata", "metadata.json", "application/json", NULL, 2 },
		{ "thumbnail", "thumbnail.jpg", "image/jpeg", NULL, 3 },
		{ "chapters", "chapters.vtt", "text/vtt", NULL, 3 },
		{ "storyboard", "storyboard.jpg", "image/jpeg", NULL, 5 },
		{ "storyboard_index", "storyboard.vtt", "text/vtt", NULL, 60 },
	};
	struct catalog_result r = { .path = path, .mime = "video/webm", .size = media_size, .duration_ms = 60000, .files = files, .nfiles = sizeof(files) / sizeof(files[0]), .spec = "{}" };
	struct catalog_job job;
	int got = take_job(c, "sample", &job);

	if (got != 1 || strcmp(job.recording, id))
		return got < 0 ? got : -ENOENT;
	return catalog_job_done(c, job.id, "sample", &r);
}
