"""For mutate.sh, which see: mutate.py --seed N [--count N], in the tree.

Makes a copy of the tree what the tree is, and configures a build in it. Each change is made there, built, tested, and taken back."""

import argparse
import concurrent.futures
import filecmp
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import time

parser = argparse.ArgumentParser(prog="mutate.sh", usage="mutate.sh --seed N [--count N]")
parser.add_argument("--seed", type=int, required=True)
parser.add_argument("--count", type=int, default=100)
arguments = parser.parse_args()
if arguments.count < 1:
    parser.error(f"--count is {arguments.count}; expected 1 or more")
COPY = pathlib.Path("build-mutate/tree").resolve()
BUILD = COPY / "build"
ASKED = 0.85

# ---- changes ---------------------------------------------------------------------------------------------------

# Operators of two operands, which the layout of the code puts between spaces; what stands alone is another thing (*p, -x, &y).
BETWEEN = {"+": "-", "-": "+", "*": "/", "/": "*", "%": "*", "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||",
           "||": "&&", "+=": "-=", "-=": "+=", "<<": ">>", ">>": "<<", "&": "|", "|": "&"}
NUMBERS = {"0": "1", "1": "0", "2": "1", "0.0f": "1.0f", "1.0f": "0.0f", "0.0": "1.0", "1.0": "0.0"}
# The larger or smaller of two: where they are equal, either; so < and <= say the same there.
TERMS = r"\w[\w.>\[\]-]*(?: [-+*/] \w[\w.>\[\]-]*)*"
LARGER_OR_SMALLER = re.compile(rf"(?<![\w.>\])] )(?P<a>{TERMS}) (?P<compared>[<>]=?) (?P<b>{TERMS}) \? (?:(?P=a) : (?P=b)|(?P=b) : (?P=a))(?![\w.\[(>-])")
NO_CODE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|^[ \t]*#(?:[^\n]*\\\n)*[^\n]*', re.S | re.M)


def closing(code, at):
    """Where the parenthesis that opens at `at` is closed."""
    depth = 0
    for i in range(at, len(code)):
        depth += {"(": 1, ")": -1}.get(code[i], 0)
        if depth == 0:
            return i
    return None


def changes_of(path):
    """(path, begin, end, text that is put there, what that is called) of each change of a file."""
    text = path.read_text()
    code = NO_CODE.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)
    choices = {found.start("compared") for found in LARGER_OR_SMALLER.finditer(code)}
    for found in re.finditer(r"(?<= )([-+*/%<>=!&|]{1,2})(?= )", code):
        if found.group() in BETWEEN and found.start() not in choices:
            yield path, *found.span(), BETWEEN[found.group()], f"{found.group()} to {BETWEEN[found.group()]}"
    for found in re.finditer(r"(?<![\w.])(\d+(?:\.\d+f?)?)(?![\w.])", code):
        if found.group() in NUMBERS:
            yield path, *found.span(), NUMBERS[found.group()], f"{found.group()} to {NUMBERS[found.group()]}"
    for found in re.finditer(r"\b(?:if|while) (\()", code):
        end = closing(code, found.start(1))
        if end:
            condition = text[found.start(1):end + 1]
            yield path, found.start(1), end + 1, f"(!{condition})", "condition negated"


def line_of(path, at):
    text = path.read_text()
    return text.count("\n", 0, at) + 1, text.splitlines()[text.count("\n", 0, at)].strip()


def equivalent():
    lines = pathlib.Path("tests/mutants.txt").read_text().splitlines()
    return {tuple(part.strip() for part in line.split("\t")[:3]) for line in lines if line and not line.startswith("#")}


# ---- the copy --------------------------------------------------------------------------------------------------

def renew():
    """The copy as the tree is, and a build of it. What differs is as new as its copying, so that what was built of a change that a
    killed run left there is built again."""
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, check=True).stdout.split("\0")
    kept = {name for name in listed if os.path.isfile(name)}
    for path in [path for path in COPY.rglob("*") if path.is_file() and BUILD not in path.parents]:
        if str(path.relative_to(COPY)) not in kept:
            path.unlink()
    for name in sorted(kept):
        to = COPY / name
        if not to.is_file() or not filecmp.cmp(name, to, shallow=False):
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(name, to)
            shutil.copymode(name, to)
    if not (BUILD / "build.ninja").exists():
        with open(COPY.parent / "setup.log", "w", encoding="utf-8") as log:
            subprocess.run(["meson", "setup", BUILD, COPY, "-Dtests=enabled", "-Dprograms=false", "-Doptimization=1"], check=True, stdout=log)


