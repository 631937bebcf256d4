# SPDX-License-Identifier: GPL-3.0-or-later
# Janus with the plugin, and `recroom-pp serve`, from a build directory and with a configuration of their own. Sourced by demo.sh and the
# end-to-end tests (bash). Nothing of an installed Janus' configuration is read or changed.
#
#   . tests/lib/stack.sh
#   stack_start STATE_DIR BUILD_DIR PORTBASE     writes the configuration, starts both, waits until both answer; non-zero and one line if not
#   stack_stop  STATE_DIR                        ends both, by SIGTERM, after 10 s by SIGKILL; fine if they do not run
#
# and the same in pieces, for tests that restart one of them:
#   stack_configure STATE_DIR BUILD_DIR PORTBASE
#   stack_start_janus STATE_DIR        stack_end STATE_DIR janus  [SIGNAL]
#   stack_start_worker STATE_DIR       stack_end STATE_DIR worker [SIGNAL]
#
# Ports: PORTBASE page and REST, PORTBASE+1 Janus' WebSocket, PORTBASE+2 Janus' HTTP API, PORTBASE+3 its Admin API (both always on loopback).
#
# STATE_DIR holds   stack.env (what was chosen: STACK_URL, STACK_WS, STACK_HTTP, …), janus/ (jcfg files, plugins, transports),
#                   janus.log worker.log, janus.pid worker.pid, recordings/ unless STACK_RECORDINGS says otherwise
#
# Before stack_configure, in the environment:
#   STACK_ADDRESS=127.0.0.1      where page and WebSocket listen; 0.0.0.0 for a LAN
#   STACK_HOST=$STACK_ADDRESS    the name or address browsers use
#   STACK_CERT= STACK_KEY=       PEM files: HTTPS and WSS instead of HTTP and WS
#   STACK_ICE=                   interface or address prefix for media; empty: all but loopback
#   STACK_RECORDINGS=            default STATE_DIR/recordings
#   STACK_SECRET=                the host secret of the room "demo"; without it one is made and stands in stack.env
#   STACK_ROOMS=                 more rooms, as in the configuration file: `, { id = "other"; host_secret = "…" }`
#   STACK_EXTRA=                 more sections of the configuration file: `capture: { chunk_ms = 500 }`
#   STACK_GENERAL= STACK_SERVE=  more settings of these two sections: `catalog = "postgresql:///recroom"; host_id = "host-a"`. A further stack beside this
#                                one has a directory, a port base and a host_id of its own, and the same catalog; STACK_RECORDINGS may be shared
#   STACK_PAGE=                  directory of the page; default: that of this source tree
#   STACK_PROXY=                 the WebSocket's address as browsers reach it, where something stands before Janus
#   STACK_EVENT_LOOPS=           Janus' loop threads, shared by all handles; without it each handle has one of its own
#   STACK_RECLAIM_S=             for so long Janus keeps the session of a connection that broke; without it not at all, which is Janus' default
#   STACK_JANUS=                 prefix of another Janus than the installed one; the plugin must have been built with its headers, or newer ones
#
#   netns_run COMMAND…           runs it in a network and a process namespace of its own: nothing leaves the machine, nothing outlives it
#   netns_bridge [NAME]          inside: loopback up, and a bridge (j0, 10.77.0.1) with an address, since Janus offers no loopback candidates

# shellcheck disable=SC2153
STACK_SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
STACK_DEADLINE_S=20
STACK_TERM_S=10

stack_say() { echo "$*" >&2; }

