# SPDX-License-Identifier: GPL-3.0-or-later
PP_TEST_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS) $(AVFORMAT_CFLAGS) $(PP_CFLAGS)
# Synthetic recordings, for every test of composing.
MAKE_RECORDING = tests/lib/make_recording.c tests/lib/make_recording.h

UNIT_TESTS += test_model
test_model_SOURCES = tests/unit/test_model.c $(MAKE_RECORDING)
test_model_CPPFLAGS = $(UNIT_CPPFLAGS)
test_model_CFLAGS = $(PP_TEST_CFLAGS)
test_model_LDADD = librecroom_pp.la

UNIT_TESTS += test_chunk_reader
test_chunk_reader_SOURCES = tests/unit/test_chunk_reader.c $(MAKE_RECORDING)
test_chunk_reader_CPPFLAGS = $(UNIT_CPPFLAGS)
test_chunk_reader_CFLAGS = $(PP_TEST_CFLAGS)
test_chunk_reader_LDADD = librecroom_pp.la
