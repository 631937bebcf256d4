/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A command that takes jobs by hand: a worker's row in the catalog for as long as it works. The row's thread uses the catalog beside the caller, who must not
 * close it before hand_unref().
 */
#pragma once
#include "common/catalog.h"

struct hand;
/** Has the jobs of this host's dead workers queued again, and enters this process. 0 or negative errno. */
int hand_create(struct hand **out, struct catalog *c, const char *host_id);
/** Its name, for leases. */
const char *hand_name(const struct hand *h);
/** What it still holds is queued again. NULL is fine. */
void hand_unref(struct hand **h);
