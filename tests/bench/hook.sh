#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What a packet costs in Janus' thread, held against what is kept in tests/bench/hook-instructions.
#
#   tests/bench/hook.sh BUILD            a build folder of gcc with the flags of check.sh; ends on `N passed, N failed`
#   tests/bench/hook.sh BUILD --write    writes the file anew: say in the commit why it changed
#
# Two kinds of rows: instructions per packet under callgrind (the same binary gives the same number, on any machine that runs it), at most 10 % more
# than kept; and, with the disk standing still, system calls and futex waits per packet: a wake-up now and then, no wait, nothing else. The CPU
# time at the 99.9th percentile is printed; it is held against its target by `make bench-capture`, not here.
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=${1:?usage: hook.sh BUILD [--write]}
kept=$here/hook-instructions
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
scenarios="idle forward1 forward10 record record-audio record-forward10"
counted=400 warm=201
watched=10000
[ -n "${RECROOM_FULL:-}" ] && watched=100000

make -C "$build" hook_cost >"$work/make.log" 2>&1 || { tail -n 20 "$work/make.log"; echo "0 passed, 1 failed"; exit 1; }

count() {
  valgrind --tool=callgrind --callgrind-out-file="$work/$1.cg" --toggle-collect=probe_rtp "$build/hook_cost" "$1" $counted instructions >"$work/$1.count" 2>&1 || return 1
  awk -v n=$((counted + warm)) '/Collected/ { printf "%.0f\n", $4 / n }' "$work/$1.count" >"$work/$1.instructions"
}
watch() {
  "$build/hook_cost" "$1" $watched calls >"$work/$1.calls" 2>"$work/$1.err"
}
export -f count watch
export work build counted warm watched
{ printf 'count %s\n' $scenarios; printf 'watch %s\n' record record-forward10; } | xargs -P "$(nproc)" -L 1 bash -c '"$@" || echo "$@" >>"$work/died"' _

passed=0 failed=0
verdict() {
  if [ "$1" = ok ]; then passed=$((passed + 1)); else failed=$((failed + 1)) && echo "FAIL $2"; fi
}
[ ! -e "$work/died" ] || while read -r row; do verdict no "$row did not run to its end"; done <"$work/died"

write() {
  echo "# Instructions per packet in incoming_rtp, by scenario of hook_cost (gcc of Debian 12, -O1 -g1). Written by tests/bench/hook.sh BUILD --write."
  for s in $scenarios; do echo "$s $(cat "$work/$s.instructions")"; done
}
if [ "${2:-}" = --write ]; then
  write >"$kept"
fi
for s in $scenarios; do
  now=$(cat "$work/$s.instructions" 2>/dev/null) before=$(awk -v s="$s" '$1 == s { print $2 }' "$kept")
  echo "figure hook: $s: ${now:-no} instructions a packet, kept ${before:-none}"
  if [ -n "$now" ] && [ -n "$before" ] && [ "$((now * 10))" -le "$((before * 11))" ]; then verdict ok; else verdict no "hook $s: $now instructions, more than a tenth above $before"; fi
done
for s in record record-forward10; do
  line=$(grep " futex-waits " "$work/$s.calls")
  echo "figure hook, disk standing still: ${line#hook }"
  # 202 is futex(): the wake-ups, each of which the line counts as a call
  other=$(grep "saw system call" "$work/$s.calls" | grep -vc " 202$")
  waits=$(echo "$line" | sed 's/.*futex-waits \([0-9]*\).*/\1/') calls=$(echo "$line" | sed 's/.*syscalls \([0-9]*\).*/\1/')
  if [ "${waits:-1}" = 0 ] && [ "$other" = 0 ] && [ "${calls:-9999}" -le $((watched / 1000)) ]; then verdict ok; else verdict no "hook $s: $line"; fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
