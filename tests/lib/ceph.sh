#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A throwaway S3 server that checks signatures: Ceph's gateway with one monitor and one OSD that keeps everything in memory. On loopback only, nothing of
# systemd, no root; started by root it runs as `nobody`.
#
#   tests/lib/ceph.sh start DIR     makes and starts it (about 10 s); prints what to export: RECROOM_S3_ENDPOINT, _KEY, _SECRET, _REGION, RECROOM_CEPH_CONF
#   tests/lib/ceph.sh stop DIR      ends it at once
#
# Before start, in the environment:
#   CEPH_PORT=7480         the gateway's; the monitor takes the two after it, the OSD four of the twenty behind those
#   CEPH_STORE=memstore    or bluestore: on disk, for more than fits into memory
#   CEPH_CLASSES="STANDARD_IA GLACIER"      storage classes besides STANDARD
#
# Buckets also answer at http://BUCKET.localhost:PORT. There are two users: `test`, and `limited` (RECROOM_S3_LIMITED_KEY, _SECRET), who owns nothing: for policies.
# cephx stays on, since the gateway of this release cannot do without.
set -eu
action=${1:?start or stop} dir=${2:?a directory}
port=${CEPH_PORT:-7480} store=${CEPH_STORE:-memstore} classes=${CEPH_CLASSES-STANDARD_IA GLACIER}
deadline_s=60

if [ "$(id -u)" = 0 ] && setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups true 2>/dev/null; then
  mkdir -p "$dir"
  chown nobody "$dir"
  exec setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups env HOME="$dir" "$0" "$@"
fi
mkdir -p "$dir"
cd "$dir"
dir=$PWD
conf=$dir/ceph.conf

write_conf() {
  cat >"$conf" <<END
[global]
fsid = $1
mon initial members = a
mon host = [v2:127.0.0.1:$((port + 1))/0,v1:127.0.0.1:$((port + 2))/0]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
ms bind port min = $((port + 3))
ms bind port max = $((port + 22))
auth allow insecure global id reclaim = false
keyring = $dir/keyring
run dir = $dir/run
crash dir = $dir/run
admin socket = $dir/run/\$cluster-\$name-\$pid.asok
pid file =
log file = $dir/log/\$name.log
mon cluster log file = $dir/log/cluster.log
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
[mon]
mon data = $dir/mon
mon allow pool size one = true
mon data avail warn = 1
mon data avail crit = 1
# the gateway makes its pools one by one, and each waits for a round of these
paxos propose interval = 0.02
paxos min wait = 0.01
[osd]
osd data = $dir/osd
osd objectstore = $store
memstore device bytes = 3221225472
bluestore block size = 8589934592
osd memory target = 1073741824
[client.rgw.a]
rgw frontends = beast endpoint=127.0.0.1:$port
rgw dns name = localhost
rgw thread pool size = 32
rgw run sync thread = false
rgw enable usage log = false
rgw dynamic resharding = false
rgw override bucket index max shards = 1
rgw gc obj min wait = 5
rgw gc processor period = 5
rgw crypt require ssl = false
rgw crypt default encryption key = $(head -c 32 /dev/urandom | base64)
END
}

# name and capabilities; the OSD's must be just these, or the monitor refuses to know it
make_keys() {
  local keys=(
    "mon.         --cap mon 'allow *'"
    "client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'"
    "client.rgw.a --cap mon 'allow rw' --cap osd 'allow rwx'"
    "osd.0        --cap mon 'allow profile osd' --cap mgr 'allow profile osd' --cap osd 'allow *'"
  )
  local row words create=--create-keyring
  for row in "${keys[@]}"; do
    eval "words=($row)"
    ceph-authtool $create "$dir/keyring" --gen-key -n "${words[@]}" >/dev/null
    create=""
  done
}

# run NAME COMMAND…: beside us; its output is log/NAME.out, its process number in `pids`
run() {
  local name=$1
  shift
  "$@" >"$dir/log/$name.out" 2>&1 </dev/null &
  echo "$!" >>"$dir/pids"
}

