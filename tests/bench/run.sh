#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The capture's benchmarks: prints a table, a line per figure, ours beside VideoRoom's. Exit status 1 when a target is missed.
#
#   tests/bench/run.sh BUILD_DIR [FIGURE…]       figures: those of tests/bench/targets; BENCH_FULL=1: more and longer runs
#
# Everything runs in a network namespace of its own, and both sides write to a new ext4 on a loop device, as far as that can be mounted: the file
# system of a build folder has other things to do, and what was deleted there a moment ago makes new files dear. What was measured stays in
# BUILD_DIR/bench/.
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/lib/stack.sh
. "$here/../lib/stack.sh"
disk() {
  mkdir -p "$1" && truncate -s 8G "$1.image" && mkfs.ext4 -q -F "$1.image" && mount -o loop "$1.image" "$1" 2>/dev/null && return
  echo "bench: no file system of our own could be mounted; recordings go to $1" >&2
}

if [ "${1:-}" = --inside ]; then
  shift
  netns_bridge j0 || { echo "The network namespace could not be set up." >&2; exit 1; }
  disk "$1/bench/disk"
  node "$here/bench.mjs" "$@"
  rc=$?
  umount "$1/bench/disk" 2>/dev/null
  rm -f "$1/bench/disk.image"
  exit $rc
fi
[ $# -ge 1 ] || { echo "usage: tests/bench/run.sh BUILD_DIR [FIGURE…]" >&2; exit 2; }
build=$(cd "$1" && pwd) || exit 2
shift
rm -rf "$build/bench" && mkdir -p "$build/bench" || exit 1
netns_run bash -c '"$@"; exit $?' bench "$here/run.sh" --inside "$build" "$@" | tee "$build/bench/figures"
[ "${PIPESTATUS[0]}" -eq 0 ] || exit 1
node "$here/report.mjs" "$here/targets" "$build/bench/figures" | tee "$build/bench/report"
exit "${PIPESTATUS[0]}"
