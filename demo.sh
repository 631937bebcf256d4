#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A fresh machine's first command: installs, builds, starts Janus with the plugin and recroom-pp, makes a recorded call of two people through the
# demo page, shows the result, and (on a terminal) goes on serving the page.
set -u
top=$(cd "$(dirname "$0")" && pwd) || exit 1
cd "$top" || exit 1
. tests/lib/packages.sh
. tests/lib/stack.sh

usage() {
  cat <<'END'
usage: ./demo.sh [--exit] [--no-call] [--seconds N] [--lan] [--port N]

Installs what is missing (Debian 12; root or sudo), builds into build-demo/, starts Janus with the plugin and recroom-pp on loopback,
records a call of two people in headless Chromium into ./recordings, and prints the result. On a terminal it then goes on
serving the page until Ctrl-C.

  --exit         end after the call; the last line is the path of the finished output.webm
  --no-call      make no call, only serve
  --seconds N    how long the host records, 1 to 3600 [10]
  --lan          serve HTTPS and WSS on the LAN address with a self-signed certificate, so that a phone can join
  --port N       page on port N, Janus' WebSocket and HTTP on N+1 and N+2 [8090]
  -h, --help     this text
END
}

fail() { echo "demo.sh: $*" >&2; exit 1; }
say() { echo "$*" >&2; }

exit_after="" call=1 seconds=10 lan="" port=8090
while [ $# -gt 0 ]; do
  case $1 in
  --exit) exit_after=1 ;;
  --no-call) call="" ;;
  --seconds | --port)
    [[ ${2:-} =~ ^[0-9]{1,5}$ ]] || { echo "demo.sh: $1 needs a number" >&2; exit 2; }
    if [ "$1" = --port ]; then port=$((10#$2)); else seconds=$((10#$2)); fi
    shift ;;
  --lan) lan=1 ;;
  -h | --help) usage; exit 0 ;;
  *) echo "demo.sh: unknown option $1" >&2; usage >&2; exit 2 ;;
  esac
  shift
done
{ [ "$seconds" -ge 1 ] && [ "$seconds" -le 3600 ]; } || { echo "demo.sh: --seconds is 1 to 3600" >&2; exit 2; }
{ [ "$port" -ge 1024 ] && [ "$port" -le 65533 ]; } || { echo "demo.sh: --port is 1024 to 65533" >&2; exit 2; }
[ -n "$call" ] || [ -z "$exit_after" ] || { echo "demo.sh: --exit and --no-call leave nothing to do" >&2; exit 2; }

# the tests use a build and a scratch folder of their own
out=${RECROOM_OUT:-$top}
build=${RECROOM_BUILD:-$top/build-demo} state=$out/demo-state recordings=$out/recordings bridge=rrdemo$((port % 10000))
root=""
[ "$(id -u)" -eq 0 ] || ! command -v sudo >/dev/null || root=sudo
made_bridge="" call_pid=""

clean_up() {
  trap - EXIT INT TERM
  [ -z "$call_pid" ] || kill "$call_pid" 2>/dev/null
  stack_stop "$state"
  [ -z "$made_bridge" ] || $root ip link delete "$bridge" 2>/dev/null
}
trap clean_up EXIT
trap 'clean_up; exit 130' INT
trap 'clean_up; exit 143' TERM

# A step whose output matters only when it fails: step "What" LOG COMMAND…
step() {
  local what=$1 log=$2 start=$SECONDS
  shift 2
  printf '%-34s' "$what" >&2
  if ! "$@" >"$log" 2>&1 </dev/null; then
    say "failed"
    tail -n 15 "$log" >&2
    fail "$what failed; the whole output is in $log"
  fi
  say "$((SECONDS - start)) s"
}

install_packages() {
  local groups=(build serve)
  [ -z "$call" ] || groups+=(call)
  PACKAGES_LOG=$state/packages.log packages_ensure "${groups[@]}"
}

build_all() {
  if [ ! -f "$build/Makefile" ]; then
    [ -x configure ] || autoreconf -fi || return 1
    mkdir -p "$build" && ( cd "$build" && "$top/configure" --prefix="$build/_inst" ) || return 1
  fi
  make -C "$build" -j"$(nproc)"
}

