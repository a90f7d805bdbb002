# shellcheck shell=sh
# builds.sh - builds, runs of tests in them, and the sum of the runs. For run.sh and sanitize.sh, which read it in after packages.sh,
# with what is missing for clang in $without_clang.

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
    echo "${0##*/}: $folder did not build; its whole log is $log" >&2
    broken=$((broken + 1))
    return 1
}

# run FOLDER NAME ARGUMENT...: meson test, with its log under that name (and that of a --wrap behind it).
run() {
    folder=$1 name=$2
    shift 2
    rm -f "$folder/meson-logs/$name"*.json
    CK_TIMEOUT_MULTIPLIER=10 meson test -C "$folder" --no-rebuild --print-errorlogs --logbase "$name" "$@"
    for log in "$folder/meson-logs/$name"*.json; do
        if [ -s "$log" ]; then
            logs="$logs $log"
        else
            echo "${0##*/}: the run $name in $folder left no log" >&2
            broken=$((broken + 1))
        fi
    done
}

# sum_up: "N passed, N failed", single test cases over all runs; fails where one has failed, or none passed.
sum_up() {
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
}

# run_valgrind NAME TEST...: in build-tests. valgrind knows no AVX-512 and hides it from the processor's description, so the next
# best set is chosen.
run_valgrind() {
    name=$1
    shift
    CK_FORK=no run build-tests "$name" --timeout-multiplier 20 \
        --wrap 'valgrind --quiet --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite,indirect' "$@"
}

# clang's finds what gcc's does not, such as NULL + 0, and its warnings are errors too. gcc's warnings differ with the optimiser,
# and only those of the build above are errors.
build_sanitized() {
    sanitizers='-Dtests=enabled -Doptimization=1 -Db_sanitize=address,undefined -Db_lundef=false'
    # shellcheck disable=SC2086 # $sanitizers is a list of words
    if [ -n "$without_clang" ]; then
        echo "${0##*/}: without$without_clang these are gcc's, and nothing is built by clang"
        sanitize=build-sanitize
        build $sanitize "" $sanitizers
    else
        sanitize=build-clang
        CC=clang build $sanitize "" -Dwerror=true $sanitizers
    fi
}

# run_sanitized NAME ARGUMENT...: in what build_sanitized built.
run_sanitized() {
    ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 run $sanitize "$@" --timeout-multiplier 5
}

# The same of programs: one that ends with an error leaves its memory to the system.
run_sanitized_programs() {
    ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 run $sanitize "$@" --timeout-multiplier 5
}
