#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Uploads to a store: recroom-pp's own against rclone and the aws command. Prints a line per figure: name, values, target, ok or short. Exit status 1 when a
# target is missed.
#
#   tests/bench/storage.sh BUILD_DIR          BENCH_FULL=1: five runs of each, not three; BENCH_MB=512: a smaller file
#
# One file of 2 GiB of random bytes, in the page cache, over loopback HTTP into Ceph's gateway, which this starts with its data on disk (or
# RECROOM_S3_ENDPOINT, _KEY, _SECRET, _REGION). Each has parts of 8 MiB, four at a time, and lets the store check each part: ours and the aws command sign the
# SHA-256 of each part, as they must over plain HTTP; rclone does so, too, with --s3-disable-checksum, without which it reads the file once more for an MD5 of
# the whole. Ours hashes nothing else here, but looks at the object at the end. The three take turns. Build with -O2 (configure's default).
set -u
here=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 1 ] || { echo "usage: tests/bench/storage.sh BUILD_DIR" >&2; exit 2; }
build=$(cd "$1" && pwd) || exit 2
aws=/usr/bin/aws
for tool in rclone $aws /usr/bin/python3 radosgw; do
  command -v $tool >/dev/null || { echo "$tool is missing: packages_ensure store (tests/lib/packages.sh)" >&2; exit 2; }
done
mb=${BENCH_MB:-2048} runs=3 part_mb=8 parallel=4 bucket=bench-upload-$$
[ -z "${BENCH_FULL:-}" ] || runs=5
mkdir -p "$build/bench-storage" || exit 1
work=$(mktemp -d /tmp/recroom-bench-XXXXXX) || exit 1
ceph=
finish() {
  [ -z "$ceph" ] || "$here/../lib/ceph.sh" stop "$work/ceph"
  rm -rf "$work"
}
trap finish EXIT
chmod 755 "$work"

if [ -z "${RECROOM_S3_ENDPOINT:-}" ]; then
  ceph=yes
  CEPH_PORT=${BENCH_PORT:-9580} CEPH_STORE=bluestore "$here/../lib/ceph.sh" start "$work/ceph" >"$work/env" || exit 1
  # shellcheck disable=SC1091
  . "$work/env"
fi
unset AWS_CA_BUNDLE AWS_PROFILE AWS_SESSION_TOKEN
export RECROOM_S3_ENDPOINT AWS_ACCESS_KEY_ID=$RECROOM_S3_KEY AWS_SECRET_ACCESS_KEY=$RECROOM_S3_SECRET AWS_DEFAULT_REGION=$RECROOM_S3_REGION
export AWS_CONFIG_FILE=$work/aws.conf AWS_SHARED_CREDENTIALS_FILE=/dev/null RCLONE_CONFIG=/dev/null HOME=$work
cat >"$work/aws.conf" <<END
[default]
s3 =
  multipart_threshold = ${part_mb}MB
  multipart_chunksize = ${part_mb}MB
  max_concurrent_requests = $parallel
  addressing_style = path
END
s3() { $aws --endpoint-url "$RECROOM_S3_ENDPOINT" --cli-read-timeout 300 "$@"; }
s3 s3 mb "s3://$bucket" >/dev/null || exit 1
head -c $((mb << 20)) /dev/urandom >"$work/file"
cat "$work/file" >/dev/null

# Seconds, peak resident memory in KiB, CPU seconds, of a command and its children
measure() {
  /usr/bin/python3 - "$@" <<'END'
import resource, subprocess, sys, time
t = time.monotonic()
rc = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
s = time.monotonic() - t
u = resource.getrusage(resource.RUSAGE_CHILDREN)
if rc:
    sys.exit(rc)
print("%.2f %d %.2f" % (s, u.ru_maxrss, u.ru_utime + u.ru_stime))
END
}

upload_ours() { measure "$build/bench-upload" "$work/file" "$bucket" "$1" $part_mb $parallel "$work"; }
upload_aws() { measure $aws --endpoint-url "$RECROOM_S3_ENDPOINT" s3 cp --only-show-errors "$work/file" "s3://$bucket/$1"; }
upload_rclone() {
  measure rclone copyto --s3-provider Ceph --s3-env-auth --s3-endpoint "$RECROOM_S3_ENDPOINT" --s3-force-path-style --s3-disable-checksum \
    --s3-upload-cutoff 0 --s3-chunk-size ${part_mb}M --s3-upload-concurrency $parallel --s3-no-check-bucket --no-traverse --ignore-checksum \
    "$work/file" ":s3:$bucket/$1"
}

