"""Ctrl-C, and whatever else a signal's handler raises, ends a call that is under way, and leaves handles as they were.

A child process is in the middle of a call that takes many seconds when the signal comes. How soon after it ended is measured
against what it would have taken, so that a slow machine does not matter.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import attn
import numpy as np
import pytest
from attn import _calls

BEGIN = """
import os, signal, sys, threading, time
import attn
import numpy as np

folder = sys.argv[1]
context = attn.Context(threads=2)
params = attn.Params(context, seed=1)

least, wait = 1.5, 0.2

def prepare(n):
    pass

def interrupt(call):
    "Run the call, which Ctrl-C ends; returns how long it ran."
    threading.Timer(wait, os.kill, (os.getpid(), signal.SIGINT)).start()
    begin = time.monotonic()
    try:
        call()
    except KeyboardInterrupt:
        return time.monotonic() - begin
    raise SystemExit("it was not interrupted")

def measure(call):
    begin = time.monotonic()
    call()
    return time.monotonic() - begin
"""

# What is long enough, `call(n)`, where n makes it longer; and what must hold afterwards.
CALLS = {
    "GRU.forward": """
gru = attn.GRU(params, "gru", 8, 128)
def call(n):
    gru.forward(None, np.zeros((4, 1000 * n, 8), np.float32))
""",
    "GRU.backward": """
gru = attn.GRU(params, "gru", 8, 128)
tape = attn.Tape(context)
def call(n):
    tape.begin(0)
    y, _ = gru.forward(tape, np.zeros((4, 200 * n, 8), np.float32))
    gru.backward(tape, y)
""",
    "GRU": """
def call(n):
    attn.GRU(attn.Params(context), "gru", 1, 100 + 5 * n)
""",
    "read_vectors": """
least, wait = 0.6, 0.1
words = [f"w{i}" for i in range(2000)]
builder = attn.VocabBuilder(context)
builder.add(attn.Tokens(context, " ".join(words)))
vocab = builder.build()
one = attn.Context(threads=1)
table = np.zeros((len(vocab), 50), np.float32)
rows = "".join(word + " 0.125" * 50 + "\\n" for word in words)
def prepare(n):
    with open(folder + "/vectors", "w") as file:
        for _ in range(50 * n):
            file.write(rows)
def call(n):
    attn.read_vectors(one, vocab, folder + "/vectors", table)
""",
    "VocabBuilder.add": """
builders = []
def prepare(n):
    builders[:] = [attn.VocabBuilder(context), attn.Tokens(context, " ".join(f"w{i}" for i in range(20000 * n)))]
def call(n):
    builder, tokens = builders
    for i in range(3):
        builder.add(tokens)
    builder.build()
""",
    "Classifier.read_many": """
embedding = attn.Embedding(params, "embedding", 6, 16)
gru = attn.GRU(params, "gru", 16, 32)
builder = attn.VocabBuilder(context)
for word in "abcd":
    builder.add_token(word)
classifier = attn.Classifier(embedding=embedding, encoder=gru, attention=attn.Attention(params, "attention", 32),
                             decision=attn.Dense(params, "decision", 32, 2), vocab=builder.build())
def call(n):
    classifier.read_many(["a b c d " * 50] * n, "integrated")
""",
    "explain.occlusion": """
def masked(rows, keep):
    return np.zeros((len(rows), 2), np.float32)
def call(n):
    attn.explain.occlusion(context, masked, np.array([400] * n, np.int32), 400, 2, copies=4)
""",
    "draw_matrix": """
def call(n):
    attn.draw_matrix(np.zeros((20 * n, 100), np.float32))
""",
}


def run(folder, script):
    paths = [str(Path(attn.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(paths))
    done = subprocess.run([sys.executable, "-c", BEGIN + script, folder], env=environment, capture_output=True, text=True,
                          timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Exception ignored" not in done.stderr, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", CALLS)
def test_ctrl_c_ends_a_call(name, tmp_path):
    run(tmp_path, CALLS[name] + """
n = 1
prepare(n)
while (whole := measure(lambda: call(n))) < least:
    n = int(n * min(max(1.5, 1.5 * least / whole), 10)) + 1
    prepare(n)
for time_ in range(3):
    if interrupt(lambda: call(n)) < whole / 2:
        break
