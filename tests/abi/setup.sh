#!/bin/sh
# `meson setup` wants nothing but what it says: on a system with utf8proc alone the library is built, with jansson the programs too,
# and tests where libcheck is. setup.sh SOURCE
set -eu
source=$1
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir "$root/packages"
# Nothing is found but what lies in packages/.
printf "[binaries]\ncmake = '%s/nowhere'\n[properties]\n" "$root" >"$root/native.ini"
there() {
    cp "$(pkg-config --variable=pcfiledir "$1")/$1.pc" "$root/packages"
}
there libutf8proc

# setup OPTION...: its log.
setup() {
    rm -rf "$root/build"
    PKG_CONFIG_LIBDIR=$root/packages PKG_CONFIG_PATH='' meson setup --native-file "$root/native.ini" "$@" "$root/build" "$source" 2>&1
}

# has TARGET: whether it would be built.
has() {
    grep -q "\"name\": \"$1\"" "$root/build/meson-info/intro-targets.json"
}

fails() {
    echo "setup.sh: $1" >&2
    [ ! -f "$root/log" ] || tail -n 20 "$root/log" >&2
    exit 1
}

setup -Dprograms=false >"$root/log" || fails "without jansson and libcheck, -Dprograms=false does not set up"
has attn || fails "-Dprograms=false builds no library"
! setup >"$root/log" || fails "programs without jansson"
grep -q 'jansson' "$root/log" || fails "it does not say that jansson is missing"
there jansson
setup >"$root/log" || fails "without libcheck it does not set up"
has attn-sentiment || fails "the programs are not built"
! has test_gru_packed || fails "tests without libcheck"
! setup -Dtests=enabled >"$root/log" || fails "-Dtests=enabled without libcheck"
grep -q 'check' "$root/log" || fails "it does not say that libcheck is missing"
