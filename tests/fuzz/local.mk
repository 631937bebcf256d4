# SPDX-License-Identifier: GPL-3.0-or-later
# Each target is built with libFuzzer (--enable-fuzzing) or with a main() that replays its corpus, and then it is one of the unit tests.
EXTRA_DIST += tests/fuzz/corpus
FUZZ_CPPFLAGS = $(UNIT_CPPFLAGS)
FUZZ_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
FUZZ_TARGETS = fuzz_chain fuzz_envelope fuzz_timeline fuzz_token fuzz_ids fuzz_rtpclock fuzz_spec
if PLUGIN
FUZZ_TARGETS += fuzz_depay_vp8 fuzz_depay_opus fuzz_depay_vp9 fuzz_depay_h264 fuzz_depay_av1 fuzz_h264_fmtp fuzz_reorder fuzz_sdp fuzz_request \
	fuzz_rtp fuzz_session
endif
if POSTPROCESS
FUZZ_TARGETS += fuzz_bundle fuzz_chunk fuzz_compose fuzz_http fuzz_store
endif
if FUZZING
FUZZ_REPLAY =
FUZZ_LINKFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
check_PROGRAMS += $(FUZZ_TARGETS)
EXTRA_DIST += tests/fuzz/replay.c
else
FUZZ_REPLAY = libtest_replay.la
check_LTLIBRARIES += libtest_replay.la
libtest_replay_la_SOURCES = tests/fuzz/replay.c
libtest_replay_la_CPPFLAGS = $(UNIT_CPPFLAGS)
libtest_replay_la_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
FUZZ_LINKFLAGS = $(AM_LDFLAGS)
UNIT_TESTS += $(FUZZ_TARGETS)
endif

fuzz_chain_SOURCES = tests/fuzz/fuzz_chain.c tests/fuzz/fuzz.h
fuzz_chain_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_chain_CFLAGS = $(FUZZ_CFLAGS)
fuzz_chain_LDFLAGS = $(FUZZ_LINKFLAGS)
fuzz_chain_LDADD = $(FUZZ_REPLAY) librecroom_common.la

fuzz_envelope_SOURCES = tests/fuzz/fuzz_envelope.c tests/fuzz/fuzz.h
fuzz_envelope_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_envelope_CFLAGS = $(FUZZ_CFLAGS)
fuzz_envelope_LDFLAGS = $(FUZZ_LINKFLAGS)
fuzz_envelope_LDADD = $(FUZZ_REPLAY) librecroom_common.la

fuzz_timeline_SOURCES = tests/fuzz/fuzz_timeline.c tests/fuzz/fuzz.h
fuzz_timeline_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_timeline_CFLAGS = $(FUZZ_CFLAGS)
fuzz_timeline_LDFLAGS = $(FUZZ_LINKFLAGS)
fuzz_timeline_LDADD = $(FUZZ_REPLAY) librecroom_common.la

fuzz_token_SOURCES = tests/fuzz/fuzz_token.c tests/unit/token_forge.h tests/fuzz/fuzz.h
fuzz_token_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_token_CFLAGS = $(FUZZ_CFLAGS)
fuzz_token_LDFLAGS = $(FUZZ_LINKFLAGS)
fuzz_token_LDADD = $(FUZZ_REPLAY) librecroom_common.la

fuzz_ids_SOURCES = tests/fuzz/fuzz_ids.c tests/fuzz/fuzz.h
fuzz_ids_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_ids_CFLAGS = $(FUZZ_CFLAGS)
fuzz_ids_LDFLAGS = $(FUZZ_LINKFLAGS)
fuzz_ids_LDADD = $(FUZZ_REPLAY) librecroom_common.la

fuzz_rtpclock_SOURCES = tests/fuzz/fuzz_rtpclock.c tests/fuzz/fuzz.h
fuzz_rtpclock_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_rtpclock_CFLAGS = $(FUZZ_CFLAGS)
fuzz_rtpclock_LDFLAGS = $(FUZZ_LINKFLAGS)
fuzz_rtpclock_LDADD = $(FUZZ_REPLAY) librecroom_common.la

