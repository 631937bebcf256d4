/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Differences between Janus versions, and the few symbols of the core that are used: its log, its version, its reference counts. Any thread.
 *
 * The core refuses a plugin built with headers of an older API, and takes one built with newer ones. struct janus_plugin_rtp has grown at its end without
 * a new API number, so that packets are only relayed in the core's own struct, of whatever size, and none is ever made or copied here.
 */
#include "config.h"
#include <stdio.h>
#include "plugins/compat.h"

extern int janus_version __attribute__((weak));

enum { JANUS_ERR = 2, JANUS_WARN = 3, JANUS_INFO = 4, JANUS_VERB = 5 };

int compat_core_version(void)
{
	return &janus_version ? janus_version : 0;
}

/* Which API a core has; its number is nowhere to be asked for. */
int compat_core_api(int version)
{
	static const struct { int from, api; } cores[] = { { 1301, 106 }, { 1203, 105 }, { 1202, 104 }, { 1201, 103 }, { 1100, 102 } };

	for (size_t i = 0; i < sizeof(cores) / sizeof(cores[0]); i++)
		if (version >= cores[i].from)
			return cores[i].api;
	return 0;
}

/* As many fields at the end of a packet's extensions as configure found in the headers. */
static int headers_tail(void)
{
	int n = 0;

#ifdef HAVE_STRUCT_JANUS_PLUGIN_RTP_EXTENSIONS_ABS_CAPTURE_TS
	n++;
#endif
#ifdef HAVE_STRUCT_JANUS_PLUGIN_RTP_EXTENSIONS_SPATIAL_LAYERS
	n++;
#endif
	return n;
}

static int core_tail(int version)
{
	return (version >= 1201) + (version >= 1302);
}

void compat_describe(int version, char *out, size_t size)
{
	const char *differ = !version || core_tail(version) == headers_tail() ? "" : core_tail(version) > headers_tail() ? ", older ones" : ", newer ones";

	if (!version)
		snprintf(out, size, "in a core that names no version, with headers of API %d", JANUS_PLUGIN_API_VERSION);
	else
		snprintf(out, size, "in Janus %d.%d.%d (API %d), with headers of API %d%s", version / 1000, version / 100 % 10, version % 100,
			 compat_core_api(version), JANUS_PLUGIN_API_VERSION, differ);
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
