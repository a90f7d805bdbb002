#!/usr/bin/env python3
"""Kill a program's trainings at random moments, fill their disk, and go on: kill.py PROGRAM --times N --seed N, for tests/kill.sh"""
import argparse
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import time

import every
import kills
from program import PROGRAM, run, so_far

NAME = os.path.basename(PROGRAM)
DATA = None  # stands for every.write_data's
TRAININGS = {"attn-sentiment": {"train": ["--hidden", 12, "--emb", 12, "--epochs", 4],
                                "train --ngrams": ["--ngrams", "--hidden", 8, "--emb", 8, "--epochs", 3],
                                "train --faithful diversity": ["--faithful", "diversity", "--hidden", 8, "--emb", 8, "--epochs", 3],
                                "pretrain": ["--hidden", 12, "--emb", 12, "--epochs", 3]},
             "attn-translate": {"train": ["--encoder", 12, "--decoder", 16, "--emb", 12, "--epochs", 5],
                                "train --task dates": ["--task", "dates", "--dates", 400, "--encoder", 12, "--decoder", 16, "--emb", 12,
                                                       "--epochs", 4]},
             "attn-babi": {"train": ["--hidden", 16, "--epochs", 5],
                           "train --answer pointer": ["--answer", "pointer", "--hidden", 12, "--epochs", 4]},
             "attn-glimpse": {"train": ["--scenes", 240, "--hidden", 12, "--epochs", 4],
                              "train --data": ["--data", DATA, "--hidden", 12, "--epochs", 5],
                              "train --task digits": ["--task", "digits", "--scenes", 120, "--hidden", 12, "--epochs", 4]},
             "attn-listen": {"train": ["--strings", 48, "--encoder", 8, "--memory", 8, "--decoder", 8, "--epochs", 4]},
             "attn-read": {"train": ["--hidden", 8, "--emb", 8, "--pieces", 4, "--epochs", 5]}}[NAME]


class Training:
    """One way to train, and a run of it that nothing interrupts."""

    def __init__(self, name, data):
        self.name, self.data = name, data
        self.command = [name.split()[0], *(data if option is DATA else option for option in TRAININGS[name]), "--threads", 1]
        self.whole = os.path.join(os.path.dirname(data), name.replace(" ", ""))
        began = time.monotonic()
        run(*self.command, "--out", self.whole, "--quiet")
        self.seconds = time.monotonic() - began

    def loads(self, out):
        """A command line that uses the model."""
        model = f"{out}/model.safetensors"
        if self.name == "pretrain":
            return ["train", "--start", model, "--data", self.data, "--epochs", 1, "--out", f"{self.whole}-started", "--overwrite", "--quiet"]
        if self.name == "train --task digits":
            return ["read", "--model", model, f"{self.data}/000000.png"]
        return every.explain(model, self.data)

    def say(self, text):
        print(f"{NAME} {self.name}: {text}", flush=True)


# ---- kills ----

def kill(training, out, rng):
    """Begin or go on, and kill it: half of the times at a moment drawn from what the whole training takes, half of them while a file is
    written. False where it had come to its end."""
    process = kills.start(kills.begin(training.command, out))
    if rng.random() < 0.5:
        kills.wait_for_files(process, out, rng.randrange(1, 12))
    else:
        try:
            process.wait(training.seconds * rng.random())
        except subprocess.TimeoutExpired:
            pass
    process.kill()
    error = process.communicate()[1].decode()
    assert process.returncode in (0, -signal.SIGKILL), f"{out}: exit {process.returncode}: {error}"
    return process.returncode != 0


def kill_often(training, times, rng):
    """Each run is killed until it comes to its end, and then the next one is begun."""
    killed = runs = writing = early = 0
    out = f"{training.whole}-killed"
    while killed < times:
        epoch, lives = 0, True
        shutil.rmtree(out, ignore_errors=True)
        while lives and killed < times:
            lives = kill(training, out, rng)
            killed += lives
            writing += lives and bool(kills.temporary(out))
            early += not os.path.exists(f"{out}/checkpoint.safetensors")
            epoch = kills.must_stand(out, training.loads(out), epoch)
        run(*kills.begin(training.command, out))
        kills.must_be_alike(training.whole, out)
        runs += 1
    training.say(f"{killed} kills in {runs} runs, {writing} of them while a file was written and {early} before there was a checkpoint: "
                 "every model stood, and every run came to the same bits")
    return killed


# ---- a full disk ----

def stopped_after_an_epoch(training, out):
    """A training that is held up by SIGSTOP once it has measured an epoch; begun again where it was at its end before."""
    for _ in range(10):
        shutil.rmtree(out, ignore_errors=True)
        process = kills.start(kills.begin(training.command, out))
        while process.poll() is None and so_far(f"{out}/metrics.csv").count(b"\n") <= 1:
            time.sleep(0.001)
        process.send_signal(signal.SIGSTOP)
        if process.poll() is None:
            return process
        process.communicate()
    raise AssertionError(f"{training.name}: too short to be held up; give it more epochs")


def must_not_write(training, out, reason, fill, empty):
    """From some moment on nothing can be written: one line says so, what was there stands, and the run can be gone on with."""
    process = stopped_after_an_epoch(training, out)
    try:
        fill(process)
    finally:
        process.send_signal(signal.SIGCONT)
    error = process.communicate()[1].decode()
    assert process.returncode == 1, f"{out}: exit {process.returncode}: {error}"
    assert re.fullmatch(rf"{NAME}: [^\n]*{out}/[^\n]*: {reason}\n", error), error
    assert not kills.temporary(out), os.listdir(out)
    empty()
    kills.must_stand(out, training.loads(out))
    run(*kills.begin(training.command, out))
    kills.must_be_alike(training.whole, out)
    training.say(f"{error[len(NAME) + 2:].strip().replace(out, 'RUN')}; then it stood, and came to the same bits")


def limit(process):
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (64, resource.RLIM_INFINITY))


def fill_disks(training):
    out = f"{training.whole}-full"
    must_not_write(training, out, "File too large", limit, lambda: None)
    disk = f"{training.whole}-disk"
    os.mkdir(disk)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk], stderr=subprocess.DEVNULL).returncode:
        training.say("no file system can be mounted here, so that none was full")
        return

    def fill(_):
        with open(f"{disk}/rest", "wb", buffering=0) as file:
            try:
                while file.write(b"0" * 4096):
                    pass
            except OSError:
                pass
    try:
        must_not_write(training, f"{disk}/run", "No space left on device", fill, lambda: os.remove(f"{disk}/rest"))
    finally:
        subprocess.run(["umount", disk], check=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--times", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    options = parser.parse_args()
    left = options.times
    with tempfile.TemporaryDirectory(prefix=f"{NAME}-killed-") as folder:
        data = every.write_data(folder)
        for i, name in enumerate(TRAININGS):
            training = Training(name, data)
            left -= kill_often(training, left // (len(TRAININGS) - i), random.Random(f"{options.seed} {name}"))
            fill_disks(training)


if __name__ == "__main__":
    main()
