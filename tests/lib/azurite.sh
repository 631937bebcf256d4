#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A throwaway Azure Blob Storage: azurite, on loopback, in memory, and with its telemetry off. It comes with tests/store's npm packages.
#
#   tests/lib/azurite.sh start DIR     starts it (about 5 s); prints what to export: RECROOM_AZURE_ENDPOINT, _ACCOUNT, _KEY
#   tests/lib/azurite.sh stop DIR      ends it
#
# AZURITE_PORT=10000 may be in the environment before start. It is laxer than Azure: it takes requests whose clock is an hour off.
set -eu
action=${1:?start or stop} dir=${2:?a directory}
port=${AZURITE_PORT:-10000} deadline_s=60
main=$(cd "$(dirname "$0")/../store" && pwd)/node_modules/azurite/dist/src/blob/main.js
mkdir -p "$dir"
cd "$dir"

start() {
  local key until=$((SECONDS + deadline_s))
  [ -f "$main" ] || { echo "azurite is not there: npm ci --ignore-scripts in tests/store" >&2; exit 1; }
  key=$(head -c 32 /dev/urandom | base64 -w0)
  AZURITE_ACCOUNTS="recacct:$key" node "$main" --blobHost 127.0.0.1 --blobPort "$port" --inMemoryPersistence --disableTelemetry --silent >azurite.log 2>&1 </dev/null &
  echo $! >azurite.pid
  until curl -s -o /dev/null "http://127.0.0.1:$port/recacct?comp=list"; do
    if [ $SECONDS -ge $until ] || ! kill -0 "$(cat azurite.pid)" 2>/dev/null; then
      echo "azurite does not answer; see $PWD/azurite.log" >&2
      stop
      exit 1
    fi
    sleep 0.05
  done
  echo "export RECROOM_AZURE_ENDPOINT=http://127.0.0.1:$port/recacct RECROOM_AZURE_ACCOUNT=recacct RECROOM_AZURE_KEY=$key"
}

stop() {
  local pid
  [ -f azurite.pid ] || return 0
  pid=$(cat azurite.pid)
  if tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF -- "$main"; then
    kill -TERM "$pid" 2>/dev/null || true
  fi
  rm -f azurite.pid
}

case $action in
start) start ;;
stop) stop ;;
*) echo "usage: $0 start|stop DIR" >&2; exit 2 ;;
esac