stack_configure() {
  local state=$1 build=$2 base=$3
  local address=${STACK_ADDRESS:-127.0.0.1} s=""
  local host=${STACK_HOST:-$address} recordings=${STACK_RECORDINGS:-$state/recordings}
  [ -f "$build/.libs/libjanus_recroom.so" ] || { stack_say "The plugin was not built: $build/.libs/libjanus_recroom.so is missing."; return 1; }
  [ -x "$build/recroom-pp" ] || { stack_say "The worker was not built: $build/recroom-pp is missing."; return 1; }
  mkdir -p "$state/janus/plugins" "$state/janus/transports" "$state/janus/events" "$state/janus/loggers" "$recordings" || return 1
  state=$(cd "$state" && pwd) build=$(cd "$build" && pwd) recordings=$(cd "$recordings" && pwd)
  [ -z "${STACK_CERT:-}" ] || s=s
  (
    umask 077
    stack_env "$state" "$build" "$base" "$address" "$host" "$recordings" "$s" >"$state/stack.env"
    # shellcheck disable=SC1091
    . "$state/stack.env"
    printf '%s\n' "$STACK_SECRET" >"$state/janus/admin-secret.txt"
  )
  ln -sfn "$build/.libs/libjanus_recroom.so" "$state/janus/plugins/libjanus_recroom.so"
  stack_link_transports "$state/janus/transports" || return 1
  # shellcheck disable=SC1091
  ( . "$state/stack.env" && stack_write_janus "$state/janus" && stack_write_recroom >"$state/janus/janus.plugin.recroom.jcfg" )
}

