# SPDX-License-Identifier: GPL-3.0-or-later
THREADED_TESTS += test_ring test_route test_tap test_task test_capture test_capture_threads test_ledger fuzz_session fuzz_request

UNIT_TESTS += test_capture
test_capture_SOURCES = tests/unit/test_capture.c tests/unit/capture_sim.h tests/unit/test.h
test_capture_CPPFLAGS = $(UNIT_CPPFLAGS)
test_capture_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS) $(AVFORMAT_CFLAGS)
test_capture_LDADD = librecroom_plugin.la $(AVFORMAT_LIBS) -lm

UNIT_TESTS += test_space
test_space_SOURCES = tests/unit/test_space.c tests/unit/test.h
test_space_CPPFLAGS = $(UNIT_CPPFLAGS)
test_space_LDADD = -lm

UNIT_TESTS += test_ledger
test_ledger_SOURCES = tests/unit/test_ledger.c tests/unit/test.h
test_ledger_CPPFLAGS = $(UNIT_CPPFLAGS)
test_ledger_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_ledger_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_ring
test_ring_SOURCES = tests/unit/test_ring.c tests/unit/test.h
test_ring_CPPFLAGS = $(UNIT_CPPFLAGS)
test_ring_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_ring_LDADD = librecroom_plugin.la -lm

UNIT_TESTS += test_rectime
test_rectime_SOURCES = tests/unit/test_rectime.c tests/unit/test.h
test_rectime_CPPFLAGS = $(UNIT_CPPFLAGS)
test_rectime_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_rectime_LDADD = librecroom_plugin.la -lm

UNIT_TESTS += test_reorder
test_reorder_SOURCES = tests/unit/test_reorder.c tests/unit/test.h
test_reorder_CPPFLAGS = $(UNIT_CPPFLAGS)
test_reorder_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_reorder_LDADD = librecroom_plugin.la -lm

UNIT_TESTS += test_depay
test_depay_SOURCES = tests/unit/test_depay.c tests/unit/test.h
test_depay_CPPFLAGS = $(UNIT_CPPFLAGS)
test_depay_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_depay_LDADD = librecroom_plugin.la -lm

# Frames and packets of every codec, without a browser.
ENCODE = tests/lib/encode.c tests/lib/encode.h tests/lib/packetise.c tests/lib/packetise.h

UNIT_TESTS += test_depay_video
test_depay_video_SOURCES = tests/unit/test_depay_video.c tests/unit/depay_stream.h tests/unit/video_stream.h tests/unit/test.h $(ENCODE)
test_depay_video_CPPFLAGS = $(UNIT_CPPFLAGS)
test_depay_video_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS) $(AVFORMAT_CFLAGS)
test_depay_video_LDADD = librecroom_plugin.la $(AVFORMAT_LIBS) -lm

UNIT_TESTS += test_depay_svc
test_depay_svc_SOURCES = tests/unit/test_depay_svc.c tests/unit/depay_stream.h tests/unit/video_stream.h tests/unit/test.h $(ENCODE)
test_depay_svc_CPPFLAGS = $(UNIT_CPPFLAGS)
test_depay_svc_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS) $(AVFORMAT_CFLAGS)
test_depay_svc_LDADD = librecroom_plugin.la $(AVFORMAT_LIBS) -lvpx -lm

UNIT_TESTS += test_capture_codecs
test_capture_codecs_SOURCES = tests/unit/test_capture_codecs.c tests/unit/capture_sim.h tests/unit/video_stream.h tests/unit/test.h $(ENCODE)
test_capture_codecs_CPPFLAGS = $(UNIT_CPPFLAGS)
test_capture_codecs_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS) $(AVFORMAT_CFLAGS)
test_capture_codecs_LDADD = librecroom_plugin.la $(AVFORMAT_LIBS) -lm

UNIT_TESTS += test_h264
test_h264_SOURCES = tests/unit/test_h264.c tests/unit/test.h
test_h264_CPPFLAGS = $(UNIT_CPPFLAGS)
test_h264_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_h264_LDADD = librecroom_plugin.la -lm

