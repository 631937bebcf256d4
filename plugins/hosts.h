/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The hosts of a call: how somebody becomes one or stops being one, and what follows when none is left. Nobody gets more rights than whoever gives them
 * has, nor more than their own token says. Task threads.
 */
#pragma once
#include "common/errors.h"
#include "plugins/gate.h"

struct participant;
struct room;

/** Makes somebody present a host. `by`: the host who does that, whose grants limit theirs; NULL: the room's secret was shown. APP_FORBIDDEN: no right would
 *  be left; APP_NO_SUCH_PARTICIPANT: left meanwhile. Who is a host already stays one. */
enum app_error hosts_promote(struct participant *p, const struct participant *by);
/** A host is a guest from now on. */
enum app_error hosts_demote(struct participant *p, const struct participant *by);
/** The last host has been gone for too long. Posts; ticker. */
void hosts_gone(struct room *r, enum gate_leaves what);
