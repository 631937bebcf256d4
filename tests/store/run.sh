#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Tests against real stores: Ceph's gateway (S3; it checks signatures) and azurite (Azure Blob), in a network and process namespace of their own.
#
#   tests/store/run.sh BUILD_DIR [ROW…]        rows: see the table; without any, all
#
# Each row is a command that ends on `N passed, N failed`, and so does the whole. A row finds in its environment where the stores are (RECROOM_S3_*,
# RECROOM_AZURE_*, RECROOM_CEPH_CONF: what tests/lib/ceph.sh and azurite.sh print), BUILD (the build directory) and ROW_DIR (an empty directory of its own), and
# its current directory is this one. Rows run two at a time in one pair of servers, so each uses buckets, containers, ports of its own, named like the row.
# Logs: tests/store/out/<row>.log. Programs that rows need belong into STORE_TESTS (local.mk).
#
# With RECROOM_S3_ENDPOINT and RECROOM_AZURE_ENDPOINT in the environment the rows run against those servers, and not in a namespace.
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/lib/stack.sh
. "$here/../lib/stack.sh"
lib=$here/../lib out=$here/out at_once=2 row_limit_s=300

# shellcheck disable=SC2016
rows=(
  'uploads         /usr/bin/python3 upload_faults.py'
  'crypt           /usr/bin/python3 crypt.py'
  'policy          /usr/bin/python3 policy.py'
  'signers-s3      /usr/bin/python3 signers.py $BUILD/store-signers'
  'signers-azure   node signers.mjs $BUILD/store-signers'
  'drivers         $BUILD/store-drivers'
  'serving         /usr/bin/python3 serving.py'
  'setup           /usr/bin/python3 setup.py $BUILD/recroom-pp'
  'keep            $BUILD/test_job_remove'
  'takeover-s3     env RECROOM_TAKEOVER=s3 $BUILD/test_takeover'
  'takeover-azure  env RECROOM_TAKEOVER=azure $BUILD/test_takeover'
)

fail() {
  echo "$*"
  echo "0 passed, 1 failed"
  exit 1
}

# Both at once; each prints what to export.
start_servers() {
  local s3
  "$lib/ceph.sh" start "$servers/ceph" >"$servers/ceph.env" 2>"$out/ceph.log" &
  s3=$!
  "$lib/azurite.sh" start "$servers/azurite" >"$servers/azurite.env" 2>"$out/azurite.log" || { cat "$out/azurite.log"; return 1; }
  wait "$s3" || { cat "$out/ceph.log"; return 1; }
  # shellcheck disable=SC1091
  . "$servers/ceph.env" && . "$servers/azurite.env"
}

stop_servers() {
  "$lib/azurite.sh" stop "$servers/azurite"
  "$lib/ceph.sh" stop "$servers/ceph"
  cp -r "$servers/ceph/log" "$out/ceph" 2>/dev/null
  rm -rf "$servers"
}

# name command…: its log ends on a line for us: exit status and seconds
run_row() {
  local name=$1 start=$SECONDS rc
  shift
  export ROW_DIR=$out/$name
  rm -rf "$ROW_DIR"
  mkdir -p "$ROW_DIR"
  (cd "$here" && timeout -k 5 "$row_limit_s" bash -c "exec $*") >"$out/$name.log" 2>&1 </dev/null
  rc=$?
  echo "$rc $((SECONDS - start))" >"$out/$name.rc"
}

count_row() {
  local name=$1 line p f rc=127 seconds=0
  read -r rc seconds <"$out/$name.rc" || true
  line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$out/$name.log" | tail -n 1)
  p=${line%% passed*} f=${line#*, } f=${f%% failed*}
  if [ -z "$line" ] || { [ "$rc" -ne 0 ] && [ "$f" -eq 0 ]; }; then
    p=${p:-0} f=$((${f:-0} + 1))
  fi
  grep -E '^figure ' "$out/$name.log"
  echo "suite store/$name: $p passed, $f failed, $seconds s"
  [ "$f" -eq 0 ] || { echo "FAIL $name: exit status $rc"; tail -n 60 "$out/$name.log"; }
  passed=$((passed + p)) failed=$((failed + f))
}

wanted() { [ ${#only[@]} -eq 0 ] || [[ " ${only[*]} " == *" $1 "* ]]; }

run_rows() {
  local row
  for row in "${rows[@]}"; do
    # shellcheck disable=SC2086
    set -- $row
    wanted "$1" || continue
    while [ "$(jobs -rp | wc -l)" -ge $at_once ]; do wait -n; done
    run_row "$@" &
  done
  wait
  for row in "${rows[@]}"; do
    # shellcheck disable=SC2086
    set -- $row
    ! wanted "$1" || count_row "$1"
  done
}

if [ "${1:-}" = --inside ]; then
  export BUILD=$2
  shift 2
  only=("$@") passed=0 failed=0 servers=""
  if [ -z "${RECROOM_S3_ENDPOINT:-}" ] || [ -z "${RECROOM_AZURE_ENDPOINT:-}" ]; then
    ip link set lo up || fail "The network namespace could not be set up."
    servers=$(mktemp -d /tmp/recroom-store.XXXXXX)
    chmod 755 "$servers"
    trap stop_servers EXIT
    begun=$SECONDS
    start_servers || fail "The stores did not start."
    echo "servers: $((SECONDS - begun)) s"
  fi
  run_rows
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
  exit
fi

[ $# -ge 1 ] || { echo "usage: tests/store/run.sh BUILD_DIR [ROW…]" >&2; exit 2; }
build=$(cd "$1" && pwd) || exit 2
shift
for name in "$@"; do
  printf '%s\n' "${rows[@]}" | grep -q "^$name " || { echo "There is no row $name." >&2; exit 2; }
done
if [ ! -d "$here/node_modules/azurite" ] || [ ! -d "$here/node_modules/@azure/storage-blob" ]; then
  (cd "$here" && npm ci --ignore-scripts --no-audit --no-fund) || fail "npm could not install the tests' packages."
fi
make -C "$build" store-programs >/dev/null || fail "What the tests need was not built."
mkdir -p "$out"
exec 9>"$out/.lock"
flock -n 9 || fail "Another run of these tests is under way in this tree."
find "$out" -mindepth 1 -maxdepth 1 ! -name .lock -exec rm -rf {} +
if [ -n "${RECROOM_S3_ENDPOINT:-}" ] && [ -n "${RECROOM_AZURE_ENDPOINT:-}" ]; then
  exec "$0" --inside "$build" "$@"
fi
netns_run bash -c '"$@"; exit $?' store "$0" --inside "$build" "$@"
