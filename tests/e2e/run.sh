#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# End-to-end tests: real Janus, real Chromium, in a network and process namespace of their own.
#
#   tests/e2e/run.sh BUILD_DIR [--quick] [SUITE…]        suites: call gate rest api webhooks consent hosts outage burned story crash page gallery codecs layers mix seek sdk cuts leaks react native load
#
# The last line is `N passed, N failed`. Logs, recordings and screenshots of the last run stay in tests/e2e/out/.
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/lib/stack.sh
. "$here/../lib/stack.sh"

if [ "${1:-}" = --inside ]; then
  shift
  netns_bridge j0 || { echo "The network namespace could not be set up."; echo "0 passed, 1 failed"; exit 1; }
  cd "$here" && exec node run.mjs "$@"
fi

[ $# -ge 1 ] || { echo "usage: tests/e2e/run.sh BUILD_DIR [--quick] [SUITE…]" >&2; exit 2; }
build=$(cd "$1" && pwd) || exit 2
shift
if [ ! -d "$here/node_modules/playwright-core" ] || [ ! -d "$here/node_modules/ws" ] || [ ! -d "$here/node_modules/axe-core" ] || [ ! -d "$here/node_modules/standardwebhooks" ]; then
  (cd "$here" && npm ci --ignore-scripts --no-audit --no-fund) || { echo "npm could not install the tests' packages."; echo "0 passed, 1 failed"; exit 1; }
fi
make -C "$build" bench-generator bench-reader e2e-marked e2e-meeting >/dev/null || { echo "What the tests need was not built."; echo "0 passed, 1 failed"; exit 1; }
mkdir -p "$here/out"
exec 9>"$here/out/.lock"
flock -n 9 || { echo "Another run of these tests is under way in this tree."; echo "0 passed, 1 failed"; exit 1; }
# bash is the namespace's first process: it outlives node, so that node can see whether anything else did
netns_run bash -c '"$@"; exit $?' e2e "$here/run.sh" --inside "$build" "$@"
