/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Is the recordings directory the one that the catalog knows? A disk that is not mounted leaves an empty directory, and what is missing there is not gone.
 * The file `.recroom` in it says which it is; the catalog has the same word for its host.
 */
#pragma once
#include "common/catalog.h"

/** 1: it is. 0: it is not, which is logged once a process: nothing may be called missing, deleted or failed for that. Negative errno: not known. The first time for a
 *  host the file is made, or the word of one that is there kept. Any thread; blocks. */
int root_is_there(struct catalog *c, const char *recordings, const char *host_id);
