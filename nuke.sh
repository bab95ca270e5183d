#!/bin/sh
# Starts the build. When nothing changed below build/ and src/ since it was compiled, the compiled build starts at once.
set -eu
case $0 in */*) root=${0%/*} ;; *) root=. ;; esac
root=$(CDPATH='' cd -- "$root" && pwd -P)
output=$root/build/bin/Release/net10.0
stamp=$root/build/bin/compiled

sources() {
    find "$root/build" "$root/src" "$root/global.json" "$root/Directory.Build.props" "$root/Directory.Packages.props" "$root/.editorconfig" \
        \( -name bin -o -name obj \) -prune -o -type f "$@" -print
}

# what the compiled build was made of: the names of all sources, and NUKE itself or its stand-in
content() {
    { sources; echo "${NUKE_PACKAGE:-}"; } | cksum
}

if ! command -v dotnet >/dev/null 2>&1; then
    echo "error KB4004: the .NET SDK 10 is not on PATH" >&2
    echo "  fix: install it (https://dotnet.microsoft.com/download) and run this again" >&2
    exit 2
fi

# -cnewer: the change time moves with every edit, also with one that sets the old times back
if [ ! -e "$stamp" ] || [ ! -e "$output/_build.dll" ] || [ ! -e "$root/src/KernelBuild.Sdk/bin/Release/net10.0/KernelBuild.Sdk.dll" ] || [ "$(content)" != "$(cat "$stamp")" ] || [ -n "$(sources -cnewer "$stamp")" ]; then
    mkdir -p "$root/build/bin"
    lock=$root/build/bin/compiling
    if command -v flock >/dev/null 2>&1; then exec 9>"$lock"; flock 9; fi
    content > "$stamp.new" # before the sources are read: an edit meanwhile counts
    log=$root/build/bin/compile.log
    if ! dotnet build "$root/build/_build.csproj" -c Release -nologo -v:q -nodeReuse:false -p:RunAnalyzers=false \
        -p:UseSharedCompilation=false ${NUKE_PACKAGE:+-p:NukePackage=true} >"$log" 2>&1 9>&-; then
        cat "$log" >&2
        echo "error: the build itself does not compile; the log is $log" >&2
        exit 2
    fi
    mv -f "$stamp.new" "$stamp"
    if command -v flock >/dev/null 2>&1; then exec 9>&-; fi
fi

export DOTNET_TieredPGO=0
exec dotnet "$output/_build.dll" "$@"