fuzz_spec_SOURCES = tests/fuzz/fuzz_spec.c tests/fuzz/fuzz.h
fuzz_spec_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_spec_CFLAGS = $(FUZZ_CFLAGS)
fuzz_spec_LDFLAGS = $(FUZZ_LINKFLAGS)
fuzz_spec_LDADD = $(FUZZ_REPLAY) librecroom_common.la

if POSTPROCESS
fuzz_compose_SOURCES = tests/fuzz/fuzz_compose.c tests/fuzz/fuzz.h
fuzz_compose_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_compose_CFLAGS = $(FUZZ_CFLAGS) $(AVFORMAT_CFLAGS) $(PP_CFLAGS)
fuzz_compose_LDFLAGS = $(FUZZ_LINKFLAGS)
fuzz_compose_LDADD = $(FUZZ_REPLAY) libtest_media.la librecroom_pp.la

fuzz_bundle_SOURCES = tests/fuzz/fuzz_bundle.c tests/fuzz/fuzz.h
fuzz_bundle_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_bundle_CFLAGS = $(FUZZ_CFLAGS)
fuzz_bundle_LDFLAGS = $(FUZZ_LINKFLAGS)
fuzz_bundle_LDADD = $(FUZZ_REPLAY) librecroom_pp.la

fuzz_store_SOURCES = tests/fuzz/fuzz_store.c tests/fuzz/fuzz.h
fuzz_store_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_store_CFLAGS = $(FUZZ_CFLAGS)
fuzz_store_LDFLAGS = $(FUZZ_LINKFLAGS)
fuzz_store_LDADD = $(FUZZ_REPLAY) librecroom_pp.la

fuzz_http_SOURCES = tests/fuzz/fuzz_http.c tests/lib/catalog_rows.h tests/fuzz/fuzz.h
fuzz_http_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_http_CFLAGS = $(FUZZ_CFLAGS) $(PP_CFLAGS)
fuzz_http_LDFLAGS = $(FUZZ_LINKFLAGS)
fuzz_http_LDADD = $(FUZZ_REPLAY) librecroom_pp.la

fuzz_chunk_SOURCES = tests/fuzz/fuzz_chunk.c tests/fuzz/fuzz.h
fuzz_chunk_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_chunk_CFLAGS = $(FUZZ_CFLAGS) $(AVFORMAT_CFLAGS) $(PP_CFLAGS)
fuzz_chunk_LDFLAGS = $(FUZZ_LINKFLAGS)
fuzz_chunk_LDADD = $(FUZZ_REPLAY) librecroom_pp.la
endif

if PLUGIN
fuzz_depay_vp8_SOURCES = tests/fuzz/fuzz_depay_vp8.c tests/fuzz/fuzz_depay.h tests/fuzz/fuzz.h
fuzz_depay_vp8_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_depay_vp8_CFLAGS = $(FUZZ_CFLAGS)
fuzz_depay_vp8_LDFLAGS = $(FUZZ_LINKFLAGS)
fuzz_depay_vp8_LDADD = $(FUZZ_REPLAY) librecroom_plugin.la

fuzz_depay_opus_SOURCES = tests/fuzz/fuzz_depay_opus.c tests/fuzz/fuzz.h
fuzz_depay_opus_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_depay_opus_CFLAGS = $(FUZZ_CFLAGS)
fuzz_depay_opus_LDFLAGS = $(FUZZ_LINKFLAGS)
fuzz_depay_opus_LDADD = $(FUZZ_REPLAY) librecroom_plugin.la

