#!/bin/sh
# README's steps, word for word, on a bare Debian system: sh tests/newcomer.sh [PART...]
#
# Run as root; debootstrap makes the system, in build-newcomer/debian, where it stays for the next time. Each of these has a fresh copy:
#     quick    the first of "Two commands"
#     root     the first commands of "Installing and linking", as root, and the one that compiles attend.c
#     user     the second ones there, by a user who has no rights, after the packages of the first ones
# Commands are the lines indented by four blanks. After either installation a program of the path's decides a text. No locale is
# set there. Takes ten minutes of 2 cores, by estimate; not in .ci/run. Prints a line a part.
set -eu
cd "$(dirname "$0")/.."
readme=README.md
here=build-newcomer

fails() {
    echo "newcomer.sh: $1" >&2
    exit 1
}

# commands SECTION NUMBER: that block of commands.
commands() {
    awk -v head="## $1" -v wanted="$2" '
        /^## / { on = $0 == head; block = inside = 0 }
        on && /^    / { if (!inside) block++; inside = 1; if (block == wanted) print substr($0, 5); next }
        { inside = 0 }' "$readme" >"$here/commands"
    [ -s "$here/commands" ] || fails "$readme has no commands $2 in \"$1\""
    cat "$here/commands"
}

# system NAME: a fresh one, and this checkout in it.
system() {
    rm -rf "${here:?}/$1"
    cp -a "$here/debian" "$here/$1"
    home=$here/$1/home/newcomer
    mkdir -p "$home/libattn"
    git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$home/libattn"
    cp "$readme" "$home/libattn/README.md"
    awk '/^```c$/ { n++; on = 1; next } /^```$/ { on = 0 } on && n == 2' "$readme" >"$home/libattn/attend.c"
    chown -R 1000:1000 "$home"
}

# runs NAME USER SCRIPT: there, in the checkout.
runs() {
    echo "== $1, as $2" >&2
    # Each line by itself: of `a && b` where a fails, set -e takes no notice.
    printf 'cd /home/newcomer/libattn\nset -ex\n%s\n' "$3" | sed '3,$s/$/ || exit 1/' >"$here/$1/tmp/steps.sh"
    # shellcheck disable=SC2016 # the inner shell's
    unshare --mount sh -c 'mount -t proc proc "$1/proc" && shift && exec "$@"' sh "$here/$1" \
        chroot --userspec="$2" "$here/$1" /usr/bin/env -i HOME=/home/newcomer DEBIAN_FRONTEND=noninteractive \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin sh /tmp/steps.sh >"$here/$1.log" 2>&1 </dev/null || {
        tail -n 40 "$here/$1.log" >&2
        fails "$1: the steps fail; the whole log is $here/$1.log"
    }
}

decides='[ "$(attn-sentiment predict "I loved every minute." | cut -c 1-8)" = positive ]'

[ "$(id -u)" = 0 ] || fails "it makes systems of their own, which takes root"
command -v debootstrap >/dev/null || fails "there is no debootstrap; apt-get install debootstrap"
mkdir -p "$here"
[ -f "$here/debian.made" ] || {
    rm -rf "${here:?}/debian"
    debootstrap --variant=minbase bookworm "$here/debian" >"$here/debian.log" 2>&1 || fails "no system was made; see $here/debian.log"
    : >"$here/debian.made"
}

[ $# -gt 0 ] || set -- root user quick
as_root=$(commands "Installing and linking" 1) as_user=$(commands "Installing and linking" 2)
quick=$(commands "Two commands" 1 | head -n 1)

compile=$(grep -o '`cc attend.c [^`]*`' "$readme" | tr -d '`')

for part; do
    case $part in
    root)
        system root
        runs root root "$as_root
$compile
./a.out | grep -q '^item 3 gets'
$decides"
        ;;
    user)
        system user
        runs user root "$(printf '%s\n' "$as_root" | grep '^apt-get')"
        runs user 1000:1000 "$as_user
./a.out | grep -q '^item 3 gets'
PATH=\$HOME/attn/bin:\$PATH
$decides"
        ;;
    quick)
        system quick
        runs quick root "$quick"
        grep -q 'wonderful' "$here/quick.log" || fails "quickstart explains nothing; see $here/quick.log"
        ;;
    *) fails "$part is none of root, user, quick" ;;
    esac
    echo "$part: the steps work"
done
