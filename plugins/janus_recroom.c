/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The vtable: what Janus calls, each behind the rundown counter, and nothing else. The one exported symbol is `create`.
 */
#include "config.h"
#include "plugins/gateway.h"
#include "plugins/hooks.h"
#include "plugins/life.h"
#include "plugins/request.h"
#include "plugins/session.h"

enum { PLUGIN_VERSION = 1 };

/* JANUS_PLUGIN_API_VERSION of the headers; the core refuses what is older than itself. */
static int get_api_compatibility(void) { return JANUS_PLUGIN_API_VERSION; }
static int get_version(void) { return PLUGIN_VERSION; }
static const char *get_version_string(void) { return PACKAGE_VERSION; }
static const char *get_description(void) { return "Rooms with any number of audio, camera and screen tracks, recorded when the host says so."; }
static const char *get_name(void) { return "JANUS RecRoom plugin"; }
static const char *get_author(void) { return "janus-recroom"; }
static const char *get_package(void) { return "janus.plugin.recroom"; }

static janus_plugin plugin;

static int init(janus_callbacks *callbacks, const char *config_path)
{
	return life_init(callbacks, &plugin, config_path) ? -1 : 0;
}

static void destroy(void)
{
	life_destroy();
}

static void create_session(janus_plugin_session *handle, int *error)
{
	*error = -1;
	if (!life_enter())
		return;
	*error = session_create(handle) ? -1 : 0;
	life_leave();
}

static struct janus_plugin_result *handle_message(janus_plugin_session *handle, char *transaction, json_t *message, json_t *jsep)
{
	struct janus_plugin_result *result;

	if (!life_enter()) {
		g_free(transaction);
		json_decref(message);
		json_decref(jsep);
		return gateway_result(request_error(APP_UNAVAILABLE, ""));
	}
	result = request_message(handle, transaction, message, jsep);
	life_leave();
	return result;
}

static json_t *handle_admin_message(json_t *message)
{
	json_t *result;

	if (!life_enter())
		return request_error(APP_UNAVAILABLE, "");
	result = request_admin(message);
	life_leave();
	return result;
}

static json_t *query_session(janus_plugin_session *handle)
{
	json_t *result;

	if (!life_enter())
		return json_object();
	result = session_query(handle);
	life_leave();
	return result;
}

static void setup_media(janus_plugin_session *handle)
{
	if (!life_enter())
		return;
	hook_setup_media(handle);
	life_leave();
}

static void incoming_rtp(janus_plugin_session *handle, janus_plugin_rtp *packet)
{
	if (!life_enter())
		return;
	hook_incoming_rtp(handle, packet);
	life_leave();
}

static void incoming_rtcp(janus_plugin_session *handle, janus_plugin_rtcp *packet)
{
	if (!life_enter())
		return;
	hook_incoming_rtcp(handle, packet);
	life_leave();
}

static void hangup_media(janus_plugin_session *handle)
{
	if (!life_enter())
		return;
	hook_hangup_media(handle);
	life_leave();
}

static void destroy_session(janus_plugin_session *handle, int *error)
{
	*error = 0;
	if (life_enter()) {
		session_destroy(handle);
		life_leave();
	}
	session_delivered(handle);
}

static janus_plugin plugin = {
	.init = init,
	.destroy = destroy,
	.get_api_compatibility = get_api_compatibility,
	.get_version = get_version,
	.get_version_string = get_version_string,
	.get_description = get_description,
	.get_name = get_name,
	.get_author = get_author,
	.get_package = get_package,
	.create_session = create_session,
	.handle_message = handle_message,
	.handle_admin_message = handle_admin_message,
	.setup_media = setup_media,
	.incoming_rtp = incoming_rtp,
	.incoming_rtcp = incoming_rtcp,
	.hangup_media = hangup_media,
	.destroy_session = destroy_session,
	.query_session = query_session,
};

__attribute__((visibility("default"))) janus_plugin *create(void);

janus_plugin *create(void)
{
	return &plugin;
}
