"""Handles that are made and dropped leave nothing behind, and neither do those that could not be made.

Counted are the library's blocks, by the memory hook of every context, Python's own, and the bytes that all of the process has
from malloc, which also has what went past the hook.
"""

import ctypes
import gc
import sys
import weakref

import attn
import numpy as np
import pytest
from attn import context as contexts
from attn._structs import ContextOptions
from calls import calls, handles
from test_types import HANDLES
from test_words import wrong

CYCLES = 10_000
libc = ctypes.CDLL(None)
libc.malloc.argtypes, libc.malloc.restype = [ctypes.c_size_t], ctypes.c_void_p
libc.free.argtypes = [ctypes.c_void_p]
MAKERS = {"Vocab": "VocabBuilder.build", "Pieces": "Pieces.learn", "File": "File.from_bytes", "Reading": "Classifier.read"}


class Hook:
    """The memory hook of all contexts that are made while it is there."""

    def __init__(self):
        self.blocks, self.left = 0, -1  # as many more succeed; below 0: all
        self.pointers = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)(self.allocate), ctypes.CFUNCTYPE(
            None, ctypes.c_void_p, ctypes.c_void_p
        )(self.release)

    def allocate(self, _user, size):
        if self.left == 0:
            return None
        self.left -= 1
        self.blocks += 1
        return libc.malloc(size)

    def release(self, _user, memory):
        self.blocks -= 1
        libc.free(memory)

    def options(self, **given):
        allocate, release = (ctypes.cast(pointer, ctypes.c_void_p) for pointer in self.pointers)
        return ContextOptions(**given, allocate=allocate, release=release)


@pytest.fixture
def hook(monkeypatch):
    hook = Hook()
    monkeypatch.setattr(contexts, "ContextOptions", hook.options)
    yield hook


@pytest.fixture
def made(hook, tmp_path):
    return handles(attn.Context(threads=1), tmp_path)


def maker(made, kind):
    """(a function that makes a handle of this class, the arguments that it is given and others may take the place of)."""
    name = MAKERS.get(kind.__name__, kind.__name__)
    prepare = calls(made)[name]
    on, given = prepare()
    call = kind if on is None and "." not in name else getattr(kind if on is None else on, name.partition(".")[2])

    def make(**others):
        arguments = prepare()[1] if "params" in given else given  # a layer is the first of its name among the params
        return call(**{**arguments, **others})

    return make, given


class Mallinfo(ctypes.Structure):
    """What glibc's mallinfo2 gives; uordblks is how many bytes are in use."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()
    ]


def counts(hook):
    gc.collect()
    in_use = 0
    if hasattr(libc, "mallinfo2"):
        libc.mallinfo2.restype = Mallinfo
        in_use = libc.mallinfo2().uordblks
    return hook.blocks, sys.getallocatedblocks(), in_use


def assert_nothing_is_left(hook, before, cycles, sizes_grow=False):
    """A leak of one block a cycle would be ``cycles`` blocks, and of malloc's 24 bytes or more each. Python's caches and free
    lists may grow a little meanwhile: some tens of blocks were seen, and 200 bytes."""
    blocks, of_python, in_use = (after - first for after, first in zip(counts(hook), before))
    assert blocks == 0, f"{blocks} blocks of the library in {cycles} cycles"
    assert of_python < cycles / 2, f"{of_python} blocks of Python in {cycles} cycles"
    assert in_use < 12 * cycles or sizes_grow, f"{in_use} bytes of malloc's in {cycles} cycles"


def run(make, kind, cycles):
    """Make so many, of which two are there at a time; the one half is closed, the other dropped."""
    for cycle in range(cycles):
        handle = make()
        assert type(handle) is kind
        if cycle % 2:
            handle.close()


@pytest.mark.parametrize("kind", HANDLES, ids=lambda kind: kind.__name__)
def test_handles_that_are_dropped_leave_nothing(hook, made, kind):
    make, _ = maker(made, kind)
    run(make, kind, 20)
    before = counts(hook)
    run(make, kind, CYCLES)
    assert_nothing_is_left(hook, before, CYCLES)


@pytest.mark.parametrize("kind", HANDLES, ids=lambda kind: kind.__name__)
def test_handles_that_cannot_be_made_leave_nothing(hook, made, kind):
    make, given = maker(made, kind)
    others = [{name: value} for name, right in given.items() for value in (object(), *wrong(right))]

    def fail(cycles):
        """How many of the calls with one of the arguments wrong fail."""
        failed = 0
        for _ in range(cycles):
            for other in others:
                try:
                    make(**other)
                except (attn.AttnError, TypeError, ValueError):
                    failed += 1
        return failed

    assert fail(2) >= 2
    before = counts(hook)
    cycles = 200
    fail(cycles)
    assert_nothing_is_left(hook, before, cycles)


@pytest.mark.parametrize("kind", HANDLES, ids=lambda kind: kind.__name__)
def test_handles_for_which_there_is_no_memory_leave_nothing(hook, made, kind):
    make, given = maker(made, kind)
    make()
    before, allocations = counts(hook), 0
    while True:
        hook.left, failed = allocations, False
        try:
            make()
        except attn.OutOfMemoryError:
            failed = True
        hook.left = -1
        assert hook.blocks == before[0], f"{hook.blocks - before[0]} blocks when allocation {allocations} failed"
        if not failed:
            break
        allocations += 1
    assert allocations > 0, "a handle that takes no memory of the hook's"


@pytest.mark.parametrize("raises", [False, True])
def test_calls_with_callbacks_leave_nothing_to_the_collector(made, raises):
    """Batches may be large, and reference cycles would keep them until a collection, or the one after that."""
    def masked(rows, keep):
        if raises:
            raise KeyError
        return np.zeros((len(rows), 2), np.float32)

    lengths = np.array([4], np.int32)
    held = weakref.ref(lengths)
    gc.disable()
    try:
        attn.explain.occlusion(made.context, masked, lengths, 4, 2)
    except KeyError:
        assert raises
    finally:
        gc.enable()
    del lengths
    assert held() is None


def test_arrays_of_ever_other_shapes_leave_nothing(hook, made):
    def masked(rows, keep):
        return np.zeros((len(rows), 2), np.float32)

    def call(cycle):
        attn.explain.occlusion(made.context, masked, np.array([2], np.int32), 2 + cycle, 2)
        reading = made.classifier.read("film " * (cycle + 1))
        assert len(reading.begins) == len(reading.numbers) == len(made.vocab.tokens("film " * (cycle + 1))) == cycle + 1
        attn.search(made.context, lambda rows, parents, tokens: np.zeros((len(rows), 2), np.float32), cycle + 1, 2, 1,
                    begin_id=0, end_id=1)
        attn.draw_matrix(np.zeros((1, cycle + 1), np.float32), ["row"], ["column"] * (cycle + 1))

    for cycle in range(50):
        call(cycle)
    before = counts(hook)
    for cycle in range(50, 350):
        call(cycle)
    # Five calls a cycle. What the library keeps for the next call is as large as the last one was.
    assert_nothing_is_left(hook, before, 5 * 300, sizes_grow=True)
