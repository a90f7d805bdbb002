"""What must hold of a run's folder whenever its training was killed or could not write, for every.py and kill.py."""
import csv
import os
import subprocess
import time

from program import PROGRAM, read, settings


def begin(command, out):
    """The command line of a training that begins, or goes on with what was killed: before there was a checkpoint, it begins again."""
    if os.path.exists(f"{out}/checkpoint.safetensors"):
        return [command[0], "--out", out, "--resume", "--quiet"]
    return [*command, "--out", out, "--quiet", "--overwrite"]


def start(arguments, **options):
    return subprocess.Popen([PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


def reported(out):
    """The epoch of the last save that metrics.csv tells of; 0: of none. It holds six places: of epochs that look alike the first counts."""
    if not os.path.exists(f"{out}/metrics.csv"):
        return 0
    with open(f"{out}/metrics.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    best = min(rows, key=lambda row: (-float(row.get("valid_accuracy", 0)), float(row["valid_loss"])), default={"epoch": 0})
    return int(best["epoch"])


def saved(out):
    """The epoch of the model; 0: there is none, or one of no whole epoch, as Ctrl-C in the first one leaves it."""
    model = f"{out}/model.safetensors"
    return settings(model).get("best", {"epoch": 0})["epoch"] if os.path.exists(model) else 0


def temporary(out):
    """The names of files that are being written, or were."""
    return [name for name in (os.listdir(out) if os.path.isdir(out) else []) if name.startswith(".attn-")]


def versions(out):
    """Each file that is there, as what tells it from one that will take its name."""
    for entry in os.scandir(out) if os.path.isdir(out) else []:
        try:
            status = entry.stat()
            yield entry.name, status.st_ino, status.st_mtime_ns
        except FileNotFoundError:
            pass


def wait_for_files(process, out, count):
    """Until it has begun or written its file of that number, or ends. Files that are written between two looks count once."""
    seen = set(versions(out))
    begun = len(seen)
    while process.poll() is None and len(seen) < begun + count:
        seen.update(versions(out))
        time.sleep(0.0002)


def must_stand(out, loads, before=0):
    """The model can be used, by the command line `loads`, and is no older than metrics.csv says, or than it was; returns its epoch."""
    epoch = saved(out)
    assert epoch >= reported(out), f"{out}: the model is of epoch {epoch}, but metrics.csv tells of the save of epoch {reported(out)}"
    assert epoch >= before, f"{out}: the model is of epoch {epoch}, and was of epoch {before}"
    if os.path.exists(f"{out}/model.safetensors"):
        done = subprocess.run([PROGRAM, *map(str, loads)], capture_output=True)
        assert done.returncode == 0, f"{out}: the model cannot be used: {done.stderr.decode()}"
    return epoch


def rows(out):
    """metrics.csv but for the seconds, which stand last."""
    return [line.rsplit(b",", 1)[0] for line in read(f"{out}/metrics.csv").splitlines()]


def must_be_alike(whole, parts):
    """Two finished runs: the same files, of the same bytes, but for the times that metrics.csv and the report tell."""
    assert sorted(os.listdir(whole)) == sorted(os.listdir(parts)), f"{sorted(os.listdir(whole))} and {sorted(os.listdir(parts))}"
    assert rows(whole) == rows(parts), f"{whole} and {parts}: metrics.csv"
    for name in set(os.listdir(whole)) - {"metrics.csv", "report.html"}:
        assert read(f"{whole}/{name}") == read(f"{parts}/{name}"), f"{whole} and {parts}: {name}"
