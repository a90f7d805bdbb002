#!/bin/sh
# What programs that read programs have to say of lib/ and examples/, and of the scripts: nothing, or this fails.
#
#     sh tests/lint.sh
#
# Takes 20 minutes of 2 cores the first time, by estimate, and a few after that, since ccache remembers what gcc has said. To be run before a
# release, and after a change of more than a few lines of C. Installs what is missing (Debian packages), then runs
#     gcc -fanalyzer       warnings are errors; builds in build-analyzer
#     clang-tidy           by the checks of .clang-tidy
#     cppcheck             warning, performance and portability
#     what shellcheck knows    of every script, from warnings on
# Exit status 0: none of them has anything to say.
set -u
cd "$(dirname "$0")/.." || exit 1
exec </dev/null

. tests/packages.sh

look_for_packages() {
    missing=
    need_to_build
    need_for_programs
    need_clang
    need clang-tidy clang-tidy --version
    need cppcheck cppcheck --version
    need shellcheck shellcheck --version
}

look_for_packages
[ -z "$missing" ] || { install_packages && look_for_packages; }
if [ -n "$missing" ]; then
    echo "lint.sh: could not install$missing (Debian's names); install them, then run this again" >&2
    exit 1
fi

said=0
processes=$(getconf _NPROCESSORS_ONLN)

# setup FOLDER OPTION...: configure alone.
setup() {
    folder=$1
    shift
    [ ! -f "$folder/build.ninja" ] || set -- --reconfigure "$@"
    mkdir -p "$folder"
    meson setup "$folder" -Dtests=disabled "$@" >"$folder/setup.log" 2>&1 || {
        tail -n 30 "$folder/setup.log"
        exit 1
    }
}

# ended NAME STATUS
ended() {
    if [ "$2" = 0 ]; then
        echo "$1: nothing"
    else
        said=$((said + 1))
        echo "$1: see above"
    fi
}

# Both analyzers look at one file at a time: ATTNI_ANALYZED tells them that a call that fails gives no ATTN_OK. Not of gcc 12's checks:
#     malloc-leak, file-leak                    a block whose owner is an argument is taken for lost
#     null-dereference, null-argument,          an array that may be NULL, or is not written, where its count is 0 is not held together
#     use-of-uninitialized-value                with that count; UBSan and valgrind look at the same while tests run
# Not of its files: lib/kernel's simd.c, int8.c and bfloat16.c, loops over registers in which all is inlined, take it minutes for each
# instruction set, and it takes a vector's number of elements for the width of one.
unwanted=
for check in malloc-leak file-leak null-dereference null-argument use-of-uninitialized-value; do
    unwanted="$unwanted -Wno-analyzer-$check"
done
setup build-analyzer -Doptimization=1 -Dwerror=true "-Dc_args=-fanalyzer -DATTNI_ANALYZED$unwanted"
# shellcheck disable=SC2046 # a list of words
ninja -C build-analyzer -k 0 $(ninja -C build-analyzer -t targets rule c_COMPILER | grep '\.o$' | grep -v 'kernel.*\(simd\|int8\|bfloat16\)') >build-analyzer/build.log
status=$?
[ "$status" = 0 ] || grep -v '^\[' build-analyzer/build.log
ended "gcc -fanalyzer" "$status"

# Its compilation database, which holds clang's options, and the two that cppcheck asks for.
CC=clang setup build-lint -Doptimization=1 -Dc_args=-DATTNI_ANALYZED
/usr/bin/python3 -c '
import json
for file in sorted({command["file"] for command in json.load(open("build-lint/compile_commands.json"))}):
    print(file)' >build-lint/files
# shellcheck disable=SC2046 # a list of words; what stands in the build itself is written there
ninja -C build-lint $(grep -v '^\.\./' build-lint/files) >build-lint/build.log || {
    tail -n 30 build-lint/build.log
    exit 1
}
sed -n 's|^\.\./||p' build-lint/files |
    xargs -n 4 -P "$processes" clang-tidy --quiet -p build-lint 2>build-lint/tidy.log
ended clang-tidy $?

# Not of its messages:
#     invalidPointerCast      rooms of one block hold integers among floats, each as large and as aligned as the other
#     objectIndex, uninitvar  in lib/kernel/vector.h, where a vector is filled number by number
#     nullPointer...Check     after a call of fail, which does not return
#     invalidFunctionArg      log(0) is -infinity, which is meant
cppcheck --project=build-lint/compile_commands.json -j "$processes" --quiet --error-exitcode=1 --inline-suppr \
    --enable=warning,performance,portability -D__BYTE_ORDER__=1234 -D__ORDER_LITTLE_ENDIAN__=1234 \
    --suppress=invalidPointerCast --suppress=invalidFunctionArg --suppress=nullPointerArithmeticRedundantCheck \
    --suppress='objectIndex:*lib/kernel/vector.h' --suppress='uninitvar:*lib/kernel/vector.h'
ended cppcheck $?

# shellcheck disable=SC2046 # a list of words
shellcheck -x -S warning .ci/run $(git ls-files '*.sh')
ended shellcheck $?

[ "$said" = 0 ]
