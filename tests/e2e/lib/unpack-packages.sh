#!/usr/bin/env bash
# Debian packages for a test, fetched by apt into FOLDER and unpacked there, not installed: rsyslog and syslog-ng can't be
# installed beside one another. A second run finds them.  usage: unpack-packages.sh FOLDER PACKAGE…
set -euo pipefail
folder=$(realpath -m "$1")
shift
[[ $(cat "$folder/done" 2>/dev/null) != "$*" ]] || exit 0
rm -rf "$folder"
mkdir -p "$folder"/{apt/lists/partial,apt/cache/archives/partial,debs}
apt=(-o Dir::State::lists="$folder/apt/lists" -o Dir::Cache="$folder/apt/cache" -o APT::Sandbox::User=root
  -o Acquire::Retries=3)
apt-get --quiet "${apt[@]}" update
(cd "$folder/debs" && apt-get --quiet "${apt[@]}" download "$@")
for deb in "$folder"/debs/*.deb; do dpkg-deb --extract "$deb" "$folder"; done
rm -rf "$folder/apt" "$folder/debs"
echo "$*" >"$folder/done"
