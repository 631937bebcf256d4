# SPDX-License-Identifier: GPL-3.0-or-later
# `make pictures`: those of docs/layouts.md again, from files the program composes.
if POSTPROCESS
EXTRA_PROGRAMS += layout-pictures
layout_pictures_SOURCES = tests/pictures/layouts.c tests/bench/mix/clip.c tests/bench/mix/clip.h tests/bench/mix/picture.c tests/bench/mix/picture.h \
	tests/lib/read_output.c tests/lib/read_output.h $(MAKE_RECORDING)
layout_pictures_CPPFLAGS = $(AM_CPPFLAGS)
layout_pictures_CFLAGS = $(PP_TEST_CFLAGS)
layout_pictures_LDADD = librecroom_pp.la $(PP_LIBS) -lm
pictures: layout-pictures
	./layout-pictures $(top_srcdir)/docs/pictures
.PHONY: pictures
endif
