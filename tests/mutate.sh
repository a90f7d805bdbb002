#!/bin/sh
# Do the tests see a fault? Random changes of one token of lib/ each, and whether a test fails by it.
#
#     sh tests/mutate.sh --seed N [--count 100]
#
# --seed N     which changes are drawn: the same number, the same changes
# --count N    how many; 100 where nothing is said
#
# A change takes some 10 to 60 seconds of 2 cores: a hundred some 40 minutes. To be run before a release, with a seed of its own. Works
# on a copy of the tree in build-mutate, and leaves the tree as it is. A change is one of + to -, < to <=, && to ||, 1 to 0, 0 to 1, a
# condition negated and their like; what does not compile is drawn again. The unit, kernel, golden and gradient tests run until one
# fails, those first whose name is in the name of the file. Prints a line a change, and the sum. Changes that no test could see are not
# drawn: those that tests/mutants.txt names, and < made <= where it chooses the larger or the smaller of two. Exit status 0: all that
# were asked for were made, and at least 85 of 100 caught.
set -u
cd "$(dirname "$0")/.." || exit 1
exec </dev/null

. tests/packages.sh
missing=
need_to_build
[ -z "$missing" ] || install_packages || {
    echo "mutate.sh: could not install$missing (Debian's names); install them, then run this again" >&2
    exit 1
}

exec /usr/bin/python3 tests/mutate.py "$@"
