# SPDX-License-Identifier: GPL-3.0-or-later
# The built plugin in a fake Janus. The .so takes the core's symbols from the test program.
PLUGIN_TEST_SOURCES = tests/plugin/fake_janus.c tests/plugin/fake_janus.h tests/plugin/fake_core.h tests/plugin/fake_callbacks.c \
	tests/plugin/peer.c tests/plugin/peer.h tests/plugin/peer_sdp.c tests/plugin/peer_sdp.h tests/plugin/sender.c tests/plugin/sender.h \
	tests/plugin/synth.c tests/plugin/synth.h tests/plugin/harness.c tests/plugin/harness.h
PLUGIN_TEST_CPPFLAGS = $(UNIT_CPPFLAGS) $(JANUS_CPPFLAGS) -DPLUGIN_PATH='"$(abs_top_builddir)/.libs/libjanus_recroom.so"'
PLUGIN_TEST_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS) $(AVFORMAT_CFLAGS)
PLUGIN_TEST_LDADD = libtest_plugin.la librecroom_common.la $(AVFORMAT_LIBS) -ldl -lm
# compiled once for all
check_LTLIBRARIES += libtest_plugin.la
libtest_plugin_la_SOURCES = $(PLUGIN_TEST_SOURCES) tests/plugin/recorded.c tests/plugin/recorded.h $(DISK_TEST_SOURCES)
libtest_plugin_la_CPPFLAGS = $(PLUGIN_TEST_CPPFLAGS) $(DISK_TEST_CPPFLAGS)
libtest_plugin_la_CFLAGS = $(PLUGIN_TEST_CFLAGS)

PLUGIN_TESTS += test_plugin_requests
test_plugin_requests_SOURCES = tests/plugin/test_plugin_requests.c
test_plugin_requests_CPPFLAGS = $(PLUGIN_TEST_CPPFLAGS)
test_plugin_requests_CFLAGS = $(PLUGIN_TEST_CFLAGS)
test_plugin_requests_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
test_plugin_requests_LDADD = $(PLUGIN_TEST_LDADD)

PLUGIN_TESTS += test_plugin_admin
test_plugin_admin_SOURCES = tests/plugin/test_plugin_admin.c
test_plugin_admin_CPPFLAGS = $(PLUGIN_TEST_CPPFLAGS)
test_plugin_admin_CFLAGS = $(PLUGIN_TEST_CFLAGS)
test_plugin_admin_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
test_plugin_admin_LDADD = $(PLUGIN_TEST_LDADD)

PLUGIN_TESTS += test_plugin_reload
test_plugin_reload_SOURCES = tests/plugin/test_plugin_reload.c
test_plugin_reload_CPPFLAGS = $(PLUGIN_TEST_CPPFLAGS)
test_plugin_reload_CFLAGS = $(PLUGIN_TEST_CFLAGS)
test_plugin_reload_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
test_plugin_reload_LDADD = $(PLUGIN_TEST_LDADD)

PLUGIN_TESTS += test_plugin_gate
test_plugin_gate_SOURCES = tests/plugin/test_plugin_gate.c tests/plugin/gate_people.h
test_plugin_gate_CPPFLAGS = $(PLUGIN_TEST_CPPFLAGS)
test_plugin_gate_CFLAGS = $(PLUGIN_TEST_CFLAGS)
test_plugin_gate_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
test_plugin_gate_LDADD = $(PLUGIN_TEST_LDADD)

PLUGIN_TESTS += test_plugin_hosts
test_plugin_hosts_SOURCES = tests/plugin/test_plugin_hosts.c tests/plugin/gate_people.h
test_plugin_hosts_CPPFLAGS = $(PLUGIN_TEST_CPPFLAGS)
test_plugin_hosts_CFLAGS = $(PLUGIN_TEST_CFLAGS)
test_plugin_hosts_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
test_plugin_hosts_LDADD = $(PLUGIN_TEST_LDADD)