for run in $(seq $runs); do
  for who in ours rclone aws; do
    line=$("upload_$who" "$who-$run") || { echo "$who failed" >&2; exit 1; }
    echo "$who $line" >>"$work/results"
    [ "$who" != ours ] || [ "$run" != 1 ] || s3 s3 cp --only-show-errors "s3://$bucket/$who-$run" - | cmp - "$work/file" || { echo "other bytes came back" >&2; exit 1; }
    s3 s3 rm --only-show-errors "s3://$bucket/$who-$run"
    sleep 10           # the gateway throws the parts away meanwhile
  done
done
s3 s3 rb "s3://$bucket" >/dev/null
cp "$work/results" "$build/bench-storage/results"

# stop to completed: a recording of 48 MiB that grew by 4 MiB a second while its parts were sent
s3 s3 mb "s3://$bucket-live" >/dev/null || exit 1
cat >"$work/live.jcfg" <<END
general: { recordings = "$work/recordings"; host_id = "bench" }
storage: ( { name = "main"; kind = "s3"; bucket = "$bucket-live"; endpoint = "$RECROOM_S3_ENDPOINT"; region = "$RECROOM_S3_REGION"; path_style = true; plain = true;
  part_mb = $part_mb; parallel = $parallel; credentials = "environment" } )
END
"$build/bench-upload-live" "$work/live.jcfg" "$work/recordings" 12 4 $runs >"$work/live" || exit 1
s3 s3 rb --force "s3://$bucket-live" >/dev/null
cp "$work/live" "$build/bench-storage/live"

# catalog, disk and store compared: as many recordings, in a directory
rows=${BENCH_ROWS:-2000}
conf=$(/usr/bin/python3 "$here/storage_many.py" "$build" "$work/many" "$rows") || exit 1
measure "$build/recroom-pp" storage check --quiet --config "$conf" >"$build/bench-storage/check" || { echo "storage check found something" >&2; exit 1; }

/usr/bin/python3 - "$work/results" "$mb" "$part_mb" "$parallel" "$build/bench-storage/live" "$build/bench-storage/check" "$rows" <<'END' | tee "$build/bench-storage/table"
import statistics, sys
rows, mb, in_flight = [line.split() for line in open(sys.argv[1])], int(sys.argv[2]), int(sys.argv[3]) * int(sys.argv[4])
def of(who, i): return [float(r[i]) for r in rows if r[0] == who]
speed = {w: [mb / s for s in of(w, 1)] for w in ("ours", "rclone", "aws")}
def text(values): return " ".join("%.0f" % v for v in values)
missed = 0
for other in ("rclone", "aws"):
    ours, theirs = statistics.median(speed["ours"]), statistics.median(speed[other])
    ok = ours >= theirs
    missed += not ok
    print("%-24s ours %s MiB/s (median %.0f), %s %s (median %.0f)   target: ours >= %s   %s"
          % ("upload_vs_" + other, text(speed["ours"]), ours, other, text(speed[other]), theirs, other, "ok" if ok else "short"))
beyond = [kib / 1024 - in_flight for kib in of("ours", 2)]
ok = max(beyond) <= 64
missed += not ok
print("%-24s %s MiB beyond the %d in flight   target: <= 64   %s" % ("upload_memory", text(beyond), in_flight, "ok" if ok else "short"))
live = [line.split() for line in open(sys.argv[5])]
sent = [int(r[1]) / (1 << 20) for r in live if r[0] == "live"]
after, whole = ([float(r[2]) for r in live if r[0] == who] for who in ("live", "whole"))
ok = max(sent) <= 2 * int(sys.argv[3])
missed += not ok
print("%-24s %s MiB sent after the end of 48   target: <= the last part and the first, %d   %s"
      % ("upload_after_stop", " ".join("%.1f" % v for v in sent), 2 * int(sys.argv[3]), "ok" if ok else "short"))
part_s = statistics.median(whole) * int(sys.argv[3]) / 48
ok = statistics.median(after) <= 2 * part_s + 0.25
missed += not ok
print("%-24s %s s (all of it afterwards %s)   target: median <= two parts of the latter and 0.25 s, %.2f   %s"
      % ("upload_stop_to_completed", " ".join("%.2f" % v for v in after), " ".join("%.2f" % v for v in whole), 2 * part_s + 0.25, "ok" if ok else "short"))
check = open(sys.argv[6]).read().split()
print("%-24s %s s, %.0f MiB for %s recordings in a directory" % ("storage_check", check[0], float(check[1]) / 1024, sys.argv[7]))
for w in ("ours", "rclone", "aws"):
    print("%-24s CPU %s s, memory %s MiB" % ("upload_cost_" + w, " ".join("%.1f" % v for v in of(w, 3)), text([v / 1024 for v in of(w, 2)])))
print("%d passed, %d failed" % (5 - missed, missed))
sys.exit(1 if missed else 0)
END
exit "${PIPESTATUS[0]}"
