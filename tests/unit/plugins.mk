# SPDX-License-Identifier: GPL-3.0-or-later

UNIT_TESTS += test_capture
test_capture_SOURCES = tests/unit/test_capture.c tests/unit/capture_sim.h tests/unit/test.h
test_capture_CPPFLAGS = $(UNIT_CPPFLAGS)
test_capture_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS) $(AVFORMAT_CFLAGS)
test_capture_LDADD = librecroom_plugin.la -lm