PLUGIN_TESTS += test_plugin_permission
test_plugin_permission_SOURCES = tests/plugin/test_plugin_permission.c tests/lib/token_faults.h tests/lib/catalog_rows.h tests/unit/token_forge.h
test_plugin_permission_CPPFLAGS = $(PLUGIN_TEST_CPPFLAGS)
test_plugin_permission_CFLAGS = $(PLUGIN_TEST_CFLAGS)
test_plugin_permission_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
test_plugin_permission_LDADD = $(PLUGIN_TEST_LDADD)

PLUGIN_TESTS += test_plugin_media
test_plugin_media_SOURCES = tests/plugin/test_plugin_media.c
test_plugin_media_CPPFLAGS = $(PLUGIN_TEST_CPPFLAGS)
test_plugin_media_CFLAGS = $(PLUGIN_TEST_CFLAGS)
test_plugin_media_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
test_plugin_media_LDADD = $(PLUGIN_TEST_LDADD)

PLUGIN_TESTS += test_plugin_recording
test_plugin_recording_SOURCES = tests/plugin/test_plugin_recording.c tests/plugin/take.h
test_plugin_recording_CPPFLAGS = $(PLUGIN_TEST_CPPFLAGS)
test_plugin_recording_CFLAGS = $(PLUGIN_TEST_CFLAGS)
test_plugin_recording_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
test_plugin_recording_LDADD = $(PLUGIN_TEST_LDADD)

PLUGIN_TESTS += test_plugin_sign
test_plugin_sign_SOURCES = tests/plugin/test_plugin_sign.c tests/plugin/take.h
test_plugin_sign_CPPFLAGS = $(PLUGIN_TEST_CPPFLAGS)
test_plugin_sign_CFLAGS = $(PLUGIN_TEST_CFLAGS)
test_plugin_sign_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
test_plugin_sign_LDADD = $(PLUGIN_TEST_LDADD)

PLUGIN_TESTS += test_plugin_negotiation
test_plugin_negotiation_SOURCES = tests/plugin/test_plugin_negotiation.c
test_plugin_negotiation_CPPFLAGS = $(PLUGIN_TEST_CPPFLAGS)
test_plugin_negotiation_CFLAGS = $(PLUGIN_TEST_CFLAGS)
test_plugin_negotiation_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
test_plugin_negotiation_LDADD = $(PLUGIN_TEST_LDADD)

PLUGIN_TESTS += test_plugin_layers
test_plugin_layers_SOURCES = tests/plugin/test_plugin_layers.c tests/unit/layer_packets.h \
	plugins/rtp.c plugins/descriptor.c
test_plugin_layers_CPPFLAGS = $(PLUGIN_TEST_CPPFLAGS)
test_plugin_layers_CFLAGS = $(PLUGIN_TEST_CFLAGS)
test_plugin_layers_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
test_plugin_layers_LDADD = $(PLUGIN_TEST_LDADD)

PLUGIN_TESTS += test_plugin_race
test_plugin_race_SOURCES = tests/plugin/test_plugin_race.c
test_plugin_race_CPPFLAGS = $(PLUGIN_TEST_CPPFLAGS)
test_plugin_race_CFLAGS = $(PLUGIN_TEST_CFLAGS)
test_plugin_race_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
test_plugin_race_LDADD = $(PLUGIN_TEST_LDADD)

PLUGIN_TESTS += test_plugin_limits
test_plugin_limits_SOURCES = tests/plugin/test_plugin_limits.c
test_plugin_limits_CPPFLAGS = $(PLUGIN_TEST_CPPFLAGS)
test_plugin_limits_CFLAGS = $(PLUGIN_TEST_CFLAGS)
test_plugin_limits_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
test_plugin_limits_LDADD = $(PLUGIN_TEST_LDADD)

