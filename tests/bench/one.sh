#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# One run: a fresh Janus with our plugin and VideoRoom, the load generator, and what it found, as one line of JSON on stdout. Inside a network
# namespace (run.sh makes it).
#
#   BENCH_LOSS=3 tests/bench/one.sh STATE_DIR BUILD_DIR recroom|videoroom [the generator's options…]
#
# BENCH_LOSS: percent of the datagrams that are dropped where they arrive, each for itself. Left in STATE_DIR: sent/ (what publishers captured),
# recordings/ (ours), dump/ (VideoRoom's), janus.log.
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/lib/stack.sh
. "$here/../lib/stack.sh"
state=$1 build=$2 plugin=$3
shift 3
rm -rf "$state"
mkdir -p "$state/sent" "$state/dump" || exit 1
state=$(cd "$state" && pwd)
export STACK_ICE=j0 STACK_SECRET=the-secret-of-the-host STACK_EXTRA="${BENCH_CONFIG:-}"
export STACK_ROOMS=', { id = "1234"; host_secret = "the-secret-of-the-host"; publishers = 100; bitrate = 0 }'

lossy() {
  nft add table inet bench && nft add chain inet bench input '{ type filter hook input priority 0; }' &&
    nft add rule inet bench input meta l4proto udp numgen random mod 100 '<' "$BENCH_LOSS" drop
}
steady() { nft delete table inet bench; }

stack_configure "$state" "$build" 9300 || exit 1
ln -sfn "$(dirname "$(readlink -f "$state/janus/transports/libjanus_http.so")")/../plugins/libjanus_videoroom.so" "$state/janus/plugins/"
stack_start_janus "$state" || exit 1
[ -z "${BENCH_LOSS:-}" ] || lossy || { stack_end "$state" janus; exit 1; }
"$build/bench-generator" --url http://127.0.0.1:9302/janus --plugin "$plugin" --room 1234 --secret "$STACK_SECRET" --recordings "$state/dump" \
  --sent "$state/sent" --janus-pid "$(cat "$state/janus.pid")" "$@" 2>"$state/generator.log"
rc=$?
[ $rc -eq 0 ] || tail -n 5 "$state/generator.log" >&2
[ -z "${BENCH_LOSS:-}" ] || steady
stack_end "$state" janus
exit $rc
