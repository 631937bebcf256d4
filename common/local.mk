# SPDX-License-Identifier: GPL-3.0-or-later
noinst_LTLIBRARIES += librecroom_common.la
librecroom_common_la_CPPFLAGS = $(AM_CPPFLAGS)
librecroom_common_la_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
librecroom_common_la_LIBADD = $(COMMON_LIBS)
librecroom_common_la_SOURCES =
