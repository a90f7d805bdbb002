"""experimental: what is not settled yet, and therefore not promised.

What stands here may change its arguments or its meaning, or go, in any version.

    GRU(..., experimental=GRU_ORTHOGONAL)   each state without its part along the sum of the row's states before it
    conicity_loss                           a part of the loss that drives the states apart
    conicity, permutation                   measures beside those of attn.explain, whose rules hold here too
"""

from __future__ import annotations

import ctypes

import numpy as np

from . import arrays
from ._library import library
from ._model import Model, Weighted, tokens_of
from .arrays import Floats, Integers, address
from .context import Context

GRU_ORTHOGONAL = 1
"""For ``GRU(..., experimental=...)``: each state without its part along the sum of the row's states before it (2004.14243)."""


def conicity_loss(
    context: Context,
    states: Floats,
    lengths: Integers | None = None,
    *,
    weight: float = 1.0,
    dstates: Floats | None = None,
) -> float:
    """weight * the mean over rows of the states' conicity, a part of the loss that drives states apart (2004.14243).

    context: what computes.
    states: float32 [batch, time, dim]; nothing is read beyond the lengths.
    lengths (None): int32 [batch], 0 to time; None: all rows are full.
    weight (1.0): of this part beside the others, some 0.1 to 2; of 0 the loss is 0.
    dstates (None): float32 [batch, time, dim], to which the gradient is ADDED, beside what attention's backward gave; None: not
        wanted.

    Returns a float. Raises ValueError: a shape that does not fit, a length out of range, states or a weight that are not
    finite; OutOfMemoryError.
    """
    states = arrays.floats("states", states, ["batch", "time", "dim"])
    lengths = arrays.optional_integers("lengths", lengths, [len(states)])
    if dstates is not None:
        dstates = arrays.writable("dstates", dstates, states.shape, states, lengths)
    loss = ctypes.c_float()
    library.attn_conicity_loss(
        Context._of("context", context),
        *states.shape,
        address(states),
        address(lengths),
        arrays.number("weight", weight),
        ctypes.byref(loss),
        address(dstates),
    )
    return loss.value


def conicity(context: Context, states: Floats, lengths: Integers | None = None) -> Floats:
    """How much alike the states of a row are: the mean of their cosines with their mean.

    context: what computes.
    states: float32 [batch, time, dim].
    lengths (None): int32 [batch], 0 to time; None: all rows are full.

    Returns float32 [batch], -1 to 1. Raises ValueError: a shape that does not fit, a length out of range, states that are not
    finite; OutOfMemoryError.
    """
    states = arrays.floats("states", states, ["batch", "time", "dim"])
    lengths = arrays.optional_integers("lengths", lengths, states.shape[:1])
    result = np.empty(len(states), np.float32)
    native = Context._of("context", context)
    library.attn_explain_conicity(native, *states.shape, *map(address, (states, lengths, result)))
    return result


def permutation(
    context: Context,
    weighted: Weighted,
    weights: Floats,
    classes: int,
    lengths: Integers | None = None,
    *,
    permutations: int = 100,
    seed: int = 0,
    copies: int = 0,
) -> Floats:
    """How far the probabilities move when attention's weights change places at random (1902.10186).

    context: what computes.
    weighted: a function weighted(rows, weights) that returns probabilities [count, classes].
    weights: float32 [batch, time], attention's.
    classes: how many numbers ``weighted`` gives for a copy.
    lengths (None): int32 [batch], 0 to time; None: all rows are full.
    permutations (100): how many are tried of each row.
    seed (0): of the permutations, 0 to 2**64 - 1.
    copies (0): how many copies a call of ``weighted`` asks about at most; 0: 128.

    Returns float32 [batch]: the median total variation distance, 0 to 1. Raises ValueError: a shape that does not fit, a length
    or a number out of range, weights or outputs that are not finite; OutOfMemoryError; what ``weighted`` raised.
    """
    weights, lengths = tokens_of("weights", weights, lengths)
    model = Model(weights.shape, lengths, copies, arrays.int64("classes", classes))
    model.weighted(arrays.function("weighted", weighted))
    change = np.empty(len(weights), np.float32)
    permutations, seed = arrays.int64("permutations", permutations), arrays.uint64("seed", seed)
    model.run(library.attn_explain_permutation, context, address(weights), permutations, seed, address(change))
    return change
