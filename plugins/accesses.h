/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The access log as the plugin writes it: what is asked of recordings in the catalog over the Janus API. By way of the ledger, nobody waits.
 */
#pragma once
#include "common/catalog_access.h"

struct request;

void accesses_init(void);
void accesses_exit(void);
/** Somebody in a call (r->participant) did this with a recording; item: an output's number, or 0. Looking again within half an hour does not count. Any thread. */
void accesses_note(const struct request *r, enum access_action action, const char *recording, int output);
