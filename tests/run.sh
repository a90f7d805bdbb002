#!/bin/sh
# Build the library and run every test: the one command of the README, and what CI calls.
#
#     sh tests/run.sh
#
# Installs what is missing (Debian packages, through sudo when not root), then runs
#     everything, pages in headless Chromium too                            in build-tests
#     the unit, golden and gradient tests with each other instruction set that the processor has
#     unit tests under valgrind
#     all but the Python tests, built by clang with its AddressSanitizer and UBSan    in build-clang
#         (where there is no clang: by gcc, with its own, in build-sanitize)
#     the thread tests under ThreadSanitizer                                in build-threads
#     kernel, unit and golden tests for aarch64 under qemu-user             in build-aarch64
# and ends with one line, "N passed, N failed": single test cases, over all of these runs. Exit status 0: none failed.
set -u
cd "$(dirname "$0")/.." || exit 1
exec </dev/null
export PYTHONDONTWRITEBYTECODE=1

# ---- what is needed ------------------------------------------------------------------------------------------

. tests/packages.sh

look_for_packages() {
    missing=
    need_to_build
    need libpng-dev pkg-config --exists libpng
    need libsndfile1-dev pkg-config --exists sndfile
    need libsamplerate0-dev pkg-config --exists samplerate
    need libkissfft-dev pkg-config --exists kissfft-float
    need python3-numpy /usr/bin/python3 -c 'import numpy'
    need python3-pytest /usr/bin/python3 -c 'import pytest'
    need valgrind valgrind --version
}

# What the aarch64 build needs besides; without it that build is skipped.
look_for_aarch64() {
    missing=
    need gcc-aarch64-linux-gnu aarch64-linux-gnu-gcc --version
    need libc6-dev-arm64-cross sh -c 'echo "#include <stdio.h>" | aarch64-linux-gnu-gcc -E -'
    need qemu-user qemu-aarch64 --version
}

# What looking at the sentiment report in a browser needs; without it those tests are skipped.
look_for_chromium() {
    missing=
    need chromium chromium --version
}

# What the Python package's wheel and types are tested with; without it those tests are skipped.
look_for_wheel() {
    missing=
    need mypy mypy --version
    need python3-pip /usr/bin/python3 -c 'import pip'
    need python3-venv /usr/bin/python3 -c 'import ensurepip, venv'
}

look_for_clang() {
    missing=
    need_clang
}

look_for_packages
[ -z "$missing" ] || { install_packages && look_for_packages; }
if [ -n "$missing" ]; then
    echo "run.sh: could not install$missing (Debian's names); install them, then run this again" >&2
    exit 1
fi
[ "$(uname -m)" = aarch64 ] || look_for_aarch64
[ -z "$missing" ] || { install_packages && look_for_aarch64; }
without_aarch64=$missing
look_for_clang
[ -z "$missing" ] || { install_packages && look_for_clang; }
without_clang=$missing
look_for_wheel
[ -z "$missing" ] || install_packages || echo "run.sh: without$missing the Python package's wheel or types are not tested"
look_for_chromium
[ -z "$missing" ] || install_packages || echo "run.sh: without chromium no page is looked at in a browser"

# ---- builds and runs -----------------------------------------------------------------------------------------

logs=
broken=0 # builds and runs that gave no log
skipped=0

say() {
    printf '\n==== %s\n' "$1"
}

# build FOLDER TARGET OPTION...: configure and build; TARGET "" is all.
build() {
    folder=$1 target=$2
    shift 2
    if [ -f "$folder/build.ninja" ]; then
        set -- --reconfigure "$@"
    fi
    mkdir -p "$folder"
    log=$folder/build.log
    # shellcheck disable=SC2086 # no target is no word
    if meson setup "$folder" "$@" >"$log" 2>&1 && ninja -C "$folder" $target >>"$log" 2>&1; then
        return 0
    fi
    tail -n 60 "$log"
    echo "run.sh: $folder did not build; its whole log is $log" >&2
    broken=$((broken + 1))
    return 1
}

