/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a composer has written for good goes to the primary store while it still writes: whole parts, all but the first, into which the container's header is
 * written at the end. A thread beside the child; it never holds anything up, and what it could not send the job "upload" sends.
 */
#pragma once
#include "postprocess/job.h"

struct upload_ahead;

/** For a job "compose" of a recording's first output, where there are stores. *out NULL where there is nothing to be done ahead. env and job must outlive it. */
void upload_ahead_start(struct upload_ahead **out, const struct job_env *env, const struct catalog_job *job, const char *dir);
/** The child has ended. Waits for the part under way, a few seconds at most. Clears *a; NULL is all right. */
void upload_ahead_stop(struct upload_ahead **a);
/** The output will not be made: what was sent of it is aborted. */
void upload_ahead_discard(const struct job_env *env, const struct catalog_job *job, const char *dir);
