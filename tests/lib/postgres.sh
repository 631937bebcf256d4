#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A throwaway PostgreSQL for the tests: a cluster in a directory of its own, a Unix socket in it and no port, no sync: safe from a crash of the server, not of the machine.
# It never runs as root; started by root it runs as `nobody`.
#
#   tests/lib/postgres.sh start DIR      makes (unless it is there) and starts it; prints how to connect: host=DIR user=test dbname=test
#   tests/lib/postgres.sh stop DIR       ends it at once (-m immediate): also what a crash looks like
#
# DIR must be short: a socket's path has 107 bytes.
set -eu
action=${1:?start or stop} dir=${2:?a directory}
bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
[ -x "$bin/initdb" ] || bin=$(dirname "$(command -v initdb)")

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$dir"
  chown nobody "$dir"
  exec setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups env HOME="$dir" "$0" "$@"
fi

make_cluster() {
  "$bin/initdb" -D "$dir/data" -U test -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$dir/initdb.log"
  cat >>"$dir/data/postgresql.conf" <<END
listen_addresses = ''
unix_socket_directories = '$dir'
fsync = off
full_page_writes = off
shared_buffers = 16MB
max_connections = 80
max_wal_size = 128MB
wal_level = minimal
max_wal_senders = 0
autovacuum = off
END
}

cd "$dir"
case $action in
start)
  made=no
  [ -d data ] || { make_cluster; made=yes; }
  "$bin/pg_ctl" -D "$dir/data" -l "$dir/server.log" -w -t 60 start >/dev/null </dev/null
  [ $made = no ] || "$bin/createdb" -h "$dir" -U test test
  echo "host=$dir user=test dbname=test"
  ;;
stop)
  "$bin/pg_ctl" -D "$dir/data" -m immediate -w -t 60 stop >/dev/null
  ;;
*)
  echo "usage: $0 start|stop DIR" >&2
  exit 2
  ;;
esac