# run FOLDER NAME ARGUMENT...: meson test, with its log under that name (and that of a --wrap behind it).
run() {
    folder=$1 name=$2
    shift 2
    rm -f "$folder/meson-logs/$name"*.json
    meson test -C "$folder" --no-rebuild --print-errorlogs --logbase "$name" "$@"
    for log in "$folder/meson-logs/$name"*.json; do
        if [ -s "$log" ]; then
            logs="$logs $log"
        else
            echo "run.sh: the run $name in $folder left no log" >&2
            broken=$((broken + 1))
        fi
    done
}

say "everything"
if build build-tests "" -Dtests=enabled -Dwerror=true; then
    run build-tests all

    variants=$(build-tests/tests/checkkernel --list)
    for isa in $(echo "$variants" | sed '$d'); do
        say "instruction set $isa"
        ATTN_ISA=$isa run build-tests "$isa" --suite unit --suite golden --suite grad
    done

    # valgrind knows no AVX-512 and hides it from the processor's description, so the next best set is chosen.
    say "valgrind"
    CK_FORK=no run build-tests memory --timeout-multiplier 10 \
        --wrap 'valgrind --quiet --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite,indirect' \
        context memory params tape custom structs arguments layers ids scales gru_packed gru_tape attention attention_tape attngru padding \
        steps search loss conicity sampled adam file file_layers file_memory text_memory explain_faults classifier classifier_read classifier_files
fi

# clang's finds what gcc's does not, such as NULL + 0, and its warnings are errors too. gcc's warnings differ with the optimiser,
# and only those of the build above are errors.
say "AddressSanitizer and UndefinedBehaviorSanitizer"
sanitizers='-Dtests=enabled -Doptimization=1 -Db_sanitize=address,undefined -Db_lundef=false'
# shellcheck disable=SC2086 # $sanitizers is a list of words
if [ -n "$without_clang" ]; then
    echo "run.sh: without$without_clang these are gcc's, and nothing is built by clang"
    sanitize=build-sanitize
    build $sanitize "" $sanitizers
else
    sanitize=build-clang
    CC=clang build $sanitize "" -Dwerror=true $sanitizers
fi && {
    export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
    ASAN_OPTIONS=detect_leaks=1 run $sanitize sanitize --timeout-multiplier 5 \
        --suite unit --suite host --suite kernel --suite golden --suite grad --suite fuzz
    # A program that ends with an error leaves its memory to the system. What scripts do with programs was seen above.
    ASAN_OPTIONS=detect_leaks=0 run $sanitize programs --timeout-multiplier 5 --suite programs --no-suite scripts
}

say "ThreadSanitizer"
if build build-threads 'tests/test_threads tests/test_host tests/test_ids tests/test_gru_packed tests/test_scales tests/test_explain_faults tests/test_classifier_read' -Dtests=enabled -Doptimization=1 -Db_sanitize=thread -Db_lundef=false; then
    run build-threads threads --timeout-multiplier 5 threads host ids gru_packed scales explain_faults classifier_read
fi

say "aarch64"
if [ "$(uname -m)" = aarch64 ]; then
    echo "this machine is one: all of the above was for it"
elif [ -n "$without_aarch64" ] || ! sh tests/aarch64/sysroot.sh build-aarch64/sysroot; then
    echo "run.sh: skipped: the NEON build is not tested, for want of${without_aarch64:- arm64 packages}"
    skipped=$((skipped + 1))
elif build build-aarch64/build "" --cross-file build-aarch64/sysroot/cross.ini -Dtests=enabled -Dwerror=true; then
    run build-aarch64/build aarch64 --timeout-multiplier 10 \
        --suite kernel --suite unit --suite golden
fi

# ---- the sum -------------------------------------------------------------------------------------------------

# shellcheck disable=SC2086,SC2046 # lists of words
set -- $(/usr/bin/python3 tests/count.py $logs) # passed failed skipped
failed=$((${2:-0} + broken)) skipped=$((${3:-0} + skipped))
echo
if [ "$skipped" -gt 0 ]; then
    echo "${1:-0} passed, $failed failed, $skipped skipped"
else
    echo "${1:-0} passed, $failed failed"
fi
[ "$failed" = 0 ] && [ "${1:-0}" -gt 0 ]
