/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The catalog's rows of a recording from its directory, after repair() looked at it.
 */
#pragma once
#include "common/catalog.h"
#include "postprocess/repair.h"

/** Call, people, recording, and either the finished file that is there or a job that makes it. 1 put in, 0 it was known (chain hash and flags are set),
 *  or negative errno. host_id: who has the files. */
int restore_rows(struct catalog *c, const char *dir, const char *host_id, const struct repair_result *r);
