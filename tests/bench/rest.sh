#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# REST's benchmarks: prints a table, a line per figure. Exit status 1 when a target is missed.
#
#   tests/bench/rest.sh BUILD_DIR          BENCH_FULL=1: longer runs
#
# `recroom-pp serve` on loopback with a catalog of 200 recordings, asked by wrk over 16 connections that stay open, three runs of each, after one that is
# not counted. Limits of the rate are off: they are not what is measured. Build with -O2 (configure's default). What was printed stays in BUILD_DIR/bench-rest/.
set -u
here=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 1 ] || { echo "usage: tests/bench/rest.sh BUILD_DIR" >&2; exit 2; }
build=$(cd "$1" && pwd) || exit 2
for tool in wrk sqlite3 curl node; do
  command -v $tool >/dev/null || { echo "$tool is missing: packages_ensure bench test (tests/lib/packages.sh)" >&2; exit 2; }
done
port=${BENCH_PORT:-9790} seconds=4 runs=3 warmup=1 connections=16 rows=200
[ -z "${BENCH_FULL:-}" ] || seconds=20
mkdir -p "$build/bench-rest" || exit 1
work=$(mktemp -d "$build/bench-rest/work-XXXXXX") || exit 1
server=
finish() {
  [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null
  rm -rf "$work"
}
trap finish EXIT

recording=rec_bench_1795357800000_aaaaaa
url=http://127.0.0.1:$port

configure() {
  mkdir -p "$work/recordings/$recording" "$work/page" || return 1
  cat >"$work/recroom.jcfg" <<END
general: { recordings = "$work/recordings" }
serve: {
	listen = "127.0.0.1:$port"; page = "$work/page"
	address_requests_per_s = 0; token_requests_per_s = 0
}
END
}

# One recording with a file of 8 MiB, and more that the catalog alone knows of, behind the back of the server, which made it.
make_recordings() {
  head -c $((8 << 20)) /dev/urandom >"$work/recordings/$recording/output.webm"
  sqlite3 -cmd '.timeout 10000' "$work/recordings/recroom.db" <<END
PRAGMA foreign_keys = ON;
BEGIN;
INSERT INTO hosts (id, heartbeat_ms) VALUES ('bench', 1);
INSERT INTO rooms (id, seen_ms) VALUES ('bench', 1);
INSERT INTO calls (id, room, host_id, started_ms, ended_ms) VALUES ('call_bench_1795357700000_aaaaaa', 'bench', 'bench', 1795357700000, 1795357900000);
INSERT INTO participants VALUES ('call_bench_1795357700000_aaaaaa', 'user1', NULL, 'Ann', 'host', 1795357700000, 1795357900000);
INSERT INTO participants VALUES ('call_bench_1795357700000_aaaaaa', 'user2', NULL, 'Bob', 'guest', 1795357700000, 1795357900000);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $rows)
INSERT INTO recordings (id, room, call_id, host_id, title, status, reason, started_ms, stopped_ms, duration_ms, elapsed_ms, bytes, tracks)
SELECT CASE i WHEN 0 THEN '$recording' ELSE printf('rec_bench_%d_bbbbbb', 1795357800000 - i * 1000) END, 'bench', 'call_bench_1795357700000_aaaaaa', 'bench',
	'Weekly', 'completed', 'host', 1795357800000 - i * 1000, 1795357860000 - i * 1000, 60000, 60000, 9000000, 4 FROM n;
INSERT INTO outputs (recording, id, state, spec, path, mime, size, duration_ms)
SELECT id, 1, 'done', '{"format":"webm","width":1280,"height":720,"fps":30}', id || '/output.webm', 'video/webm', $((8 << 20)), 60000 FROM recordings;
INSERT INTO files (recording, output, kind, name, mime, size) SELECT id, 1, 'media', 'output.webm', 'video/webm', $((8 << 20)) FROM recordings;
INSERT INTO files (recording, output, kind, name, mime, size) SELECT id, 1, 'thumbnail', 'thumbnail.jpg', 'image/jpeg', 20000 FROM recordings;
COMMIT;
END
}

start_server() {
  "$build/recroom-pp" serve --config "$work/recroom.jcfg" >"$build/bench-rest/serve.log" 2>&1 &
  server=$!
  for _ in $(seq 100); do
    curl -sf "$url/livez" >/dev/null && return 0
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  echo "recroom-pp serve does not answer; see $build/bench-rest/serve.log" >&2
  return 1
}

# status and size of one answer are as they should be, or nothing is measured
expect() {   # path, status, least bytes, headers…
  local path=$1 status=$2 least=$3 got
  shift 3
  got=$(curl -s -o /dev/null -w '%{http_code} %{size_download}' "$@" "$url$path")
  [ "${got% *}" = "$status" ] && [ "${got#* }" -ge "$least" ] || { echo "$path answers $got, not $status with $least bytes" >&2; return 1; }
}

to_ms() { sed -E 's/^([0-9.]+)us$/\1 0.001/; s/^([0-9.]+)ms$/\1 1/; s/^([0-9.]+)s$/\1 1000/' | awk '{ printf "%.3f", $1 * $2 }'; }

measure() {   # figure, path, status, least bytes, header…
  local figure=$1 path=$2 status=$3 least=$4 rates="" tails="" said header args=() i
  shift 4
  for header in "$@"; do args+=(-H "$header"); done
  expect "$path" "$status" "$least" "${args[@]}" || return 1
  wrk -t 1 -c $connections -d ${warmup}s "${args[@]}" "$url$path" >/dev/null || return 1
  for ((i = 0; i < runs; i++)); do
    said=$(wrk -t 1 -c $connections -d ${seconds}s --timeout 5s --latency "${args[@]}" "$url$path") || return 1
    if grep -qE 'Non-2xx|Socket errors' <<<"$said"; then
      echo "$figure: $(grep -E 'Non-2xx|Socket errors' <<<"$said")" >&2
      return 1
    fi
    rates+=${rates:+,}$(awk '$1 == "Requests/sec:" { print $2 }' <<<"$said")
    tails+=${tails:+,}$(awk '$1 == "99%" { print $2 }' <<<"$said" | to_ms)
  done
  echo "figure $figure ours=$rates unit=requests/s n=$runs"
  echo "figure ${figure}_p99 ours=$tails unit=ms n=$runs"
}

configure && start_server || exit 1
make_recordings || { echo "The recordings could not be made." >&2; exit 1; }
token=$("$build/recroom-pp" token --config "$work/recroom.jcfg" --room bench --role host --json | node -e '
for (const line of require("fs").readFileSync(0, "utf8").trim().split("\n")) { const { token } = JSON.parse(line); if (token) console.log(token); }')
failed=0
{
  measure rest_list "/recordings?pageSize=20" 200 10000 "Authorization: Bearer $token" || failed=1
  measure rest_get "/recording/$recording" 200 500 "Authorization: Bearer $token" || failed=1
  measure rest_range "/recording/$recording/files/output.webm" 206 65536 "Authorization: Bearer $token" "Range: bytes=1048576-1114111" || failed=1
  echo "failed=$failed"
} | tee "$build/bench-rest/figures"
node "$here/report.mjs" "$here/rest-targets" "$build/bench-rest/figures" | tee "$build/bench-rest/report"
[ "${PIPESTATUS[0]}" -eq 0 ] && grep -q '^failed=0$' "$build/bench-rest/figures"