UNIT_TESTS += test_av1
test_av1_SOURCES = tests/unit/test_av1.c tests/unit/test.h
test_av1_CPPFLAGS = $(UNIT_CPPFLAGS)
test_av1_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_av1_LDADD = librecroom_plugin.la -lm

UNIT_TESTS += test_chunk
test_chunk_SOURCES = tests/unit/test_chunk.c tests/unit/test.h
test_chunk_CPPFLAGS = $(UNIT_CPPFLAGS)
test_chunk_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS) $(AVFORMAT_CFLAGS)
test_chunk_LDADD = librecroom_plugin.la $(AVFORMAT_LIBS) -lm

UNIT_TESTS += test_backlog
test_backlog_SOURCES = tests/unit/test_backlog.c tests/unit/test.h
test_backlog_CPPFLAGS = $(UNIT_CPPFLAGS)
test_backlog_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_backlog_LDADD = librecroom_plugin.la -lm

UNIT_TESTS += test_tap
test_tap_SOURCES = tests/unit/test_tap.c tests/unit/test.h
test_tap_CPPFLAGS = $(UNIT_CPPFLAGS)
test_tap_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_tap_LDADD = librecroom_plugin.la -lm

UNIT_TESTS += test_capture_threads
test_capture_threads_SOURCES = tests/unit/test_capture_threads.c tests/unit/capture_sim.h tests/unit/test.h
test_capture_threads_CPPFLAGS = $(UNIT_CPPFLAGS)
test_capture_threads_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS) $(AVFORMAT_CFLAGS)
test_capture_threads_LDADD = librecroom_plugin.la $(AVFORMAT_LIBS) -lm

UNIT_TESTS += test_sdp
test_sdp_SOURCES = tests/unit/test_sdp.c tests/unit/test.h
test_sdp_CPPFLAGS = $(UNIT_CPPFLAGS)
test_sdp_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS) $(AVFORMAT_CFLAGS)
test_sdp_LDADD = librecroom_plugin.la

UNIT_TESTS += test_compat
test_compat_SOURCES = tests/unit/test_compat.c tests/unit/test.h
test_compat_CPPFLAGS = $(UNIT_CPPFLAGS) $(JANUS_CPPFLAGS)
test_compat_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_compat_LDADD = librecroom_common.la

UNIT_TESTS += test_gate
test_gate_SOURCES = tests/unit/test_gate.c tests/unit/test.h
test_gate_CPPFLAGS = $(UNIT_CPPFLAGS)
test_gate_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_gate_LDADD = librecroom_common.la

UNIT_TESTS += test_moderation
test_moderation_SOURCES = tests/unit/test_moderation.c tests/unit/test.h
test_moderation_CPPFLAGS = $(UNIT_CPPFLAGS)
test_moderation_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_moderation_LDADD = librecroom_common.la

UNIT_TESTS += test_pace
test_pace_SOURCES = tests/unit/test_pace.c tests/unit/test.h
test_pace_CPPFLAGS = $(UNIT_CPPFLAGS)
test_pace_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_pace_LDADD = librecroom_common.la

UNIT_TESTS += test_route
test_route_SOURCES = tests/unit/test_route.c tests/unit/test.h
test_route_CPPFLAGS = $(UNIT_CPPFLAGS)
test_route_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_route_LDADD = librecroom_common.la

UNIT_TESTS += test_task
test_task_SOURCES = tests/unit/test_task.c tests/unit/test.h
test_task_CPPFLAGS = $(UNIT_CPPFLAGS)
test_task_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_task_LDADD = librecroom_common.la

UNIT_TESTS += test_rewrite
test_rewrite_SOURCES = tests/unit/test_rewrite.c tests/unit/test.h
test_rewrite_CPPFLAGS = $(UNIT_CPPFLAGS)
test_rewrite_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_rewrite_LDADD = librecroom_common.la