# ---- tests -----------------------------------------------------------------------------------------------------

def build():
    return subprocess.run(["ninja", "-C", BUILD], capture_output=True, text=True)


def stop(process):
    """All of its session: what libcheck forks for a test has a process group of its own, and would go on."""
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            session = int(stat.read_text().rpartition(")")[2].split()[3])
            if session == process.pid:
                os.kill(int(stat.parent.name), signal.SIGKILL)
        except (FileNotFoundError, ProcessLookupError):
            pass  # it has ended


running = set()


def passes(test, limit):
    """Whether it ends within `limit` seconds, and well; each has a session of its own, since libcheck forks."""
    process = subprocess.Popen([BUILD / "tests" / test], cwd=BUILD, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    running.add(process)
    try:
        return process.wait(limit) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        stop(process)
        running.discard(process)


def first_failure(tests, took):
    """The first test seen to fail, or None; as many at a time as there are processors."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        waiting = {pool.submit(passes, test, 60 + 20 * took[test]): test for test in tests}
        try:
            return next((waiting[done] for done in concurrent.futures.as_completed(waiting) if not done.result()), None)
        finally:  # found, all passed, or this process is to end
            pool.shutdown(wait=False, cancel_futures=True)
            for process in list(running):
                stop(process)


def in_order(tests, took, path):
    """Those first whose name is in the file's, then those that end soonest."""
    words = set(re.findall(r"[a-z]+", str(path.relative_to(COPY / "lib"))))
    return sorted(tests, key=lambda test: (not words & set(test.split("_")[1:]), took[test]))


# ---- one after another -----------------------------------------------------------------------------------------

def end(number, _frame):
    sys.exit(f"mutate.sh: ended by {signal.Signals(number).name}; the change under way is taken back")


for number in signal.SIGTERM, signal.SIGHUP, signal.SIGINT:
    signal.signal(number, end)
renew()
done = build()
if done.returncode:
    sys.exit(f"mutate.sh: the tree does not build:\n{done.stdout[-3000:]}")
left_out = {"test_unicode", "test_large"}
tests = sorted(path.name for path in (BUILD / "tests").iterdir()
               if path.is_file() and os.access(path, os.X_OK) and re.match(r"test_|checkkernel$", path.name) and path.name not in left_out)
took = {}
for test in tests:
    begin = time.monotonic()
    if not passes(test, 1200):
        sys.exit(f"mutate.sh: {test} fails without any change")
    took[test] = time.monotonic() - begin

known = equivalent()
built = (path for path in sorted((COPY / "lib").rglob("*.[ch]")) if path.parent.name != "windows")
changes = [change for path in built for change in changes_of(path)]
random.Random(arguments.seed).shuffle(changes)
print(f"{len(changes)} changes could be made; {arguments.count} are", flush=True)
caught = missed = 0
for path, begin, end, new, name in changes:
    if caught + missed == arguments.count:
        break
    number, line = line_of(path, begin)
    file = str(path.relative_to(COPY))
    if (file, line, name) in known:
        continue
    text = path.read_text()
    try:
        path.write_text(text[:begin] + new + text[end:])
        if build().returncode:
            continue
        failed = first_failure(in_order(tests, took, path), took)
    finally:
        path.write_text(text)
    caught, missed = caught + (failed is not None), missed + (failed is None)
    print(f"{'caught by ' + failed if failed else 'NOT CAUGHT'}: {file}:{number}: {name}: {line}", flush=True)
build()
print(f"{caught} of {caught + missed} were caught")
if caught + missed < arguments.count:
    sys.exit(f"mutate.sh: {arguments.count} changes were asked for, and {caught + missed} could be made")
sys.exit(caught < ASKED * arguments.count)
