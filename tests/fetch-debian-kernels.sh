#!/usr/bin/env bash
# Unpacks Debian's arm64 kernels, 6.1 and 6.12, into the user's cache: the device trees (about 1,600 files, 85 MB) and the kernel
# images with their configurations, what they export (Module.symvers) and the modules of VFIO and of virtio-iommu, unpacked (75 MB), and a busybox; 155 MB of download. The system's apt is asked through lists and folders of our own;
# nothing is installed. What is there already is kept; --again fetches the newest versions. Kernels of older and newer releases, 5.10 and
# 7.x (60 MB more), are fetched too where Debian's archive has them; without them the tests on them are skipped.
# --sources, besides, takes drivers/pci/quirks.c, include/linux/pci_ids.h and pcie-qcom.c out of Debian's packages of kernel source (130 MB of download each), where the
# system's apt has them: linux-source-6.1 and 6.12 of the release, 5.10 and 7.x of others.
set -euo pipefail
cache=${KERNELBUILD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kernelbuild}
trees=${KERNELBUILD_DEVICE_TREES:-$cache/device-trees}
images=${KERNELBUILD_KERNEL_IMAGES:-$cache/kernel-images}
if [ "${1:-}" = --sources ]; then
    shift
    for version in $(apt-cache search --names-only '^linux-source-[0-9.]*$' | cut -d' ' -f1 | sed 's/linux-source-//'); do
        folder=$(dirname "$images")/kernel-sources/$version
        [ ! -e "$folder/pci_ids.h" ] || [ ! -e "$folder/pcie-qcom.c" ] || continue
        package=$(mktemp -d)
        (cd "$package" && apt-get -qq -o APT::Sandbox::User= download "linux-source-$version") || continue
        mkdir -p "$folder"
        dpkg-deb --fsys-tarfile "$package"/*.deb | tar -xO --wildcards './usr/src/linux-source-*.tar.xz' \
            | tar -xJ -C "$package" --wildcards '*/drivers/pci/quirks.c' '*/include/linux/pci_ids.h' '*/drivers/pci/controller/dwc/pcie-qcom.c'
        mv "$package"/linux-source-*/drivers/pci/quirks.c "$package"/linux-source-*/include/linux/pci_ids.h \
            "$package"/linux-source-*/drivers/pci/controller/dwc/pcie-qcom.c "$folder"
        rm -rf "$package"
        echo "linux-source-$version: quirks of PCI in $folder"
    done
fi
wanted=()
for series in 6.1 6.12; do
    if [ "${1:-}" = --again ] || [ ! -d "$trees/$series" ] || [ ! -e "$images/$series/vmlinuz" ] || [ ! -d "$images/$series/modules" ] || { [ "$series" = 6.12 ] && [ ! -e "$images/$series/modules/virtio-iommu.ko" ]; } || [ ! -e "$images/$series/Module.symvers" ] || [ ! -e "$images/busybox" ]; then wanted+=("$series"); fi
done
optional=()
for series in 5.10 7.x; do
    if [ "${1:-}" = --again ] || [ ! -e "$images/$series/vmlinuz" ] || { [ "$series" = 7.x ] && [ ! -d "$images/$series/modules" ]; }; then optional+=("$series"); fi
done
[ "${#wanted[@]}${#optional[@]}" != 00 ] || exit 0
# in lib/modules or, where /usr is merged, in usr/lib/modules
modules=('*/kernel/drivers/vfio/vfio*.ko*' '*/kernel/drivers/vfio/pci/vfio-pci*.ko*' '*/kernel/drivers/iommu/virtio-iommu.ko*')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{state/lists/partial,cache/archives/partial}
: > "$work/status"
printf 'Dir::State "%s";\nDir::State::status "%s";\nDir::Cache "%s";\nAPT::Architecture "arm64";\nAPT::Architectures { "arm64"; };\nAPT::Sandbox::User "";\n' \
    "$work/state" "$work/status" "$work/cache" > "$work/apt.conf"
export APT_CONFIG=$work/apt.conf
cd "$work"
[ "${#wanted[@]}" = 0 ] || apt-get -qq update

unpack_modules() {
    find "$1" -name '*.ko*' -exec mv {} "$2" \;
    find "$2" -name '*.xz' -exec xz -d {} +
}

