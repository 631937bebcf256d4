/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The job "upload": all files of an output into a store. On a runner's thread.
 */
#pragma once
#include "postprocess/job.h"

/** Of job_run()'s table. */
void upload_job_run(const struct job_env *env, const struct catalog_job *job, const char *dir);
/** How long until the next attempt [ms], for the n-th that failed: twice as long each time up to an hour, a quarter more or less. */
int64_t upload_delay_ms(int first_ms, int attempt);
