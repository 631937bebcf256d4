#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what the tests need, builds, runs every test. Ends on one line, `N passed, N failed`; exit status 1 if any failed.
#
#   ./check.sh            everything
#   ./check.sh NAME…      only these suites (see the table below); `./check.sh --list` names them
#   ./check.sh --full     long counts as well
#
# Each suite is a row (see the table). A suite ends its output on its own `N passed, N failed`; one that does not is one failure.
# Logs: build-check/log/<suite>.log, build-<build>.log
set -u
cd "$(dirname "$0")" || exit 1
top=$PWD
out=$top/build-check
log=$out/log
export RECROOM_FULL=""
. tests/lib/packages.sh

# name, where it runs, command. `now`: one after the other. `aside`: what waits for nothing and nobody waits for; it goes on while the others run,
# on what they leave of the processors (nice would still cost them a part). So do builds that are needed later.
suites=(
  "gcc       now    check_built gcc"
  "hook      now    tests/bench/hook.sh $out/gcc"
  "demo      now    demo_check"
  "sdk       now    tests/sdk.sh"
  "e2e       now    tests/e2e/run.sh $out/gcc"
  "store     now    store_check"
  "asan      now    check_built asan"
  "tsan      now    check_built tsan"
  "style     aside  tests/style.sh"
  "dist      aside  dist_check"
)
# gold links what a sanitizer is in five times as quickly as ld
sanitizers="CC=clang LDFLAGS=$(command -v ld.gold >/dev/null && echo -fuse-ld=gold)"
builds=(
  "gcc   --enable-werror"
  "asan  --enable-werror --enable-sanitizer=address,undefined $sanitizers"
  "tsan  --enable-werror --enable-sanitizer=thread $sanitizers"
)

# configure and make in a directory of its own, with everything that `make check` runs. Its exit status is what check_built waits for.
build() {
  local name=$1 start=$SECONDS rc
  shift
  mkdir -p "$out/$name"
  ( cd "$out/$name" && "$top/configure" --prefix="$out/$name/_inst" "$@" CFLAGS="-O1 -g1" && make -j"$(nproc)" check RECROOM_CHECK=no ) >"$log/build-$name.log" 2>&1 </dev/null
  rc=$?
  echo $((SECONDS - start)) >"$log/build-$name.seconds"
  echo $rc >"$log/build-$name.rc"
}

# `make check`: unit tests, the plugin in a fake Janus, fuzz corpora. Of ThreadSanitizer those with threads (tests/local.mk).
check_built() {
  local name=$1
  until [ -s "$log/build-$name.rc" ]; do
    kill -0 "$aside" || return 1
    sleep 0.2
  done
  echo "figure built in $(cat "$log/build-$name.seconds") s"
  [ "$(cat "$log/build-$name.rc")" -eq 0 ] || { cat "$log/build-$name.log"; return 1; }
  [ "$name" = gcc ] || cp "$out/gcc/.test-times" "$out/$name/" 2>/dev/null
  make -C "$out/$name" check
}

# `make distcheck`: the tarball configures, builds outside its (read-only) tree, installs, uninstalls and cleans; the tests themselves are
# what the other suites run on the same files
dist_check() {
  if make -C "$out/gcc" -j"$(nproc)" distcheck check_PROGRAMS= check_LTLIBRARIES= RECROOM_CHECK=no AM_DISTCHECK_CONFIGURE_FLAGS="$(dist_flags)"; then
    echo "1 passed, 0 failed"
  else
    echo "0 passed, 1 failed"
  fi
}

dist_flags() {
  # shellcheck disable=SC2016
  echo '--with-janus-plugindir=$${libdir}/janus/plugins --with-janus-confdir=$${sysconfdir}/janus CFLAGS=-O0'
}

# the first command of the README, in a network namespace of its own, with the files it makes in a scratch folder
demo_check() {
  tests/demo_test.sh "$out/gcc"
}

# real stores; only where their packages cannot be had this is left out, and said, and never where nobody reads it
store_check() {
  if PACKAGES_LOG=$log/packages-store.log packages_ensure store && { [ -d tests/store/node_modules/azurite ] || (cd tests/store && npm ci --ignore-scripts --no-audit --no-fund); }; then
    tests/store/run.sh "$out/gcc"
  elif [ -n "${CI:-}" ]; then
    echo "FAIL packages of the group store"
    return 1
  else
    echo "suite store: SKIPPED, its packages cannot be installed here (see $log/store.log)"
    echo "0 passed, 0 failed"
  fi
}

