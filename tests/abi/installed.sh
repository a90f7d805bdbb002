#!/bin/sh
# Install, move all of it to where a blank is in the path, and run the programs there from another folder and through a link: each
# finds the library and its data. What is installed names neither the checkout nor the build. installed.sh SOURCE BUILD PREFIX BINDIR
set -eu
source=$1 build=$2 prefix=$3 bin=$4
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
unset LD_LIBRARY_PATH

fails() {
    echo "installed.sh: $1" >&2
    exit 1
}

meson install -C "$build" --no-rebuild --quiet --destdir "$root/installed"
find "$root/installed" -type f >"$root/files"
while read -r file; do
    cp "$file" "$root/stripped"
    strip "$root/stripped" 2>/dev/null || true # what is no object stays as it is
    ! grep -q -e "$source" -e "$build" "$root/stripped" || fails "$file names $source or $build"
done <"$root/files"

mv "$root/installed$prefix" "$root/moved here"
bin="$root/moved here/$bin"
cd "$root"

# trains PROGRAM OPTION...: on its bundled sample.
trains() {
    program=$1
    shift
    [ -x "$bin/$program" ] || return 0 # left out, for want of what it needs
    "$bin/$program" train --epochs 1 --out "$root/$program" "$@" >"$root/log" 2>&1 ||
        fails "$program train: $(tail -n 1 "$root/log")"
    ln -s "$bin/$program" "$root/linked"
    "$root/linked" train --epochs 1 --out "$root/linked.run" "$@" >"$root/log" 2>&1 ||
        fails "$program train, through a link: $(tail -n 1 "$root/log")"
    rm -r "$root/linked" "$root/linked.run"
}
trains attn-sentiment --hidden 2 --emb 2 --limit 20
trains attn-translate --encoder 2 --decoder 2 --emb 2
trains attn-read --hidden 2 --emb 2 --pieces 2
trains attn-listen --encoder 2 --memory 2 --decoder 2 --strings 2
trains attn-glimpse --task digits --hidden 2 --scenes 2
"$bin/attn-babi" --version >/dev/null || fails "attn-babi does not start"
case $("$bin/attn-sentiment" predict 'I loved every minute.') in
positive*) ;;
*) fails "attn-sentiment does not find its model" ;;
esac

# Each has its manual page and its completion.
for program in "$bin"/*; do
    name=$(basename "$program")
    [ "$(find "$root/moved here" -path "*/man1/$name.1" -o -path "*/completions/$name.bash" | wc -l)" = 2 ] ||
        fails "$name has no manual page or no completion"
done

# Without them it is said what is missing, and where it was looked for.
mv "$root/moved here" "$root/installed here"
find "$root/installed here" -name reviews.safetensors -exec rm {} +
! said=$("$root/installed here/${bin#"$root/moved here/"}/attn-sentiment" predict 'I loved every minute.' 2>&1) || fails "it decides without a model"
case $said in
*"$root/installed here/"*reviews.safetensors*) ;;
*) fails "without its model attn-sentiment says \"$said\"; expected where it should be" ;;
esac
