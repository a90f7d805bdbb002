#!/bin/sh
# Build the library and run every test: the one command of the README, and what CI calls.
#
#     sh tests/run.sh
#
# Installs what is missing (Debian packages, through sudo when not root), then runs
#     everything, pages in headless Chromium too                            in build-tests
#     what kernels compute, the golden and the gradient tests with each other instruction set that the processor has
#     unit tests under valgrind
#     what does not take long, built by clang with its AddressSanitizer and UBSan     in build-clang
#         (where there is no clang: by gcc, with its own, in build-sanitize)
#     the thread tests under ThreadSanitizer                                in build-threads
#     kernel, unit and golden tests for aarch64 under qemu-user             in build-aarch64
# What takes longer is run by tests/sanitize.sh (which see for the other scripts of its kind). It takes some 11 minutes of 2 cores,
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
    need_for_programs
    need libmpich-dev pkg-config --exists mpich
    need mpich mpirun.mpich --version
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

# What finding the library by CMake is tested with; without it that is left out.
look_for_cmake() {
    missing=
    need cmake cmake --version
}

# What the library is held against 1.0 with, besides; without it that is left out.
look_for_abigail() {
    missing=
    need abigail-tools abidiff --version
}

# What the headers are made into pages with; without it nobody sees that a public name is not documented.
look_for_doxygen() {
    missing=
    need doxygen doxygen --version
}

# What calling the library from Rust is tested with; without it that test is skipped.
look_for_rust() {
    missing=
    need rustc rustc --version
}

# What the golden values and Python's GRU are held against besides; without it those tests are skipped. 200 MB: it is not installed.
look_for_torch() {
    missing=
    need python3-torch /usr/bin/python3 -c 'import numpy, torch'
}

# What calling the library from Node is tested with; without them that test is skipped. koffi is npm's.
look_for_node() {
    missing=
    need nodejs node --version
    need koffi env NODE_PATH="${NODE_PATH:+$NODE_PATH:}$(npm root -g 2>/dev/null)" node -e 'require("koffi")'
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
look_for_cmake
[ -z "$missing" ] || install_packages || echo "run.sh: without cmake nothing is built by find_package"
look_for_abigail
[ -z "$missing" ] || install_packages || echo "run.sh: without abigail-tools the library's types are not held against 1.0"
look_for_rust
[ -z "$missing" ] || install_packages || echo "run.sh: without rustc the library is not called from Rust"
look_for_node
[ -z "$missing" ] || echo "run.sh: without$missing the library is not called from Node (apt-get install nodejs npm; npm install -g koffi)"
look_for_torch
[ -z "$missing" ] || echo "run.sh: without python3-torch nothing is held against PyTorch itself (apt-get install python3-torch)"
look_for_doxygen
[ -z "$missing" ] || install_packages || echo "run.sh: without doxygen no page is made of the headers"
look_for_chromium
[ -z "$missing" ] || install_packages || echo "run.sh: without chromium no page is looked at in a browser"

# ---- builds and runs -----------------------------------------------------------------------------------------

. tests/builds.sh

say "everything"
if build build-tests "" -Dtests=enabled -Dwerror=true; then
    run build-tests all

    variants=$(build-tests/tests/checkkernel --list)
    for isa in $(echo "$variants" | sed '$d'); do
        say "instruction set $isa"
        case $isa in
        avx512 | avx512vnni) # from what follows them they differ in the products of bytes, and of bfloat16, alone
            ATTN_ISA=$isa run build-tests "$isa" context gru_packed precision ;;
        *)
            ATTN_ISA=$isa run build-tests "$isa" --suite isa --suite golden --suite grad ;;
        esac
    done

    say "valgrind"
    run_valgrind memory context memory params tape custom structs arguments layers ids scales gru_packed gru_tape attention attention_tape attngru padding \
        steps search loss conicity adam file file_layers file_memory text_memory explain_faults classifier classifier_read classifier_files
fi

say "AddressSanitizer and UndefinedBehaviorSanitizer"
build_sanitized && {
    run_sanitized sanitize --suite unit --suite host --suite kernel --suite golden --suite grad --suite fuzz --no-suite long
    # What scripts do with programs was seen above; what trains for long is left to tests/sanitize.sh.
    run_sanitized_programs programs --suite programs --no-suite scripts --no-suite long
}

say "ThreadSanitizer"
if build build-threads 'tests/test_threads tests/test_together tests/test_host tests/test_ids tests/test_gru_packed tests/test_scales tests/test_explain_faults tests/test_classifier_read' -Dtests=enabled -Doptimization=1 -Db_sanitize=thread -Db_lundef=false; then
    run build-threads threads --timeout-multiplier 5 threads together host ids gru_packed scales explain_faults classifier_read
fi

say "aarch64"
if [ "$(uname -m)" = aarch64 ]; then
    echo "this machine is one: all of the above was for it"
elif [ -n "$without_aarch64" ] || ! sh tests/sysroot.sh arm64 build-aarch64/sysroot; then
    echo "run.sh: skipped: the NEON build is not tested, for want of${without_aarch64:- arm64 packages}"
    skipped=$((skipped + 1))
elif build build-aarch64/build "" --cross-file build-aarch64/sysroot/cross.ini -Dblas=none -Dtests=enabled -Dprograms=false -Dwerror=true; then
    run build-aarch64/build aarch64 --timeout-multiplier 10 \
        --suite kernel --suite unit --suite golden
fi

sum_up
