/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Differences between Janus versions, and the few symbols of the core that are used: its log, its version, its reference counts. Packets are relayed in
 * the core's own struct, which has grown without a new API number, so that its size never matters here. Any thread.
 */
#include "plugins/compat.h"

extern int janus_version __attribute__((weak));

enum { JANUS_ERR = 2, JANUS_WARN = 3, JANUS_INFO = 4, JANUS_VERB = 5 };

int compat_core_version(void)
{
	return &janus_version ? janus_version : 0;
}

void compat_log(enum log_level level, const char *line, void *arg)
{
	static const struct { int janus; const char *prefix; } levels[] = {
		[LOG_LEVEL_ERROR] = { JANUS_ERR, "[ERR] " },
		[LOG_LEVEL_WARN] = { JANUS_WARN, "[WARN] " },
		[LOG_LEVEL_INFO] = { JANUS_INFO, "" },
		[LOG_LEVEL_DEBUG] = { JANUS_VERB, "" },
	};

	(void)arg;
	if (levels[level].janus <= janus_log_level)
		janus_vprintf("%s[recroom] %s\n", levels[level].prefix, line);
}

void compat_handle_unref(janus_plugin_session *handle)
{
	janus_refcount_decrease(&handle->ref);
}
