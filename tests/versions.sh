#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The plugin against another Janus than the installed one: built with its headers by gcc and clang, warnings being errors; the plugin's tests in a core of
# that version; and what was built with the newer headers in a core of the older ones.
#
#   tests/versions.sh HEADERS [BUILD]       HEADERS: as installed, `…/include/janus`; BUILD: a build directory with the default headers, for the last part
#
# `janus` itself of that version, for the end-to-end tests: STACK_JANUS=PREFIX tests/e2e/run.sh BUILD gate
# The last line is `N passed, N failed`.
set -u
cd "$(dirname "$0")/.." || exit 1
top=$PWD
[ -f "${1:-}/plugins/plugin.h" ] || { echo "usage: tests/versions.sh HEADERS [BUILD]; HEADERS/plugins/plugin.h must be there" >&2; exit 2; }
headers=$(cd "$1" && pwd)
old=${2:+$(cd "$2" && pwd)}
out=$top/build-versions
tests="test_compat test_plugin_requests test_plugin_media test_plugin_race"
passed=0 failed=0

result() {   # name, exit status
  if [ "$2" -eq 0 ]; then passed=$((passed + 1)); echo "ok   $1"; else failed=$((failed + 1)); echo "FAIL $1"; fi
}

for cc in gcc clang; do
  mkdir -p "$out/$cc"
  # shellcheck disable=SC2086
  ( cd "$out/$cc" &&
    { [ -f Makefile ] || "$top/configure" --enable-werror --disable-postprocess --with-janus-headers="$headers" CC="${CCACHE:-} $cc" CFLAGS="-O1 -g1"; } &&
    make -j"$(nproc)" libjanus_recroom.la $tests ) >"$out/$cc.log" 2>&1
  result "builds with $cc" $?
  for t in $tests; do
    ( cd "$out/$cc" && timeout 300 "./$t" ) >"$out/$cc-$t.log" 2>&1
    result "$t, $cc" $?
  done
done
if [ -n "$old" ]; then
  for t in test_plugin_media test_plugin_race; do
    ( cd "$old" && make "$t" && RECROOM_PLUGIN=$out/gcc/.libs/libjanus_recroom.so timeout 300 "./$t" ) >"$out/older-core-$t.log" 2>&1
    result "$t in a core of the default headers" $?
  done
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
