#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what the tests need, builds, runs every test. Ends on one line, `N passed, N failed`; exit status 1 if any failed.
#
#   ./check.sh            everything
#   ./check.sh NAME…      only these suites (see the table below); `./check.sh --list` names them
#   ./check.sh --full     long counts as well
#
# Each suite is a row: name, command. A suite ends its output on its own `N passed, N failed`; one that does not is one failure.
# Logs: build-check/log/<suite>.log
set -u
cd "$(dirname "$0")" || exit 1
top=$PWD
out=$top/build-check
log=$out/log
export RECROOM_FULL=""
. tests/lib/packages.sh

suites=(
  "style         tests/style.sh"
  "gcc           build_and_check gcc --enable-werror"
  "asan          build_and_check asan --enable-werror --enable-sanitizer=address,undefined CC=clang"
  "tsan          build_and_check tsan --enable-werror --enable-sanitizer=thread --disable-postprocess CC=clang"
  "tsan-mix      composer_races"
  "hook          tests/bench/hook.sh $out/gcc"
  "dist          dist_check"
  "demo          demo_check"
  "sdk           tests/sdk.sh"
  "e2e           tests/e2e/run.sh $out/gcc"
  "store         store_check"
)

# configure and make in a directory of their own, then `make check` (unit tests, plugin in a fake Janus, fuzz corpora)
build_and_check() {
  local name=$1
  shift
  mkdir -p "$out/$name" && cd "$out/$name" || return 1
  "$top/configure" --prefix="$out/$name/_inst" "$@" CFLAGS="-O1 -g1" || return 1
  make -j"$(nproc)" || return 1
  make -j"$(nproc)" check
}

# what works on several threads in recroom-pp, alone: composing, HTTP, worker, webhooks, access log, reconciler, uploads. What libav's threads do is left to their
# authors (tsan.supp); of libmicrohttpd and libcurl nothing is
composer_races() {
  local tests=(test_segment test_compose test_follow test_reconcile test_webhook test_worker test_http test_rest test_rest_pages test_forward
    test_idempotent test_access test_attempts test_passing test_upload test_upload_ahead test_store_http test_credentials test_backup test_takeover)
  mkdir -p "$out/tsan-mix" && cd "$out/tsan-mix" || return 1
  "$top/configure" --enable-werror --enable-sanitizer=thread --disable-plugin CC=clang CFLAGS="-O1 -g1" || return 1
  make -j"$(nproc)" recroom-pp "${tests[@]}" || return 1
  TSAN_OPTIONS="suppressions=$top/tests/lib/tsan.supp" "$top/tests/run-unit" "${tests[@]}"
}

# `make distcheck`: the tarball configures, builds outside its (read-only) tree, installs, uninstalls and cleans; the tests themselves are
# what the other suites run on the same files
dist_check() {
  if make -C "$out/gcc" -j"$(nproc)" distcheck check_PROGRAMS= RECROOM_CHECK=no AM_DISTCHECK_CONFIGURE_FLAGS="$(dist_flags)"; then
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

run_suite() {
  local name=$1 start=$SECONDS line p f
  shift
  echo "── $name"
  ( "$@" ) >"$log/$name.log" 2>&1 </dev/null
  local rc=$?
  line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log/$name.log" | tail -n 1)
  p=${line%% passed*} f=${line#*, } f=${f%% failed*}
  if [ -z "$line" ] || { [ $rc -ne 0 ] && [ "$f" -eq 0 ]; }; then
    p=${p:-0} f=$((${f:-0} + 1))
  fi
  grep -E '^(suite|figure) ' "$log/$name.log"
  printf '%-8s %4d passed, %d failed, %d s\n' "$name" "$p" "$f" $((SECONDS - start))
  [ "$f" -eq 0 ] || { echo "   exit status $rc; the end of $log/$name.log:"; grep -nE 'FAIL|error:|ERROR|Sanitizer' "$log/$name.log" | head -n 20; tail -n 40 "$log/$name.log"; }
  [ "$f" -eq 0 ] || bad+=("$name: $(grep -aE '^(FAIL|FAILED|not ok|failed:)' "$log/$name.log" | cut -c1-160 | head -n 12 | tr '\n' ';')")
  passed=$((passed + p)) failed=$((failed + f))
}

only=()
for arg in "$@"; do
  case $arg in
  --list) printf '%s\n' "${suites[@]}" | awk '{ print $1 }'; exit 0 ;;
  --full) RECROOM_FULL=1 ;;
  -*) echo "usage: ./check.sh [--full] [--list] [SUITE…]" >&2; exit 2 ;;
  *) only+=("$arg") ;;
  esac
done

passed=0 failed=0 bad=()
mkdir -p "$log"
start=$SECONDS
PACKAGES_LOG=$log/packages.log packages_ensure build serve call test bench || { tail -n 20 "$log/packages.log"; echo "0 passed, 1 failed"; exit 1; }
echo "packages: $((SECONDS - start)) s"
autoreconf -fi >"$log/autoreconf.log" 2>&1 || { tail -n 20 "$log/autoreconf.log"; echo "0 passed, 1 failed"; exit 1; }
for row in "${suites[@]}"; do
  # shellcheck disable=SC2086
  set -- $row
  [ ${#only[@]} -eq 0 ] || [[ " ${only[*]} " == *" $1 "* ]] || continue
  run_suite "$@"
done
[ ${#bad[@]} -eq 0 ] || printf 'failed in %s\n' "${bad[@]}"
echo "all suites: $((SECONDS - start)) s"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