# Where ThreadSanitizer is on it must find a race that is there.
if TSAN
PLUGIN_TESTS += test_planted_race
test_planted_race_SOURCES = tests/plugin/test_planted_race.c tests/unit/test.h
test_planted_race_CPPFLAGS = $(UNIT_CPPFLAGS)
check_PROGRAMS += planted_race
planted_race_SOURCES = tests/plugin/planted_race.c
else
EXTRA_DIST += tests/plugin/test_planted_race.c tests/plugin/planted_race.c
endif

PLUGIN_TESTS += test_plugin_disk
test_plugin_disk_SOURCES = tests/plugin/test_plugin_disk.c
test_plugin_disk_CPPFLAGS = $(PLUGIN_TEST_CPPFLAGS) $(DISK_TEST_CPPFLAGS)
test_plugin_disk_CFLAGS = $(PLUGIN_TEST_CFLAGS)
test_plugin_disk_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
test_plugin_disk_LDADD = $(PLUGIN_TEST_LDADD)

PLUGIN_TESTS += test_plugin_kill
test_plugin_kill_SOURCES = tests/plugin/test_plugin_kill.c
test_plugin_kill_CPPFLAGS = $(PLUGIN_TEST_CPPFLAGS) $(DISK_TEST_CPPFLAGS) -DBUILDDIR='"$(abs_top_builddir)"'
test_plugin_kill_CFLAGS = $(PLUGIN_TEST_CFLAGS)
test_plugin_kill_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
test_plugin_kill_LDADD = $(PLUGIN_TEST_LDADD)

PLUGIN_TESTS += test_plugin_mute
test_plugin_mute_SOURCES = tests/plugin/test_plugin_mute.c tests/plugin/guest_call.h tests/plugin/take.h
test_plugin_mute_CPPFLAGS = $(PLUGIN_TEST_CPPFLAGS)
test_plugin_mute_CFLAGS = $(PLUGIN_TEST_CFLAGS)
test_plugin_mute_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
test_plugin_mute_LDADD = $(PLUGIN_TEST_LDADD)

PLUGIN_TESTS += test_plugin_calls
test_plugin_calls_SOURCES = tests/plugin/test_plugin_calls.c tests/plugin/guest_call.h tests/plugin/take.h
test_plugin_calls_CPPFLAGS = $(PLUGIN_TEST_CPPFLAGS)
test_plugin_calls_CFLAGS = $(PLUGIN_TEST_CFLAGS)
test_plugin_calls_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
test_plugin_calls_LDADD = $(PLUGIN_TEST_LDADD)

PLUGIN_TESTS += test_plugin_consent
test_plugin_consent_SOURCES = tests/plugin/test_plugin_consent.c tests/plugin/take.h
test_plugin_consent_CPPFLAGS = $(PLUGIN_TEST_CPPFLAGS)
test_plugin_consent_CFLAGS = $(PLUGIN_TEST_CFLAGS)
test_plugin_consent_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
test_plugin_consent_LDADD = $(PLUGIN_TEST_LDADD)

PLUGIN_TESTS += test_plugin_auto
test_plugin_auto_SOURCES = tests/plugin/test_plugin_auto.c
test_plugin_auto_CPPFLAGS = $(PLUGIN_TEST_CPPFLAGS)
test_plugin_auto_CFLAGS = $(PLUGIN_TEST_CFLAGS)
test_plugin_auto_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
test_plugin_auto_LDADD = $(PLUGIN_TEST_LDADD)

PLUGIN_TESTS += test_plugin_owner
test_plugin_owner_SOURCES = tests/plugin/test_plugin_owner.c tests/plugin/take.h
test_plugin_owner_CPPFLAGS = $(PLUGIN_TEST_CPPFLAGS)
test_plugin_owner_CFLAGS = $(PLUGIN_TEST_CFLAGS)
test_plugin_owner_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
test_plugin_owner_LDADD = $(PLUGIN_TEST_LDADD)
