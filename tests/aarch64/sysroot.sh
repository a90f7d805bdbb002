#!/bin/sh
# Make FOLDER ready for an aarch64 build on another Debian machine: sysroot.sh FOLDER
#
# Leaves FOLDER/root with the arm64 packages that libattn and its tests need, unpacked, and FOLDER/cross.ini, a meson cross
# file that builds against them and runs what it built by qemu-user, as a Cortex-A72: NEON and nothing newer. The machine's
# own packages stay as they are: apt works in a state of its own under FOLDER.
set -eu
mkdir -p "$1"
folder=$(cd "$1" && pwd)
root=$folder/root
packages="check libsubunit0 libsubunit-dev libjansson-dev libjansson4 libutf8proc-dev libutf8proc2 libcsv-dev libcsv3"

if [ "$(cat "$folder/complete" 2>/dev/null)" != "$packages" ]; then
    rm -rf "$folder/complete" "$folder/apt" "$root"
    mkdir -p "$folder/apt/state/lists/partial" "$folder/apt/cache/archives/partial" "$root"
    : >"$folder/apt/status"
    cat >"$folder/apt.conf" <<END
APT::Architecture "arm64";
APT::Architectures { "arm64"; };
APT::Sandbox::User "root";
Dir::State "$folder/apt/state";
Dir::State::status "$folder/apt/status";
Dir::Cache "$folder/apt/cache";
END
    export APT_CONFIG="$folder/apt.conf"
    apt-get update -qq
    (
        cd "$folder/apt"
        # shellcheck disable=SC2086 # a list of words
        apt-get download -qq $packages
    )
    for package in "$folder"/apt/*.deb; do
        dpkg-deb -x "$package" "$root"
    done
    echo "$packages" >"$folder/complete"
fi

library=$root/usr/lib/aarch64-linux-gnu
cat >"$folder/cross.ini" <<END
[binaries]
c = 'aarch64-linux-gnu-gcc'
ar = 'aarch64-linux-gnu-ar'
strip = 'aarch64-linux-gnu-strip'
pkgconfig = 'pkg-config'
exe_wrapper = ['qemu-aarch64', '-cpu', 'cortex-a72', '-L', '/usr/aarch64-linux-gnu',
  '-E', 'LD_LIBRARY_PATH=$library']

[properties]
sys_root = '$root'
pkg_config_libdir = '$library/pkgconfig:$root/usr/share/pkgconfig'

[built-in options]
c_link_args = ['-Wl,-rpath-link,$library']

[host_machine]
system = 'linux'
cpu_family = 'aarch64'
cpu = 'aarch64'
endian = 'little'
END
