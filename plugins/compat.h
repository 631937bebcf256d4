/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The only file that includes Janus' headers and knows that Janus has versions.
 */
#pragma once
#include <plugins/plugin.h>
#include <stddef.h>

#include "common/log.h"

/** Number of the running core, 1102 for 1.1.2; 0 when it does not say (a test harness). */
int compat_core_version(void);
/** The plugin API of a core of that version, 0 for what is older than any we know. */
int compat_core_api(int version);
/** "in Janus 1.1.2 (API 102), with headers of API 106, newer ones": what runs and what was compiled, for the log. */
void compat_describe(int version, char *out, size_t size);
/** Writes a line to Janus' log at our level, if Janus' level lets it through. A log_h. */
void compat_log(enum log_level level, const char *line, void *arg);
/** Gives back the reference that the core gave us with create_session. */
void compat_handle_unref(janus_plugin_session *handle);
