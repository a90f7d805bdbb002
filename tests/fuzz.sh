#!/bin/sh
# Look for bytes and calls that the library or a program cannot take: libFuzzer, with AddressSanitizer and UBSan, one target after another.
#
#     sh tests/fuzz.sh [--minutes N] [TARGET...]
#     sh tests/fuzz.sh --help
#
# --minutes N  how long each target runs; 30 where nothing is said, and 0 only feeds it what it has
# TARGET       tests/fuzz/fuzz_TARGET.c; all of them where none is named
#
# Needs clang. Builds in build-fuzz; what a target has found to be worth keeping goes on in build-fuzz/corpus/TARGET at the next run, beside
# tests/fuzz/TARGET. Prints a line a target: how often it was called, for how long, how much of the code (edges) was seen first in this
# run, and how many inputs it could not take. These lie in build-fuzz/crashes/TARGET, each with what was said of it in FILE.log, and are
# fed by themselves:
#
#     build-fuzz/tests/fuzz_TARGET build-fuzz/crashes/TARGET/FILE
#
# One that is mended belongs into tests/fuzz/TARGET, whose files every test run feeds, as found_N; and so do, now and then, those that
# reached what no other did, so that another machine goes on from them: build-fuzz/tests/fuzz_TARGET -merge=1 -use_counters=0
# tests/fuzz/TARGET build-fuzz/corpus/TARGET puts them there. Exit status 0: nothing was found.
set -u
cd "$(dirname "$0")/.." || exit 1

minutes=30
while [ $# -gt 0 ]; do
    case $1 in
    --help)
        sed -n '2,/^set -u/{/^#/s/^# \{0,1\}//p;}' tests/fuzz.sh
        exit 0
        ;;
    --minutes)
        case ${2:-} in
        '' | *[!0-9]*)
            echo "fuzz.sh: --minutes is '${2:-}'; expected a whole number" >&2
            exit 2
            ;;
        esac
        minutes=$2
        shift 2
        ;;
    -*)
        echo "fuzz.sh: unknown option $1; see sh tests/fuzz.sh --help" >&2
        exit 2
        ;;
    *) break ;;
    esac
done
all=
for file in tests/fuzz/fuzz_*.c; do
    name=${file#tests/fuzz/fuzz_}
    all="$all ${name%.c}"
done
# shellcheck disable=SC2086 # a list of words
[ $# -gt 0 ] || set -- $all
goals=
for target; do
    if [ ! -f "tests/fuzz/fuzz_$target.c" ]; then
        echo "fuzz.sh: there is no target $target; expected one of$all" >&2
        exit 2
    fi
    goals="$goals tests/fuzz_$target"
done
if ! clang --version >/dev/null 2>&1; then
    echo "fuzz.sh: there is no clang; install Debian's clang and libclang-rt-14-dev" >&2
    exit 1
fi

mkdir -p build-fuzz
[ -f build-fuzz/build.ninja ] ||
    CC=clang meson setup build-fuzz -Dtests=enabled -Dfuzz=true -Dblas=none -Doptimization=1 \
        -Db_sanitize=address,undefined -Db_lundef=false >build-fuzz/build.log 2>&1
# shellcheck disable=SC2086 # a list of words
if ! ninja -C build-fuzz $goals >>build-fuzz/build.log 2>&1; then
    tail -n 40 build-fuzz/build.log
    echo "fuzz.sh: build-fuzz did not build; its whole log is build-fuzz/build.log" >&2
    exit 1
fi

export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
# Folders that a program reads are made anew for each input: on a disk that takes seven times as long.
[ -n "${TMPDIR:-}" ] || [ ! -w /dev/shm ] || export TMPDIR=/dev/shm
# A program's reader that is refused memory says so; what is too large an allocation is libFuzzer's to say (-malloc_limit_mb).
export ASAN_OPTIONS=allocator_may_return_null=1

# How many edges libFuzzer's last line of that kind tells of; '' is any kind.
edges() {
    sed -n "s/^#[0-9]*[[:space:]]*$1.* cov: \([0-9]*\).*/\1/p" "$log" | tail -n 1
}

found=0
printf '%-12s %12s %9s %10s %9s\n' target runs seconds 'new edges' crashes
for target; do
    corpus=build-fuzz/corpus/$target crashes=build-fuzz/crashes/$target log=build-fuzz/$target.log
    mkdir -p "$corpus" "$crashes"
    began=$(date +%s) end=$(($(date +%s) + 60 * minutes))
    runs=0 new=0 crashed=0 round=0
    # libFuzzer ends at the first fault: begin again, for the time that is left.
    while :; do
        left=$((end - $(date +%s)))
        [ "$left" -gt 0 ] || left=1
        how="-max_total_time=$left"
        [ "$minutes" -gt 0 ] || how=-runs=0
        build-fuzz/tests/"fuzz_$target" "$how" -dict="tests/fuzz/$target.dict" -artifact_prefix="$crashes/" \
            -print_final_stats=1 -rss_limit_mb=2048 -malloc_limit_mb=512 -timeout=100 \
            "$corpus" "tests/fuzz/$target" >"$log" 2>&1 </dev/null
        status=$?
        runs=$((runs + $(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -n 1 | grep . || echo 0)))
        first=$(edges INITED) last=$(edges '')
        new=$((new + ${last:-0} - ${first:-0}))
        [ "$status" != 0 ] || break
        crashed=$((crashed + 1)) round=$((round + 1))
        artifact=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
        [ -z "$artifact" ] || cp "$log" "$artifact.log"
        # What cannot be begun, or what fails again and again, is not run for the whole time.
        if [ -z "$artifact" ] || [ "$round" -ge 10 ] || [ "$(date +%s)" -ge "$end" ]; then
            break
        fi
    done
    printf '%-12s %12d %9d %10d %9d\n' "$target" "$runs" $(($(date +%s) - began)) "$new" "$crashed"
    [ "$crashed" = 0 ] || echo "fuzz.sh: see $log and $crashes" >&2
    found=$((found + crashed))
done
[ "$found" = 0 ]