# What was chosen, for us and for whoever wants to know.
stack_env() {
  local secret=${STACK_SECRET:-$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')}
  printf '%s=%q\n' STACK_STATE "$1" STACK_BUILD "$2" STACK_LISTEN "$4" STACK_PUBLIC "$5" STACK_DIR "$6" STACK_TLS "$7" \
    STACK_CERT "${STACK_CERT:-}" STACK_KEY "${STACK_KEY:-}" STACK_ICE "${STACK_ICE:-}" STACK_SECRET "$secret" \
    STACK_ROOMS "${STACK_ROOMS:-}" STACK_EXTRA "${STACK_EXTRA:-}" STACK_GENERAL "${STACK_GENERAL:-}" STACK_SERVE "${STACK_SERVE:-}" STACK_PAGE "${STACK_PAGE:-$STACK_SOURCE/html}" \
    STACK_EVENT_LOOPS "${STACK_EVENT_LOOPS:-}" STACK_RECLAIM_S "${STACK_RECLAIM_S:-}" STACK_PROGRAM "${STACK_JANUS:+$STACK_JANUS/bin/}janus" \
    STACK_PORT "$3" STACK_WS_PORT $(($3 + 1)) STACK_HTTP_PORT $(($3 + 2)) STACK_ADMIN_PORT $(($3 + 3)) \
    STACK_URL "http$7://$5:$3/" STACK_WS "${STACK_PROXY:-ws$7://$5:$(($3 + 1))}" STACK_HTTP "http://127.0.0.1:$(($3 + 2))/janus"
}

stack_link_transports() {
  local dir=$1 from name
  # shellcheck disable=SC2086
  from=$(dirname "$(find ${STACK_JANUS:-/usr/lib /usr/local/lib /opt/janus} -path '*janus/transports/libjanus_websockets.so' 2>/dev/null | head -n 1)")
  for name in libjanus_websockets.so libjanus_http.so; do
    [ -e "$from/$name" ] || { stack_say "Janus' transport $name was not found; is the package janus installed?"; return 1; }
    ln -sfn "$from/$name" "$dir/$name"
  done
}

stack_write_janus() {
  local dir=$1 ice="" loops=""
  [ -z "$STACK_ICE" ] || ice="ice_enforce_list = \"$STACK_ICE\""
  [ -z "$STACK_EVENT_LOOPS" ] || loops="event_loops = $STACK_EVENT_LOOPS"
  cat >"$dir/janus.jcfg" <<END
general: {
	configs_folder = "$dir"
	plugins_folder = "$dir/plugins"
	transports_folder = "$dir/transports"
	events_folder = "$dir/events"
	loggers_folder = "$dir/loggers"
	debug_level = 4
	debug_colors = false
	debug_timestamps = true
	admin_secret = "$STACK_SECRET"
	session_timeout = 30
	reclaim_session_timeout = ${STACK_RECLAIM_S:-0}
	$loops
}
media: { rtp_port_range = "20000-29999" }
nat: {
	full_trickle = true
	$ice
}
END
  cat >"$dir/janus.transport.websockets.jcfg" <<END
general: {
	json = "compact"
	$(if [ -n "$STACK_TLS" ]; then echo "ws = false; wss = true; wss_port = $STACK_WS_PORT; wss_ip = \"$STACK_LISTEN\""
	else echo "ws = true; ws_port = $STACK_WS_PORT; ws_ip = \"$STACK_LISTEN\"; wss = false"; fi)
}
admin: { admin_ws = false; admin_wss = false }
$([ -z "$STACK_TLS" ] || echo "certificates: { cert_pem = \"$STACK_CERT\"; cert_key = \"$STACK_KEY\" }")
END
  cat >"$dir/janus.transport.http.jcfg" <<END
general: { json = "compact"; base_path = "/janus"; http = true; port = $STACK_HTTP_PORT; ip = "127.0.0.1"; https = false }
admin: { admin_base_path = "/admin"; admin_http = true; admin_port = $STACK_ADMIN_PORT; admin_ip = "127.0.0.1"; admin_https = false }
END
}

stack_write_recroom() {
  cat <<END
general: { recordings = "$STACK_DIR"; $STACK_GENERAL }
serve: {
	listen = "$STACK_LISTEN:$STACK_PORT"
	page = "$STACK_PAGE"
	janus_ws = "$STACK_WS"
	janus_admin = "http://127.0.0.1:$STACK_ADMIN_PORT/admin"
	janus_admin_secret_file = "$STACK_STATE/janus/admin-secret.txt"
	public_url = "http$STACK_TLS://$STACK_PUBLIC:$STACK_PORT"
	allow_plaintext = $(if [ -n "$STACK_TLS" ]; then echo false; else echo true; fi)
	$([ -z "$STACK_TLS" ] || echo "tls_cert = \"$STACK_CERT\"; tls_key = \"$STACK_KEY\"")
	$STACK_SERVE
}
rooms: ( { id = "demo"; description = "Demo room"; host_secret = "$STACK_SECRET"; guests_download = true } $STACK_ROOMS )
$STACK_EXTRA
END
}

# Somebody else's port is said here in one line, rather than in whatever way a program fails on it.
stack_port_free() {
  if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then
    stack_say "Port $1 ($2) is in use."
    return 1
  fi
}

# stack_get PORT PATH: the answer to a GET over loopback, headers and all
# shellcheck disable=SC2016
stack_get() {
  timeout 3 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$0" && printf "GET %s HTTP/1.0\r\nHost: localhost\r\nConnection: close\r\n\r\n" "$1" >&3 && cat <&3' "$1" "$2" 2>/dev/null
}

# A process that is there and not a zombie.
stack_lives() {
  local key="" state=""
  while read -r key state _; do
    [ "$key" != State: ] || break
  done 2>/dev/null <"/proc/$1/status"
  [ "$key" = State: ] && [ "$state" != Z ]
}

# stack_await STATE NAME WHAT COMMAND…: until the command succeeds; says so if the process died or the time is over
stack_await() {
  local state=$1 name=$2 what=$3 pid until=$((SECONDS + STACK_DEADLINE_S))
  shift 3
  pid=$(cat "$state/$name.pid")
  until "$@"; do
    if ! stack_lives "$pid"; then
      stack_say "$what did not start. The end of $state/$name.log:"
      tail -n 12 "$state/$name.log" >&2
      return 1
    fi
    if [ "$SECONDS" -ge "$until" ]; then
      stack_say "$what does not answer after $STACK_DEADLINE_S s. The end of $state/$name.log:"
      tail -n 12 "$state/$name.log" >&2
      stack_end "$state" "$name" KILL
      return 1
    fi
    sleep 0.1
  done
}

stack_start_janus() {
  local state
  state=$(cd "$1" && pwd) || return 1
  # shellcheck disable=SC1091
  . "$state/stack.env"
  stack_port_free "$STACK_WS_PORT" "Janus' WebSocket" && stack_port_free "$STACK_HTTP_PORT" "Janus' HTTP API" &&
    stack_port_free "$STACK_ADMIN_PORT" "Janus' Admin API" || return 1
  "$STACK_PROGRAM" -F "$state/janus" >>"$state/janus.log" 2>&1 </dev/null &
  echo $! >"$state/janus.pid"
  stack_await "$state" janus Janus stack_janus_answers || return 1
  case $(stack_get "$STACK_HTTP_PORT" /janus/info) in
  *janus.plugin.recroom*) ;;
  *)
    stack_say "Janus runs, but did not load the plugin. From $state/janus.log:"
    grep -iE 'recroom|plugin|error|fatal' "$state/janus.log" | tail -n 8 >&2
    stack_end "$state" janus
    return 1
    ;;
  esac
}

