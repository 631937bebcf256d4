# SPDX-License-Identifier: GPL-3.0-or-later
# Benchmarks; check.sh runs only hook.sh.
EXTRA_DIST += tests/bench/hook.sh tests/bench/hook-instructions
if PLUGIN
EXTRA_PROGRAMS = hook_cost many
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
endif
