"""Search: from a decoder that says how likely each next token is to the sequence that it means."""

from __future__ import annotations

import ctypes
from typing import Any, Callable, NamedTuple

import numpy as np

from . import arrays
from ._calls import callback
from ._library import library
from ._structs import SEARCH_STEP, SearchOptions
from .arrays import Floats, Integers, address
from .context import Context

SEARCH_METHODS = {"greedy": 0, "sample": 1, "beam": 2}

Step = Callable[[Integers, Integers, Integers], Floats]


class Found(NamedTuple):
    """tokens [batch, max_length], without begin and end, end_id beyond the length; lengths [batch]; scores [batch]:
    log p of the sequence, its end included unless it was cut."""

    tokens: Integers
    lengths: Integers
    scores: Floats


def search(
    context: Context,
    step: Step,
    batch: int,
    classes: int,
    max_length: int,
    *,
    begin_id: int,
    end_id: int,
    method: str = "greedy",
    beam: int = 4,
    top_k: int = 0,
    temperature: float = 1.0,
    length_penalty: float = 0.0,
    seed: int = 0,
) -> Found:
    """Search for the sequences of ``batch`` rows.

    step(rows, parents, tokens): one step of the decoder, which keeps the states of its hypotheses; returns the next
    token's logits [count, classes], float32. ``rows`` is the row that each hypothesis belongs to, ``parents`` the
    hypothesis of the call before whose state it continues (at the first call its row), ``tokens`` what it took last;
    all are int32 [count]. What it raises ends the search.

    method: "greedy"; "sample", with ``top_k`` (0 means all), ``temperature`` and ``seed``; or "beam", with ``beam``
    hypotheses a row and ``length_penalty``.
    """
    batch, classes, max_length = (
        arrays.int64(name, value)
        for name, value in (("batch", batch), ("classes", classes), ("max_length", max_length))
    )
    options = SearchOptions(
        method=arrays.choice("method", method, SEARCH_METHODS),
        begin_id=arrays.int32("begin_id", begin_id),
        end_id=arrays.int32("end_id", end_id),
        beam=arrays.int32("beam", beam),
        top_k=arrays.int32("top_k", top_k),
        temperature=arrays.number("temperature", temperature),
        length_penalty=arrays.number("length_penalty", length_penalty),
        seed=arrays.uint64("seed", seed),
    )
    arrays.function("step", step)
    native = Context._of("context", context)

    def ask(_user: object, count: int, rows: Any, parents: Any, tokens: Any, logits: Any) -> None:
        given = step(*(np.ctypeslib.as_array(array, (count,)).copy() for array in (rows, parents, tokens)))
        np.ctypeslib.as_array(logits, (count, classes))[:] = arrays.floats("logits", given, [count, classes])

    shape = (max(batch, 0), max(max_length, 0))
    found = Found(np.empty(shape, np.int32), np.empty(shape[:1], np.int32), np.empty(shape[:1], np.float32))
    asked = callback(SEARCH_STEP, ask)
    library.attn_search(
        native, batch, classes, max_length, asked, None, ctypes.byref(options), *map(address, found)
    )
    return found
