#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A throwaway PostgreSQL for the tests: a cluster in a directory of its own, a Unix socket in it and no port, no sync: safe from a crash of the server, not of the machine.
# It never runs as root; started by root it runs as `nobody`.
#
#   tests/lib/postgres.sh start DIR      makes (unless it is there) and starts it; prints how to connect: host=DIR user=test dbname=test
#   tests/lib/postgres.sh stop DIR       ends it at once (-m immediate): also what a crash looks like
#
# With PG_TLS=1 at its first start it has a port on loopback, too, that speaks TLS alone, by a certificate for "localhost" of an authority of its own:
# what is printed is then how to connect there, and DIR/other.pem is an authority it does not have its certificate from.
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

# Connections by TCP must be encrypted.
make_tls() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost -keyout "$dir/server.key" -out "$dir/server.csr" 2>>"$dir/openssl.log"
  for name in ca other; do
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=$name" -keyout "$dir/$name.key" -out "$dir/$name.pem" 2>>"$dir/openssl.log"
  done
  openssl x509 -req -in "$dir/server.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial -days 2 -extfile <(echo subjectAltName=DNS:localhost) \
    -out "$dir/server.pem" 2>>"$dir/openssl.log"
  printf "%s\n" "ssl = on" "ssl_cert_file = '$dir/server.pem'" "ssl_key_file = '$dir/server.key'" "listen_addresses = '127.0.0.1'" >>"$dir/data/postgresql.conf"
  printf "%s\n" "local all all trust" "hostssl all all 127.0.0.1/32 trust" >"$dir/data/pg_hba.conf"
}

run_server() { "$bin/pg_ctl" -D "$dir/data" -l "$dir/server.log" -w -t 60 start >/dev/null 2>&1 </dev/null; }

# A port that nobody has; below those the kernel gives away by itself
run_on_a_port() {
  local try
  for try in 1 2 3 4 5 6 7 8; do
    echo $((15000 + (RANDOM * 32768 + RANDOM) % 15000)) >"$dir/port"
    echo "port = $(cat "$dir/port") # try $try" >>"$dir/data/postgresql.conf"
    ! run_server || return 0
  done
  return 1
}

cd "$dir"
case $action in
start)
  if [ -d data ]; then
    run_server
  elif [ -n "${PG_TLS:-}" ]; then
    make_cluster
    make_tls
    run_on_a_port
    "$bin/createdb" -h "$dir" -p "$(cat "$dir/port")" -U test test
  else
    make_cluster
    run_server
    "$bin/createdb" -h "$dir" -U test test
  fi
  if [ -e port ]; then
    echo "host=localhost hostaddr=127.0.0.1 port=$(cat port) user=test dbname=test sslmode=verify-full sslrootcert=$dir/ca.pem"
  else
    echo "host=$dir user=test dbname=test"
  fi
  ;;
stop)
  "$bin/pg_ctl" -D "$dir/data" -m immediate -w -t 60 stop >/dev/null
  ;;
*)
  echo "usage: $0 start|stop DIR" >&2
  exit 2
  ;;
esac
