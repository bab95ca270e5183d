#!/usr/bin/env bash
# Unpacks a newer fastboot than the system's, Debian 13's (34, with the command fetch), and the libraries that it needs into the user's cache:
# 7 MB of download, nothing is installed. What is there already is kept. Tests that need it are skipped without it.
set -euo pipefail
cache=${KERNELBUILD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kernelbuild}
target=$cache/fastboot
[ ! -x "$target/fastboot" ] || exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{state/lists/partial,cache/archives/partial,root}
: > "$work/status"
archive=$(apt-get indextargets --format '$(REPO_URI)' | grep -m 1 '/debian/*$') # the one this system uses
printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s trixie main\n' "$archive" > "$work/sources.list"
printf 'Dir::State "%s";\nDir::State::status "%s";\nDir::Cache "%s";\nDir::Etc::sourcelist "%s";\nDir::Etc::sourceparts "-";\nAPT::Sandbox::User "";\n' \
    "$work/state" "$work/status" "$work/cache" "$work/sources.list" > "$work/apt.conf"
export APT_CONFIG=$work/apt.conf
cd "$work"
apt-get -qq update
apt-get -qq -y --no-install-recommends --download-only install fastboot
for package in "$work"/cache/archives/*.deb; do
    dpkg-deb -x "$package" root
done
library=$(dirname "$(find root/usr/lib -name 'libc.so.6' | head -n 1)")
loader=$(find "$library" -name 'ld-linux*' | head -n 1)
[ -n "$loader" ] && [ -x root/usr/lib/android-sdk/platform-tools/fastboot ]
# its own loader and libraries: the system's are older
printf '#!/bin/sh\nhere=$(dirname "$(readlink -f "$0")")\nexec "$here/%s" --library-path "$here/%s:$here/%s/android" "$here/root/usr/lib/android-sdk/platform-tools/fastboot" "$@"\n' \
    "$loader" "$library" "$library" > fastboot
chmod +x fastboot
./fastboot --version | head -n 1
mkdir -p "$target"
rm -rf "$target/root"
mv root "$target/root"
mv fastboot "$target/fastboot"