# Its result is a file, whose first line is how many passed and failed.
run_suite() {
  local name=$1 start=$SECONDS line p f rc
  shift
  ( "$@" ) >"$log/$name.log" 2>&1 </dev/null
  rc=$?
  line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log/$name.log" | tail -n 1)
  p=${line%% passed*} f=${line#*, } f=${f%% failed*}
  if [ -z "$line" ] || { [ $rc -ne 0 ] && [ "$f" -eq 0 ]; }; then
    p=${p:-0} f=$((${f:-0} + 1))
  fi
  {
    echo "$p $f"
    echo "── $name"
    grep -E '^(suite|figure) ' "$log/$name.log"
    printf '%-8s %4d passed, %d failed, %d s\n' "$name" "$p" "$f" $((SECONDS - start))
    [ "$f" -eq 0 ] || { echo "   exit status $rc; the end of $log/$name.log:"; grep -nE 'FAIL|error:|ERROR|Sanitizer' "$log/$name.log" | head -n 20; tail -n 40 "$log/$name.log"; }
  } >"$log/$name.part"
  mv "$log/$name.part" "$log/$name.result"
}

# Those that are done and were not told of yet
tell() {
  local row name p f
  for row in "${suites[@]}"; do
    name=${row%% *}
    [ -s "$log/$name.result" ] && [[ " $told " != *" $name "* ]] || continue
    told+=" $name"
    read -r p f <"$log/$name.result"
    tail -n +2 "$log/$name.result"
    [ "$f" -eq 0 ] || bad+=("$name: $(grep -aE '^(FAIL|FAILED|not ok|failed:)' "$log/$name.log" | cut -c1-160 | head -n 12 | tr '\n' ';')")
    passed=$((passed + p)) failed=$((failed + f))
  done
}

wanted() { [ ${#only[@]} -eq 0 ] || [[ " ${only[*]} " == *" $1 "* ]]; }

# rows of a place, and what to do with each
each() {
  local row name where place=$1 command
  shift
  for row in "${suites[@]}"; do
    read -r name where command <<<"$row"
    [ "$where" = "$place" ] && wanted "$name" || continue
    # shellcheck disable=SC2086
    run_suite "$name" $command
    [ "$place" = aside ] || tell
  done
}

# builds of suites that are wanted: gcc's, or the others
each_build() {
  local row
  for row in "${builds[@]}"; do
    # shellcheck disable=SC2086
    set -- $row
    case $1 in
    gcc) [ "$which" = gcc ] && { wanted gcc || wanted hook || wanted demo || wanted e2e || wanted store || wanted dist; } ;;
    *) [ "$which" = others ] && wanted "$1" ;;
    esac && build "$@"
  done
}

only=()
for arg in "$@"; do
  case $arg in
  --list) printf '%s\n' "${suites[@]}" | awk '{ print $1 }'; exit 0 ;;
  --full) RECROOM_FULL=1 ;;
  -*) echo "usage: ./check.sh [--full] [--list] [SUITE…]" >&2; exit 2 ;;
  *) printf '%s\n' "${suites[@]}" | grep -q "^$arg " || { echo "There is no suite $arg." >&2; exit 2; }; only+=("$arg") ;;
  esac
done

passed=0 failed=0 bad=() told="" aside=""
mkdir -p "$log"
rm -f "$log"/*.result "$log"/*.rc
trap '[ -z "$aside" ] || kill -- "-$aside" 2>/dev/null' EXIT
trap 'exit 130' INT TERM
start=$SECONDS
PACKAGES_LOG=$log/packages.log packages_ensure build serve call test bench || { tail -n 20 "$log/packages.log"; echo "0 passed, 1 failed"; exit 1; }
echo "packages: $((SECONDS - start)) s"
autoreconf -fi >"$log/autoreconf.log" 2>&1 || { tail -n 20 "$log/autoreconf.log"; echo "0 passed, 1 failed"; exit 1; }
which=gcc each_build
[ ! -e "$log/build-gcc.rc" ] || echo "gcc built: $(cat "$log/build-gcc.seconds") s"
set -m
( chrt -i -p 0 $BASHPID || renice -n 19 -p $BASHPID; which=others each_build; each aside ) &
aside=$!
set +m
each now
wait "$aside"
aside=""
tell
[ ${#bad[@]} -eq 0 ] || printf 'failed in %s\n' "${bad[@]}"
echo "all suites: $((SECONDS - start)) s"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