UNIT_TESTS += test_descriptor
test_descriptor_SOURCES = tests/unit/test_descriptor.c tests/unit/test.h
test_descriptor_CPPFLAGS = $(UNIT_CPPFLAGS)
test_descriptor_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_descriptor_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_layers
test_layers_SOURCES = tests/unit/test_layers.c tests/unit/test.h tests/unit/layer_packets.h
test_layers_CPPFLAGS = $(UNIT_CPPFLAGS)
test_layers_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_layers_LDADD = librecroom_plugin.la -lm

UNIT_TESTS += test_selector
test_selector_SOURCES = tests/unit/test_selector.c tests/unit/test.h tests/unit/layer_packets.h
test_selector_CPPFLAGS = $(UNIT_CPPFLAGS)
test_selector_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_selector_LDADD = librecroom_plugin.la -lm

UNIT_TESTS += test_pictures
test_pictures_SOURCES = tests/unit/test_pictures.c tests/unit/test.h
test_pictures_CPPFLAGS = $(UNIT_CPPFLAGS)
test_pictures_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_pictures_LDADD = librecroom_plugin.la -lm

UNIT_TESTS += test_bandwidth
test_bandwidth_SOURCES = tests/unit/test_bandwidth.c tests/unit/test.h
test_bandwidth_CPPFLAGS = $(UNIT_CPPFLAGS)
test_bandwidth_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_bandwidth_LDADD = librecroom_plugin.la -lm

UNIT_TESTS += test_quality
test_quality_SOURCES = tests/unit/test_quality.c tests/unit/test.h
test_quality_CPPFLAGS = $(UNIT_CPPFLAGS)
test_quality_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_quality_LDADD = librecroom_plugin.la -lm

UNIT_TESTS += test_rtp
test_rtp_SOURCES = tests/unit/test_rtp.c tests/unit/test.h
test_rtp_CPPFLAGS = $(UNIT_CPPFLAGS)
test_rtp_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_rtp_LDADD = librecroom_common.la

UNIT_TESTS += test_keyframe
test_keyframe_SOURCES = tests/unit/test_keyframe.c tests/unit/test.h
test_keyframe_CPPFLAGS = $(UNIT_CPPFLAGS) $(JANUS_CPPFLAGS)
test_keyframe_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_keyframe_LDADD = librecroom_common.la

UNIT_TESTS += test_red
test_red_SOURCES = tests/unit/test_red.c tests/unit/test.h
test_red_CPPFLAGS = $(UNIT_CPPFLAGS)
test_red_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_red_LDADD = librecroom_plugin.la

UNIT_TESTS += test_capture_forms
test_capture_forms_SOURCES = tests/unit/test_capture_forms.c tests/unit/capture_sim.h tests/unit/test.h
test_capture_forms_CPPFLAGS = $(UNIT_CPPFLAGS)
test_capture_forms_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS) $(AVFORMAT_CFLAGS)
test_capture_forms_LDADD = librecroom_plugin.la $(AVFORMAT_LIBS) -lm

UNIT_TESTS += test_slot
test_slot_SOURCES = tests/unit/test_slot.c tests/unit/test.h
test_slot_CPPFLAGS = $(UNIT_CPPFLAGS) $(JANUS_CPPFLAGS)
test_slot_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_slot_LDADD = librecroom_plugin.la librecroom_common.la -lm

UNIT_TESTS += test_talking
test_talking_SOURCES = tests/unit/test_talking.c tests/unit/test.h
test_talking_CPPFLAGS = $(UNIT_CPPFLAGS) $(JANUS_CPPFLAGS)
test_talking_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_talking_LDADD = librecroom_common.la

UNIT_TESTS += test_journal
test_journal_SOURCES = tests/unit/test_journal.c tests/unit/test.h
test_journal_CPPFLAGS = $(UNIT_CPPFLAGS)
test_journal_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_journal_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_consent
test_consent_SOURCES = tests/unit/test_consent.c tests/unit/test.h
test_consent_CPPFLAGS = $(UNIT_CPPFLAGS)
test_consent_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_consent_LDADD = librecroom_common.la -lm
