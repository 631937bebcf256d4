/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /readyz: can this process do its work? Any thread.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include "postprocess/service.h"

/** Looks, and writes a line per check; true when none failed that this process cannot do without. With `all` it looks also at what others do, which only
 *  ever warns: a worker alive anywhere, webhooks, the plugin (for two seconds at most, and what is younger than five is told again), whether it drains. */
bool ready_look(const struct service *svc, bool all, GString *out);
