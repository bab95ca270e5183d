#!/usr/bin/env bash
# Compares whole builds with the same work by hand, in one run, on an otherwise idle machine:
#   compare.sh cold|noop|patch|warm FOLDER
# 'cold' starts both with empty caches; the others want the state that 'cold' left in FOLDER.
# By hand means: dpkg-deb, tar, patch, make; the same compiler, configuration and targets.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
what=${1:?cold, noop, patch or warm}
folder=${2:?a folder for the work}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
export KERNELBUILD_CACHE=$folder/cache LC_ALL=C TZ=UTC
unset CCACHE_DIR

seconds() { local start=$EPOCHREALTIME; "$@" >>"$folder/log" 2>&1; local end=$EPOCHREALTIME; echo "$start $end" | awk '{ printf "%.2f", $2 - $1 }'; }
report() { echo "$1: ours $2 s, by hand $3 s, ratio $(echo "$2 $3" | awk '{ printf "%.3f", $1 / $2 }')"; }

# a checkout of this repository with its own work, so that nothing is warm by accident
checkout() {
    rm -rf "$folder/ours"
    git clone -q "$root" "$folder/ours"
    "$folder/ours/nuke.sh" Devices >/dev/null # the compiled build: paid once a checkout, not once a kernel
}

ours() { (cd "$folder/ours" && ./nuke.sh BuildKernel --device virt); }

hand_make() {
    make -C "$folder/hand/src" O="$folder/hand/out" ARCH=arm64 LLVM=-19 KBUILD_BUILD_TIMESTAMP='Sat Jan  1 00:00:00 UTC 2000' \
        KBUILD_BUILD_USER=kernelbuild KBUILD_BUILD_HOST=kernelbuild KBUILD_BUILD_VERSION=1 "$@"
}

hand_configure() {
    hand_make tinyconfig
    "$folder/hand/src/scripts/kconfig/merge_config.sh" -m -O "$folder/hand/out" "$folder/hand/out/.config" \
        "$root/src/KernelBuild.Sdk/Sdk/profiles/iommu-passthrough.config" "$root/kernels/virt/virt.config"
    hand_make olddefconfig
}

hand_cold() {
    local deb
    (cd "$folder/hand" && apt-get download -q linux-source-6.1)
    deb=$(echo "$folder"/hand/*.deb)
    dpkg-deb -x "$deb" "$folder/hand/deb"
    mkdir -p "$folder/hand/src"
    tar -C "$folder/hand/src" --strip-components=1 -xf "$folder/hand/deb/usr/src/linux-source-6.1.tar.xz"
    for patch in "$root"/patches/acs-on-device-tree/*.patch; do patch -d "$folder/hand/src" -p1 -F0 -s <"$patch"; done
    hand_configure
    hand_make -j"$(nproc)" Image.gz
}

# changes one line of one driver, in our series and by hand
edit() {
    local n=$1
    sed -i -E "s/(ACS is set up for each function as it is) enumerated[0-9]*/\1 enumerated$n/" \
        "$folder/ours/patches/acs-on-device-tree/"*.patch "$folder/hand/src/drivers/pci/of.c"
}

case $what in
cold)
    rm -rf "$folder/cache" "$folder/hand"
    mkdir -p "$folder/hand"
    checkout
    mine=$(seconds ours)
    theirs=$(seconds hand_cold)
    report cold "$mine" "$theirs"
    cmp "$folder/ours/artifacts/virt/Image" "$folder/hand/out/arch/arm64/boot/Image" && echo "the two Images are equal"
    ;;
noop)
    for _ in 1 2 3 4 5; do
        mine=$(seconds ours)
        theirs=$(seconds hand_make Image.gz)
        report noop "$mine" "$theirs"
    done
    ;;
patch)
    for n in 1 2 3 4 5; do
        edit "$n"
        mine=$(seconds ours)
        theirs=$(seconds hand_make -j"$(nproc)" Image.gz)
        report patch "$mine" "$theirs"
    done
    ;;
warm)
    # a bare make through ccache: its cache is filled first, by a build that is not counted
    export CCACHE_DIR=$folder/hand/ccache
    for run in fill 1 2 3; do
        rm -rf "$folder/hand/out"
        hand_configure >>"$folder/log" 2>&1
        theirs=$(seconds hand_make -j"$(nproc)" CC='ccache clang-19' HOSTCC='ccache clang-19' Image.gz)
        [ "$run" = fill ] && continue
        rm -rf "$folder/ours/.work/virt/out" "$folder/ours/.work/virt/records.json" "$folder/ours/.work/virt/up-to-date"
        mine=$(CCACHE_DIR=$folder/cache/ccache seconds ours)
        report warm "$mine" "$theirs"
    done
    ;;
*)
    echo "cold, noop, patch or warm" >&2
    exit 2
    ;;
esac
