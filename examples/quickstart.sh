#!/bin/sh
# Train on movie reviews and see which words decided:
#
#     sh examples/quickstart.sh                 on the bundled sample
#     sh examples/quickstart.sh PATH [VECTORS]  on the Large Movie Review data set at PATH, and with the word vectors in
#                                               the file VECTORS (or $GLOVE)
#
# Installs what is missing (Debian packages), builds into build/, and leaves the run in build/runs/, in the place of the last one.
set -eu

here=$(pwd)
absolute() { case $1 in /*) printf '%s\n' "$1" ;; *) printf '%s\n' "$here/$1" ;; esac; }
data=${1:+$(absolute "$1")}
vectors=${2:-${GLOVE:-}}
vectors=${vectors:+$(absolute "$vectors")}
cd "$(dirname "$0")/.."

. tests/packages.sh

packages="meson ninja-build pkg-config gcc libc6-dev libopenblas-dev libjansson-dev libutf8proc-dev libcsv-dev"
if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    built=yes
    for tool in meson ninja pkg-config cc; do command -v "$tool" >/dev/null || built=no; done
    if [ $built = no ] || ! pkg-config --exists jansson libutf8proc; then
        echo "quickstart: this is not a Debian system; please install meson, ninja, pkg-config, a C compiler, and the" >&2
        echo "libraries jansson and utf8proc with their headers, then run this again." >&2
        exit 1
    fi
else
    missing=
    for package in $packages; do
        case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true) in
        *" installed") ;;
        *) missing="$missing $package" ;;
        esac
    done
    [ -z "$missing" ] || install_packages
fi

echo "Building..."
[ -f build/build.ninja ] || meson setup build --buildtype=release -Dtests=disabled >/dev/null
ninja -C build --quiet examples/sentiment/attn-sentiment

program=build/examples/sentiment/attn-sentiment
run=build/runs/quickstart
if [ -z "$data" ]; then
    data=examples/sentiment/sample.tsv
    run=build/runs/sample
fi
echo
echo "Two sentences, decided by the bundled model; their words shaded by the attention that they got:"
for text in \
    "The plot is thin, but the acting is wonderful and I loved every minute of it." \
    "What a waste of a good cast: the story is dull, the jokes are stale, and I nearly fell asleep."; do
    echo
    $program explain "$text"
done

echo
echo "Training one on ${data}:"
$program train --data "$data" --out "$run" --overwrite ${vectors:+--glove "$vectors"}
echo
echo "More: $program --help"
