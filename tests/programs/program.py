"""What the tests of the programs share: the program, whose path is the first argument, and the files that it writes."""
import fcntl
import functools
import json
import os
import pty
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import unicodedata
import unittest

PROGRAM = os.path.abspath(sys.argv[1])


def run(*arguments, status=0, **options):
    """Run it to its end, which must be with this status; `out` and `err` are what it printed, as text."""
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, **{"timeout": 300, **options})
    done.out, done.err = (printed.decode("utf-8", "surrogateescape") for printed in (done.stdout, done.stderr))
    assert done.returncode == status, f"{arguments}: exit {done.returncode}, expected {status}: {done.err}{done.out}"
    return done


def stopped(*arguments, line=None, file=None, wait=0.0):
    """Run it, and stop it by SIGINT so many seconds after it printed a line that begins so, or after it wrote that file."""
    def written():
        try:
            return os.stat(file).st_mtime_ns
        except FileNotFoundError:
            return None

    earlier = file and written()
    # Without a buffer, so that what follows the line is left to communicate().
    process = subprocess.Popen([PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE, bufsize=0)
    before = []
    try:
        while line and not (before and before[-1].startswith(line.encode())):
            before.append(process.stdout.readline())
            assert before[-1], f"{arguments}: no line begins with {line}: {before}"
        while file and process.poll() is None and written() == earlier:
            time.sleep(0.001)
        time.sleep(wait)
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    done = subprocess.CompletedProcess(process.args, process.returncode)
    done.out = b"".join([*before, rest]).decode("utf-8", "surrogateescape")
    return done


def wait_for_line(process, begin):
    """Read what it prints up to a line that begins so; a program that ends before is a failure."""
    for line in iter(process.stdout.readline, ""):
        if line.startswith(begin):
            return
    raise AssertionError(f"it ended with {process.wait()} before a line that begins with {begin!r}")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def so_far(path):
    """What a file holds that another process writes, and may take away between two looks; nothing where there is none."""
    try:
        return read(path)
    except FileNotFoundError:
        return b""


def read_lines(path):
    return [json.loads(line) for line in read(path).decode().splitlines()]


def page_data(path):
    """What a report's page draws."""
    page = read(path).decode("utf-8")
    text = page.split('<script type="application/json" id="data">')[1].split("</script>")[0]
    assert "<" not in text
    return json.loads(text)


def without_speed(score, least_steps=None, most_steps=None):
    """What eval --json --speed printed, less the speed, which is a number, as are the steps where the model answers step by step."""
    *rest, last = score
    if least_steps is not None:
        assert last == "steps" and least_steps <= score["steps"] <= most_steps, score
        last = rest.pop()
    assert last == "per_second" and score["per_second"] > 0, score
    return {name: score[name] for name in rest}


class InFolder(unittest.TestCase):
    """Tests that share a folder, which is gone afterwards."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix=f"attn-{cls.__name__.lower()}-")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @classmethod
    def at(cls, *parts):
        return os.path.join(cls.folder, *parts)

    @classmethod
    def write(cls, name, content):
        os.makedirs(os.path.dirname(cls.at(name)), exist_ok=True)
        with open(cls.at(name), "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return cls.at(name)

    def compare_runs(self, left, right, *files):
        """Model, checkpoint and such files are the same to the byte, and so are the metrics but for the seconds, which stand last."""
        for name in ("model.safetensors", "checkpoint.safetensors", *files):
            self.assertEqual(read(f"{left}/{name}"), read(f"{right}/{name}"), name)
        rows = [[row.rsplit(",", 1)[0] for row in read(f"{folder}/metrics.csv").decode().splitlines()] for folder in (left, right)]
        self.assertEqual(*rows)

    def assert_run_written(self, out, measured):
        """A training of 2 epochs, which lies at `base`, has said what it measured, and left its files."""
        self.assertRegex(out, fr"epoch  2/2 .* {measured}")
        self.assertEqual(sorted(os.listdir(self.at("base"))), ["checkpoint.safetensors", "metrics.csv", "model.safetensors"])
        lines = read(self.at("base", "metrics.csv")).decode().splitlines()
        self.assertEqual(lines[0], "epoch,train_loss,valid_loss,seconds")
        self.assertEqual(len(lines), 3)

    def assert_same_seed_same_bytes(self):
        """Trained as `base` was, by self.train, with another number of threads and with another seed."""
        for name, options in {"same": ["--threads", 1], "seed": ["--seed", 2]}.items():
            self.train(name, "--quiet", *options)
        for name in ("model.safetensors", "checkpoint.safetensors"):
            self.assertEqual(read(self.at("base", name)), read(self.at("same", name)), name)
            self.assertNotEqual(read(self.at("base", name)), read(self.at("seed", name)), name)

    def stop_and_resume(self, *options, waits, resume=("train",), name=""):
        """Training that is stopped after so many seconds, resumed, stopped again and so on ends as training that is never stopped."""
        whole, parts = self.at(f"{name}whole"), self.at(f"{name}parts")
        run("train", "--out", whole, *options, "--quiet")
        command, stops = ["train", "--out", parts, *options], 0
        for wait in waits:
            done = stopped(*command, file=f"{parts}/metrics.csv", wait=wait)
            self.assertIn(done.returncode, (0, 130))
            if done.returncode == 130:
                stops += 1
                self.assertRegex(done.out, r"stopped in epoch \d+; --resume goes on from there\n")
            command = [*resume, "--out", parts, "--resume"]
        self.assertGreater(stops, 0, "the run was too short to be stopped")
        run(*command, "--quiet")
        self.compare_runs(whole, parts)


def header(path):
    """A safetensors file's."""
    data = read(path)
    return json.loads(data[8:8 + struct.unpack("<Q", data[:8])[0]])


def settings(model):
    """What a model file holds of its program's own."""
    return json.loads(header(model)["__metadata__"]["config"])


def but_for_its_command(model):
    """The file without the line that made it, which names the data."""
    said = settings(model)
    del said["command"]
    return rewritten(model, config=json.dumps(said))


def rewritten(model, **metadata):
    """The file with other strings in its metadata; None takes one away."""
    data, head = read(model), header(model)
    strings = {**head["__metadata__"], **metadata}
    text = json.dumps({**head, "__metadata__": {key: value for key, value in strings.items() if value is not None}}).encode()
    return struct.pack("<Q", len(text)) + text + data[8 + struct.unpack("<Q", data[:8])[0]:]


def with_option(model, layer, **options):
    """The same with another description of a layer."""
    layers = json.loads(header(model)["__metadata__"]["layers"])
    layers[layer].update(options)
    return rewritten(model, layers=json.dumps(layers))


def numbers(model):
    """All that stands behind a model file's header."""
    data = read(model)
    return data[8 + struct.unpack("<Q", data[:8])[0]:]


def layers(model):
    """What a model file says of its layers."""
    return json.loads(header(model)["__metadata__"]["layers"])


def labels(model):
    """The names of a model file's classes."""
    metadata = header(model)["__metadata__"]
    return [metadata[f"classifier.label.{k}"] for k in range(sum(key.startswith("classifier.label.") for key in metadata))]


def in_terminal(*arguments, columns=80, output=None, **environment):
    """What the program prints when standard error, and without another `output` standard output, is a terminal of so many columns."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen([PROGRAM, *map(str, arguments)], stdin=slave, stdout=output or slave, stderr=slave,
                          env=terminal_environment(**environment)):
        os.close(slave)
        output = b""
        while True:
            try:
                part = os.read(master, 65536)
            except OSError:
                break
            if not part:
                break
            output += part
    os.close(master)
    return output.decode("utf-8")


def must_not_print(*commands):
    """Each, where its standard output is full and where it is closed, ends with status 1 and a line that says so."""
    for arguments in commands:
        for path, reason in (("/dev/full", "No space left on device"), (None, "Bad file descriptor")):
            with open(path or os.devnull, "w") as full:
                done = subprocess.run([PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE,
                                      timeout=300, preexec_fn=None if path else lambda: os.close(1))
            error = done.stderr.decode()
            line = rf"\A{os.path.basename(PROGRAM)}: standard output could not be written(: {reason})?\n\Z"
            assert done.returncode == 1 and re.match(line, error), f"{arguments} > {path}: exit {done.returncode}, {error}"


def must_write_anywhere(*arguments):
    """`arguments` and a file's name: what it holds is the same wherever it goes, and what stood there keeps what it is."""
    folder = tempfile.mkdtemp(prefix="attn-anywhere-")
    at = functools.partial(os.path.join, folder)
    run(*arguments, at("plain"))
    expected = read(at("plain"))
    assert expected

    with open(at("private"), "w") as file:
        file.write("before")
    os.chmod(at("private"), 0o600)
    for way, name in enumerate(("private", "new", "n" * 255)):
        os.symlink(name, at(f"link{way}"))
        run(*arguments, at(f"link{way}"))
        assert os.path.islink(at(f"link{way}")) and read(at(name)) == expected
    assert os.stat(at("private")).st_mode & 0o777 == 0o600

    os.mkfifo(at("pipe"))
    arrived = []
    reader = threading.Thread(target=lambda: arrived.append(read(at("pipe"))))
    reader.start()
    run(*arguments, at("pipe"))
    reader.join()
    os.symlink("/dev/null", at("null"))
    run(*arguments, at("null"))
    assert os.path.islink(at("null")) and arrived == [expected]

    # Standard output, as a pipe, and as a file that holds something already.
    assert subprocess.run([PROGRAM, *map(str, arguments), "/dev/stdout"], capture_output=True, timeout=300).stdout == expected
    with open(at("log"), "ab") as log:
        log.write(b"before\n")
        log.flush()
        run_to(log, *arguments, "/proc/self/fd/1")
    assert read(at("log")) == b"before\n" + expected

    for path, reason in (("/dev/full", "No space left on device"), (folder, "Is a directory"),
                         (at("no/" * 1000, "m"), "No such file or directory"), (at("n" * 256), "File name too long")):
        error = run(*arguments, path, status=1).err
        assert re.match(rf"\A[^\n]+: {reason}\n\Z", error) and len(error) < 1100, error
    assert run(*arguments, at("private"), status=1, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (9, 9))).err
    assert read(at("private")) == expected
    assert not [name for name in os.listdir(folder) if name.startswith(".attn")]
    shutil.rmtree(folder)


