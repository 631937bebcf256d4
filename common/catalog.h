/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The catalog: calls, recordings, outputs, jobs, events. One interface, two engines: SQLite and PostgreSQL. A struct catalog is one connection with a lock of
 * its own: any thread may call, calls block on the database. Rows come as JSON objects with the members named here.
 * All functions: 0 (or a count) or negative errno; -ENOENT no such row, -EPROTO the state does not allow it, -ESTALE the recording was taken over by somebody
 * else, -EBUSY the database is locked or away (a PostgreSQL that does not answer, two transactions that met): nothing was done, or it cannot be known; ask
 * again. The connection comes back by itself.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/ids.h"

struct catalog;
enum { CATALOG_SPEC = 8192 };

/** "sqlite:/path" or a plain path, "postgresql://…", "postgres://…" or libpq's "host=… dbname=…". Runs the migrations; -EPROTO when the schema is newer than
 *  this program, -EBUSY when a server is away. SQLite: makes the file (0660), sets WAL; network file systems are refused with -EXDEV and a log line. */
int catalog_open(struct catalog **out, const char *url);
/** The URL as it may be shown and logged: without passwords. g_free(). */
char *catalog_url_show(const char *url);
void catalog_close(struct catalog **c);
/** How long a call waits for a locked database before it is -EBUSY; 5000 ms at first. */
void catalog_set_wait(struct catalog *c, int ms);
/** A number that changes when another connection has written (PRAGMA data_version); with PostgreSQL also when this one has. */
int catalog_version(struct catalog *c, int64_t *out);

/* calls and people */
/** Twice is success. A call this host left open in the room is closed; one of another host stays, and this one is marked a conflict. */
int catalog_call_open(struct catalog *c, const char *call_id, const char *room, const char *host_id, int64_t started_ms);
int catalog_call_close(struct catalog *c, const char *call_id, int64_t ended_ms);
/** Inserted or updated; left_ms 0 while in. joined_ms stays that of the first time, and may be 0 when the person leaves. */
int catalog_participant_put(struct catalog *c, const char *call_id, const char *participant, const char *identity, const char *name,
			    const char *role, int64_t joined_ms, int64_t left_ms);

/** The calls of a room, newest first: array of {id room started_ms ended_ms people recording}; people: who are in it now; recording: the one that runs.
 *  Pages as catalog_recording_list(). */
int catalog_call_list(struct catalog *c, const char *room, int page_size, const char *page_token, json_t **rows, char next[128]);

/* recordings */
struct catalog_new_recording {
	const char *id, *room, *call_id, *host_id, *title, *layout;
	const char *custom;        /* JSON text or NULL */
	const char *outputs;       /* JSON text: an array of their specs, the primary one's first; NULL: one, as the settings say */
	const char *continues;     /* the recording this one goes on from, or NULL */
	int64_t started_ms;
	int keep_outputs_days, keep_chunks_days;       /* from its end on; 0: for ever */
};
/** Status "starting", its outputs "queued". */
int catalog_recording_insert(struct catalog *c, const struct catalog_new_recording *r);
/** Moves to `status` if the state machine of the design allows it from the present one; the same status again is success. "failed" cancels its jobs. */
int catalog_recording_status(struct catalog *c, const char *id, const char *status, const char *reason);
/** The same by a writer that knows an epoch (0: none): -ESTALE when the recording was taken over since. So do catalog_recording_stop() and
 *  catalog_event_put(). */
int catalog_recording_move(struct catalog *c, const char *id, int64_t epoch, const char *status, const char *reason);

/** How somebody's consent to it stands: "told" "agreed" "declined" "left_out"; told_ms 0: not told. Wall clocks of the host. -ENOENT: no such recording. */
int catalog_consent_put(struct catalog *c, const char *recording, const char *participant, const char *state, int64_t told_ms, int64_t at_ms);
/** What is kept of a room, what is being recorded now left out: how many, and the bytes of originals and outputs, each once, wherever and in how many places they are. */
struct catalog_usage { int64_t recordings, bytes; };
int catalog_room_usage(struct catalog *c, const char *room, struct catalog_usage *out);

/** The primary output is to be made while the recording runs: its job. Twice is success; nothing when it does not run. */
int catalog_compose_live(struct catalog *c, const char *id);

