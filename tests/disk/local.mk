# SPDX-License-Identifier: GPL-3.0-or-later
# A disk that misbehaves: faulty.so is preloaded into tests. It is built without sanitizers, whose own calls come through it.
DISK_TEST_SOURCES = tests/disk/disk.c tests/disk/disk.h tests/disk/faulty.h
DISK_TEST_CPPFLAGS = -DFAULTY_SO='"$(abs_top_builddir)/faulty.so"'
check_DATA += faulty.so
CLEANFILES += faulty.so
EXTRA_DIST += tests/disk/faulty.c
faulty.so: tests/disk/faulty.c tests/disk/faulty.h
	$(AM_V_CC)$(CC) -std=gnu11 $(AM_CPPFLAGS) $(WARN_CFLAGS) -O1 -g1 -fPIC -shared -o $@ $(top_srcdir)/tests/disk/faulty.c -ldl -lpthread

UNIT_TESTS += test_power_loss
test_power_loss_SOURCES = tests/disk/test_power_loss.c tests/disk/replay.c tests/disk/replay.h tests/unit/capture_sim.h tests/unit/test.h
test_power_loss_CPPFLAGS = $(UNIT_CPPFLAGS) $(JANUS_CPPFLAGS) $(DISK_TEST_CPPFLAGS)
test_power_loss_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS) $(AVFORMAT_CFLAGS)
test_power_loss_LDADD = libtest_plugin.la librecroom_plugin.la $(AVFORMAT_LIBS) -ldl -lm

UNIT_TESTS += test_memory
test_memory_SOURCES = tests/disk/test_memory.c tests/unit/capture_sim.h tests/unit/test.h
test_memory_CPPFLAGS = $(UNIT_CPPFLAGS) $(JANUS_CPPFLAGS) $(DISK_TEST_CPPFLAGS)
test_memory_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS) $(AVFORMAT_CFLAGS)
test_memory_LDADD = libtest_plugin.la librecroom_plugin.la $(AVFORMAT_LIBS) -ldl -lm

if POSTPROCESS
UNIT_TESTS += test_compose_full
test_compose_full_SOURCES = tests/disk/test_compose_full.c tests/unit/test.h
test_compose_full_CPPFLAGS = $(UNIT_CPPFLAGS) $(DISK_TEST_CPPFLAGS)
test_compose_full_CFLAGS = $(PP_TEST_CFLAGS)
test_compose_full_LDADD = libtest_plugin.la libtest_media.la librecroom_pp.la -ldl
endif
