#!/bin/sh
# Each public header compiles alone, and twice, as C99 and as C++11. headers.sh SOURCE CC CXX
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
exit $failed
