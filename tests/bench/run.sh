#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The capture's benchmarks: prints a table, a line per figure, ours beside VideoRoom's. Exit status 1 when a target is missed.
#
#   tests/bench/run.sh BUILD_DIR [FIGURE…]       figures: those of tests/bench/targets; BENCH_FULL=1: more and longer runs
#
# Everything runs in a network namespace of its own. What was measured, run by run, stays in BUILD_DIR/bench/.
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/lib/stack.sh
. "$here/../lib/stack.sh"
if [ "${1:-}" = --inside ]; then
  shift
  netns_bridge j0 || { echo "The network namespace could not be set up." >&2; exit 1; }
  exec node "$here/bench.mjs" "$@"
fi
[ $# -ge 1 ] || { echo "usage: tests/bench/run.sh BUILD_DIR [FIGURE…]" >&2; exit 2; }
build=$(cd "$1" && pwd) || exit 2
shift
rm -rf "$build/bench" && mkdir -p "$build/bench" || exit 1
netns_run bash -c '"$@"; exit $?' bench "$here/run.sh" --inside "$build" "$@" | tee "$build/bench/figures"
[ "${PIPESTATUS[0]}" -eq 0 ] || exit 1
node "$here/report.mjs" "$here/targets" "$build/bench/figures" | tee "$build/bench/report"
exit "${PIPESTATUS[0]}"
