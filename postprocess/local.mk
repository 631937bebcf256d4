# SPDX-License-Identifier: GPL-3.0-or-later
# Everything but main() is a convenience library, so that tests link the same objects.
noinst_LTLIBRARIES += librecroom_pp.la
librecroom_pp_la_CPPFLAGS = $(AM_CPPFLAGS) -DRECROOM_PAGEDIR='"$(pkgdatadir)/html"' -DRECROOM_JSDIR='"$(javascriptdir)"'
librecroom_pp_la_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS) $(AVFORMAT_CFLAGS) $(PP_CFLAGS)
librecroom_pp_la_LIBADD = librecroom_common.la $(AVFORMAT_LIBS) $(PP_LIBS) -lm
librecroom_pp_la_SOURCES =
librecroom_pp_la_SOURCES += \
	postprocess/model.c postprocess/model.h postprocess/model_build.c postprocess/model_build.h \
	postprocess/chunk_reader.c postprocess/chunk_reader.h
