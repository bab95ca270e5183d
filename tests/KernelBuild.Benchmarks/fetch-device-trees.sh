#!/usr/bin/env bash
# Unpacks the device trees of Debian's arm64 kernels, 6.1 and 6.12, into the user's cache (about 1,600 files, 85 MB; 150 MB of
# download). The system's apt is asked through lists and folders of our own; nothing is installed.
set -euo pipefail
target=${KERNELBUILD_DEVICE_TREES:-${KERNELBUILD_CACHE:-$HOME/.cache/kernelbuild}/device-trees}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{state/lists/partial,cache/archives/partial}
: > "$work/status"
printf 'Dir::State "%s";\nDir::State::status "%s";\nDir::Cache "%s";\nAPT::Architecture "arm64";\nAPT::Architectures { "arm64"; };\nAPT::Sandbox::User "";\n' \
    "$work/state" "$work/status" "$work/cache" > "$work/apt.conf"
export APT_CONFIG=$work/apt.conf
cd "$work"
apt-get -qq update
for series in 6.1 6.12; do
    # the security suite rotates versions: the newest that matches
    package=$(apt-cache search --names-only "^linux-image-${series/./\\.}\\.[0-9+deb-]*-arm64-unsigned\$" | cut -d' ' -f1 | sort -V | tail -n 1)
    [ -n "$package" ] || { echo "no package linux-image-$series… in the lists" >&2; exit 1; }
    apt-get -qq download "$package:arm64"
    rm -rf "$target/$series" "$work/$series"
    mkdir -p "$work/$series" "$target"
    dpkg-deb --fsys-tarfile "$package"_*.deb | tar -x -C "$work/$series" --strip-components=4 --wildcards './usr/lib/linux-image-*/*.dtb*'
    mv "$work/$series" "$target/$series"
    echo "$package: $(find "$target/$series" -name '*.dtb*' | wc -l) device trees in $target/$series"
done
