# SPDX-License-Identifier: GPL-3.0-or-later
# tests/store/run.sh runs what its table lists, against real servers; `make store-programs` builds what that needs: STORE_TESTS.
EXTRA_DIST += tests/lib/ceph.sh tests/lib/azurite.sh tests/store/run.sh tests/store/package.json tests/store/package-lock.json tests/store/.npmrc \
	tests/store/signers.py tests/store/signers.mjs tests/store/crypt.py tests/store/policy.py tests/store/setup.py tests/store/serving.py tests/store/proxy.py tests/store/upload_faults.py
if POSTPROCESS
STORE_TESTS = store-signers store-drivers store-uploads
EXTRA_PROGRAMS += $(STORE_TESTS)
store-programs: recroom-pp $(STORE_TESTS) test_job_remove test_takeover
.PHONY: store-programs

store_signers_SOURCES = tests/store/signers.c
store_signers_CPPFLAGS = $(AM_CPPFLAGS)
store_signers_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
store_signers_LDADD = librecroom_common.la

store_drivers_SOURCES = tests/store/store_drivers.c
store_drivers_CPPFLAGS = $(UNIT_CPPFLAGS)
store_drivers_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS) $(PP_CFLAGS)
store_drivers_LDADD = librecroom_pp.la

store_uploads_SOURCES = tests/store/upload_box.c tests/lib/catalog_rows.h
store_uploads_CPPFLAGS = $(AM_CPPFLAGS)
store_uploads_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS) $(PP_CFLAGS)
store_uploads_LDADD = librecroom_pp.la
endif