else:
    raise SystemExit(f"it ran on, of {whole} s")
prepare(1)
call(1)  # the handles work
""")


def test_the_handles_are_as_they_were(tmp_path):
    run(tmp_path, CALLS["GRU.backward"] + """
x = np.random.default_rng(1).normal(size=(4, 100000, 8)).astype(np.float32)
before = gru.forward(None, x[:, :50].copy())[0]
values = params.values.copy()
for forward in True, False:
    tape.begin(0)
    if forward:
        interrupt(lambda: gru.forward(tape, x))
        assert tape.depth == 0
    else:
        y, _ = gru.forward(tape, x)
        interrupt(lambda: gru.backward(tape, y))
    params.zero_grad()
    tape.begin(0)
    np.testing.assert_array_equal(gru.forward(tape, x[:, :50].copy())[0], before)
    gru.backward(tape, before)
    np.testing.assert_array_equal(params.values, values)
""")


def test_what_a_handler_raises_is_what_the_call_raises(tmp_path):
    run(tmp_path, CALLS["GRU.forward"] + """
class TooLong(Exception):
    pass
def handler(number, frame):
    raise TooLong(number)
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.3)
try:
    call(1000)
    raise SystemExit("it ran on")
except TooLong as error:
    assert error.args == (signal.SIGALRM,)
call(1)
""")


def test_a_handler_that_raises_nothing_lets_the_call_go_on(tmp_path):
    run(tmp_path, CALLS["GRU.forward"] + """
seen = []
def handler(number, frame):
    attn.Params(context).add("in_the_handler", (3,))  # which may call the library
    seen.append(number)
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
x = np.ones((4, 3000, 8), np.float32)
while len(seen) < 5:
    result = gru.forward(None, x)[0]
signal.setitimer(signal.ITIMER_REAL, 0)
np.testing.assert_array_equal(result, gru.forward(None, x)[0])
""")


def test_other_threads_go_on(tmp_path):
    run(tmp_path, CALLS["GRU.forward"] + """
results = []
thread = threading.Thread(target=lambda: results.append(gru.forward(None, np.ones((4, 20000, 8), np.float32))[0]))
thread.start()
interrupt(lambda: call(1000))
thread.join()
np.testing.assert_array_equal(results[0], gru.forward(None, np.ones((4, 20000, 8), np.float32))[0])
""")


def test_what_a_callback_raises_ends_the_call(context):
    def masked(rows, keep):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        attn.explain.occlusion(context, masked, np.array([3], np.int32), 3, 2)
    assert _calls._thread.kept == []
    attn.explain.random(context, np.array([3], np.int32), 3)


def test_what_a_handler_raises_as_a_callback_begins_is_not_lost(context, monkeypatch):
    """Before its first line, that is, where ctypes has nobody to tell but sys.unraisablehook."""
    begun = []

    def begins(*_arguments):
        begun.append(sys.unraisablehook)
        raise KeyboardInterrupt

    before = sys.unraisablehook
    right = _calls.Callback.__call__
    for call in (
        lambda: attn.draw_matrix(np.zeros((20, 20), np.float32)),
        lambda: attn.explain.occlusion(context, lambda rows, keep: None, np.array([30], np.int32), 30, 2, copies=2),
    ):
        monkeypatch.setattr(_calls.Callback, "__call__", begins)
        begun.clear()
        with pytest.raises(KeyboardInterrupt):
            call()
        assert len(begun) == 1, "the call went on"
        assert _calls._thread.kept == [] and sys.unraisablehook is before
        monkeypatch.setattr(_calls.Callback, "__call__", right)
    assert attn.draw_matrix(np.zeros((20, 20), np.float32)).endswith("</html>\n")


def test_what_others_cannot_raise_goes_where_it_went(monkeypatch, context):
    told = []
    monkeypatch.setattr(sys, "unraisablehook", lambda lost: told.append(str(lost.exc_value)))

    class Failing:
        def __del__(self):
            raise ValueError("of the program's own")

    def masked(rows, keep):
        Failing()
        return np.zeros((len(rows), 2), np.float32)

    attn.explain.occlusion(context, masked, np.array([1], np.int32), 1, 2)
    assert set(told) == {"of the program's own"}