# await WHAT COMMAND…
await() {
  local what=$1 until=$((SECONDS + deadline_s))
  shift
  until "$@" >/dev/null 2>&1; do
    if [ $SECONDS -ge $until ]; then
      echo "$what is not there after $deadline_s s; see $dir/log" >&2
      "$0" stop "$dir" || true
      exit 1
    fi
    sleep 0.05
  done
}

ceph_() { timeout 20 ceph -c "$conf" --connect-timeout 10 "$@"; }
admin() { radosgw-admin -c "$conf" -n client.rgw.a "$@" 2>>"$dir/log/admin.out" >>"$dir/log/admin.out"; }
osd_up() { ceph_ osd stat | grep -q '1 up'; }

start_monitor() {
  monmaptool --create --fsid "$1" --addv a "[v2:127.0.0.1:$((port + 1)),v1:127.0.0.1:$((port + 2))]" "$dir/monmap" >/dev/null
  ceph-mon -c "$conf" --mkfs -i a --monmap "$dir/monmap" --keyring "$dir/keyring"
  run mon ceph-mon -c "$conf" -i a -f
  await "The monitor" ceph_ -s
}

start_osd() {
  local id
  id=$(cat /proc/sys/kernel/random/uuid)
  printf '{"cephx_secret":"%s"}' "$(ceph-authtool "$dir/keyring" -n osd.0 -p)" | ceph_ osd new "$id" -i - >/dev/null
  ceph-osd -c "$conf" -i 0 --mkfs --osd-uuid "$id" >"$dir/log/mkfs.out" 2>&1
  run osd ceph-osd -c "$conf" -i 0 -f
  await "The OSD" osd_up
}

make_classes() {
  local class where=(--rgw-zonegroup=default --placement-id=default-placement)
  [ -n "$classes" ] || return 0
  admin realm create --rgw-realm=r --default
  admin zonegroup create --rgw-zonegroup=default --master --default --endpoints="http://127.0.0.1:$port"
  admin zone create --rgw-zonegroup=default --rgw-zone=default --master --default --endpoints="http://127.0.0.1:$port"
  for class in $classes; do
    admin zonegroup placement add "${where[@]}" --storage-class="$class"
    admin zone placement add --rgw-zone=default --placement-id=default-placement --storage-class="$class" --data-pool=default.rgw.buckets.data
  done
  admin period update --commit
}

start_gateway() {
  run rgw radosgw -c "$conf" -n client.rgw.a -f
  admin user create --uid=test --display-name=test --access-key=TESTKEY --secret-key=testsecret/with+slash
  admin user create --uid=limited --display-name=limited --access-key=LIMITEDKEY --secret-key=limitedsecret/with+slash
  await "The gateway" curl -s -o /dev/null "http://127.0.0.1:$port/"
}

start() {
  local fsid
  fsid=$(cat /proc/sys/kernel/random/uuid)
  rm -rf "${dir:?}"/*
  mkdir mon osd run log
  write_conf "$fsid"
  make_keys
  start_monitor "$fsid"
  start_osd
  make_classes
  start_gateway
  cat <<END
export RECROOM_S3_ENDPOINT=http://127.0.0.1:$port RECROOM_S3_REGION=us-east-1 RECROOM_CEPH_CONF=$conf
export RECROOM_S3_KEY=TESTKEY RECROOM_S3_SECRET=testsecret/with+slash RECROOM_S3_LIMITED_KEY=LIMITEDKEY RECROOM_S3_LIMITED_SECRET=limitedsecret/with+slash
END
}

# Only what still is what we started: numbers are given out again.
stop() {
  local pid
  [ -f pids ] || return 0
  while read -r pid; do
    if tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF -- "-c $conf "; then
      kill -KILL "$pid" 2>/dev/null || true
    fi
  done <pids
  rm -f pids
}

case $action in
start) start ;;
stop) stop ;;
*) echo "usage: $0 start|stop DIR" >&2; exit 2 ;;
esac
