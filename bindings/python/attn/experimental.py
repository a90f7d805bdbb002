"""experimental: what is not settled yet, and therefore not promised (experimental.h says why).

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
from .arrays import Floats, Integers, address
from .context import Context
from .explain import Weighted, _Model, _tokens

GRU_ORTHOGONAL = 1


def conicity_loss(
    context: Context,
    states: Floats,
    lengths: Integers | None = None,
    *,
    weight: float = 1.0,
    dstates: Floats | None = None,
) -> float:
    """weight * the mean over rows of the conicity of states [batch, time, dim], a part of the loss that drives the states
    apart (``conicity`` measures it); its gradient is ADDED to dstates [batch, time, dim], beside what attention's
    backward gave. Beyond the lengths nothing is read, and dstates left as it is."""
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
    """How much alike the states [batch, time, dim] of a row are: the mean of their cosines with their mean, [batch]."""
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
    """How far the probabilities move when attention's weights [batch, time] change places at random: the median total
    variation distance, [batch]."""
    weights, lengths = _tokens("weights", weights, lengths)
    model = _Model(weights.shape, lengths, copies, arrays.int64("classes", classes))
    model.weighted(arrays.function("weighted", weighted))
    change = np.empty(len(weights), np.float32)
    permutations, seed = arrays.int64("permutations", permutations), arrays.uint64("seed", seed)
    model.run(library.attn_explain_permutation, context, address(weights), permutations, seed, address(change))
    return change
