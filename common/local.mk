# SPDX-License-Identifier: GPL-3.0-or-later
noinst_LTLIBRARIES += librecroom_common.la
librecroom_common_la_CPPFLAGS = $(AM_CPPFLAGS)
librecroom_common_la_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
librecroom_common_la_LIBADD = $(COMMON_LIBS)
librecroom_common_la_SOURCES =
librecroom_common_la_SOURCES += common/errors.c common/errors.h common/fsio.c common/fsio.h common/ids.c common/ids.h common/json.c common/json.h
librecroom_common_la_SOURCES += common/settings.c common/settings.h
librecroom_common_la_SOURCES += common/log.c common/log.h common/sha256.c common/sha256.h common/sync.c common/sync.h common/token.c common/token.h
librecroom_common_la_SOURCES += common/rtpclock.c common/rtpclock.h common/timeline.c common/timeline.h
