# SPDX-License-Identifier: GPL-3.0-or-later
# A disk that misbehaves: faulty.so is preloaded into tests. It is built without sanitizers, whose own calls come through it.
DISK_TEST_SOURCES = tests/disk/disk.c tests/disk/disk.h tests/disk/faulty.h
DISK_TEST_CPPFLAGS = -DFAULTY_SO='"$(abs_top_builddir)/faulty.so"'
check_DATA += faulty.so
CLEANFILES += faulty.so
EXTRA_DIST += tests/disk/faulty.c
faulty.so: tests/disk/faulty.c tests/disk/faulty.h
	$(AM_V_CC)$(CC) -std=gnu11 $(AM_CPPFLAGS) $(WARN_CFLAGS) -O1 -g1 -fPIC -shared -o $@ $(top_srcdir)/tests/disk/faulty.c -ldl -lpthread