struct catalog_stop {
	int64_t stopped_ms, duration_ms, elapsed_ms, bytes;
	int tracks;
	const char *chain_hash;
	const char *flags;         /* JSON array text, e.g. ["interrupted"] */
	const char *reason;        /* stopReason */
	int64_t epoch;             /* that the writer knows; 0: not asked for */
};
/** Closes a recording in one transaction: status "processing", a job "compose" for each output. Doing it twice is success. */
int catalog_recording_stop(struct catalog *c, const char *id, const struct catalog_stop *s);
/** {id room call_id host_id title layout custom status reason flags[] started_ms stopped_ms duration_ms elapsed_ms bytes tracks chain_hash epoch continues
 *  held held_reason keep_until_ms chunks_until_ms chunks_gone_ms backup public_id local_gone_ms
 *  participants:[{id,name,role,consent}] outputs:[{id state spec path mime size duration_ms reason files:[{kind name mime size sha256 copies:[{store key version
 *  etag upload key_id state size sha256 verified_ms reason}]}] job}]
 *  job}, job the newest of that output, or of the recording itself: {kind state stage percent eta_ms lag_ms} or null; caller decrefs. Who was erased is not in it. */
int catalog_recording_get(struct catalog *c, const char *id, json_t **out);
struct catalog_filter {
	const char *room, *status, *host_id, *call_id;   /* NULL: any */
	int64_t from_ms, to_ms;                          /* started at or after, and before; to_ms 0: any */
	int page_size;                                   /* 1..100 */
	const char *page_token;                          /* from the last page, NULL: first */
};
/** Newest first, deleted ones left out. *rows: array of objects as above; next[128]: token or "". -EINVAL for a bad token. */
int catalog_recording_list(struct catalog *c, const struct catalog_filter *f, json_t **rows, char next[128]);
/** Recordings of this host that are not closed (starting, recording, paused): array of objects. */
int catalog_recording_unclosed(struct catalog *c, const char *host_id, json_t **rows);
/** Status "deleting", running and queued jobs cancelled, a job "delete" queued. -EPROTO while it records, -EPERM while it is held. Twice is success. */
int catalog_recording_delete(struct catalog *c, const char *id);

/* workers: a row for each process that takes jobs. A job is held by whoever leased it for as long as that worker's sign of life is fresh on the database's
 * clock, which stands still while the database is away: nothing is written for each job. (catalog_worker.c) */
enum { WORKER_BEAT_MS = 5000, WORKER_DEAD_MS = 15000 };
struct catalog_worker {
	const char *id;            /* one process, once and never again */
	const char *host_id, *version;
	int cores;                 /* it may use, thousandths */
	const char *const *places; /* where it reaches chunks: "host:<id>", "store:<name>"; ended by NULL */
};
/** Its row, with a fresh sign of life; twice is success. */
int catalog_worker_put(struct catalog *c, const struct catalog_worker *w);
/** A sign of life. *draining: somebody wants it to take nothing new. -ENOENT: it was taken for dead, its jobs are others'; put it again. */
int catalog_worker_beat(struct catalog *c, const char *id, bool *draining);
/** The jobs it holds: array of {job owner}. */
int catalog_worker_jobs(struct catalog *c, const char *id, json_t **rows);
/** It is no more: its row goes, its jobs are queued again. How many. A job that has lost CATALOG_LOST_MAX workers is "failed", as it may be what ended them. */
enum { CATALOG_LOST_MAX = 20 };
int catalog_worker_gone(struct catalog *c, const char *id);
/** The same with those among the next ones in order of their names that gave no sign of life for WORKER_DEAD_MS: where all look at those beside them none
 *  is overlooked, and nobody looks at all. How many workers. */
int catalog_worker_reap(struct catalog *c, const char *id);
/** A worker, or all of a host (`which` is its id): takes nothing new, or again. How many. */
int catalog_worker_drain(struct catalog *c, const char *which, bool on);
/** The names of a host's: array of {id}. */
int catalog_workers_of(struct catalog *c, const char *host_id, json_t **rows);
/** Array of {id host_id version cores draining started_ms silent_ms jobs cost places[]}; silent_ms: since its last sign of life. */
int catalog_workers(struct catalog *c, json_t **rows);

