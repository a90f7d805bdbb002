#!/bin/sh
# How much of lib/ the tests in C run: lines and branches.
#
#     sh tests/coverage.sh
#
# Takes 5 minutes of 2 cores. To be run before a release, and by whoever adds a file to lib/. Installs what is missing (Debian
# packages), builds in build-coverage, runs the tests in C once with each instruction set that the processor has, and prints the files
# that are least covered, then the sum. A file that is compiled for several instruction sets is covered where one of them is. Which
# lines and branches these are is in build-coverage/lib.html. Exit status 0: no test failed, and at least 95 % of lines and 90 % of
# branches are covered.
set -u
cd "$(dirname "$0")/.." || exit 1
exec </dev/null

. tests/packages.sh

look_for_packages() {
    missing=
    need_to_build
    need gcovr gcovr --version
}

look_for_packages
[ -z "$missing" ] || { install_packages && look_for_packages; }
if [ -n "$missing" ]; then
    echo "coverage.sh: could not install$missing (Debian's names); install them, then run this again" >&2
    exit 1
fi

folder=build-coverage
reconfigure=
[ ! -f $folder/build.ninja ] || reconfigure=--reconfigure
mkdir -p $folder
meson setup $reconfigure $folder -Dtests=enabled -Dprograms=false -Doptimization=1 -Db_coverage=true \
    -Dc_args=-fprofile-update=atomic >$folder/setup.log || exit 1 # threads count the same lines, and what they lose would be below 0
ninja -C $folder >$folder/build.log || {
    tail -n 30 $folder/build.log
    exit 1
}
find $folder -name '*.gcda' -delete
export CK_TIMEOUT_MULTIPLIER=10
failed=0
meson test -C $folder --no-rebuild --quiet --timeout-multiplier 10 --suite unit --suite host --suite kernel --suite golden --suite grad \
    --suite fuzz || failed=1
for isa in $($folder/tests/checkkernel --list | sed '$d'); do
    ATTN_ISA=$isa meson test -C $folder --no-rebuild --quiet --timeout-multiplier 10 --logbase "$isa" --suite isa || failed=1
done
[ $failed = 0 ] || echo "coverage.sh: a test failed; what it did not reach is not covered" >&2

# A branch is not a line's that the compiler has made for itself alone.
gcovr --root . --object-directory $folder --filter 'lib/' --exclude-unreachable-branches -j 2 --json-summary $folder/lib.json \
    --html-details $folder/lib.html $folder >/dev/null || exit 1
/usr/bin/python3 - $folder/lib.json <<'END'
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    sum_of_all = json.load(file)


def share(counts, kind):
    return 100 * counts[f"{kind}_covered"] / counts[f"{kind}_total"] if counts[f"{kind}_total"] else 100


files = sorted(sum_of_all["files"], key=lambda file: file["branch_covered"] - file["branch_total"])
print("lines   branches  left out  file")
for file in files[:20]:
    left = file["branch_total"] - file["branch_covered"]
    print(f"{share(file, 'line'):5.1f} % {share(file, 'branch'):7.1f} % {left:9d}  {file['filename']}")
lines, branches = share(sum_of_all, "line"), share(sum_of_all, "branch")
print(f"lib/: {lines:.1f} % of lines, {branches:.1f} % of branches")
sys.exit(lines < 95 or branches < 90)
END
covered=$?
[ $failed = 0 ] && [ $covered = 0 ]
