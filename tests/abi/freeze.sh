#!/bin/sh
# Keep what the library promises today as what 1.0 promises: sh tests/abi/freeze.sh BUILD
#
# Writes tests/abi/1.0, all but its models, anew:
#     interface.txt   every constant, type, struct, member and call of the headers (interface.py says how)
#     symbols.txt     the soname, and the version of each symbol
#     include/        the headers
#     lessons/, unit/, golden/, checks.h   programs of today, which will be compiled with those headers; lessons with what they say
# but nothing of experimental.h, which is not promised. BUILD is a build of this tree, with tests.
#
# Until 1.0 is released it is run whenever what is declared changes; from then on never again.
set -eu
if [ $# != 1 ] || [ ! -f "$1/build.ninja" ]; then
    echo "freeze.sh: expected one argument, a build of this tree with tests" >&2
    exit 2
fi
build=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."
major=$(sed -n 's/^#define ATTN_API_MAJOR //p' include/attn/version.h)
if [ "$major" != 0 ]; then
    echo "freeze.sh: ATTN_API_MAJOR is $major: 1.0 is released, and what it promises stays as it is" >&2
    exit 1
fi
to=tests/abi/1.0
# Programs that hold to what is promised, and that together use each part of it; promises and structs make every call and use every struct.
unit='structs promises custom tokenizer vocab vocab_file pieces file_layers ngrams_logits search sampled loss weightings explain explain_marked classifier_read'
golden='golden golden_queries golden_attngru golden_adam'

meson compile -C "$build" attn interface.txt 01_tokens 02_encode 03_attend 04_train 05_explain 06_classify >/dev/null
rm -rf "$to/include" "$to/lessons" "$to/unit" "$to/golden"
mkdir -p "$to/include/attn" "$to/lessons" "$to/unit" "$to/golden"
cp "$build/tests/abi/interface.txt" "$to"
python3 tests/abi/symbols.py list "$build/lib/libattn.so" >"$to/symbols.txt"
headers=$(find include/attn -name '*.h' ! -name experimental.h | sort)
# shellcheck disable=SC2086 # names without blanks
cp $headers "$to/include/attn"
cp tests/checks.h "$to"
for lesson in examples/0*.c; do
    cp "$lesson" "$to/lessons"
    name=$(basename "$lesson" .c)
    python3 tests/abi/answers.py - 0 "$build/examples/$name" "$to/models/sentiment.safetensors" >"$to/lessons/$name.txt"
done

# kept FOLDER NAME...: those tests, and the headers of tests that they include.
kept() {
    folder=$1
    shift
    while [ $# -gt 0 ]; do
        [ -f "$to/$folder/$1" ] || [ ! -f "tests/$folder/$1" ] || {
            grep -v '"attn/experimental.h"' "tests/$folder/$1" >"$to/$folder/$1"
            # shellcheck disable=SC2046 # names without blanks
            set -- "$@" $(sed -n 's|^#include "\([a-z_]*\.h\)".*|\1|p' "tests/$folder/$1")
        }
        shift
    done
}
# shellcheck disable=SC2046,SC2086
kept unit unit.h $(printf 'test_%s.c ' $unit)
# shellcheck disable=SC2046,SC2086
kept golden $(printf 'test_%s.c ' $golden)
for table in structs promises; do
    # shellcheck disable=SC2086
    python3 "tests/abi/$table.py" $headers >"$to/unit/$table.h"
done
touch tests/abi/meson.build # which lists the programs