/* jobs (catalog_job.c, catalog_job_end.c, catalog_lease.c) */
struct catalog_job {
	int64_t id;
	char kind[16];             /* "compose" "upload" "close" "delete" "erase" */
	char recording[112];
	int output;                /* 0: of none */
	int attempts;              /* this one included */
	char about[PARTICIPANT_SIZE];      /* "erase": whom; "upload": the store */
	char spec[CATALOG_SPEC];   /* of the output, JSON, "" where it has none yet */
};
/* Of recordings that are over; that run; what only moves bytes, however slow its other end is (jobs.live: 0, 1, 2). */
enum catalog_which { CATALOG_LATE, CATALOG_LIVE, CATALOG_TRANSFER, CATALOG_ANY };
struct catalog_lease {
	const char *worker;        /* whose row catalog_worker_put() made */
	const char *owner;         /* one hand of it, "<worker>/<number>"; NULL: the worker itself */
	enum catalog_which which;
	bool anywhere;             /* not only where the worker reaches */
};
/** 1: leased into *out, 0: nothing to do, or nothing the worker has the cores for. Whose turn it is: each room's jobs wait for each other, not for those of
 *  other rooms; what deletes or erases goes first. -ESTALE: the worker's sign of life is too old, or it drains. */
int catalog_job_lease(struct catalog *c, const struct catalog_lease *l, struct catalog_job *out);
/** When the next job that waits for another attempt is due [ms from now]; -1: none waits. */
int catalog_job_due(struct catalog *c, int64_t *in_ms);
/** Is it still ours? 0; -EPROTO: it was taken over or cancelled. */
int catalog_job_check(struct catalog *c, int64_t job, const char *owner);
/** Gives one back, at once leasable by anybody; this attempt does not count. */
int catalog_job_give(struct catalog *c, int64_t job, const char *owner);
struct catalog_progress {
	const char *stage;
	int percent;
	int64_t eta_ms;            /* -1: not known */
	int64_t lag_ms;            /* behind a call that runs; 0 when it is over */
};
int catalog_job_progress(struct catalog *c, int64_t job, const char *owner, const struct catalog_progress *p);
/** 1 when the job was cancelled, 0 when it is in any other state or not there. */
int catalog_job_cancelled(struct catalog *c, int64_t job);

struct catalog_file { const char *kind, *name, *mime, *sha256; int64_t size; };   /* kind: "media" "metadata" "thumbnail" "captions" "chapters" "storyboard" "storyboard_index" */
struct catalog_result {
	const char *path;          /* relative to the recordings root: <id>/output.webm */
	const char *mime;
	int64_t size, duration_ms;
	const struct catalog_file *files;
	size_t nfiles;
	const char *spec;          /* JSON text */
	const char *const *stores; /* where the files are to be, the primary one first, ended by NULL; NULL: they are where they shall be */
};
/** -EAGAIN: the recording's end is not in the catalog yet; ask again. In one transaction: job and output "done", files; of the primary output recording "completed" (through "uploading") and event recordingcompleted, of any
 *  other outputcompleted. With stores the recording stays "uploading", and these come from catalog_upload_done(). */
int catalog_job_done(struct catalog *c, int64_t job, const char *worker, const struct catalog_result *r);
/** A "delete" job is done: recording "deleted", event recordingdeleted. */
int catalog_job_deleted(struct catalog *c, int64_t job, const char *worker);
/** Attempt failed: "retrying", due after delay_ms, or, when attempts reached max_attempts or `final`, "failed" with event recordingfailed, or
 *  outputfailed where it was not the primary output. "delete" and "erase" are never given up, and no job of a recording that runs:
 *  it is "retrying" until that is stopped. */
int catalog_job_failed(struct catalog *c, int64_t job, const char *worker, const char *reason, int64_t delay_ms, int max_attempts, bool final);
/** Running jobs: array of {job recording room output kind stage percent eta_ms lag_ms worker}. */
int catalog_jobs_running(struct catalog *c, json_t **rows);
struct catalog_jobs {
	const char *state;         /* NULL: all that are not over, and what failed for good */
	const char *recording, *room;      /* NULL: any */
	int limit;                 /* 1..1000 */
};
/** Oldest first: array of {job recording room output kind state stage percent eta_ms lag_ms attempts reason place worker live cost wait_ms reached}.
 *  Failed ones that were tried again later are left out. wait_ms: until it is due; reached: does a living worker reach its place? */
