/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The only file that includes Janus' headers and knows that Janus has versions.
 */
#pragma once
#include <plugins/plugin.h>

#include "common/log.h"

/** Number of the running core, 1102 for 1.1.2; 0 when it does not say (a test harness). */
int compat_core_version(void);
/** Writes a line to Janus' log at our level, if Janus' level lets it through. A log_h. */
void compat_log(enum log_level level, const char *line, void *arg);
/** Gives back the reference that the core gave us with create_session. */
void compat_handle_unref(janus_plugin_session *handle);
