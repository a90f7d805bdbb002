#!/bin/sh
# A program that is built by what finds the library: CMake's find_package, of a shared and of a static library; meson's dependency(),
# of a subproject; pkg-config, of a static library. Every prefix has a blank. linked.sh SOURCE BUILD PREFIX LIBDIR
# What wants CMake is left out where there is none.
set -eu
source=$1 build=$2 prefix=$3 libdir=$4
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
unset LD_LIBRARY_PATH PKG_CONFIG_PATH
cd "$root"

# runs WHAT PROGRAM: which the library must say its words in.
runs() {
    case $("$2") in
    "attn "*": weights "*) ;;
    *)
        echo "$1: it does not run" >&2
        exit 1
        ;;
    esac
}

# logged COMMAND...: its output is shown where it fails.
logged() {
    "$@" >"$root/log" 2>&1 || {
        tail -n 40 "$root/log" >&2
        exit 1
    }
}

# by_cmake PREFIX OPTION...: with what is installed there.
by_cmake() {
    command -v cmake >/dev/null || return 0
    rm -rf by-cmake
    logged cmake -S project -B by-cmake -DCMAKE_PREFIX_PATH="$1"
    logged cmake --build by-cmake
    runs "find_package in $1" by-cmake/consumer
    ! cmake -S project -B by-cmake-2 -DCMAKE_PREFIX_PATH="$1" -DWANTED=99 >"$root/log" 2>&1 || {
        echo "find_package takes this version for 99" >&2
        exit 1
    }
}

mkdir -p project/subprojects
cp "$source/tests/abi/consumer.c" project
cat >project/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.13)
project(consumer C)
set(WANTED 1.0 CACHE STRING "version")
find_package(attn ${WANTED} REQUIRED)
add_executable(consumer consumer.c)
target_link_libraries(consumer attn::attn)
END
cat >project/meson.build <<'END'
project('consumer', 'c', meson_version : '>= 1.0.0')
executable('consumer', 'consumer.c', dependencies : dependency('attn', version : '>= 1.0'))
END
printf '[wrap-file]\ndirectory = attn\n[provide]\ndependency_names = attn\n' >project/subprojects/attn.wrap
ln -s "$source" project/subprojects/attn

# What was built, moved from where it was installed.
logged meson install -C "$build" --no-rebuild --destdir "$root/installed"
mv "$root/installed$prefix" "$root/moved here"
by_cmake "$root/moved here"

# A subproject, which is the library alone, static, and installed by it.
logged meson setup --wrap-mode forcefallback -Doptimization=0 -Ddebug=false -Dattn:default_library=static --prefix "$root/a prefix" \
    --libdir "$libdir" by-meson project
logged ninja -C by-meson
runs "a subproject" by-meson/consumer
logged meson install -C by-meson --no-rebuild
by_cmake "$root/a prefix"
PKG_CONFIG_PATH="$root/a prefix/$libdir/pkgconfig"
export PKG_CONFIG_PATH
for static in '' --static; do
    # shellcheck disable=SC2086 # nothing, or an option; what pkg-config says has its blanks escaped
    eval "logged cc project/consumer.c -o by-pkg-config $(pkg-config --cflags --libs $static attn)"
    runs "pkg-config $static" ./by-pkg-config
done
