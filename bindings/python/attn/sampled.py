"""Language models: cross-entropy over a large vocabulary at a sample of its words, and steps of sequences as rows.

    candidates = attn.Candidates(context, frequencies, count=2000)
    rows = attn.gather_steps(context, states, lengths, skip_last=1)         # from all states but the last of each sequence
    targets = attn.gather_ids(context, ids, lengths, skip_first=1)          # all ids but the first of each
    loss, losses, drows = attn.sampled_cross_entropy(embedding, candidates, step, rows, targets, bias=bias)
    attn.scatter_steps(context, drows, dstates, lengths, skip_last=1)

The table of the words may be the embedding that the model reads by: tied weights.
"""

from __future__ import annotations

import ctypes
from typing import Callable, NamedTuple

import numpy as np

from . import arrays
from ._handle import Handle, Native
from ._library import library
from ._structs import CandidatesInfo, CandidatesOptions, SampledCrossEntropyOptions, Steps
from .arrays import Floats, Integers, Longs, address
from .context import Context
from .layers import Embedding


class Drawn(NamedTuple):
    """What ``Candidates.draw`` gives.

    ids: int32 [drawn], each once.
    weights: float32 [drawn], how often each was drawn, over how often it is on average.
    """

    ids: Integers
    weights: Floats


class Candidates(Handle):
    """What words are drawn from, by their frequencies to a power, for the loss of a language model; a word of frequency 0 never
    is.

    context: what computes.
    frequencies: int64 [words], each 0 or more.
    count (2000): how many are drawn, 1 or more; as many as there are words: all of them, and the softmax at them is exact.
    seed (0): draws are a function of seed and step alone; 0 to 2**64 - 1.
    power (0.75): of the frequencies, 0 or more.

    Attributes:
    words: how many there are.
    count: how many are drawn at most.
    certain: of which so many are always there.

    Raises ValueError: a number out of range, frequencies that are all 0; OutOfMemoryError.
    """

    def __init__(
        self, context: Context, frequencies: Longs, *, count: int = 2000, seed: int = 0, power: float = 0.75
    ) -> None:
        frequencies = arrays.longs("frequencies", frequencies, ["words"])
        options = CandidatesOptions(
            count=arrays.positive("count", arrays.int64("count", count)),
            seed=arrays.uint64("seed", seed),
            power=arrays.or_zero("power", power),
        )
        super().__init__(
            library.attn_candidates_destroy,
            library.attn_candidates_create,
            Context._of("context", context),
            len(frequencies),
            address(frequencies),
            ctypes.byref(options),
        )
        info = CandidatesInfo()
        library.attn_candidates_get_info(self._native, ctypes.byref(info))
        self.words, self.count, self.certain = info.words, info.count, info.certain

    def draw(self, step: int) -> Drawn:
        """What ``sampled_cross_entropy`` draws at a step, for a loss of your own.

        step: 0 or more.

        Returns Drawn: ids and weights. Raises ValueError: a step below 0.
        """
        ids, weights = np.empty(self.count, np.int32), np.empty(self.count, np.float32)
        drawn = ctypes.c_int64()
        library.attn_candidates_draw(
            self._native, arrays.int64("step", step), address(ids), address(weights), ctypes.byref(drawn)
        )
        return Drawn(ids[: drawn.value].copy(), weights[: drawn.value].copy())

    def _describe(self) -> str:
        return f"{self.count} of {self.words} words"


class SampledLoss(NamedTuple):
    """What ``sampled_cross_entropy`` gives.

    loss: a float, the mean over the rows.
    losses: float32 [rows], each row's own.
    dstates: float32 [rows, dim]; None where no gradients were wanted.
    """

    loss: float
    losses: Floats
    dstates: Floats | None


def sampled_cross_entropy(
    table: Embedding,
    candidates: Candidates,
    step: int,
    states: Floats,
    targets: Integers,
    *,
    bias: Embedding | None = None,
    scale: float = 1.0,
    gradients: bool = True,
) -> SampledLoss:
    """Softmax cross-entropy over a large vocabulary, against the candidates of a step:

        x_k = table[k] . h + bias[k];  loss = log(exp(x_y) + sum_c weights_c exp(x_c)) - x_y, c the candidates other than y

    table: an embedding of as many rows as there are words; it may be the one that the model reads by.
    candidates: what words are drawn from, of as many words.
    step: 0 or more; two calls of one step draw the same.
    states: float32 [rows, dim], h.
    targets: int32 [rows], the words that are right, y.
    bias (None): an embedding of as many rows, of width 1; None: no bias.
    scale (1.0): multiplies losses and gradients; more than 0.
    gradients (True): False: the loss alone. True: gradients are added to those of table's and bias's rows that were used.

    Returns SampledLoss: loss, losses and dstates. Raises ValueError: a shape that does not fit, a target or a number out of
    range, states that are not finite; StateError: a tensor that holds NaN or infinity; OutOfMemoryError and InterruptError:
    part of the gradients may have been added.
    """
    native = Embedding._of("table", table)
    states = arrays.floats("states", states, ["rows", table.dim])
    targets = arrays.integers("targets", targets, [len(states)])
    options = SampledCrossEntropyOptions(scale=arrays.positive("scale", arrays.number("scale", scale)))
    loss, losses = ctypes.c_float(), np.empty(len(states), np.float32)
    dstates = np.empty(states.shape, np.float32) if arrays.flag("gradients", gradients) else None
    library.attn_sampled_cross_entropy(
        native,
        Embedding._of_or_none("bias", bias),
        Candidates._of("candidates", candidates),
        arrays.int64("step", step),
        len(states),
        address(states),
        address(targets),
        ctypes.byref(options),
        ctypes.byref(loss),
        address(losses),
        address(dstates),
    )
    return SampledLoss(loss.value, losses, dstates)


