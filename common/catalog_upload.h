/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The catalog's side of uploads: jobs "upload" (jobs.output, about = name of the store) and what their ends mean for copies, outputs and recordings. As catalog.h:
 * any thread, calls block, 0 (or a count) or negative errno; each call is one transaction.
 *
 *	catalog_job_done(… stores) ─▶ recording "uploading", copies "queued", a job a store ─▶ begin ─▶ done: copies "verified" ─▶ "completed"
 *	                                                                                          └─▶ failed: again later, by another store, given up
 */
#pragma once
#include "common/catalog_store.h"

struct catalog_upload_rules {
	const char *const *completing;     /* stores that complete an output: the primary one, then those that take over, in order; ended by NULL */
	int64_t fallback_ms;               /* refused for so long by one of them: the next is asked too */
	int64_t give_up_ms;
};

/** An attempt begins: what its objects are called is known from here on, whoever deletes the recording meanwhile. Of `copies` file, key, size, upload and
 *  key_id count. -EPROTO: the job is not ours any more. */
int catalog_upload_begin(struct catalog *c, int64_t job, const char *owner, const struct catalog_copy *copies, size_t n);
/** All files of the output are in the store, looked at there. The first store of the rules that has them completes: of the primary output recording
 *  "completed" and event recordingcompleted, of any other outputcompleted, outputPath being the key of the media. -EINVAL: a file of the output is not among
 *  the copies, nothing was written. */
int catalog_upload_done(struct catalog *c, int64_t job, const char *owner, const struct catalog_copy *copies, size_t n, const struct catalog_upload_rules *rules);
struct catalog_upload_failure {
	const char *reason;
	int64_t delay_ms;                  /* until the next attempt; shortened where something else is due before */
	bool final;                        /* there is no use in another attempt */
};
/** An attempt failed: 0, it is "retrying"; 1, it was given up. When no store of the rules is left: recording "failed", reason upload_failed, event
 *  recordingfailed (outputfailed where it was not the primary output). Files stay. */
int catalog_upload_failed(struct catalog *c, int64_t job, const char *owner, const struct catalog_upload_failure *f, const struct catalog_upload_rules *rules);
/** All done outputs of a recording that is over to these stores (ended by NULL), as far as they are not there: how many jobs were queued, or are due at once.
 *  One that was given up is "uploading" again. -EPROTO: it is being recorded or made. -ENOENT. */
int catalog_upload_again(struct catalog *c, const char *recording, const char *const *stores);
/** Leases the job of this output and store, if one waits: 1 and all about it in *out; 0: there is none; -EPROTO: somebody has it. */
int catalog_upload_take(struct catalog *c, const char *recording, int output, const char *store, const char *worker, struct catalog_job *out);

/** Recordings of this host of which every file has a verified copy since local_ms, and nothing is under way: array of {id}. Those whose local copies went in the
 *  last hour too, as whoever removes them may have been interrupted. */
int catalog_upload_local(struct catalog *c, const char *host_id, int64_t local_ms, json_t **rows);
/** From here on its local copies are not counted on: array of {kind name} of its files, if that is still so; -EPROTO if not. */
int catalog_upload_local_gone(struct catalog *c, const char *recording, int64_t local_ms, json_t **files);
