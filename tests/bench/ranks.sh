#!/bin/sh
# Measure training as several processes, which mpi.md tells about: on this machine, and between two network namespaces.
#
#     sh tests/bench/ranks.sh --data aclImdb [--build build] [--pairs 3] [--nice 10]
#
# --data   reviews that attn-sentiment train reads
# --build  where the programs are built, with MPICH
# --pairs  of runs that are compared
# --nice   what runs is started at; on a machine that others use only numbers below theirs say something of the program
#
# Between namespaces (as root, with iproute2) packets go through link.c, which holds them as a network would: tc's netem is not in every
# kernel. Needs MPICH (Debian: mpich, libmpich-dev).
set -eu

data='' build=build pairs=3 nice=10
while [ $# -gt 1 ]; do
    case $1 in
    --data) data=$(realpath "$2") ;;
    --build) build=$2 ;;
    --pairs) pairs=$2 ;;
    --nice) nice=$2 ;;
    *) break ;;
    esac
    shift 2
done
if [ $# -gt 0 ] || [ -z "$data" ]; then
    echo "usage: ranks.sh --data PATH [--build FOLDER] [--pairs N] [--nice N]" >&2
    exit 1
fi
cd "$(dirname "$0")/../.."
program=$(realpath "$build/examples/sentiment/attn-sentiment")
scratch=$(mktemp -d)
link=
cleanup() {
    [ -z "$link" ] || kill "$link" 2>/dev/null || true
    for host in 1 2; do ip netns del attn$host 2>/dev/null || true; done
    rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 1' INT TERM
mpicc.mpich -O2 tests/bench/allreduce.c -o "$scratch/allreduce"
cc -O2 tests/bench/link.c -o "$scratch/link"

# run COMMAND...: at that niceness, two minutes at most.
run() {
    timeout -k 2 120 nice -n "$nice" "$@"
}

# train NAME COMMAND...: reviews a second of the second epoch, and processor seconds an epoch of the first process.
train() {
    name=$1
    shift
    run "$@" train --data "$data" --limit 1800 --epochs 2 --batch 64 --overwrite --out "$scratch/run" ${threads:+--threads $threads} |
        sed -n "s/^epoch  2.* \([0-9]*\) reviews.*/$name: \1 reviews a second/p; s/^cost: \([0-9.]*\) s.*/    \1 s of processor time an epoch/p"
}

echo "## One process of two threads, and two of one"
for _ in $(seq "$pairs"); do
    threads=2 train "1 x 2" "$program"
    threads=1 train "2 x 1" mpirun.mpich -n 2 "$program"
done
echo "## MPI_Allreduce: bytes, seconds (median, least)"
run mpirun.mpich -n 2 "$scratch/allreduce"

if ! ip netns add attn1 2>/dev/null; then
    echo "ranks.sh: no network namespaces here (they want root and iproute2): what is between two hosts is not measured" >&2
    exit 0
fi
ip netns add attn2
for host in 1 2; do ip -n attn$host link set lo up; done
for rate in 1000 10000; do
    for delay in 100 1000; do
        "$scratch/link" attn1 attn2 $rate $delay >"$scratch/ready" &
        link=$!
        until grep -q ready "$scratch/ready"; do sleep 0.1; done
        chrt -f -p 10 $link || echo "ranks.sh: the network's process has no priority, and makes it slower" >&2
        for host in 1 2; do
            ip -n attn$host addr add 10.78.0.$host/24 dev hop
            ip -n attn$host link set dev hop mtu 9000 up
        done
        echo "## Two hosts, $rate Mbit/s, $delay us"
        set -- ip netns exec attn1 env UCX_TLS=tcp,self UCX_NET_DEVICES=hop mpirun.mpich -launcher ssh \
            -launcher-exec "$PWD/tests/bench/ranks_agent.sh" -localhost 10.78.0.1 -hosts 10.78.0.1,10.78.0.2 -n 2 -ppn 1
        run "$@" "$scratch/allreduce" 9
        threads=1 train "2 hosts" "$@" "$program"
        kill $link
        wait $link 2>/dev/null || true
        link=
    done
done
echo "## The model"
python3 tests/bench/ranks_model.py
