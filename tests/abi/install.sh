#!/bin/sh
# Install the build into an empty folder; build a C and a C++ program, and the two that README.md shows as either, outside the
# tree with pkg-config alone; run them. linked.sh has the other ways. install.sh SOURCE BUILD CC CXX PREFIX LIBDIR
set -eu
source=$1 build=$2 cc=$3 cxx=$4 prefix=$5 libdir=$6
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

meson install -C "$build" --no-rebuild --quiet --destdir "$root/installed"
PKG_CONFIG_PATH=$root/installed$prefix/$libdir/pkgconfig
PKG_CONFIG_SYSROOT_DIR=$root/installed
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
cp "$source/tests/abi/consumer.c" "$source/tests/abi/consumer.cpp" "$root"
awk -v to="$root/readme" '/^```c$/ {n++; on = 1; next} /^```$/ {on = 0} on {print >(to n ".c")}' "$source/README.md"
cd "$root"
flags=$(pkg-config --cflags --libs attn)
# shellcheck disable=SC2086 # several words
{
    $cc -std=c99 -pedantic -Wall -Wextra -Werror consumer.c -o consumer-c $flags
    $cxx -std=c++11 -pedantic -Wall -Wextra -Werror consumer.cpp -o consumer-cpp $flags
    for program in readme1 readme2; do
        $cxx -x c++ -std=c++17 -pedantic -Wall -Wextra -Werror $program.c -o $program-cpp $flags
        $cc -std=c99 -pedantic -Wall -Wextra -Werror $program.c -o $program $flags
    done
}

LD_LIBRARY_PATH=$root/installed$prefix/$libdir
export LD_LIBRARY_PATH
version=$(pkg-config --modversion attn)
for program in ./consumer-c ./consumer-cpp; do
    output=$($program)
    case $output in
    "attn $version: weights "*) ;;
    *)
        echo "$program says \"$output\"; expected \"attn $version: weights ...\"" >&2
        exit 1
        ;;
    esac
done
for program in ./readme2 ./readme2-cpp; do
    $program | grep -q '^item 3 gets 0\.[0-9]* of the attention$'
done
for program in ./readme1 ./readme1-cpp; do # what it prints tests/programs/lessons.py sees
    $program nowhere 2>&1 </dev/null | grep -q '^attn_.*nowhere'
    [ -c /dev/full ] || continue
    status=0
    echo "a film I loved" | $program "$source/examples/sentiment/reviews.safetensors" 2>said >/dev/full || status=$?
    test $status = 1
    grep -qx 'standard output could not be written' said
done

# The linker's name is there, and nothing but attn: installed.sh sees what the programs are.
test -L "$root/installed$prefix/$libdir/libattn.so"
unexpected=$(find "$root/installed" -type f ! -path '*/include/attn/*.h' ! -name 'libattn.so.*' ! -name attn.pc ! -name 'attnConfig*.cmake' ! -path '*/bin/attn-*' \
    ! -path '*/share/attn/*' ! -path '*/man1/attn-*.1' ! -path '*/bash-completion/completions/attn-*')
test -z "$unexpected" || {
    echo "installed too: $unexpected" >&2
    exit 1
}
