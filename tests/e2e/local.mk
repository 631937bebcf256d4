# SPDX-License-Identifier: GPL-3.0-or-later
# tests/e2e/run.sh runs what is listed; it has what it needs built.
EXTRA_DIST += tests/e2e/run.sh tests/e2e/run.mjs tests/e2e/demo_call.mjs tests/e2e/package.json tests/e2e/package-lock.json tests/e2e/.npmrc \
	tests/e2e/lib/browser.mjs tests/e2e/lib/codecs.js tests/e2e/lib/ffmpeg.mjs tests/e2e/lib/janus_api.mjs tests/e2e/lib/processes.mjs tests/e2e/lib/pulses.mjs \
	tests/e2e/lib/recording.mjs tests/e2e/lib/relay.mjs tests/e2e/lib/report.mjs tests/e2e/lib/stack.mjs tests/e2e/lib/synthetic.js tests/e2e/lib/tiles.mjs \
	tests/e2e/lib/wait.mjs tests/e2e/lib/walk.mjs tests/e2e/lib/webm.mjs \
	tests/e2e/suites/call.mjs tests/e2e/suites/codecs.mjs tests/e2e/suites/crash.mjs tests/e2e/suites/gate.mjs tests/e2e/suites/layers.mjs tests/e2e/suites/load.mjs \
	tests/e2e/suites/page.mjs tests/e2e/suites/rest.mjs tests/e2e/suites/story.mjs tests/e2e/lib/caller.js \
	tests/e2e/suites/api.mjs tests/e2e/lib/described.mjs tests/e2e/lib/load.mjs tests/e2e/lib/slow.mjs tests/e2e/suites/webhooks.mjs tests/e2e/suites/seek.mjs tests/e2e/lib/bidi.mjs tests/e2e/lib/mpv.mjs tests/e2e/lib/marks.js tests/e2e/lib/player.js tests/e2e/lib/web.mjs \
	tests/e2e/lib/database.mjs tests/e2e/lib/generators.mjs tests/e2e/lib/secrets.mjs tests/e2e/suites/consent.mjs tests/e2e/suites/hosts.mjs tests/e2e/suites/outage.mjs tests/e2e/suites/burned.mjs tests/e2e/suites/gallery.mjs
if POSTPROCESS
EXTRA_PROGRAMS += e2e-marked e2e-meeting
e2e_marked_SOURCES = tests/e2e/marked.c
e2e_marked_CPPFLAGS = $(AM_CPPFLAGS)
e2e_marked_CFLAGS = $(PP_TEST_CFLAGS)
e2e_marked_LDADD = libtest_media.la librecroom_pp.la $(PP_LIBS) -lm
e2e_meeting_SOURCES = tests/e2e/meeting.c
e2e_meeting_CPPFLAGS = $(AM_CPPFLAGS)
e2e_meeting_CFLAGS = $(PP_TEST_CFLAGS)
e2e_meeting_LDADD = libtest_media.la librecroom_pp.la $(PP_LIBS) -lm
endif
