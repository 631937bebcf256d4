/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The only caller of Janus' callbacks. No lock of ours may be held (a developer's build, --enable-werror, aborts; others log it once). Handles are borrowed; the
 * caller keeps a reference for the call.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include "plugins/compat.h"

/** Once, at init. */
void gateway_open(janus_callbacks *callbacks, janus_plugin *self);
/** From here on nothing reaches Janus any more: every call below does nothing, pushes give -ESHUTDOWN. */
void gateway_close(void);

/** Sends an event; `message` and `jsep` are borrowed. With a jsep it may take seconds (gathering): task threads only. 0 or -EIO when Janus refused,
 *  and then the negotiation did not happen. */
int gateway_push(janus_plugin_session *handle, const char *transaction, json_t *message, json_t *jsep);
/** Copies the packet into the handle's queue. Any thread. */
void gateway_relay_rtp(janus_plugin_session *handle, janus_plugin_rtp *packet);
/** A keyframe request to the sender of one m-line. May wait for the handle's mutex: task threads only. */
void gateway_pli(janus_plugin_session *handle, int mindex);
/** Tells the sender on the m-line to keep below `bitrate` [bit/s]. Task threads only. */
void gateway_remb(janus_plugin_session *handle, int mindex, unsigned bitrate);
/** Closes the PeerConnection; hangup_media follows. */
/** Asks for the end of a handle; destroy_session follows. */
void gateway_end(janus_plugin_session *handle);
void gateway_close_pc(janus_plugin_session *handle);
/** To Janus' event handlers, if there are any; `event` is borrowed and copied. */
void gateway_notify(janus_plugin_session *handle, json_t *event);
/** The answer "ack" or an object (stolen) to handle_message. */
struct janus_plugin_result *gateway_ack(void);
struct janus_plugin_result *gateway_result(json_t *content);