def gather_steps(
    context: Context,
    x: Floats,
    lengths: Integers | None = None,
    *,
    skip_first: int = 0,
    skip_last: int = 0,
    column: int = 0,
    width: int = 0,
) -> Floats:
    """The steps of sequences as rows, sequence by sequence.

    context: what computes.
    x: float32 [batch, time, dim].
    lengths (None): int32 [batch], 0 to time; None: all rows are full.
    skip_first (0): so many first steps of each sequence are left out.
    skip_last (0): so many last steps of each sequence are left out.
    column (0): the first of the numbers that are taken of each step.
    width (0): how many are taken; 0: all from ``column`` on.

    Returns float32 [count, width]. Raises ValueError: a shape that does not fit, a length or a number out of range.
    """
    x = arrays.floats("x", x, ["batch", "time", "dim"])
    steps = _steps(x.shape, lengths, skip_first, skip_last, column, width)
    native = Context._of("context", context)
    rows = np.empty(_shape(library.attn_steps_gather, native, steps), np.float32)
    library.attn_steps_gather(native, ctypes.byref(steps), address(x), address(rows), None)
    return rows


def gather_ids(
    context: Context, ids: Integers, lengths: Integers | None = None, *, skip_first: int = 0, skip_last: int = 0
) -> Integers:
    """The steps of sequences of ids as rows, as ``gather_steps`` takes them of vectors.

    context: what computes.
    ids: int32 [batch, time].
    lengths (None): int32 [batch], 0 to time; None: all rows are full.
    skip_first (0): so many first steps of each sequence are left out.
    skip_last (0): so many last steps of each sequence are left out.

    Returns int32 [count]. Raises ValueError: a shape that does not fit, a length or a number out of range.
    """
    ids = arrays.integers("ids", ids, ["batch", "time"])
    steps = _steps((*ids.shape, 1), lengths, skip_first, skip_last, 0, 0)
    native = Context._of("context", context)
    rows = np.empty(_shape(library.attn_steps_gather_ids, native, steps)[0], np.int32)
    library.attn_steps_gather_ids(native, ctypes.byref(steps), address(ids), address(rows), None)
    return rows


def scatter_steps(
    context: Context,
    rows: Floats,
    x: Floats,
    lengths: Integers | None = None,
    *,
    skip_first: int = 0,
    skip_last: int = 0,
    column: int = 0,
    width: int = 0,
) -> None:
    """Back, for gradients: ADD rows to the numbers that ``gather_steps`` takes them from.

    context: what computes.
    rows: float32 [count, width].
    x: float32 [batch, time, dim], which is added to.
    lengths (None): int32 [batch], 0 to time; None: all rows are full.
    skip_first (0): so many first steps of each sequence are left out.
    skip_last (0): so many last steps of each sequence are left out.
    column (0): the first of the numbers that are added to in each step.
    width (0): how many are; 0: all from ``column`` on.

    Raises ValueError: a shape that does not fit, a length or a number out of range.
    """
    x = arrays.writable("x", x, ["batch", "time", "dim"], rows if isinstance(rows, np.ndarray) else None)
    steps = _steps(x.shape, lengths, skip_first, skip_last, column, width)
    native = Context._of("context", context)
    rows = arrays.floats("rows", rows, _shape(library.attn_steps_gather, native, steps))
    library.attn_steps_scatter(native, ctypes.byref(steps), address(rows), address(x))


def _steps(
    shape: tuple[int, ...], lengths: Integers | None, skip_first: int, skip_last: int, column: int, width: int
) -> Steps:
    batch, time, dim = shape
    lengths = arrays.optional_integers("lengths", lengths, [batch])
    steps = Steps(
        batch=batch,
        time=time,
        lengths=address(lengths),
        skip_first=arrays.int64("skip_first", skip_first),
        skip_last=arrays.int64("skip_last", skip_last),
        dim=dim,
        column=arrays.int64("column", column),
        width=arrays.int64("width", width),
    )
    steps.kept = lengths  # whose address it holds
    return steps


def _shape(gather: Callable[..., object], native: Native, steps: Steps) -> tuple[int, int]:
    """Of the rows that these steps make: how many, and how wide."""
    count = ctypes.c_int64()
    gather(native, ctypes.byref(steps), None, None, ctypes.byref(count))
    return count.value, steps.width or steps.dim - steps.column
