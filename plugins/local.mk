# SPDX-License-Identifier: GPL-3.0-or-later
# Everything but the vtable is a convenience library, so that tests link the same objects.
noinst_LTLIBRARIES += librecroom_plugin.la
librecroom_plugin_la_CPPFLAGS = $(AM_CPPFLAGS) $(JANUS_CPPFLAGS)
librecroom_plugin_la_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS) $(AVFORMAT_CFLAGS)
librecroom_plugin_la_LIBADD = librecroom_common.la $(AVFORMAT_LIBS)
librecroom_plugin_la_SOURCES =
librecroom_plugin_la_SOURCES += plugins/ledger.c plugins/ledger.h
librecroom_plugin_la_SOURCES += plugins/tap.c plugins/tap.h plugins/ring.c plugins/ring.h plugins/rectime.c plugins/rectime.h \
	plugins/reorder.c plugins/reorder.h plugins/depay.c plugins/depay.h plugins/depay_opus.c plugins/depay_vp8.c \
	plugins/cutter.c plugins/cutter.h plugins/track.c plugins/track.h plugins/chunk.c plugins/chunk.h plugins/line.c plugins/line.h \
	plugins/spool.c plugins/spool.h plugins/backlog.c plugins/backlog.h plugins/writer.c plugins/writer.h plugins/capture.c plugins/capture.h
