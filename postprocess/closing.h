/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Recordings that nobody closed: what is in the directory decides. `recroom-pp repair` does the work, in a process of its own.
 */
#pragma once
#include "postprocess/job.h"

/** Runs this program with these arguments, its name first, ended by NULL; its exit status, or negative errno. *summary: its last word, or NULL; json_decref(). Ends early when
 *  `stopping` says so (NULL: never): -ECANCELED. */
int closing_child(const char *composer, char **argv, bool (*stopping)(void *arg), void *arg, json_t **summary);
/** The same with `repair DIR`; by that configuration, NULL: the default one. */
int closing_repair(const char *composer, const char *config, const char *dir, bool (*stopping)(void *arg), void *arg, json_t **summary);
/** A job "close", leased: ends as catalog_job_closed(), _lost() or _failed(). */
void closing_run(const struct job_env *env, const struct catalog_job *job, const char *dir);