for series in "${wanted[@]}"; do
    # the security suite rotates versions: the newest that matches
    package=$(apt-cache search --names-only "^linux-image-${series/./\\.}\\.[0-9+deb-]*-arm64-unsigned\$" | cut -d' ' -f1 | sort -V | tail -n 1)
    [ -n "$package" ] || { echo "no package linux-image-$series… in the lists" >&2; exit 1; }
    headers=${package/image/headers}
    apt-get -qq download "$package:arm64" "${headers%-unsigned}:arm64" busybox-static:arm64
    mkdir -p "$work/trees" "$work/root" "$work/image/modules" "$trees" "$images"
    dpkg-deb --fsys-tarfile "$package"_*.deb | tar -x -C "$work/root" --wildcards './usr/lib/linux-image-*/*.dtb*' './boot/vmlinuz-*' './boot/config-*' \
        "${modules[@]}" 2> /dev/null || [ -e "$work"/root/boot ] # 6.1 has no module of virtio-iommu
    dpkg-deb --fsys-tarfile "${headers%-unsigned}"_*.deb | tar -x -O --wildcards './usr/src/*/Module.symvers' > "$work/image/Module.symvers"
    dpkg-deb --fsys-tarfile busybox-static_*.deb | tar -x -O ./bin/busybox > "$images/busybox"
    mv "$work"/root/boot/vmlinuz-* "$work/image/vmlinuz"
    mv "$work"/root/boot/config-* "$work/image/config"
    unpack_modules "$work/root" "$work/image/modules"
    echo "$package" > "$work/image/package"
    rm -rf "$trees/$series" "$images/$series"
    mv "$work"/root/usr/lib/linux-image-* "$trees/$series"
    mv "$work/image" "$images/$series"
    rm -rf "$work/root" "$work/trees" "$work"/*.deb
    echo "$package: $(find "$trees/$series" -name '*.dtb*' | wc -l) device trees in $trees/$series, the kernel in $images/$series"
done

# The oldest and the newest release: lists of their own, and no failure when the archive has none.
fetch_other() {
    local series=$1 suite=$2 pattern=$3 package archive
    local other=$work/$suite
    mkdir -p "$other"/{state/lists/partial,cache/archives/partial}
    : > "$other/status"
    archive=$(env -u APT_CONFIG apt-get indextargets --format '$(REPO_URI)' | grep -m 1 '/debian/*$' || true) # the one this system uses
    [ -n "$archive" ] || return 1
    printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$archive" "$suite" > "$other/sources.list"
    printf 'Dir::State "%s";\nDir::State::status "%s";\nDir::Cache "%s";\nDir::Etc::sourcelist "%s";\nDir::Etc::sourceparts "-";\nAPT::Architecture "arm64";\nAPT::Architectures { "arm64"; };\nAPT::Sandbox::User "";\n' \
        "$other/state" "$other/status" "$other/cache" "$other/sources.list" > "$other/apt.conf"
    export APT_CONFIG=$other/apt.conf
    cd "$other"
    apt-get -qq update || return 1
    package=$(apt-cache search --names-only "$pattern" | cut -d' ' -f1 | sort -V | tail -n 1)
    [ -n "$package" ] && apt-get -qq download "$package" || return 1
    dpkg-deb --fsys-tarfile "$package"_*.deb | tar -x -C "$other" --wildcards './boot/vmlinuz-*' './usr/lib/modules/*/vmlinuz' './boot/config-*' 2> /dev/null || true
    mkdir -p "$images/$series"
    find "$other" -name 'config-*' -exec mv {} "$images/$series/config" \;
    echo "$package" > "$images/$series/package"
    find "$other" -name 'vmlinuz*' -exec mv {} "$images/$series/vmlinuz" \;
    if [ "$series" = 7.x ]; then
        apt-get -qq download "${package/binary/modules}" || return 1
        dpkg-deb --fsys-tarfile "${package/binary/modules}"_*.deb | tar -x -C "$other" --wildcards "${modules[@]}"
        mkdir -p "$images/$series/modules"
        unpack_modules "$other" "$images/$series/modules"
    fi
    echo "$package: the kernel in $images/$series"
}
for series in "${optional[@]}"; do
    case $series in
        5.10) fetch_other 5.10 bullseye '^linux-image-5\.10\.[0-9+deb-]*-arm64-unsigned$' ;;
        7.x) fetch_other 7.x sid '^linux-binary-7\.[0-9.+deb]*-arm64$' ;;
    esac || echo "no kernel $series: tests on it are skipped" >&2
done
