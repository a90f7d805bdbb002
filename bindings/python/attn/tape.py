"""The tape: what forward remembers for backward.

Forwards push, backwards pop in the reverse order. The library keeps a pointer to each forward's input until its
backward; the Tape therefore holds a reference to the arrays, and the caller only has to leave their contents alone.
A forward that is given None for its tape is inference: nothing is remembered, and dropout does nothing.
"""

from __future__ import annotations

import ctypes
from typing import NamedTuple

from . import arrays
from ._errors import StateError
from ._handle import Handle
from ._library import library
from ._structs import TapeInfo, TapeOptions
from .context import Context

MODES = {"train": 0, "gradient": 1, "inputs": 2}
"""What a ``Tape`` is for: "train"; "gradient", of the model as used, without dropout; "inputs", of the inputs alone."""


class Record(NamedTuple):
    """One forward: whose it was, the sizes that its backward will need, what must stay alive until then, and which
    gradient its input has: "dx", "dscales", or none, where it was ids."""

    owner: object
    sizes: tuple[int, ...]
    alive: tuple[object, ...]
    gradient: str | None


class Tape(Handle):
    """What forwards remember for their backwards: an empty tape, for one thread at a time.

    context: what the layers on it compute with.
    mode (train): one of ``MODES``: "train"; "gradient" for gradients of the model as it will be used, without dropout; or
        "inputs" for those of the inputs alone, which leaves the params untouched, so that several threads may go back through
        one model.
    seed (0): of the dropout masks, which are a function of seed, step and position alone; 0 to 2**64 - 1.

    Forwards push, backwards are called in the reverse order and pop; another order is a StateError. A chain may stop before its
    first layer: ``begin`` forgets what is left.

    Raises ValueError: a word that is no mode, a seed out of range; OutOfMemoryError.
    """

    def __init__(self, context: Context, mode: str = "train", seed: int = 0) -> None:
        options = TapeOptions(mode=arrays.choice("mode", mode, MODES), seed=arrays.uint64("seed", seed))
        super().__init__(
            library.attn_tape_destroy, library.attn_tape_create, Context._of("context", context), ctypes.byref(options)
        )
        self._records: list[Record] = []

    def begin(self, step: int) -> None:
        """Forget everything on the tape, keep its memory, and set the step that dropout masks are drawn for.

        step: its number, 0 or more; ``Adam.steps``, say.

        Raises ValueError: a step below 0.
        """
        library.attn_tape_begin(self._native, arrays.int64("step", step))
        self._records.clear()

    def begin_part(self, step: int, first: int, rows: int) -> None:
        """The same for a part of a larger batch: dropout drops in each of its rows what it would drop there, in one forward of
        the whole.

        step: as in ``begin``.
        first: the number of the part's first row in the whole batch, 0 or more.
        rows: how many rows the part has.

        Raises ValueError: a number below 0, or first + rows beyond 2**31.
        """
        library.attn_tape_begin_part(
            self._native, arrays.int64("step", step), arrays.int64("first", first), arrays.int64("rows", rows)
        )
        self._records.clear()

    def _info(self) -> TapeInfo:
        info = TapeInfo()
        library.attn_tape_get_info(self._native, ctypes.byref(info))
        return info

    @property
    def mode(self) -> str:
        """str: one of ``MODES``, as it was made; what a layer of your own asks before it drops, or adds to the params."""
        return next(word for word, number in MODES.items() if number == self._info().mode)

    @property
    def seed(self) -> int:
        """int: of the dropout masks, as it was made."""
        return int(self._info().seed)

    @property
    def step(self) -> int:
        """int: what the last ``begin`` set; 0 before the first."""
        return int(self._info().step)

    @property
    def depth(self) -> int:
        """int: how many forwards wait for their backward."""
        return int(library.attn_tape_depth(self._native))

    @property
    def bytes(self) -> int:
        """int: how many bytes of memory the tape holds."""
        return int(library.attn_tape_bytes(self._native))

    def close(self) -> None:
        """Release what the tape holds, and the arrays that it kept for backwards."""
        super().close()
        self._records = []

    def _describe(self) -> str:
        return f"depth={self.depth} bytes={self.bytes}"


def top(tape: Tape, owner: object, what: str) -> Record:
    """The record of the last forward, which must be the owner's: the sizes of its arrays are known from it."""
    Tape._of("tape", tape)
    if not tape._records:
        raise StateError(f"{what}: the tape is empty; call forward with this tape first")
    if tape._records[-1].owner is not owner:
        raise StateError(
            f"{what}: the last forward on the tape is another's; call backwards in the reverse order of forwards"
        )
    return tape._records[-1]


def push(tape: Tape | None, owner: object, sizes: tuple[int, ...], *alive: object, gradient: str | None = "dx") -> None:
    """Note a forward that succeeded."""
    if tape is not None:
        tape._records.append(Record(owner, sizes, alive, gradient))


def pop(tape: Tape) -> None:
    """Forget the forward whose backward succeeded."""
    del tape._records[-1:]  # none is left where another thread has begun the tape anew
