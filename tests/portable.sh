#!/bin/sh
# The library where it is not at home: sh tests/portable.sh [PART...]
#
#     lto       gcc's link-time optimisation; the unit tests that are quick
#     clang     without sanitizers, which tests/run.sh has; the same tests
#     musl      musl-gcc, with Debian's utf8proc, all of it static; the lessons of 1.0 say what they said
#     i386      32 bits, under qemu-user; unit tests of files, texts, structs and layers
#     s390x     big-endian, likewise; of model files too, which are little-endian everywhere
#     mingw     a DLL for Windows, under Wine; the kernels, the quick tests but that of POSIX's files, and the lessons of 1.0
#
# A part whose tools are missing is skipped, with the packages that it wants (Debian's names). Prints a line a part, and last "N passed, N failed, N
# skipped"; exit status 0: none failed. Builds in build-portable; half an hour of 2 cores, most of it under qemu, by estimate. Not in .ci/run.
set -u
cd "$(dirname "$0")/.." || exit 1
exec </dev/null
. tests/packages.sh

here=build-portable
passed=0 failed=0 skipped=0
# Under qemu-user a processor has the speed of a tenth of itself.
quick='structs promises params beyond custom gru_packed ngrams_file file file_write file_read file_layers file_layers_damaged file_damaged vocab pieces tokenizer
    classifier classifier_read classifier_files golden golden_adam'

# builds NAME OPTION...: set up and built, of the tests those of $quick.
builds() {
    name=$1
    shift
    [ ! -f "$here/$name/build.ninja" ] || set -- --reconfigure "$@"
    # shellcheck disable=SC2086 # a list of words
    meson setup "$here/$name" "$@" && meson compile -C "$here/$name" attn $tests
}

# tries NAME OPTION...: built, without a warning, and the quick tests run.
tries() {
    # shellcheck disable=SC2086 # a list of words
    tests=$(printf 'test_%s ' $quick)
    builds "$@" -Dblas=none -Dprograms=false -Dtests=enabled -Dwerror=true || return
    # shellcheck disable=SC2086 # a list of words
    CK_TIMEOUT_MULTIPLIER=10 meson test -C "$here/$1" --no-rebuild --timeout-multiplier 10 --print-errorlogs $quick
}

lto() {
    CC=gcc tries lto -Db_lto=true --buildtype=release
}

clang() {
    CC=clang tries clang --buildtype=release
}

# lessons LIBRARIES WRAPPER COMPILER...: the lessons of 1.0, with its headers, beside the first of LIBRARIES.
lessons() {
    libraries=$1 wrapper=$2
    shift 2
    for lesson in tests/abi/1.0/lessons/*.c; do
        name=$(basename "$lesson" .c) bound=0.0011
        [ "$name" != 04_train ] || bound=0.4 # which draws its data by the C library's rand
        program=$(dirname "${libraries%% *}")/$name.exe
        # shellcheck disable=SC2086 # lists of words
        "$@" -Itests/abi/1.0/include "$lesson" $libraries -lm -lpthread -o "$program" &&
            python3 tests/abi/answers.py "tests/abi/1.0/lessons/$name.txt" $bound $wrapper "$program" tests/abi/1.0/models/sentiment.safetensors &&
            echo "$name says what it said" || return
    done
}

musl() {
    parts=$PWD/$here/musl.parts
    mkdir -p "$parts" && cp /usr/include/utf8proc.h "$(pkg-config --variable=libdir libutf8proc)/libutf8proc.a" "$parts" || return
    printf 'Name: libutf8proc\nDescription: -\nVersion: %s\nCflags: -I%s\nLibs: -L%s -lutf8proc\n' \
        "$(pkg-config --modversion libutf8proc)" "$parts" "$parts" >"$parts/libutf8proc.pc"
    PKG_CONFIG_LIBDIR=$parts CC=musl-gcc builds musl -Dblas=none -Dprograms=false -Dtests=disabled -Ddefault_library=static -Dwerror=true &&
        lessons "$here/musl/lib/libattn.a $here/musl.parts/libutf8proc.a" '' musl-gcc -static
}

i386() {
    sh tests/sysroot.sh i386 $here/i386.root && tries i386 --cross-file $here/i386.root/cross.ini
}

s390x() {
    sh tests/sysroot.sh s390x $here/s390x.root && tries s390x --cross-file $here/s390x.root/cross.ini
}

# In a shell of its own, whose quick tests are others.
mingw() (
    for header in include/attn/*.h; do
        printf '#include "attn/%s"\n' "$(basename "$header")" |
            x86_64-w64-mingw32-gcc -std=c99 -pedantic -Wall -Wextra -Werror -fsyntax-only -Iinclude -x c - || return
    done
    # shellcheck disable=SC2086 # a list of words
    quick="windows $(printf '%s\n' $quick | grep -vx file)"
    sh tests/mingw.sh $here/mingw.root && tries mingw --cross-file $here/mingw.root/cross.ini &&
        meson compile -C $here/mingw checkkernel && meson test -C $here/mingw --no-rebuild --timeout-multiplier 10 --print-errorlogs kernels &&
        lessons "$here/mingw/lib/libattn.dll.a" "$here/mingw.root/wine" x86_64-w64-mingw32-gcc -D__USE_MINGW_ANSI_STDIO=1
)

# What a part wants beside what the library is built with.
tools() {
    case $1 in
    clang) need_clang ;;
    musl)
        need musl-tools musl-gcc --version
        need libutf8proc-dev test -f "$(pkg-config --variable=libdir libutf8proc)/libutf8proc.a"
        ;;
    i386 | s390x)
        tuple=s390x-linux-gnu
        [ "$1" = s390x ] || tuple=i686-linux-gnu
        need gcc-$tuple $tuple-gcc --version
        need "libc6-dev-$1-cross" sh -c "echo '#include <stdio.h>' | $tuple-gcc -E -"
        need qemu-user "qemu-$1" --version
        ;;
    mingw)
        need gcc-mingw-w64-x86-64 x86_64-w64-mingw32-gcc --version
        need cmake cmake --version
        need wine64 test -x /usr/lib/wine/wine64
        ;;
    esac
}

mkdir -p $here
[ $# -gt 0 ] || set -- lto clang musl i386 s390x mingw
for part; do
    case $part in
    lto | clang | musl | i386 | s390x | mingw) ;;
    *)
        echo "portable.sh: $part is none of lto, clang, musl, i386, s390x, mingw" >&2
        exit 2
        ;;
    esac
    missing='' tests=''
    need_to_build
    tools "$part"
    if [ -n "$missing" ]; then
        echo "$part: skipped, for want of$missing"
        skipped=$((skipped + 1))
    elif "$part" >"$here/$part.log" 2>&1; then
        echo "$part: passed"
        passed=$((passed + 1))
    else
        echo "$part: failed; the last lines of $here/$part.log:"
        tail -n 20 "$here/$part.log"
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
