# shellcheck shell=sh
# packages.sh - what a machine lacks: Debian packages, found by trying them. For the scripts of tests/ and
# examples/quickstart.sh, which read it in.

missing=

# need PACKAGE COMMAND...: a package, and the command that succeeds where it is not missing.
need() {
    package=$1
    shift
    "$@" >/dev/null 2>&1 || missing="$missing $package"
}

# What building the library and its tests takes.
need_to_build() {
    need meson meson --version
    need ninja-build ninja --version
    need pkg-config pkg-config --version
    need gcc cc --version
    need g++ c++ --version
    need libc6-dev sh -c 'echo "#include <stdio.h>" | cc -E -'
    need check pkg-config --exists check
    need libjansson-dev pkg-config --exists jansson
    need libopenblas-dev pkg-config --exists openblas
    need libutf8proc-dev pkg-config --exists libutf8proc
    need libcsv-dev sh -c 'echo "#include <csv.h>" | cc -E -' # which has no pkg-config file
    need python3 test -x /usr/bin/python3
}

# What some of the programs need besides.
need_for_programs() {
    need libpng-dev pkg-config --exists libpng
    need libsndfile1-dev pkg-config --exists sndfile
    need libsamplerate0-dev pkg-config --exists samplerate
    need libkissfft-dev pkg-config --exists kissfft-float
}

# What the build with clang and its sanitizers takes; without it that build is gcc's.
need_clang() {
    need clang clang --version
    need libclang-rt-14-dev sh -c 'echo "int main(void) { return 0; }" | clang -fsanitize=address,undefined -x c - -o /dev/null'
}

# Install what is missing, through sudo when not root; fails where this is no Debian system. Where another installation is under way,
# its end is waited for, ten minutes at most: apt does so for dpkg's lock, but not for that of its lists.
install_packages() {
    command -v apt-get >/dev/null || return 1
    echo "Installing$missing" >&2
    sudo=
    [ "$(id -u)" = 0 ] || sudo=sudo
    tries=0
    until said=$($sudo env LC_ALL=C apt-get update -qq 2>&1); do
        tries=$((tries + 1))
        case $said in
        *"Could not get lock"*) [ $tries -lt 120 ] && sleep 5 && continue ;;
        esac
        printf '%s\n' "$said" >&2
        return 1
    done
    # shellcheck disable=SC2086 # a list of words
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o DPkg::Lock::Timeout=600 --no-install-recommends \
        $missing >/dev/null
}
