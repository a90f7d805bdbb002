"""What the tests of the programs share: the program, whose path is the first argument, and the files that it writes."""
import json
import os
import pty
import struct
import subprocess
import sys

PROGRAM = sys.argv[1]


def run(*arguments, status=0, **options):
    """Run it to its end, which must be with this status; `out` and `err` are what it printed, as text."""
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, timeout=300, **options)
    done.out, done.err = done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
    assert done.returncode == status, f"{arguments}: exit {done.returncode}, expected {status}: {done.err}{done.out}"
    return done


def read(path):
    with open(path, "rb") as file:
        return file.read()


def read_lines(path):
    return [json.loads(line) for line in read(path).decode().splitlines()]


def header(path):
    """A safetensors file's."""
    data = read(path)
    return json.loads(data[8:8 + struct.unpack("<Q", data[:8])[0]])


def settings(model):
    """What a model file holds of its program's own."""
    return json.loads(header(model)["__metadata__"]["config"])


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


def in_terminal(*arguments, **environment):
    """What the program prints, standard output and error, when both are a terminal."""
    pid, master = pty.fork()
    if pid == 0:
        for name in ("NO_COLOR", "FORCE_COLOR"):
            os.environ.pop(name, None)
        os.environ.update(environment)
        os.execv(PROGRAM, [PROGRAM, *map(str, arguments)])
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
    os.waitpid(pid, 0)
    return output.decode("utf-8")
