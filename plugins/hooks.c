/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Media callbacks.
 *
 *   incoming_rtp ─▶ publisher_rtp        incoming_rtcp ─▶ publisher (sender reports) or subscriber (keyframe requests)
 *   setup_media, hangup_media ─▶ a task on the session's strand, behind the negotiation that caused them
 */
#include "plugins/hooks.h"
#include "plugins/publisher.h"
#include "plugins/rtp.h"
#include "plugins/session.h"
#include "plugins/subscriber.h"

static void on_setup(struct session *s)
{
	struct publisher *pub = session_publisher(s);
	struct subscriber *sub = session_subscriber(s);

	if (pub)
		publisher_up(pub);
	if (sub)
		subscriber_up(sub);
	publisher_unref(&pub);
	subscriber_unref(&sub);
}

static void on_hangup(struct session *s)
{
	struct publisher *pub = session_publisher(s);
	struct subscriber *sub = session_subscriber(s);

	if (pub)
		publisher_stop(pub);
	if (sub)
		subscriber_stop(sub);
	publisher_unref(&pub);
	subscriber_unref(&sub);
}

void hook_setup_media(janus_plugin_session *handle)
{
	struct session *s = session_of(handle);

	if (s) {
		atomic_store(&s->closing, false);      /* whatever hangup was awaited is past */
		session_post(s, on_setup);
	}
	session_unref(&s);
}

/* A hangup that we asked for belongs to a connection that is settled already; the next one may be under way. */
void hook_hangup_media(janus_plugin_session *handle)
{
	struct session *s = session_here(handle);

	if (s)
		session_media_forget(s);
	if (s && !atomic_exchange(&s->closing, false))
		session_post(s, on_hangup);
}

void hook_incoming_rtp(janus_plugin_session *handle, janus_plugin_rtp *packet)
{
	struct session *s = session_here(handle);
	struct publisher *pub = NULL;
	struct subscriber *sub;

	if (s)
		session_media(s, &pub, &sub);
	if (pub)
		publisher_rtp(pub, packet);
}

void hook_incoming_rtcp(janus_plugin_session *handle, janus_plugin_rtcp *packet)
{
	struct session *s = session_here(handle);
	struct publisher *pub = NULL;
	struct subscriber *sub = NULL;
	struct rtcp_seen seen;

	if (s)
		session_media(s, &pub, &sub);
	if (pub || sub)
		rtcp_read(&seen, (const uint8_t *)packet->buffer, packet->length);
	if (pub && seen.report)
		publisher_report(pub, packet->mindex, &seen);
	if (sub && seen.keyframe)
		subscriber_keyframe(sub, packet->mindex);
	if (sub)
		downlink_feedback(sub, packet->mindex, &seen);
}
