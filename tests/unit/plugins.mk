# SPDX-License-Identifier: GPL-3.0-or-later

UNIT_TESTS += test_capture
test_capture_SOURCES = tests/unit/test_capture.c tests/unit/capture_sim.h tests/unit/test.h
test_capture_CPPFLAGS = $(UNIT_CPPFLAGS)
test_capture_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS) $(AVFORMAT_CFLAGS)
test_capture_LDADD = librecroom_plugin.la -lm

UNIT_TESTS += test_ledger
test_ledger_SOURCES = tests/unit/test_ledger.c tests/unit/test.h
test_ledger_CPPFLAGS = $(UNIT_CPPFLAGS)
test_ledger_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_ledger_LDADD = librecroom_common.la -lm