# Janus offers no loopback candidates. A bridge with an address of its own keeps the media on this machine; without the right to make one
# Janus takes the addresses there are.
media_address() {
  if [ -n "$lan" ]; then
    STACK_HOST=$(ip -4 -o route get 192.0.2.1 2>/dev/null | sed -n 's/.* src \([0-9.]*\).*/\1/p')
    [ -n "$STACK_HOST" ] || STACK_HOST=$(ip -4 -o address show scope global | awk '{ sub("/.*", "", $4); print $4; exit }')
    [ -n "$STACK_HOST" ] || fail "--lan: this machine has no IPv4 address but loopback"
    STACK_ADDRESS=0.0.0.0 STACK_ICE=$STACK_HOST STACK_CERT=$state/cert.pem STACK_KEY=$state/key.pem
    ( umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=janus-recroom demo" \
      -addext "subjectAltName=IP:$STACK_HOST,IP:127.0.0.1,DNS:localhost" -keyout "$STACK_KEY" -out "$STACK_CERT" ) >"$state/openssl.log" 2>&1 ||
      fail "--lan: no certificate could be made; see $state/openssl.log"
  elif $root ip link add "$bridge" type bridge 2>/dev/null; then
    made_bridge=1
    $root ip address add 198.18.77.1/24 dev "$bridge" && $root ip link set "$bridge" up && STACK_ICE=$bridge
  fi
}

browser_ready() {
  [ -x "${RECROOM_BROWSER:-$(command -v chromium)}" ] || { echo "No browser: chromium was not found."; return 1; }
  [ -d tests/e2e/node_modules/playwright-core ] || npm --prefix tests/e2e ci --ignore-scripts --no-audit --no-fund
}

# Duration, size and streams as recroom-pp wrote them down
describe() {
  "$build/recroom-pp" show --recordings "$recordings" "$1" 2>/dev/null
}

make_call() {
  local result id
  export RECROOM_BROWSER=${RECROOM_BROWSER:-$(command -v chromium)}
  node tests/e2e/demo_call.mjs "$STACK_URL" demo "$STACK_SECRET" "$seconds" >"$state/call.json" &
  call_pid=$!
  wait "$call_pid" || fail "the call failed; logs are in $state"
  call_pid=""
  result=$(tail -n 1 "$state/call.json")
  id=$(node -p 'JSON.parse(process.argv[1]).recordingId' "$result")
  output=$recordings/$id/output.webm
  [ -s "$output" ] || fail "completed, but there is no $output"
  say ""
  describe "$id" >&2
  node -p '`ready       ${(JSON.parse(process.argv[1]).stopToCompletedMs / 1000).toFixed(1)} s after Stop`' "$result" >&2
  say ""
}

mkdir -p "$state" "$recordings" || fail "cannot write here"
chmod 700 "$state"
install_packages || fail "packages could not be installed${PACKAGES_LOG:+; see $state/packages.log}"
step "Building" "$state/build.log" build_all
[ -z "$call" ] || step "Preparing the browser" "$state/npm.log" browser_ready
media_address
export STACK_ADDRESS STACK_HOST STACK_CERT STACK_KEY STACK_ICE
STACK_RECORDINGS=$recordings stack_start "$state" "$build" "$port" || fail "Janus or recroom-pp did not start"
. "$state/stack.env"
say "Serving                           $STACK_URL"
[ -z "$call" ] || make_call

if [ -z "$exit_after" ] && { [ -z "$call" ] || [ -t 1 ]; }; then
  say "Host:   ${STACK_URL}?room=demo&name=Ann&role=host#secret=$STACK_SECRET"
  say "Guest:  ${STACK_URL}?room=demo&name=Ben"
  say "Ctrl-C ends it."
  # until one of them dies
  while stack_lives "$(cat "$state/janus.pid")" && stack_lives "$(cat "$state/worker.pid")"; do
    sleep 1 &
    wait $!
  done
  fail "Janus or recroom-pp ended by itself; logs are in $state"
fi
echo "${output:-}"
