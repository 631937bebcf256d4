# SPDX-License-Identifier: GPL-3.0-or-later
# Unit tests: one program a noun, each includes the .c it tests. `make check` runs those in UNIT_TESTS.
PLUGIN_TESTS =
# Those of UNIT_TESTS in which threads meet: of them ThreadSanitizer has something to say, and runs no others.
THREADED_TESTS =
UNIT_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit -DSRCDIR='"$(abs_top_srcdir)"'
include tests/unit/common.mk
if PLUGIN
include tests/unit/plugins.mk
include tests/disk/local.mk
include tests/plugin/local.mk
endif
if POSTPROCESS
include tests/unit/postprocess.mk
endif
include tests/fuzz/local.mk
include tests/e2e/local.mk
include tests/store/local.mk
include tests/bench/local.mk
include tests/pictures/local.mk
if TSAN
CHECKED = $(PLUGIN_TESTS) $(THREADED_TESTS)
CHECK_ENV = TSAN_OPTIONS="suppressions=$(abs_top_srcdir)/tests/lib/tsan.supp"
EXTRA_PROGRAMS += $(UNIT_TESTS)
else
CHECKED = $(PLUGIN_TESTS) $(UNIT_TESTS)
CHECK_ENV =
endif
check_PROGRAMS += $(CHECKED)
CLEANFILES += .test-times
EXTRA_DIST += tests/run-unit tests/unit/test.h tests/unit/slowness.h tests/style.sh tests/openapi_check.py tests/lib/packages.sh tests/lib/postgres.sh tests/lib/stack.sh tests/lib/tsan.supp tests/versions.sh tests/demo_test.sh check.sh demo.sh tests/store/decrypt.py
RECROOM_CHECK = yes
check-local: $(check_PROGRAMS) $(check_DATA)
	test "$(RECROOM_CHECK)" = no || $(CHECK_ENV) $(top_srcdir)/tests/run-unit $(CHECKED)
