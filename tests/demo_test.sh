#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# demo.sh as a newcomer runs it, in a network namespace of its own: the call, and what it says when something is wrong.
#
#   tests/demo_test.sh BUILD_DIR
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/lib/stack.sh
build=$(cd "$1" && pwd) || exit 1
if [ -z "${RECROOM_IN_NETNS:-}" ]; then
  export RECROOM_IN_NETNS=1
  netns_run "$PWD/tests/demo_test.sh" "$build"
  exit $?
fi

scratch=$(mktemp -d) passed=0 failed=0
trap 'rm -rf "$scratch"' EXIT
ip link set lo up
export RECROOM_BUILD=$build RECROOM_OUT=$scratch

check() {   # name, condition's exit status
  if [ "$2" -eq 0 ]; then
    passed=$((passed + 1))
    echo "ok   $1"
  else
    failed=$((failed + 1))
    echo "FAIL $1"
  fi
}

# await SECONDS COMMAND…: until it succeeds
await() {
  local until=$((SECONDS + $1))
  shift
  until "$@" 2>/dev/null; do
    [ "$SECONDS" -lt "$until" ] || return 1
    sleep 0.05
  done
}
port_taken() { (exec 3<>/dev/tcp/127.0.0.1/8091) 2>/dev/null; }

demo() { timeout 300 ./demo.sh "$@" >"$scratch/out" 2>"$scratch/err" </dev/null; }
is_webm() { [ "$(head -c 4 "$1" | od -An -tx1 | tr -d ' ')" = 1a45dfa3 ]; }

demo --exit --seconds 4
check "the demo's call ends with status 0" $?
cat "$scratch/err"
last=$(tail -n 1 "$scratch/out")
[[ $last == */output.webm ]] && is_webm "$last"
check "its last line is the path of a WebM file" $?
[ -s "$(dirname "$last")/metadata.json" ] && [ -s "$(dirname "$last")/thumbnail.jpg" ]
check "metadata and thumbnail stand beside it" $?
! pgrep -f "$scratch/demo-state" >/dev/null
check "nothing is left running" $?

node -e 'require("net").createServer().listen(8091, "127.0.0.1")' &
holder=$!
await 10 port_taken
demo --exit --seconds 1
[ $? -ne 0 ] && grep -q 'Port 8091 .* is in use' "$scratch/err"
check "a port in use is said in one line" $?
kill $holder
RECROOM_BROWSER=/nonexistent demo --exit --seconds 1
[ $? -ne 0 ] && grep -q 'No browser' "$scratch/err"
check "no browser is said" $?

netns_bridge lan0
demo --lan --exit --seconds 2
rc=$?
[ $rc -eq 0 ] && grep -q 'Serving  *https://10.77.0.1:8090/' "$scratch/err" && is_webm "$(tail -n 1 "$scratch/out")"
check "--lan makes the same call over HTTPS and WSS on the LAN address" $?
[ $rc -eq 0 ] || cat "$scratch/err"

demo --no-call --port 8190 &
runner=$!
await 60 grep -q '^Ctrl-C' "$scratch/err"
kill -INT "$(pgrep -P "$(pgrep -P $runner timeout)" -f demo.sh)" 2>/dev/null
wait $runner
check "Ctrl-C while serving ends it with status 130" $(($? == 130 ? 0 : 1))
! pgrep -f "$scratch/demo-state" >/dev/null
check "and leaves nothing running" $?
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
