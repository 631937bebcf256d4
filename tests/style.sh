#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What a reviewer should not have to say: licence lines, spaces at line ends, file and function lengths, headers that stand alone,
# JSON that parses, shell that parses.
set -u
cd "$(dirname "$0")/.." || exit 1
passed=0 failed=0
result() {   # name, list of offenders
  if [ -z "$2" ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'FAIL %s\n%s\n' "$1" "$2"
  fi
}
files() { git ls-files -- "$@" 2>/dev/null || find "$@" -type f; }
code=$(files '*.c' '*.h' '*.mjs' '*.js' '*.css' '*.sh' '*.mk' '*.am' '*.ac' '*.sql' | grep -v '/node_modules/')

result "an SPDX line in the first five lines" "$(for f in $code; do head -n 5 "$f" | grep -q 'SPDX-License-Identifier:' || echo "$f"; done)"
result "no space at a line's end" "$(grep -nE '[ 	]+$' $code /dev/null | cut -d: -f1,2)"
result "a newline at the end of each file" "$(for f in $code; do [ -z "$(tail -c 1 "$f")" ] || echo "$f"; done)"
result "no TODO, FIXME or XXX" "$(grep -nE '\b(TODO|FIXME|XXX)\b' $code /dev/null | grep -v '^tests/style.sh' | cut -c1-120)"
result "no .c file over 800 lines" "$(files '*.c' | xargs wc -l | awk '$2 != "total" && $1 > 800 { print $2, $1 }')"
result "no packet struct of our own: its size is the core's affair (plugins/compat.c)" "$(grep -nE '\bjanus_plugin_rtp +[a-z_]+ *[;=,[]' $(files 'plugins/*.c' 'plugins/*.h'))"
result "Janus' headers and versions in plugins/compat alone" "$(grep -nE 'include <(plugins|rtp|rtcp|utils|refcount|debug|mutex|sdp-utils|record)[/.]|HAVE_STRUCT_JANUS|janus_version' $(files 'plugins/*.c' 'plugins/*.h') | grep -v '^plugins/compat\.')"
result "clients and schemas are MIT" "$(for f in $(files 'html/*.js' 'html/*.css' 'html/*.html'); do grep -q 'SPDX-License-Identifier: MIT' "$f" || echo "$f"; done)"
result "headers compile alone" "$(for f in $(files 'common/*.h'); do
  echo "#include \"$f\"" | ${CC:-gcc} -std=gnu11 -D_GNU_SOURCE -fsyntax-only -I. $(pkg-config --cflags glib-2.0 jansson) -x c - 2>&1 | head -n 2
done
for f in $(files 'postprocess/*.h'); do
  echo "#include \"$f\"" | ${CC:-gcc} -std=gnu11 -D_GNU_SOURCE -fsyntax-only -I. $(pkg-config --cflags glib-2.0 jansson libavcodec libavformat libavutil libswscale cairo pango libmicrohttpd opus libebur128 soxr) -x c - 2>&1 | head -n 2
done
for f in $(files 'plugins/*.h'); do
  echo "#include \"$f\"" | ${CC:-gcc} -std=gnu11 -D_GNU_SOURCE -fsyntax-only -I. -isystem /usr/include/janus $(pkg-config --cflags glib-2.0 jansson libavformat) -x c - 2>&1 | head -n 2
done)"
# a level above 1.5, of 10, is said and the exit status not 0; the analysis reads the file alone
result "recroom-pp.service is closed to 1.5" "$(systemd-analyze security --offline=yes --threshold=15 --no-pager conf/recroom-pp.service 2>&1 >/dev/null || systemd-analyze security --offline=yes --no-pager conf/recroom-pp.service 2>&1 | tail -n 1)"
result "shell scripts parse" "$(for f in $(files '*.sh') tests/run-unit; do bash -n "$f" 2>&1; done)"
result "JSON files parse" "$(for f in $(files '*.json'); do node -e 'JSON.parse(require("fs").readFileSync(process.argv[1]))' "$f" 2>&1 | head -n 1; done)"
# each of its checks counts as one
out=$(/usr/bin/python3 tests/openapi_check.py 2>&1); rc=$?
line=$(tail -n 1 <<<"$out")
[ $rc -eq 0 ] || { echo "$out"; [[ $line =~ ^[0-9]+\ passed ]] || line="0 passed, 1 failed"; }
passed=$((passed + ${line%% *})) failed=$((failed + $(sed 's/.*, \([0-9]*\) failed/\1/' <<<"$line")))
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
