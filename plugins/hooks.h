/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Janus' media callbacks, on the handle's loop thread: they forward, copy into rings, post tasks; nothing here blocks.
 */
#pragma once
#include "plugins/compat.h"

void hook_setup_media(janus_plugin_session *handle);
void hook_hangup_media(janus_plugin_session *handle);
void hook_incoming_rtp(janus_plugin_session *handle, janus_plugin_rtp *packet);
void hook_incoming_rtcp(janus_plugin_session *handle, janus_plugin_rtcp *packet);
