#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The clients' packages (html/sdk): their own tests, types, size, and what would be published. No Janus, no browser: those are tests/e2e/suites/sdk.mjs.
#
#   tests/sdk.sh            RECROOM_SEED=n repeats a random test, RECROOM_FULL=1 makes them long
#
# The last line is `N passed, N failed`.
set -u
cd "$(dirname "$0")/../html/sdk" || exit 1
export npm_config_update_notifier=false npm_config_loglevel=error
packages="core react react-native"
example=$PWD/react-native/example
passed=0 failed=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

check() {   # name, output to show if the command failed; its exit status is that of the command before
  local rc=$?
  if [ $rc -eq 0 ]; then
    passed=$((passed + 1))
    echo "ok   $1"
  else
    failed=$((failed + 1))
    printf 'FAIL %s\n%s\n' "$1" "$2"
  fi
}

# names that a package exports: values and types
exports_of() {
  grep -oE '^export \{ [^}]*' "$1/src/index.js" | sed 's/export {//' | tr -d ' ' | tr ',' '\n'
  sed -n 's/^ *\/\*\* @typedef .* \([A-Za-z]*\) \*\/$/\1/p' "$1/src/index.js"
}

# as an application has it: the packages, and React from here
install_tarballs() {
  local name
  for name in janus-recroom janus-recroom-react janus-recroom-react-native; do
    mkdir -p "$scratch/app/node_modules/$name" && tar -xzf "$scratch/$name"-0*.tgz -C "$scratch/app/node_modules/$name" --strip-components 1 || return 1
  done
  ln -s "$PWD/node_modules/react" "$scratch/app/node_modules/react"
}

# the example for React Native, bundled by Metro with the tarballs; making it small takes as long again, and shows nothing
bundle_example() {
  cat >"$scratch/metro.config.js" <<EOF
const example = require('$example/metro.config.js');
const packages = Object.fromEntries(Object.keys(example.resolver.extraNodeModules).map((name) => [name, '$scratch/app/node_modules/' + name]));
module.exports = { ...example, watchFolders: Object.values(packages), resolver: { ...example.resolver, extraNodeModules: packages } };
EOF
  (cd "$example" && node node_modules/metro/src/cli.js build index.js --config "$scratch/metro.config.js" --platform android --dev false --minify false --out "$scratch/bundle.js" --max-workers 2) &&
    grep -q janus-recroom-react-native "$scratch/bundle.js" && grep -q rr-indicator "$scratch/bundle.js" &&
    [ "$(grep -c 'WebRTC native module not found' "$scratch/bundle.js")" -eq 1 ]
}

# what the lock file of this folder says, once
install_tools() {
  if ! cmp -s "$1/package-lock.json" "$1/node_modules/.installed-lock"; then
    (cd "$1" && npm ci --ignore-scripts --no-audit --no-fund) >"$scratch/npm.log" 2>&1 || { cat "$scratch/npm.log"; echo "npm could not install the tools."; echo "0 passed, 1 failed"; exit 1; }
    cp "$1/package-lock.json" "$1/node_modules/.installed-lock"
  fi
}

install_tools .
install_tools "$example"           # has the types of React Native, too

# what node:test counted
node --test --test-reporter=tap core/test/*.test.js react/test/*.test.js react-native/test/*.test.js >"$scratch/tap" 2>&1
grep -aE '^# (figure|seed)' "$scratch/tap" | sed 's/^# //'
p=$(sed -n 's/^# pass \([0-9]*\)$/\1/p' "$scratch/tap") f=$(sed -n 's/^# fail \([0-9]*\)$/\1/p' "$scratch/tap")
passed=$((passed + ${p:-0})) failed=$((failed + ${f:-1}))
[ "${f:-1}" -eq 0 ] || { grep -aE '^not ok' "$scratch/tap" | sed 's/^not ok/FAIL/'; grep -aA25 '^not ok' "$scratch/tap"; }

for one in $packages; do
  out=$(npx tsc -p "$one/tsconfig.json" --outDir "$scratch/types-$one" 2>&1); check "$one: the sources agree with their types" "$out"
  out=$(diff -r "$scratch/types-$one" "$one/types" 2>&1 | head -n 20); [ -z "$out" ]; check "$one: types/ is what the sources say (npm run types)" "$out"
  out=$(npx tsc -p "$one/test/types/tsconfig.json" 2>&1); check "$one: an example that uses every export, under --strict" "$out"
  out=$(for name in $(exports_of "$one"); do grep -qw "$name" "$one"/test/types/example.ts* || echo "$name"; done); [ -z "$out" ]; check "$one: and really every one" "$out"
  [ ! -f "$one/typedoc.json" ] || { out=$(npx typedoc --options "$one/typedoc.json" --out "$scratch/docs-$one" 2>&1) && [ -s "$scratch/docs-$one/index.html" ]; check "$one: documents of the API, without a warning" "$out"; }
  out=$(cd "$one" && npm pack --silent --pack-destination "$scratch" 2>&1); check "$one: a tarball" "$out"
  out=$(for f in "$one"/src/*.js; do n=$(basename "$f" .js); grep -q "$one/src/$n.js" local.mk && grep -q "$one/types/$n.d.ts" local.mk || echo "$f"; done); [ -z "$out" ]
  check "$one: make install has every module" "$out"
done

out=$(npx vite build react/example --outDir "$scratch/example" 2>&1) && ls "$scratch"/example/assets/*.js >/dev/null; check "the example application is built" "$out"

# what is published works where nothing else is
out=$(install_tarballs 2>&1 && cd "$scratch/app" && node --input-type=module -e '
	import { Room } from "janus-recroom";
	import { RecroomProvider, useRoom } from "janus-recroom-react";
	if (new Room().state !== "idle" || typeof RecroomProvider !== "function" || typeof useRoom !== "function") throw new Error("something is missing");' 2>&1)
check "the tarballs in an empty application" "$out"
began=$SECONDS
out=$(bundle_example 2>&1); check "the example for React Native, bundled by Metro from the tarballs" "$out"
echo "figure sdk: Metro took $((SECONDS - began)) s, the bundle has $(stat -c %s "$scratch/bundle.js" 2>/dev/null) bytes"
out=$(for name in janus-recroom janus-recroom-react janus-recroom-react-native; do tar -tzf "$scratch/$name"-0*.tgz; done | grep -vE '^package/(src/[a-z_]+\.js|types/[a-z_]+\.d\.ts|package\.json|README\.md|LICENSE|styles\.css)$'); [ -z "$out" ]; check "nothing else is in them" "$out"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