fuzz_depay_vp9_SOURCES = tests/fuzz/fuzz_depay_vp9.c tests/fuzz/fuzz_depay.h tests/fuzz/fuzz.h
fuzz_depay_vp9_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_depay_vp9_CFLAGS = $(FUZZ_CFLAGS)
fuzz_depay_vp9_LDFLAGS = $(FUZZ_LINKFLAGS)
fuzz_depay_vp9_LDADD = $(FUZZ_REPLAY) librecroom_plugin.la

fuzz_depay_h264_SOURCES = tests/fuzz/fuzz_depay_h264.c tests/fuzz/fuzz_depay.h tests/fuzz/fuzz.h
fuzz_depay_h264_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_depay_h264_CFLAGS = $(FUZZ_CFLAGS)
fuzz_depay_h264_LDFLAGS = $(FUZZ_LINKFLAGS)
fuzz_depay_h264_LDADD = $(FUZZ_REPLAY) librecroom_plugin.la

fuzz_depay_av1_SOURCES = tests/fuzz/fuzz_depay_av1.c tests/fuzz/fuzz_depay.h tests/fuzz/fuzz.h
fuzz_depay_av1_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_depay_av1_CFLAGS = $(FUZZ_CFLAGS)
fuzz_depay_av1_LDFLAGS = $(FUZZ_LINKFLAGS)
fuzz_depay_av1_LDADD = $(FUZZ_REPLAY) librecroom_plugin.la

fuzz_h264_fmtp_SOURCES = tests/fuzz/fuzz_h264_fmtp.c tests/fuzz/fuzz.h
fuzz_h264_fmtp_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_h264_fmtp_CFLAGS = $(FUZZ_CFLAGS)
fuzz_h264_fmtp_LDFLAGS = $(FUZZ_LINKFLAGS)
fuzz_h264_fmtp_LDADD = $(FUZZ_REPLAY) librecroom_plugin.la

fuzz_reorder_SOURCES = tests/fuzz/fuzz_reorder.c tests/fuzz/fuzz.h
fuzz_reorder_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_reorder_CFLAGS = $(FUZZ_CFLAGS)
fuzz_reorder_LDFLAGS = $(FUZZ_LINKFLAGS)
fuzz_reorder_LDADD = $(FUZZ_REPLAY) librecroom_plugin.la

fuzz_sdp_SOURCES = tests/fuzz/fuzz_sdp.c tests/fuzz/fuzz.h
fuzz_sdp_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_sdp_CFLAGS = $(FUZZ_CFLAGS)
fuzz_sdp_LDFLAGS = $(FUZZ_LINKFLAGS)
fuzz_sdp_LDADD = $(FUZZ_REPLAY) librecroom_plugin.la

fuzz_rtp_SOURCES = tests/fuzz/fuzz_rtp.c tests/fuzz/fuzz.h
fuzz_rtp_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_rtp_CFLAGS = $(FUZZ_CFLAGS)
fuzz_rtp_LDFLAGS = $(FUZZ_LINKFLAGS)
fuzz_rtp_LDADD = $(FUZZ_REPLAY) librecroom_plugin.la

fuzz_session_SOURCES = tests/fuzz/fuzz_session.c tests/fuzz/fuzz.h
fuzz_session_CPPFLAGS = $(PLUGIN_TEST_CPPFLAGS)
fuzz_session_CFLAGS = $(PLUGIN_TEST_CFLAGS)
fuzz_session_LDFLAGS = $(FUZZ_LINKFLAGS) -export-dynamic
fuzz_session_LDADD = $(FUZZ_REPLAY) $(PLUGIN_TEST_LDADD)

fuzz_request_SOURCES = tests/fuzz/fuzz_request.c tests/fuzz/fuzz.h
fuzz_request_CPPFLAGS = $(PLUGIN_TEST_CPPFLAGS)
fuzz_request_CFLAGS = $(PLUGIN_TEST_CFLAGS)
fuzz_request_LDFLAGS = $(FUZZ_LINKFLAGS) -export-dynamic
fuzz_request_LDADD = $(FUZZ_REPLAY) $(PLUGIN_TEST_LDADD)
endif
