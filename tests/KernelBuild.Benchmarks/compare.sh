#!/usr/bin/env bash
# Compares whole builds with the same work by hand, in one run, on an otherwise idle machine:
#   compare.sh cold|noop|patch|warm|series|cells FOLDER
# 'cold' starts both with empty caches; 'noop', 'patch' and 'warm' want the state that 'cold' left in FOLDER. 'series' applies a
# series of real patches with kernelbuild, git am and patch; 'cells' checks 200 cells of a matrix again.
# By hand means: dpkg-deb, tar, patch, make; the same compiler, configuration and targets.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
what=${1:?cold, noop, patch, warm, series or cells}
folder=${2:?a folder for the work}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
export KERNELBUILD_CACHE=$folder/cache LC_ALL=C TZ=UTC
unset CCACHE_DIR

seconds() { local start=$EPOCHREALTIME; "$@" >>"$folder/log" 2>&1; local end=$EPOCHREALTIME; echo "$start $end" | awk '{ printf "%.2f", $2 - $1 }'; }
report() { echo "$1: ours $2 s, by hand $3 s, ratio $(echo "$2 $3" | awk '{ printf "%.3f", $1 / $2 }')"; }

# a checkout of this repository with its own work, so that nothing is warm by accident
checkout() {
    rm -rf "$folder/$1"
    git clone -q "$root" "$folder/$1"
    "$folder/$1/nuke.sh" Devices >/dev/null # the compiled build: paid once a checkout, not once a kernel
}

ours() { (cd "$folder/ours" && ./nuke.sh BuildKernel --device virt); }

hand_make() {
    make -C "$folder/hand/src" O="$folder/hand/out" ARCH=arm64 LLVM=-19 KBUILD_BUILD_TIMESTAMP='Sat Jan  1 00:00:00 UTC 2000' \
        KBUILD_BUILD_USER=kernelbuild KBUILD_BUILD_HOST=kernelbuild KBUILD_BUILD_VERSION=1 "$@"
}

hand_configure() {
    hand_make tinyconfig
    "$folder/hand/src/scripts/kconfig/merge_config.sh" -m -O "$folder/hand/out" "$folder/hand/out/.config" \
        "$root/src/KernelBuild.Sdk/Sdk/profiles/iommu-passthrough.config" "$root/src/KernelBuild.Sdk/Sdk/profiles/kvm-host.config" \
        "$root/kernels/virt/virt.config"
    hand_make olddefconfig
}

# all that a device of the project makes with the kernel's Makefile: the Image and the stripped modules
hand_all() {
    hand_make -j"$(nproc)" "$@" Image.gz modules
    hand_make "$@" modules_install INSTALL_MOD_PATH="$folder/hand/modules" INSTALL_MOD_STRIP=1
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
    hand_all
}

# changes one line of one driver, in our series and by hand
edit() {
    local n=$1
    sed -i -E "s/(ACS is set up for each function as it is) enumerated[0-9]*/\1 enumerated$n/" \
        "$folder/ours/patches/acs-on-device-tree/"*.patch "$folder/hand/src/drivers/pci/of.c"
}

# real patches: the difference of Debian's 6.1 and 6.12, cut by folder; prints the store and the commits of both kernels
cut_series() {
    dotnet build "$root/tests/KernelBuild.Benchmarks" -c Release -p:RunAnalyzers=false --nologo -v:q >>"$folder/log" 2>&1
    dotnet "$root/tests/KernelBuild.Benchmarks/bin/Release/net10.0/KernelBuild.Benchmarks.dll" patches cut "$@"
}

