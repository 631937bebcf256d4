# SPDX-License-Identifier: GPL-3.0-or-later
# What Debian 12 must have installed, and how to install what is missing. Sourced by demo.sh and check.sh.
#
#   packages_ensure build call      names of the groups below; root, or sudo, only if something is missing
#
# Services that packages bring (Debian's janus starts one) are kept from starting while we install, so that nothing listens that nobody asked for.

PACKAGES_build="build-essential autoconf automake libtool pkg-config xz-utils janus janus-dev libjansson-dev libglib2.0-dev libconfig-dev
 libsqlite3-dev libpq-dev libjwt-dev libssl-dev libavformat-dev libavcodec-dev libavutil-dev libswscale-dev libswresample-dev libopus-dev libvpx-dev
 libcurl4-openssl-dev libebur128-dev libsoxr-dev libmicrohttpd-dev libgnutls28-dev libcairo2-dev libpango1.0-dev zlib1g-dev"
PACKAGES_serve="fonts-noto-core openssl iproute2 curl"
PACKAGES_call="chromium"
PACKAGES_test="python3-cryptography clang libclang-rt-14-dev ffmpeg fonts-noto-cjk fonts-noto-color-emoji sqlite3 procps valgrind python3-jsonschema python3-yaml firefox-esr mpv systemd postgresql"
PACKAGES_bench="libsrtp2-dev nftables vpx-tools janus-tools fonts-dejavu-core wrk"
PACKAGES_store="radosgw ceph-mon ceph-osd python3-botocore rclone awscli curl iproute2"

packages_missing() {
  local group name
  for group in "$@"; do
    local list="PACKAGES_$group"
    for name in ${!list}; do
      dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed || echo "$name"
    done
  done
  # Debian's own nodejs and npm, or whatever newer ones are on the path
  if [[ " $* " =~ " "(call|test|store)" " ]]; then
    command -v node >/dev/null || echo nodejs
    command -v npm >/dev/null || echo npm
  fi
}

packages_ensure() {
  local missing sudo="" policy=/usr/sbin/policy-rc.d made_policy=""
  command -v dpkg-query >/dev/null || { echo "This needs Debian 12 (dpkg was not found)." >&2; return 1; }
  missing=$(packages_missing "$@" | sort -u | tr '\n' ' ')
  [ -n "${missing// /}" ] || return 0
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "Missing packages: $missing- install them as root, or install sudo." >&2; return 1; }
    sudo=sudo
  fi
  echo "Installing: $missing" >&2
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' | $sudo tee $policy >/dev/null && $sudo chmod 755 $policy && made_policy=1
  fi
  local rc=0
  { $sudo apt-get update -qq &&
    # shellcheck disable=SC2086
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >"${PACKAGES_LOG:-/dev/null}" 2>&1 </dev/null || rc=$?
  [ -z "$made_policy" ] || $sudo rm -f $policy
  [ "$rc" -eq 0 ] || echo "apt-get could not install the packages (exit status $rc)${PACKAGES_LOG:+; see $PACKAGES_LOG}." >&2
  return "$rc"
}
