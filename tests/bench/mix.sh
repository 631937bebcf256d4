#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The mix's benchmarks: prints a table, a line per figure, ours beside ffmpeg's. Exit status 1 when a target is missed.
#
#   tests/bench/mix.sh BUILD_DIR [FIGURE…]       figures: those of tests/bench/mix-targets, or how they begin; BENCH_FULL=1: more and longer runs
#
# Build with -O2 (configure's default). Recordings and outputs go to /dev/shm where it has 6 GiB, so that no disk is measured; what was printed stays in
# BUILD_DIR/bench-mix/. A figure whose measuring fails is missing in the table and counts as missed; the others are measured all the same.
set -u
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { echo "usage: tests/bench/mix.sh BUILD_DIR [FIGURE…]" >&2; exit 2; }
build=$(cd "$1" && pwd) || exit 2
shift
for tool in ffmpeg node vpxenc janus-pp-rec; do
  command -v $tool >/dev/null || { echo "$tool is missing: packages_ensure bench (tests/lib/packages.sh)" >&2; exit 2; }
done
mkdir -p "$build/bench-mix" || exit 1
room=/dev/shm
[ "$(df --output=avail -k $room 2>/dev/null | tail -n 1)" -ge $((6 * 1024 * 1024)) ] || room=$build/bench-mix
work=$(mktemp -d "$room/bench-mix-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
node "$here/mix.mjs" "$build" "$work" "$@" | tee "$build/bench-mix/figures"
failed=${PIPESTATUS[0]}
node "$here/report.mjs" "$here/mix-targets" "$build/bench-mix/figures" | tee "$build/bench-mix/report"
[ "${PIPESTATUS[0]}" -eq 0 ] && [ "$failed" -eq 0 ]
