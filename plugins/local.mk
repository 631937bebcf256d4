# SPDX-License-Identifier: GPL-3.0-or-later
# Everything but the vtable is a convenience library, so that tests link the same objects.
noinst_LTLIBRARIES += librecroom_plugin.la
librecroom_plugin_la_CPPFLAGS = $(AM_CPPFLAGS) $(JANUS_CPPFLAGS)
librecroom_plugin_la_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS) $(AVFORMAT_CFLAGS)
librecroom_plugin_la_LIBADD = librecroom_common.la $(AVFORMAT_LIBS)
librecroom_plugin_la_SOURCES =
