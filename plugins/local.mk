# SPDX-License-Identifier: GPL-3.0-or-later
# Everything but the vtable is a convenience library, so that tests link the same objects.
noinst_LTLIBRARIES += librecroom_plugin.la
librecroom_plugin_la_CPPFLAGS = $(AM_CPPFLAGS) $(JANUS_CPPFLAGS)
librecroom_plugin_la_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
librecroom_plugin_la_LIBADD = librecroom_common.la
librecroom_plugin_la_SOURCES =
librecroom_plugin_la_SOURCES += plugins/ledger.c plugins/ledger.h plugins/ledger_claim.c plugins/ledger_entry.c plugins/ledger_entry.h \
	plugins/ledger_query.c plugins/ledger_watch.c plugins/journal.c plugins/journal.h
librecroom_plugin_la_SOURCES += plugins/tap.c plugins/tap.h plugins/ring.c plugins/ring.h plugins/rectime.c plugins/rectime.h \
	plugins/reorder.c plugins/reorder.h plugins/codec.c plugins/codec.h plugins/depay.h plugins/descriptor.c plugins/descriptor.h plugins/held.c plugins/temporal.c plugins/temporal.h plugins/depay_opus.c \
	plugins/depay_vp8.c plugins/bits.h plugins/picture.c plugins/picture.h plugins/depay_vp9.c plugins/vp9_header.c plugins/vp9_header.h \
	plugins/depay_h264.c plugins/h264.c plugins/h264.h plugins/depay_av1.c plugins/av1.c plugins/av1.h plugins/av1_obu.c \
	plugins/cutter.c plugins/cutter.h plugins/track.c plugins/track.h plugins/chunk.c plugins/chunk.h plugins/webm.c plugins/webm_read.c plugins/webm.h plugins/webm_ids.h plugins/line.c plugins/line.h \
	plugins/syncing.c plugins/syncing.h plugins/spool.c plugins/spool.h plugins/backlog.c plugins/backlog.h plugins/writer.c plugins/writer.h plugins/capture.c plugins/capture.h \
	plugins/capture_state.h plugins/capture_thread.c \
	plugins/adopt.c plugins/adopt.h plugins/recover.c
librecroom_plugin_la_SOURCES += plugins/held.h plugins/compat.c plugins/compat.h plugins/gateway.c plugins/gateway.h plugins/life.c plugins/life.h \
	plugins/task.c plugins/task.h plugins/ticker.c plugins/ticker.h plugins/session.c plugins/session.h plugins/hooks.c plugins/hooks.h \
	plugins/gate.c plugins/gate.h plugins/lobby.c plugins/lobby.h plugins/hosts.c plugins/hosts.h plugins/moderation.c \
	plugins/moderation.h plugins/request_gate.c plugins/room.c plugins/room.h plugins/entry.c plugins/claim.c plugins/claim.h plugins/leave.c plugins/leave.h plugins/call.c plugins/call.h plugins/participant.c \
	plugins/participant.h plugins/notify.c plugins/notify.h plugins/news.c plugins/news.h \
	plugins/rtp.c plugins/rtp.h plugins/red.c plugins/red.h plugins/rewrite.c plugins/rewrite.h plugins/pictures.c plugins/pictures.h \
	plugins/layers.c plugins/layers.h plugins/selector.c plugins/selector.h plugins/bandwidth.c plugins/bandwidth.h plugins/share.c plugins/share.h \
	plugins/quality.c plugins/quality.h plugins/route.c plugins/route.h plugins/keyframe.c plugins/keyframe.h plugins/talking.c plugins/talking.h plugins/room_media.c \
	plugins/room_media.h plugins/sdp.c plugins/sdp.h plugins/sdp_match.c plugins/sdp_write.c plugins/sdp_feedback.h plugins/stream.c \
	plugins/stream.h plugins/publisher.c \
	plugins/publisher.h plugins/publish.c plugins/downlink.c plugins/downlink.h plugins/slot_layer.c plugins/remb.c plugins/remb.h \
	plugins/connection.c plugins/connection.h plugins/subscriber.c \
	plugins/subscriber.h plugins/subscribe.c plugins/slot.c plugins/request.c plugins/request.h plugins/request_admit.c plugins/request_admin.c plugins/pace.c \
	plugins/pace.h plugins/guess.c plugins/guess.h plugins/request_room.c plugins/request_join.c plugins/request_media.c plugins/request_host.c \
	plugins/request_recording.c plugins/request_library.c plugins/request_share.c plugins/recording.c plugins/recording.h plugins/recording_state.h plugins/recording_start.c plugins/recording_continue.c \
	plugins/recording_stop.c plugins/recording_info.c plugins/recording_look.c plugins/recording_notice.c plugins/recording_consent.c plugins/recording_quota.c plugins/consent.c plugins/consent.h \
	plugins/room_policy.c plugins/room_policy.h plugins/follow.c plugins/follow.h plugins/auto.c plugins/auto.h plugins/request_consent.c plugins/look.c plugins/look.h plugins/orphans.c plugins/orphans.h
librecroom_plugin_la_SOURCES += plugins/meter.c plugins/meter.h plugins/meter_text.c plugins/request_operate.c plugins/reload.c plugins/reload.h plugins/accesses.c plugins/accesses.h

# The core's symbols are found when Janus loads the plugin: no -no-undefined here.
plugindir = $(janus_plugindir)
plugin_LTLIBRARIES = libjanus_recroom.la
libjanus_recroom_la_CPPFLAGS = $(librecroom_plugin_la_CPPFLAGS)
libjanus_recroom_la_CFLAGS = $(librecroom_plugin_la_CFLAGS)
libjanus_recroom_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared -export-symbols-regex '^create$$'
libjanus_recroom_la_LIBADD = librecroom_plugin.la
libjanus_recroom_la_SOURCES = plugins/janus_recroom.c
