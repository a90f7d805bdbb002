#!/bin/sh
# Sanitizers and valgrind over what tests/run.sh leaves out for time.
#
#     sh tests/sanitize.sh
#
# Takes 45 minutes of 2 cores as estimated from its parts. To be run before a release, and after a change of memory, threads or a program that trains. Installs
# what is missing, then runs
#     what takes long (meson's suite `long`): interruption, Unicode's tables, programs that train, by clang's
#         AddressSanitizer and UBSan                                        in build-clang
#     every unit, golden and gradient test under valgrind                   in build-tests
#     every unit test, and what is about signals and forks, under ThreadSanitizer    in build-threads
# and ends with one line, "N passed, N failed". Exit status 0: none failed.
set -u
cd "$(dirname "$0")/.." || exit 1
exec </dev/null
export PYTHONDONTWRITEBYTECODE=1

. tests/packages.sh
. tests/builds.sh

look_for_packages() {
    missing=
    need_to_build
    need_for_programs
    need valgrind valgrind --version
}

look_for_clang() {
    missing=
    need_clang
}

look_for_packages
[ -z "$missing" ] || { install_packages && look_for_packages; }
if [ -n "$missing" ]; then
    echo "sanitize.sh: could not install$missing (Debian's names); install them, then run this again" >&2
    exit 1
fi
look_for_clang
[ -z "$missing" ] || { install_packages && look_for_clang; }
without_clang=$missing

say "AddressSanitizer and UndefinedBehaviorSanitizer"
build_sanitized && {
    run_sanitized long --suite long --no-suite programs
    run_sanitized_programs long_programs --suite long --suite scripts --no-suite host
}

say "valgrind"
build build-tests "" -Dtests=enabled -Dwerror=true && run_valgrind all_memory --suite unit --suite golden --suite grad --no-suite python

say "ThreadSanitizer"
build build-threads "" -Dtests=enabled -Dprograms=false -Doptimization=1 -Db_sanitize=thread -Db_lundef=false &&
    run build-threads all_threads --timeout-multiplier 10 --suite unit --suite host --no-suite long

sum_up
