/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The first join of a room asks the catalog whether its call may open on this host.
 */
#pragma once
#include "common/errors.h"
#include "common/ids.h"

struct room;

int claims_init(void);
/** When no task runs any more. */
void claims_exit(void);

struct claim { char call_id[ID_SIZE], address[272]; };

/** APP_OK: go on; call_id is what the call is to be named, "" where there is one or the catalog does not answer in time. APP_ROOM_ELSEWHERE, with the address of the
 *  other host's REST, "" if that is not known. Waits for 1 s at most: task threads, no lock held. To be followed by claim_end(). */
enum app_error claim_begin(struct room *r, struct claim *out);
/** The same for somebody who cannot open the call, and so must not claim the room: only looks. No claim_end(). */
enum app_error claim_look(struct room *r, struct claim *out);
/** The one who claimed is through: a call that did not open is closed in the catalog. */
void claim_end(struct room *r, const struct claim *c);
