# SPDX-License-Identifier: GPL-3.0-or-later
# Benchmarks; check.sh runs only hook.sh. `make bench-programs` builds what they need, `make bench-capture` runs the capture's (BENCH_FULL=1: more
# runs of each). docs/benchmarks.md says what is measured and how.
EXTRA_DIST += tests/bench/hook.sh tests/bench/hook-instructions tests/bench/run.sh tests/bench/one.sh tests/bench/bench.mjs tests/bench/report.mjs \
	tests/bench/targets
if PLUGIN
EXTRA_PROGRAMS += hook_cost many
hook_cost_SOURCES = tests/bench/hook_cost.c $(PLUGIN_TEST_SOURCES)
hook_cost_CPPFLAGS = $(PLUGIN_TEST_CPPFLAGS)
hook_cost_CFLAGS = $(PLUGIN_TEST_CFLAGS)
hook_cost_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
hook_cost_LDADD = $(PLUGIN_TEST_LDADD)
many_SOURCES = tests/bench/many.c tests/plugin/recorded.c tests/plugin/recorded.h $(PLUGIN_TEST_SOURCES)
many_CPPFLAGS = $(PLUGIN_TEST_CPPFLAGS)
many_CFLAGS = $(PLUGIN_TEST_CFLAGS)
many_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
many_LDADD = $(PLUGIN_TEST_LDADD)

BENCH_CPPFLAGS = $(AM_CPPFLAGS) $(JANUS_CPPFLAGS)
BENCH_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS) $(AVFORMAT_CFLAGS)
BENCH_LIBS = librecroom_common.la $(AVFORMAT_LIBS)
BENCH_MARK = tests/bench/mark.c tests/bench/mark.h tests/plugin/synth.c tests/plugin/synth.h

EXTRA_PROGRAMS += bench-generator
bench_generator_SOURCES = tests/bench/generator/main.c tests/bench/generator/options.c tests/bench/generator/options.h \
	tests/bench/generator/api.c tests/bench/generator/api.h tests/bench/generator/dialect.c tests/bench/generator/dialect.h \
	tests/bench/generator/sdp.c tests/bench/generator/sdp.h tests/bench/generator/stun.c tests/bench/generator/stun.h \
	tests/bench/generator/dtls.c tests/bench/generator/dtls.h tests/bench/generator/peer.c tests/bench/generator/peer.h \
	tests/bench/generator/loop.c tests/bench/generator/loop.h tests/bench/generator/rtcp.c tests/bench/generator/rtcp.h \
	tests/bench/generator/media.c tests/bench/generator/media.h tests/bench/generator/publisher.c tests/bench/generator/publisher.h \
	tests/bench/generator/viewer.c tests/bench/generator/viewer.h tests/bench/generator/usage.c tests/bench/generator/usage.h $(BENCH_MARK)
bench_generator_CPPFLAGS = $(BENCH_CPPFLAGS)
bench_generator_CFLAGS = $(BENCH_CFLAGS)
bench_generator_LDADD = $(BENCH_LIBS) -lcurl -lsrtp2 -lssl -lcrypto -lm

EXTRA_PROGRAMS += bench-reader
bench_reader_SOURCES = tests/bench/reader/main.c tests/bench/reader/sent.c tests/bench/reader/sent.h tests/bench/reader/got.c \
	tests/bench/reader/got.h tests/bench/reader/dump.c tests/bench/reader/compare.c tests/bench/reader/compare.h $(BENCH_MARK)
bench_reader_CPPFLAGS = $(BENCH_CPPFLAGS)
bench_reader_CFLAGS = $(BENCH_CFLAGS)
bench_reader_LDADD = $(BENCH_LIBS) -lm

bench-programs: $(EXTRA_PROGRAMS) test_memory
bench-capture: bench-programs libjanus_recroom.la recroom-pp
	$(top_srcdir)/tests/bench/run.sh $(abs_top_builddir)
.PHONY: bench-programs bench-capture
endif
if POSTPROCESS
EXTRA_DIST += tests/bench/mix.sh tests/bench/mix.mjs tests/bench/mix-ffmpeg.mjs tests/bench/mix-follow.mjs tests/bench/mix-targets
BENCH_MIX = bench-mix-make bench-mix-parts
EXTRA_PROGRAMS += $(BENCH_MIX)
bench_mix_make_SOURCES = tests/bench/mix/make.c tests/bench/mix/clip.c tests/bench/mix/clip.h tests/bench/mix/picture.c tests/bench/mix/picture.h \
	tests/bench/mix/peer.c tests/bench/mix/peer.h tests/lib/packetise.c tests/lib/packetise.h $(MAKE_RECORDING)
bench_mix_make_CPPFLAGS = $(AM_CPPFLAGS)
bench_mix_make_CFLAGS = $(PP_TEST_CFLAGS)
bench_mix_make_LDADD = librecroom_pp.la $(PP_LIBS) -lm
bench_mix_parts_SOURCES = tests/bench/mix/parts.c
bench_mix_parts_CPPFLAGS = $(AM_CPPFLAGS)
bench_mix_parts_CFLAGS = $(PP_TEST_CFLAGS)
bench_mix_parts_LDADD = librecroom_pp.la
# `make bench-mix`: everything; tests/bench/mix.sh BUILD NAME…: some of it
bench-mix: $(BENCH_MIX) recroom-pp
	$(top_srcdir)/tests/bench/mix.sh $(abs_top_builddir)
.PHONY: bench-mix
EXTRA_DIST += tests/bench/rest.sh tests/bench/rest-targets
bench-rest: recroom-pp
	$(top_srcdir)/tests/bench/rest.sh $(abs_top_builddir)
.PHONY: bench-rest
endif
EXTRA_DIST += tests/bench/storage.sh tests/bench/storage_many.py
if POSTPROCESS
EXTRA_PROGRAMS += bench-upload bench-upload-live
bench_upload_live_SOURCES = tests/bench/upload_live.c
bench_upload_live_CPPFLAGS = $(AM_CPPFLAGS)
bench_upload_live_CFLAGS = $(PP_TEST_CFLAGS)
bench_upload_live_LDADD = librecroom_pp.la
bench_upload_SOURCES = tests/bench/upload.c
bench_upload_CPPFLAGS = $(AM_CPPFLAGS)
bench_upload_CFLAGS = $(PP_TEST_CFLAGS)
bench_upload_LDADD = librecroom_pp.la
# `make bench-storage`: uploads against rclone and the aws command, into a Ceph of its own
bench-storage: bench-upload bench-upload-live store-uploads recroom-pp
	$(top_srcdir)/tests/bench/storage.sh $(abs_top_builddir)
.PHONY: bench-storage
endif
CLEANFILES += $(EXTRA_PROGRAMS)
