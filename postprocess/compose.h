/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A recording's directory in, output.webm and what stands beside it (beside.h, metadata.json) out. Used by `recroom-pp compose` and, in a child process, by jobs.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "common/space.h"
#include "postprocess/spec.h"

struct compose_progress {
	const char *stage;                 /* "reading" "following" "composing" "finishing" "thumbnail" */
	int percent;                       /* 0..100 over all; while following, of what is sealed */
	int64_t eta_ms;                    /* -1 unknown */
	int64_t lag_ms;                    /* while following: recording time that is sealed and not composed; else -1 */
};
struct compose_conf {
	const char *dir;                   /* the recording's directory */
	struct output_spec spec;
	const char *output;                /* what is made, below dir and without its ending: NULL is "output" */
	bool follow;                       /* the recording may still run: compose what is sealed, and wait for the rest */
	struct space_conf min_free;        /* following: with less on the disk it waits while the call runs, and afterwards gives up with -ENOSPC; 0: no limit */
	int threads;                       /* encoders side by side, 0: as many as cores; does not change the result */
	bool overwrite;                    /* replace an existing output; else -EEXIST */
	/** Return non-zero to cancel. */
	int (*progress)(const struct compose_progress *p, void *arg);
	/** Asked once, when all is made, before anything gets its name; non-zero cancels. NULL: nobody is asked. */
	int (*claim)(void *arg);
	void *arg;
};
/* sha256: of the file; for the media the hash of its list of 8 MiB blocks' hashes (checksum.h), which costs no second reading. */
struct compose_file { char kind[20], name[96], mime[32], sha256[65]; int64_t size; };
enum { COMPOSE_FILES_MAX = 104      /* as many people as a room may have publishers, and what stands beside */ };
struct compose_result {
	struct compose_file files[COMPOSE_FILES_MAX];
	int nfiles;
	int64_t size, duration_ms;
	int64_t wall_ms;
	char why[256];                     /* on failure: a sentence */
};

/** Any thread; the caller's writes the file and makes the sound, others compose and encode. 0 or negative errno with r->why filled in. -ECANCELED when cancelled. Nothing half-written is left under a final name. */
int compose(const struct compose_conf *conf, struct compose_result *r);
