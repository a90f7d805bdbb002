#!/bin/sh
# A program in another language than C, C++ and Python calls the library by declarations of its own. foreign.sh SOURCE LIBRARY
# LANGUAGE, which is rust or node. Skipped (77) where that is not there: Debian has rustc and nodejs; koffi, by which Node calls
# C, is npm's (npm install -g koffi), and nothing is fetched from there by a test.
set -eu
source=$1 library=$2 language=$3
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
unset LD_LIBRARY_PATH

case $language in
rust)
    rustc --version >/dev/null 2>&1 || exit 77
    rustc --edition 2018 "$source/tests/abi/caller.rs" -L "$(dirname "$library")" -o "$root/caller"
    said=$(LD_LIBRARY_PATH=$(dirname "$library") "$root/caller")
    ;;
node)
    NODE_PATH=${NODE_PATH:+$NODE_PATH:}$(npm root -g 2>/dev/null || true)
    export NODE_PATH
    node -e 'require("koffi")' 2>/dev/null || exit 77
    said=$(node "$source/tests/abi/caller.js" "$library")
    ;;
esac
case $said in
"attn "*": weights ["*) ;;
*)
    echo "the program in $language says \"$said\"" >&2
    exit 1
    ;;
esac