by_patch() { for patch in $(cat "$folder/series/series"); do patch -d "$folder/tree" -p1 -F0 -s <"$folder/series/$patch"; done; }
by_am() { git -C "$folder/tree" -c user.name=A -c user.email=a@example.org am -q --keep-cr "$folder"/series/*.patch; }

case $what in
series)
    rm -rf "$folder/series"
    cut_series "$folder/series" --count 445 --largest "${3:-16000}" | tee "$folder/series.txt"
    read -r store old _ < <(tail -1 "$folder/series.txt")
    checkout bench
    (cd "$folder/bench" && ./nuke.sh Tool) >>"$folder/log" 2>&1
    if [ ! -d "$folder/tree" ]; then
        git clone -q --shared --no-checkout "$store" "$folder/tree" 2>>"$folder/log"
    fi
    git -C "$folder/tree" checkout -q -f --detach "$old"
    check() { "$folder/bench/artifacts/tool/kernelbuild" patches check "$folder/series" --git "$store" --commit "$old"; }
    check >/dev/null # warm
    for _ in 1 2 3; do
        mine=$(seconds check)
        theirs=$(seconds by_patch)
        report "series against patch" "$mine" "$theirs"
        git -C "$folder/tree" checkout -q -f "$old"
        git -C "$folder/tree" clean -q -f -d -x
    done
    report "series against git am" "$mine" "$(seconds by_am)"
    [ "$(git -C "$folder/tree" rev-parse 'HEAD^{tree}')" = "$(check | grep -o 'tree [0-9a-f]*' | cut -d' ' -f2)" ] && echo "the two trees are equal"
    ;;
cells)
    checkout bench
    cut_series "$folder/cells" --count 1000 --largest 16000 >/dev/null
    rm -rf "$folder/bench/patches"/cell-*
    n=0
    for patch in $(head -1000 "$folder/cells/series"); do
        # five patches to a series, two hundred series
        target=$folder/bench/patches/cell-$((n / 5 % 200))
        mkdir -p "$target"
        cp "$folder/cells/$patch" "$target/" && echo "$patch" >>"$target/series"
        n=$((n + 1))
    done
    cells() { (cd "$folder/bench" && ./nuke.sh TestPatches --device virt); }
    echo "first run: $(seconds cells) s"
    echo "nothing changed: $(seconds cells) s"
    sed -i 's/^Subject: /Subject: again /' "$folder/bench/patches/cell-7/"0*.patch
    echo "one series changed: $(seconds cells) s"
    grep -c '"unchanged": true' "$folder/bench/artifacts/patches/report.json"
    ;;
cold)
    rm -rf "$folder/cache" "$folder/hand"
    mkdir -p "$folder/hand"
    checkout ours
    mine=$(seconds ours)
    theirs=$(seconds hand_cold)
    report cold "$mine" "$theirs"
    cmp "$folder/ours/artifacts/virt/Image" "$folder/hand/out/arch/arm64/boot/Image" && echo "the two Images are equal"
    ;;
noop)
    for _ in 1 2 3 4 5; do
        mine=$(seconds ours)
        theirs=$(seconds hand_all)
        report noop "$mine" "$theirs"
    done
    ;;
patch)
    for n in 1 2 3 4 5; do
        edit "$n"
        mine=$(seconds ours)
        theirs=$(seconds hand_all)
        report patch "$mine" "$theirs"
    done
    ;;
warm)
    # a bare make through ccache: its cache is filled first, by a build that is not counted
    export CCACHE_DIR=$folder/hand/ccache
    for run in fill 1 2 3; do
        rm -rf "$folder/hand/out"
        hand_configure >>"$folder/log" 2>&1
        theirs=$(seconds hand_all CC='ccache clang-19' HOSTCC='ccache clang-19')
        [ "$run" = fill ] && continue
        rm -rf "$folder/ours/.work/virt/out" "$folder/ours/.work/virt/records.json" "$folder/ours/.work/virt/up-to-date"
        mine=$(CCACHE_DIR=$folder/cache/ccache seconds ours)
        report warm "$mine" "$theirs"
    done
    ;;
*)
    echo "cold, noop, patch, warm, series or cells" >&2
    exit 2
    ;;
esac
