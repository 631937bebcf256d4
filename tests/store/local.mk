# SPDX-License-Identifier: GPL-3.0-or-later
# tests/store/run.sh runs what its table lists, against real servers; `make store-programs` builds what that needs: STORE_TESTS.
EXTRA_DIST += tests/lib/ceph.sh tests/lib/azurite.sh tests/store/run.sh tests/store/package.json tests/store/package-lock.json tests/store/.npmrc
if POSTPROCESS
STORE_TESTS =
EXTRA_PROGRAMS += $(STORE_TESTS)
store-programs: recroom-pp $(STORE_TESTS)
.PHONY: store-programs
endif
