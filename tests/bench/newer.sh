#!/bin/sh
# Run a command in a Debian 13 of its own, whose PyTorch and oneDNN are newer than Debian 12's.
#
#     sudo sh tests/bench/newer.sh FOLDER COMMAND [ARGUMENT]...
#
# Makes that system in FOLDER where it is not, by debootstrap, some 1.5 GB: a few minutes. The command sees this checkout at its path, and
# /proc, and nothing else of the machine; it runs in the folder that newer.sh is called from, which has to lie in the checkout.
set -eu
if [ $# -lt 2 ]; then
    echo "usage: sudo sh tests/bench/newer.sh FOLDER COMMAND [ARGUMENT]..." >&2
    exit 2
fi
if [ "$(id -u)" != 0 ]; then
    echo "newer.sh: only root can make a system of its own and run in it; call it with sudo" >&2
    exit 1
fi
folder=$1
shift
checkout=$(cd "$(dirname "$0")/../.." && pwd)
packages='python3-torch libopenblas0-pthread libdnnl-dev g++' # PyTorch takes twenty times as long with another BLAS

if [ ! -e "$folder/made" ]; then
    if [ ! -e "$folder/bootstrapped" ]; then
        if [ -e "$folder/usr" ] || [ -e "$folder/debootstrap" ]; then
            echo "newer.sh: $folder holds a system that is not whole, or not newer.sh's; remove it, or name another folder" >&2
            exit 1
        fi
        debootstrap --variant=minbase trixie "$folder" >&2
        touch "$folder/bootstrapped"
    fi
    # shellcheck disable=SC2086 # a list of words
    chroot "$folder" env DEBIAN_FRONTEND=noninteractive sh -c "apt-get -q update && apt-get -q install -y --no-install-recommends $packages" >&2
    touch "$folder/made"
fi
mkdir -p "$folder$checkout"
# The mounts are the command's own: they end with it.
# shellcheck disable=SC2016 # for the shell in there
exec unshare --mount sh -c 'mount --bind "$2" "$1$2" && mount --bind /proc "$1/proc" && shift 2 && exec chroot "$@"' newer.sh \
    "$folder" "$checkout" "$folder" sh -c 'cd "$1" && shift && exec "$@"' newer.sh "$PWD" "$@"