def run_to(output, *arguments):
    subprocess.run([PROGRAM, *map(str, arguments)], stdout=output, timeout=300, check=True)


def terminal_environment(**changed):
    """This one's without what decides on colours, but for what is given; of TERM "" means that it is not set."""
    decides = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLORTERM", "TERM", "COLUMNS")
    kept = {name: value for name, value in os.environ.items() if name not in decides}
    changed = {"TERM": "xterm-256color", **changed}
    return {**kept, **{name: value for name, value in changed.items() if name != "TERM" or value}}


class Screen:
    """What a terminal of so many columns shows of what it was sent, and how often it had to begin a line by itself."""

    def __init__(self, columns):
        self.columns, self.lines, self.at, self.wraps = columns, [[]], 0, 0

    def send(self, text):
        for escape, letter in re.findall(r"(\x1b\[[0-9;]*[A-Za-z])|(.)", text, re.DOTALL):
            if escape:
                if escape.endswith("K"):
                    del self.lines[-1][self.at:]
            elif letter == "\r":
                self.at = 0
            elif letter == "\n":
                self.lines.append([])
                self.at = 0
            else:
                self.put(letter)
        return self

    def put(self, letter):
        width = 0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if self.at + width > self.columns:
            self.wraps += 1
            self.lines.append([])
            self.at = 0
        line = self.lines[-1]
        line.extend(" " * (self.at - len(line)))
        if width == 0:
            line[self.at - 1] += letter
            return
        line[self.at:self.at + width] = [letter] + [""] * (width - 1)
        self.at += width

    def text(self):
        return ["".join(line).rstrip() for line in self.lines]
