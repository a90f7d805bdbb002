#!/usr/bin/env python3
"""prepared.py PROGRAM SMALL BIG.csv BIG.reviews [SECONDS [PAIRS]] - what training on reviews that are more than memory costs.

PROGRAM is attn-sentiment, SMALL what it reads into memory (aclImdb/train), BIG.csv what big_reviews.py made and BIG.reviews what
`prepare` makes of it, here if it is not there. First BIG.csv is read once by `cat`, with none of it in the page cache; then BIG.reviews
is opened, and SMALL, PAIRS times in turn, each with what is cached of it dropped; each trains for SECONDS of its first epoch and is
stopped. Printed are the seconds until that epoch begins, reviews a second of processor time, and the most that was resident: anonymous
memory, and pages of files, which the kernel takes back where memory is short.

prepared.py --limit MB PROGRAM BIG.csv BIG.reviews [OPTION...] - that they need no more: as root. BIG.reviews is prepared anew, and
`train` with these options runs to its end, in a control group that has so many MB for all its processes, pages of files included, and
no swap. Printed are what each used at most, what it read from the disk, and whether the model is the one that is trained without, to
the bit."""
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time

TICK = os.sysconf("SC_CLK_TCK")


def drop(path):
    """What is cached of a file."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def resident(pid):
    with open(f"/proc/{pid}/status") as status:
        return [int(value) / 1024 for value in re.findall(r"^Rss(?:Anon|File):\s+(\d+)", status.read(), re.MULTILINE)]


def processor(pid):
    with open(f"/proc/{pid}/stat") as stat:
        return sum(map(int, stat.read().rsplit(")", 1)[1].split()[11:13])) / TICK


class Watch(threading.Thread):
    """The most that a process has in memory, ten times a second."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.most, self.read = pid, [0, 0], 0
        self.start()

    def run(self):
        while True:
            try:
                now = resident(self.pid)
                with open(f"/proc/{self.pid}/io") as io:
                    self.read = int(re.search(r"read_bytes: (\d+)", io.read()).group(1))
            except OSError:
                return
            if len(now) < 2: # it has ended, and nobody waited for it yet
                return
            self.most = [max(pair) for pair in zip(self.most, now)]
            time.sleep(0.1)


def train(program, seconds, data, folder):
    if os.path.isfile(data):
        drop(data)
    began = time.monotonic()
    process = subprocess.Popen([program, "train", "--data", data, "--out", folder, "--overwrite", "--threads", "1", "--valid", "0.01",
                                "--valid-by", "random"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, bufsize=1)
    watch = Watch(process.pid)
    for line in process.stdout:
        if line.startswith("parameters"):
            break
    begins, used, opened = time.monotonic() - began, processor(process.pid), list(watch.most)
    time.sleep(seconds)
    trained = processor(process.pid) - used
    process.send_signal(signal.SIGINT)
    steps = int(re.search(r"after step (\d+)", process.stdout.read()).group(1))
    process.wait()
    print(f"{os.path.basename(data)}: the epoch begins after {begins:.1f} s ({used:.1f} of processor time); {64 * steps:,} reviews, "
          f"{64 * steps / trained:.1f} a second of processor time; resident at most: anonymous {watch.most[0]:.0f} MB, of files "
          f"{watch.most[1]:.0f} MB (before the epoch {opened[0]:.0f} and {opened[1]:.0f})", flush=True)


class Group:
    """A control group of version 2 or 1 whose processes have so many MB of memory."""

    def __init__(self, megabytes):
        second = os.path.exists("/sys/fs/cgroup/cgroup.controllers")
        self.path = f"/sys/fs/cgroup/{'' if second else 'memory/'}attn-bench"
        limit, self.most = ("memory.max", "memory.peak") if second else ("memory.limit_in_bytes", "memory.max_usage_in_bytes")
        os.mkdir(self.path)
        if second:
            self.write("../cgroup.subtree_control", "+memory")
        self.write(limit, megabytes << 20)
        swap = "memory.swap.max" if second else "memory.memsw.limit_in_bytes"
        if os.path.exists(f"{self.path}/{swap}"):
            self.write(swap, 0 if second else megabytes << 20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.rmdir(self.path)

    def write(self, name, value):
        with open(f"{self.path}/{name}", "w") as file:
            file.write(str(value))

    def most_used(self):
        with open(f"{self.path}/{self.most}") as file:
            return int(file.read()) >> 20

    def run(self, *arguments):
        before = os.times()
        process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, preexec_fn=lambda: self.write("cgroup.procs", os.getpid()))
        watch = Watch(process.pid)
        said = process.communicate()[0].splitlines()
        used = sum(os.times()[2:4]) - sum(before[2:4])
        print(f"{arguments[1]}: exit {process.returncode}, {used:.1f} s of processor time; at most {self.most_used()} MB with pages of files, "
              f"of which anonymous {watch.most[0]:.0f} MB; {watch.read / 1e6:,.0f} MB were read from the disk", *said, sep="\n    ", flush=True)
        return process.returncode


def limited(megabytes, program, big, prepared, options):
    drop(big)
    with Group(megabytes) as group:
        if group.run(program, "prepare", "--data", big, "--out", prepared, "--overwrite"):
            return
    print(f"{os.path.getsize(big) / 1e6:.0f} MB of texts, {os.path.getsize(prepared) / 1e6:.0f} MB prepared; the limit is {megabytes} MB", flush=True)
    drop(prepared)
    with tempfile.TemporaryDirectory() as folder:
        train, model = [program, "train", "--data", prepared, *options, "--overwrite", "--out", folder], f"{folder}/model.safetensors"
        with Group(megabytes) as group:
            if group.run(*train):
                return
        with open(model, "rb") as file:
            held = file.read()
        subprocess.run(train, stdout=subprocess.DEVNULL, check=True)
        with open(model, "rb") as file:
            print(f"the model is {'the same' if file.read() == held else 'another'} without a limit")


def compared(program, small, big, prepared, seconds, pairs):
    drop(big)
    began = time.monotonic()
    subprocess.run(["cat", big], stdout=subprocess.DEVNULL, check=True)
    print(f"cat {os.path.basename(big)}: {time.monotonic() - began:.1f} s, {os.path.getsize(big) / 1e9:.2f} GB", flush=True)
    if not os.path.exists(prepared):
        drop(big)
        process = subprocess.Popen([program, "prepare", "--data", big, "--out", prepared])
        watch = Watch(process.pid)
        process.wait()
        print(f"prepare: {sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2]):.1f} s of processor time with cat's; anonymous "
              f"{watch.most[0]:.0f} MB, of files {watch.most[1]:.0f} MB at most", flush=True)
    print(f"{os.path.basename(prepared)}: {os.path.getsize(prepared) / 1e9:.2f} GB", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(pairs):
            train(program, seconds, prepared, folder)
            train(program, seconds, small, folder)


if sys.argv[1] == "--limit":
    limited(int(sys.argv[2]), *map(os.path.abspath, sys.argv[3:6]), sys.argv[6:])
else:
    compared(*map(os.path.abspath, sys.argv[1:5]), *(int(text) for text in (sys.argv[5:] + ["60", "3"][len(sys.argv[5:]):])))