stack_janus_answers() { stack_get "$STACK_HTTP_PORT" /janus/info | grep -q server_info; }

stack_start_worker() {
  local state
  state=$(cd "$1" && pwd) || return 1
  # shellcheck disable=SC1091
  . "$state/stack.env"
  stack_port_free "$STACK_PORT" "the page" || return 1
  "$STACK_BUILD/recroom-pp" serve --config "$state/janus/janus.plugin.recroom.jcfg" >>"$state/worker.log" 2>&1 </dev/null &
  echo $! >"$state/worker.pid"
  stack_await "$state" worker "recroom-pp serve" stack_worker_answers
}

stack_worker_answers() {
  # over TLS only the port is tried: bash speaks no TLS
  if [ -n "$STACK_TLS" ]; then
    (exec 3<>"/dev/tcp/127.0.0.1/$STACK_PORT") 2>/dev/null
  else
    stack_get "$STACK_PORT" /livez | head -n 1 | grep -q ' 200 '
  fi
}

# stack_end STATE_DIR janus|worker [SIGNAL]
stack_end() {
  local file=$1/$2.pid signal=${3:-TERM} pid until=$((SECONDS + STACK_TERM_S))
  [ -s "$file" ] || return 0
  read -r pid <"$file" || { stack_say "$file cannot be read."; return 1; }
  kill -"$signal" "$pid" 2>/dev/null || ! stack_lives "$pid" || { stack_say "$2 (process $pid) cannot be sent SIG$signal."; return 1; }
  while stack_lives "$pid"; do
    if [ "$SECONDS" -ge "$until" ]; then
      stack_say "$2 (process $pid) did not end within $STACK_TERM_S s of SIG$signal; killed."
      kill -KILL "$pid" 2>/dev/null
      until=$((SECONDS + STACK_TERM_S))
    fi
    sleep 0.05
  done
  rm -f "$file"
}

stack_start() {
  stack_configure "$@" || return 1
  stack_start_janus "$1" || return 1
  stack_start_worker "$1" || { stack_end "$1" janus; return 1; }
}

stack_stop() {
  stack_end "$1" worker
  stack_end "$1" janus
}

# As root without a user namespace, so that PostgreSQL and others may change users; else as root of a namespace of its own.
netns_run() {
  local user=""
  [ "$(id -u)" -eq 0 ] || user=--map-root-user
  # shellcheck disable=SC2086
  unshare $user --net --mount-proc --pid --fork --kill-child -- "$@"
}

netns_bridge() {
  local name=${1:-j0}
  ip link set lo up && ip link add "$name" type bridge && ip address add 10.77.0.1/24 dev "$name" && ip link set "$name" up
}
