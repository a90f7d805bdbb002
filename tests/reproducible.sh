#!/bin/sh
# Builds in two places are the same, byte by byte, programs and all: sh tests/reproducible.sh
#
# The tree is copied to two folders, of which one has a blank in its name, built in each as a release, in build folders that lie
# elsewhere relative to it, and what is installed is compared. Takes some minutes; not in .ci/run, where tests/abi/installed.sh
# looks for paths in what is installed. The tools of tests/run.sh are needed.
set -eu
cd "$(dirname "$0")/.."
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
export CCACHE_DISABLE=1

# builds SOURCE BUILD: into BUILD.installed.
builds() {
    mkdir -p "$1"
    git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$1"
    meson setup "$2" "$1" --buildtype=release -Dtests=disabled >"$root/log" 2>&1 &&
        ninja -C "$2" >>"$root/log" 2>&1 &&
        DESTDIR=$2.installed meson install -C "$2" --no-rebuild >>"$root/log" 2>&1 && return
    tail -n 40 "$root/log" >&2
    exit 1
}
builds "$root/one" "$root/one/build"
builds "$root/an other/place" "$root/far/away/from it"
diff -r "$root/one/build.installed" "$root/far/away/from it.installed"
find "$root/one/build.installed" -type f | wc -l | sed 's/$/ files are the same in both/'
