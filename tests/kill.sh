#!/bin/sh
# Kill the trainings of the programs at random moments, fill their disk, and see that they go on to the same bits.
#
#     sh tests/kill.sh [--times N] [--seed N] [PROGRAM...]
#
# --times N   how many SIGKILLs, shared among the programs (500)
# --seed N    of the moments (1)
# PROGRAM     attn-sentiment, attn-translate, attn-babi, attn-glimpse, attn-listen, attn-read (all)
#
# After each kill the model that is in the run's folder can be used and is no older than the last save that metrics.csv tells of, nor than
# it was before; the run that was killed goes on, is killed again, and at its end is, to the byte, one that nothing interrupted. Then, once
# an epoch is done, the run's files may not grow, and the disk is full (a small tmpfs, where one can be mounted): one line says so, the
# model can be used, and with room again the run goes on to the same bits. tests/programs/kill.py has the trainings, each of a second or so.
#
# Takes 15 minutes of 2 cores that have other work too, and is no part of tests/run.sh, where every.py does so a few times, at signs in place
# of moments. Run it after changes to how programs train or to how files are written. Builds in build-kill.
set -eu

usage() {
    sed -n '/^#     sh/,/^# PROGRAM/s/^# \{0,1\}//p' "$0"
}

times=500
seed=1
programs=
while [ $# -gt 0 ]; do
    case $1 in
    --help | -h)
        usage
        exit 0
        ;;
    --times | --seed)
        case ${2:-} in
        '' | *[!0-9]*)
            echo "kill.sh: $1 needs a whole number" >&2
            exit 2
            ;;
        esac
        if [ "$1" = --times ]; then times=$2; else seed=$2; fi
        shift
        ;;
    attn-sentiment | attn-translate | attn-babi | attn-glimpse | attn-listen | attn-read) programs="$programs $1" ;;
    *)
        echo "kill.sh: $1 is no option and no program that trains; sh tests/kill.sh --help lists both" >&2
        exit 2
        ;;
    esac
    shift
done
: "${programs:=attn-sentiment attn-translate attn-babi attn-glimpse attn-listen attn-read}"
cd "$(dirname "$0")/.."
export PYTHONDONTWRITEBYTECODE=1

[ -f build-kill/build.ninja ] || meson setup build-kill -Dtests=disabled -Dwerror=true
ninja -C build-kill

left=$times
# shellcheck disable=SC2086 # a list of words
set -- $programs
while [ $# -gt 0 ]; do
    program=build-kill/examples/${1#attn-}/$1
    share=$((left / $#))
    if [ -x "$program" ]; then
        python3 tests/programs/kill.py "$program" --times $share --seed "$seed"
        left=$((left - share))
    else
        echo "kill.sh: $1 is left out, for want of a library that it needs" >&2
    fi
    shift
done
echo "kill.sh: $((times - left)) kills, and nothing was lost"
