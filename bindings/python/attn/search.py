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
"""How ``search`` goes on from logits: "greedy" takes the likeliest token, "sample" draws one, "beam" keeps several hypotheses."""

Step = Callable[[Integers, Integers, Integers], Floats]


class Found(NamedTuple):
    """What ``search`` found.

    tokens: int32 [batch, max_length], without begin and end; end_id beyond the length.
    lengths: int32 [batch].
    scores: float32 [batch], log p of the sequence, its end included unless it was cut.
    """

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
    """From a decoder that says how likely each next token is to the sequence that it means.

    context: what computes.
    step: a function step(rows, parents, tokens), one step of the decoder, which keeps the states of its hypotheses; it returns
        the next token's logits, float32 [count, classes]. ``rows`` is the row that each hypothesis belongs to, ``parents`` the
        hypothesis of the call before whose state it continues (at the first call its row), ``tokens`` what it took last; all
        are int32 [count]. What it raises ends the search, which raises it.
    batch: how many rows.
    classes: how many tokens there are.
    max_length: tokens of the longest sequence.
    begin_id: what stands before the first token.
    end_id: the token that ends a sequence.
    method (greedy): one of ``SEARCH_METHODS``.
    beam (4): hypotheses a row, of "beam", more than 0.
    top_k (0): of "sample", so many likeliest tokens are drawn from; 0: all.
    temperature (1.0): of "sample", what logits are divided by, more than 0.
    length_penalty (0.0): of "beam", 0 or more: of those that ended the one of largest log p / length**length_penalty; 0: the
        likeliest, which favours short ones.
    seed (0): of "sample", 0 to 2**64 - 1.

    Returns Found: tokens, lengths and scores. Raises ValueError: a number out of range, logits that do not fit or are NaN;
    OutOfMemoryError; what ``step`` raised.
    """
    batch, classes, max_length = (
        arrays.int64(name, value)
        for name, value in (("batch", batch), ("classes", classes), ("max_length", max_length))
    )
    options = SearchOptions(
        method=arrays.choice("method", method, SEARCH_METHODS),
        begin_id=arrays.int32("begin_id", begin_id),
        end_id=arrays.int32("end_id", end_id),
        beam=arrays.positive("beam", arrays.int32("beam", beam)),
        top_k=arrays.int32("top_k", top_k),
        temperature=arrays.positive("temperature", arrays.number("temperature", temperature)),
        length_penalty=arrays.number("length_penalty", length_penalty),
        seed=arrays.uint64("seed", seed),
    )
    arrays.function("step", step)
    native = Context._of("context", context)

    def ask(_user: object, count: int, rows: Any, parents: Any, tokens: Any, logits: Any) -> None:
        given = step(*(arrays.view(array, (count,)).copy() for array in (rows, parents, tokens)))
        arrays.view(logits, (count, classes))[:] = arrays.floats("logits", given, [count, classes])

    shape = (max(batch, 0), max(max_length, 0))
    found = Found(np.empty(shape, np.int32), np.empty(shape[:1], np.int32), np.empty(shape[:1], np.float32))
    asked = callback(SEARCH_STEP, ask)
    library.attn_search(
        native, batch, classes, max_length, asked, None, ctypes.byref(options), *map(address, found)
    )
    return found
