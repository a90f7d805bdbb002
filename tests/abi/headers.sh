#!/bin/sh
# Each public header compiles alone, and twice, as C99 and as C++11, here and for other systems; and no struct ends in padding. headers.sh SOURCE CC CXX
set -u
source=$1 cc=$2 cxx=$3
failed=0

compile() {
    header=$1
    shift
    if ! printf '#include "attn/%s"\n#include "attn/%s"\n' "$header" "$header" |
        "$@" -Wall -Wextra -Werror -fsyntax-only -I"$source/include" -; then
        echo "attn/$header does not compile alone by: $*" >&2
        failed=1
    fi
}

for path in "$source"/include/attn/*.h; do
    header=$(basename "$path")
    compile "$header" "$cc" -x c -std=c99 -pedantic
    compile "$header" "$cc" -x c -std=c11 -pedantic -Wstrict-prototypes -Wold-style-definition
    compile "$header" "$cxx" -x c++ -std=c++11 -pedantic
    compile "$header" "$cxx" -x c++ -std=c++20 -pedantic
done

# All of them for macOS and for Windows' own compiler, where clang is there: it needs none of their headers for these.
if command -v clang >/dev/null; then
    for target in arm64-apple-macos11 x86_64-apple-macos10.13 x86_64-pc-windows-msvc; do
        for header in attn.h experimental.h; do
            compile "$header" clang --target=$target -ffreestanding -x c -std=c99 -pedantic
            compile "$header" clang --target=$target -ffreestanding -nostdinc++ -x c++ -std=c++11 -pedantic
        done
    done
fi

# As they lie in memory here, and where pointers have 4 bytes but an int64_t lies at multiples of 8, as on 32-bit ARM: what can be
# tried without such a system, by a compiler that knows how.
no_tails() {
    python3 "$source/tests/abi/tails.py" "$source"/include/attn/*.h |
        "$cc" "$@" -x c -std=c11 -ffreestanding -Werror -fsyntax-only -I"$source/include" - || {
        echo "a struct ends in padding, where a later version's members would lie: $cc $*" >&2
        failed=1
    }
}
no_tails
if : | "$cc" -m32 -malign-double -x c -ffreestanding -fsyntax-only - 2>/dev/null; then
    no_tails -m32 -malign-double
fi
exit $failed
