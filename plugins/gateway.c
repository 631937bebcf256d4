/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Calls into Janus. Called by the RTP hook (relay), task threads (the rest); closed by destroy().
 */
#include "config.h"
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include "common/log.h"
#include "plugins/gateway.h"
#include "plugins/held.h"
#include "plugins/rtp.h"

static janus_callbacks *core;
static janus_plugin *plugin;
static atomic_bool is_open;

void gateway_open(janus_callbacks *callbacks, janus_plugin *self)
{
	core = callbacks;
	plugin = self;
	atomic_store(&is_open, true);
}

void gateway_close(void)
{
	atomic_store(&is_open, false);
}

/* A mistake of ours that may deadlock one day: the developer's build ends here, others say it once and take the risk, for a call that goes on may have no trouble. */
static void complain(void)
{
	static atomic_bool said;

#ifdef RECROOM_STRICT
	abort();
#endif
	if (!atomic_exchange(&said, true))
		log_error("Janus is called while %d locks are held: please report this", locks_held);
}

static bool may_call(void)
{
	if (locks_held)
		complain();
	return atomic_load(&is_open);
}

int gateway_push(janus_plugin_session *handle, const char *transaction, json_t *message, json_t *jsep)
{
	if (!may_call())
		return -ESHUTDOWN;
	return core->push_event(handle, plugin, transaction, message, jsep) == 0 ? 0 : -EIO;
}

void gateway_relay_rtp(janus_plugin_session *handle, janus_plugin_rtp *packet)
{
	if (may_call())
		core->relay_rtp(handle, packet);
}

void gateway_pli(janus_plugin_session *handle, int mindex)
{
	if (may_call())
		core->send_pli_stream(handle, mindex);
}

/* Janus' own send_remb reaches the first video m-line only, so the packet is made here. */
void gateway_remb(janus_plugin_session *handle, int mindex, unsigned bitrate)
{
	char remb[RTCP_REMB_SIZE];
	janus_plugin_rtcp packet = { .mindex = mindex, .video = TRUE, .buffer = remb, .length = sizeof(remb) };

	rtcp_remb(remb, bitrate);
	if (may_call())
		core->relay_rtcp(handle, &packet);
}

void gateway_close_pc(janus_plugin_session *handle)
{
	if (may_call())
		core->close_pc(handle);
}

void gateway_end(janus_plugin_session *handle)
{
	if (may_call())
		core->end_session(handle);
}

void gateway_notify(janus_plugin_session *handle, json_t *event)
{
	if (may_call() && core->events_is_enabled())
		core->notify_event(plugin, handle, json_deep_copy(event));
}

struct janus_plugin_result *gateway_ack(void)
{
	return janus_plugin_result_new(JANUS_PLUGIN_OK_WAIT, "the answer follows as an event", NULL);
}

struct janus_plugin_result *gateway_result(json_t *content)
{
	return janus_plugin_result_new(JANUS_PLUGIN_OK, NULL, content);
}
