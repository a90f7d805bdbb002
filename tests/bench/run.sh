#!/bin/sh
# Time libattn beside what a user would run instead, and print the table in Markdown.
#
#     sh tests/bench/run.sh [--data aclImdb/train] [--newer FOLDER] [--rounds N] [--quick] [--programs]
#
# --data      real reviews for the row that is about them, in the folder's pos/ and neg/; else their lengths are generated
# --newer     also beside PyTorch and oneDNN of Debian 13, from a system of its own in FOLDER, which is made where it is not (newer.sh; as root)
# --rounds    how often the programs of a row run in turn; 5 where nothing is said
# --quick     one round and few repetitions, to see that it works
# --programs  the rows of the programs' training and answering alone
#
# Installs what is missing (Debian packages, through sudo when not root; onnxruntime-node from npm), and builds the library
# in build-bench and the peers in build-bench/peers. A peer that cannot be had is named, and its rows are left out.
set -eu

here=$(pwd)
quick=
programs=
data=
newer=
rounds=5
while [ $# -gt 0 ]; do
    case $1 in
    --quick) quick=--quick ;;
    --programs) programs=--programs ;;
    --data)
        if [ $# = 1 ]; then
            echo "run.sh: --data needs a folder" >&2
            exit 1
        fi
        case $2 in /*) data=$2 ;; *) data=$here/$2 ;; esac
        if [ ! -d "$data/pos" ] || [ ! -d "$data/neg" ]; then
            echo "run.sh: no pos/ and neg/ in $data" >&2
            exit 1
        fi
        shift
        ;;
    --newer)
        if [ $# = 1 ]; then
            echo "run.sh: --newer needs a folder" >&2
            exit 1
        fi
        case $2 in /*) newer=$2 ;; *) newer=$here/$2 ;; esac
        shift
        ;;
    --rounds)
        case ${2:-} in
        '' | *[!0-9]* | 0*)
            echo "run.sh: --rounds needs a number, 1 or more" >&2
            exit 1
            ;;
        esac
        rounds=$2
        shift
        ;;
    *)
        echo "usage: run.sh [--data aclImdb/train] [--newer FOLDER] [--rounds N] [--quick] [--programs]" >&2
        exit 1
        ;;
    esac
    shift
done
cd "$(dirname "$0")/../.."
exec </dev/null
export PYTHONDONTWRITEBYTECODE=1
bench=tests/bench build=build-bench peers=build-bench/peers

# ---- what is needed ------------------------------------------------------------------------------------------

. tests/packages.sh

look_for_peers() {
    missing=
    need python3-torch /usr/bin/python3 -c 'import torch'
    need libdnnl-dev sh -c 'echo "#include <dnnl.hpp>" | c++ -x c++ -E -'
    need nodejs node --version
    need npm npm --version
    [ -z "$newer" ] || need debootstrap debootstrap --version
}

need_to_build
if [ -n "$missing" ] && ! install_packages; then
    echo "run.sh: could not install$missing (Debian's names); install them, then run this again" >&2
    exit 1
fi
look_for_peers
[ -z "$missing" ] || install_packages || echo "run.sh: could not install all of$missing" >&2

# ---- builds --------------------------------------------------------------------------------------------------

mkdir -p $peers
reconfigure=
[ ! -f $build/build.ninja ] || reconfigure=--reconfigure
if ! { meson setup $reconfigure $build --buildtype=release -Dtests=enabled &&
    ninja -C $build tests/bench_model; } >$build/build.log 2>&1; then
    tail -n 60 $build/build.log >&2
    echo "run.sh: $build did not build; its whole log is $build/build.log" >&2
    exit 1
fi

# Programs whose libraries are not there are named by compare.py likewise.
for program in sentiment/attn-sentiment read/attn-read listen/attn-listen glimpse/attn-glimpse translate/attn-translate; do
    ninja -C $build examples/$program >>$build/build.log 2>&1 || true
done

# A peer that is not built here is named by compare.py, which does not find it.
# shellcheck disable=SC2046 # a list of words
cc -O2 $bench/peer_blas.c -o $peers/peer_blas $(pkg-config --cflags --libs openblas) >$peers/blas.log 2>&1 ||
    rm -f $peers/peer_blas
c++ -O2 $bench/peer_dnnl.cpp -o $peers/peer_dnnl -ldnnl >$peers/dnnl.log 2>&1 || rm -f $peers/peer_dnnl
[ -z "$newer" ] || sh $bench/newer.sh "$newer" c++ -O2 $bench/peer_dnnl.cpp -o $peers/newer_dnnl -ldnnl >$peers/newer.log 2>&1 ||
    rm -f $peers/newer_dnnl
if [ ! -d $peers/node_modules/onnxruntime-node ]; then
    echo '{"private": true}' >$peers/package.json
    npm install --prefix $peers --ignore-scripts --no-audit --no-fund onnxruntime-node@1.30.0 >$peers/npm.log 2>&1 || true
fi

exec /usr/bin/python3 $bench/compare.py --build $build --rounds "$rounds" $quick $programs ${data:+--data "$data"} ${newer:+--newer "$newer"}
