/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Composing as a command does it: with progress shown, Ctrl-C heard, the directory locked, and, where the catalog gave the order, told to it. Used by
 * `compose`, `recompose` and `erase`. Main thread.
 */
#pragma once
#include "postprocess/cmd.h"
#include "postprocess/compose.h"
#include "postprocess/hand.h"
#include "postprocess/progress.h"

struct composing {
	struct app *app;
	struct compose_conf conf;          /* progress and arg are set here */
	struct compose_result result;
	struct progress progress;
	/* a job that this command has leased itself; id 0: none */
	struct catalog_job job;
	struct hand *hand;                 /* who holds it */
	int64_t told_us;
	bool lost;                         /* the job was cancelled, or taken over */
};

/** The name of output `number` below the directory, without its ending: "output" for 1; g_free(). */
char *composing_output(const struct output_spec *spec, int number);
/** Does the configuration's catalog know the recording in this directory? Then its id. The catalog is open after that. */
bool composing_known(struct app *a, const char *dir, char id[ID_SIZE]);
/** The chunks are no longer kept: says so, and returns the exit code. */
int composing_originals_gone(struct app *a, const char *dir);
/** A name for leases of this process, or NULL, and it has been said why. composing_end() ends it. */
const char *composing_worker(struct composing *c);
void composing_end(struct composing *c);
/** Composes, and ends the job as the composing ended. 0 or negative errno; -EBUSY: somebody is being taken out of the recording. */
int composing_run(struct composing *c);
/** Says why not; returns the exit code. */
int composing_failed(struct composing *c, int err);
/** The summary's members; and a line for people. */
json_t *composing_json(const struct composing *c);
void composing_print(const struct composing *c);
