#!/bin/sh
# Make FOLDER ready for builds for another processor on this Debian machine: sysroot.sh arm64|s390x|i386 FOLDER
#
# Leaves FOLDER/root with the packages of that architecture that libattn and its tests need, unpacked, and FOLDER/cross.ini, a meson cross
# file that builds against them and runs what it built by qemu-user; for arm64 as a Cortex-A72: NEON and nothing newer. The machine's
# own packages stay as they are: apt works in a state of its own under FOLDER. That takes the network, once.
set -eu
if [ $# != 2 ]; then
    echo "usage: sysroot.sh arm64|s390x|i386 FOLDER" >&2
    exit 2
fi
architecture=$1
case $architecture in
arm64) tuple=aarch64-linux-gnu family=aarch64 endian=little qemu="'qemu-aarch64', '-cpu', 'cortex-a72'" ;;
s390x) tuple=s390x-linux-gnu family=s390x endian=big qemu="'qemu-s390x'" ;;
i386) tuple=i686-linux-gnu family=x86 endian=little qemu="'qemu-i386'" ;;
*)
    echo "sysroot.sh: $architecture is none of arm64, s390x, i386" >&2
    exit 2
    ;;
esac
mkdir -p "$2"
folder=$(cd "$2" && pwd)
root=$folder/root
packages="check libsubunit0 libsubunit-dev libjansson-dev libjansson4 libutf8proc-dev libutf8proc2 libcsv-dev libcsv3"

if [ "$(cat "$folder/complete" 2>/dev/null)" != "$architecture: $packages" ]; then
    if [ ! -e "$folder/apt.conf" ] && { [ -e "$folder/apt" ] || [ -e "$root" ]; }; then
        echo "sysroot.sh: $folder holds an apt or a root of somebody else's, which would be replaced; name another folder" >&2
        exit 1
    fi
    cat >"$folder/apt.conf" <<END
APT::Architecture "$architecture";
APT::Architectures { "$architecture"; };
APT::Sandbox::User "root";
Dir::State "$folder/apt/state";
Dir::State::status "$folder/apt/status";
Dir::Cache "$folder/apt/cache";
END
    rm -rf "$folder/complete" "$folder/apt" "$root"
    mkdir -p "$folder/apt/state/lists/partial" "$folder/apt/cache/archives/partial" "$root"
    : >"$folder/apt/status"
    export APT_CONFIG="$folder/apt.conf"
    apt-get update -qq || echo "sysroot.sh: goes on with the lists that came" >&2
    # shellcheck disable=SC2086 # a list of words
    (cd "$folder/apt" && apt-get download -qq $packages) || {
        echo "sysroot.sh: could not download the packages of $architecture; with the network there, run this again" >&2
        exit 1
    }
    for package in "$folder"/apt/*.deb; do
        dpkg-deb -x "$package" "$root"
    done
    echo "$architecture: $packages" >"$folder/complete"
fi

library=$(echo "$root"/usr/lib/*-linux-gnu) # of i386 by another name than the compiler's
cat >"$folder/cross.ini" <<END
[binaries]
c = '$tuple-gcc'
ar = '$tuple-ar'
strip = '$tuple-strip'
pkgconfig = 'pkg-config'
exe_wrapper = [$qemu, '-L', '/usr/$tuple', '-E', 'LD_LIBRARY_PATH=$library']

[properties]
sys_root = '$root'
pkg_config_libdir = '$library/pkgconfig:$root/usr/share/pkgconfig'

[built-in options]
c_link_args = ['-Wl,-rpath-link,$library']

[host_machine]
system = 'linux'
cpu_family = '$family'
cpu = '$family'
endian = '$endian'
END
