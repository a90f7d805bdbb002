#!/usr/bin/env python3
"""prepared.py PROGRAM SMALL BIG.csv BIG.reviews [SECONDS [PAIRS]] - what training on reviews that are more than memory costs.

PROGRAM is attn-sentiment, SMALL what it reads into memory (aclImdb/train), BIG.csv what big_reviews.py made and BIG.reviews what
`prepare` makes of it, here if it is not there. First BIG.csv is read once by `cat`, with none of it in the page cache; then BIG.reviews
is opened, and SMALL, PAIRS times in turn, each with what is cached of it dropped; each trains for SECONDS of its first epoch and is
stopped. Printed are the seconds until that epoch begins, reviews a second of processor time, and the most that was resident: anonymous
memory, and pages of files, which the kernel takes back where memory is short."""
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time

program, small, big, prepared = map(os.path.abspath, sys.argv[1:5])
seconds, pairs = (int(text) for text in (sys.argv[5:] + ["60", "3"][len(sys.argv[5:]):]))
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
        self.pid, self.most = pid, [0, 0]
        self.start()

    def run(self):
        while True:
            try:
                now = resident(self.pid)
            except OSError:
                return
            if len(now) < 2: # it has ended, and nobody waited for it yet
                return
            self.most = [max(pair) for pair in zip(self.most, now)]
            time.sleep(0.1)


def train(data, folder):
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
        train(prepared, folder)
        train(small, folder)
