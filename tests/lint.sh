#!/bin/sh
# What programs that read programs have to say of lib/ and examples/, and of the scripts: nothing, or this fails.
#
#     sh tests/lint.sh [STAGE...]
#
# To be run before a release, and after a change of more than a few lines of C. Installs what is missing (Debian packages), then runs
# the stages that are named, or all four. On 2 cores clang-tidy took three minutes, with other work half an hour, and cppcheck three;
# the analyzer is soon done where ccache remembers what gcc has said.
#     analyzer      gcc -fanalyzer; warnings are errors; builds in build-analyzer
#     clang-tidy    by the checks of .clang-tidy
#     cppcheck      warning, performance and portability; what it has said of files that did not change is kept in build-lint
#     and shellcheck    every script, from warnings on
# Exit status 0: none of them has anything to say.
set -u
cd "$(dirname "$0")/.." || exit 1
exec </dev/null

[ $# -gt 0 ] || set -- analyzer clang-tidy cppcheck shellcheck
for stage; do
    case $stage in
    analyzer | clang-tidy | cppcheck | shellcheck) ;;
    *)
        echo "lint.sh: there is no stage $stage; expected analyzer, clang-tidy, cppcheck or shellcheck" >&2
        exit 2
        ;;
    esac
done

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
run_analyzer() {
    setup build-analyzer -Doptimization=1 -Dwerror=true "-Dc_args=-fanalyzer -DATTNI_ANALYZED$unwanted"
    # shellcheck disable=SC2046 # a list of words
    ninja -C build-analyzer -k 0 $(ninja -C build-analyzer -t targets rule c_COMPILER | grep '\.o$' | grep -v 'kernel.*\(simd\|int8\|bfloat16\)') >build-analyzer/build.log
    status=$?
    [ "$status" = 0 ] || grep -v '^\[' build-analyzer/build.log
    ended analyzer "$status"
}

# The compilation database, which holds clang's options, and the files that it names.
list_files() {
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
}

run_clang_tidy() {
    list_files
    sed -n 's|^\.\./||p' build-lint/files |
        xargs -n 4 -P "$processes" clang-tidy --quiet -p build-lint 2>build-lint/tidy.log
    ended clang-tidy $?
}

# Not of its messages:
#     invalidPointerCast      rooms of one block hold integers among floats, each as large and as aligned as the other
#     objectIndex, uninitvar  in lib/kernel/vector.h, where a vector is filled number by number
#     nullPointer             in examples/listen/batch.c, where an array may be NULL if all that it holds are empty
#     invalidFunctionArg      log(0) is -infinity, which is meant
run_cppcheck() {
    list_files
    mkdir -p build-lint/cppcheck
    cppcheck --project=build-lint/compile_commands.json --cppcheck-build-dir=build-lint/cppcheck -j "$processes" --quiet \
        --error-exitcode=1 --inline-suppr --enable=warning,performance,portability --include=tests/cppcheck.h \
        --suppress=invalidPointerCast --suppress=invalidFunctionArg --suppress='nullPointer:*examples/listen/batch.c' \
        --suppress='objectIndex:*lib/kernel/vector.h' --suppress='uninitvar:*lib/kernel/vector.h'
    ended cppcheck $?
}

run_shellcheck() {
    # shellcheck disable=SC2046 # a list of words
    shellcheck -x -S warning .ci/run $(git ls-files '*.sh')
    ended shellcheck $?
}

for stage; do
    case $stage in
    analyzer) run_analyzer ;;
    clang-tidy) run_clang_tidy ;;
    cppcheck) run_cppcheck ;;
    shellcheck) run_shellcheck ;;
    esac
done

[ "$said" = 0 ]