int catalog_jobs_list(struct catalog *c, const struct catalog_jobs *f, json_t **rows);
/** Queues what a failed job was to do once more. -EPROTO: it did not fail, or its recording does not allow it any more; -ENOENT. */
int catalog_job_again(struct catalog *c, int64_t job);

/* outputs made again, people taken out (catalog_output.c) */
enum { CATALOG_OPEN_OUTPUTS = 32 };
struct catalog_new_output {
	const char *recording;
	const char *spec;          /* JSON text */
	int at_least;              /* number: the first that is free, but not below this */
	const char *worker;        /* a worker with a row: leases the job at once; NULL: it is queued */
};
/** Another output of a recording that is over, and its job "compose"; all about it in *out. The recording stays as it is. -EPROTO: it is being recorded,
 *  deleted, or somebody is being erased from it; -EDQUOT: CATALOG_OPEN_OUTPUTS wait already. */
int catalog_output_add(struct catalog *c, const struct catalog_new_output *o, struct catalog_job *out);
/** An output that failed or was cancelled is queued again as it was asked for. -EPROTO when it is in any other state. */
int catalog_output_again(struct catalog *c, const char *recording, int output);
/** Leases the job of an output that waits: all about it in *out. -EPROTO: somebody has it; -ENOENT. */
int catalog_output_take(struct catalog *c, const char *recording, int output, const char *worker, struct catalog_job *out);
/** Cancels an output that waits or is being made: "cancelled", event outputfailed with reason "cancelled". The primary one's recording becomes "failed".
 *  -EPROTO: nothing to cancel, or it is still being recorded. */
int catalog_output_cancel(struct catalog *c, const char *recording, int output);
/** Takes a person out of a recording that is over: shown no more from here on, nor any output that holds them; what is being made is cancelled, a job
 *  "erase" is queued, or leased at once by `worker`. Asking twice is success: *out is the job there is, its id 0 when all is done. -ENOENT: no such recording
 *  or person; -EPROTO. */
int catalog_erase(struct catalog *c, const char *recording, const char *participant, const char *worker, struct catalog_job *out);
/** An "erase" job is done: name and identity go for good, flag "erased", and the primary output is queued again if it went. */
int catalog_job_erased(struct catalog *c, int64_t job, const char *worker);

/* rebuilding */
struct catalog_restore {
	struct catalog_new_recording recording;
	struct catalog_stop stop;
	const struct catalog_result *done;               /* the finished file that is there; NULL: it is to be made */
};
/** A recording the catalog does not know comes back, closed: 1. Of one it knows chain hash and flags are set, if it is closed: 0. */
int catalog_recording_restore(struct catalog *c, const struct catalog_restore *r);
/** A later output of a restored recording that is there, finished, so that its number is not given to another one. One the catalog knows stays as it is. */
int catalog_output_restore(struct catalog *c, const char *id, int output, const struct catalog_result *r);

/* events (outbox) */
/** seq 0: the next number of that recording. Inserting (recording, seq) twice is success, and the first stays; so the event recordingstopped is to be
 *  inserted before catalog_recording_stop() lets workers take numbers. payload: borrowed object. */
int catalog_event_insert(struct catalog *c, const char *recording, int64_t seq, const char *type, json_t *payload, const char *origin);
int catalog_event_put(struct catalog *c, const char *recording, int64_t epoch, int64_t seq, const char *type, json_t *payload, const char *origin);
/** Rows after `row`, oldest first, at most limit: array of {row recording room seq type payload at_ms origin}. origin: "plugin" or "worker". */
int catalog_event_since(struct catalog *c, int64_t row, int limit, json_t **rows);
int catalog_event_last(struct catalog *c, int64_t *row);
/** Those of one recording with a greater seq, in its order, at most limit: array of {seq type payload at_ms}. *last: the greatest seq it has; 0: none. */
int catalog_event_of(struct catalog *c, const char *recording, int64_t since, int limit, json_t **rows, int64_t *last);
