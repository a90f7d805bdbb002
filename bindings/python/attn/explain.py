"""explain: what a decision rested on, and how far that picture can be trusted, of any model.

A model is a callable that is asked about many perturbed copies of a batch's rows at once:

    masked(rows, keep) -> outputs              keep bool [count, time]: which tokens stay; outputs [count, classes]
    weighted(rows, weights) -> outputs         attention's weights [count, time]; probabilities [count, classes]; what
                                               attn.experimental asks
    dropped(rows, keep) -> outputs             keep bool [count, time, dim]: which elements of the embedded tokens stay
    gradient(rows, x, lengths) -> outputs, dx  embedded tokens [count, time, dim]; f [count] and df/dx

``rows`` (int32 [count], rising) is the row that each copy is of. What they return is float32; what they raise ends the call.
What masking means is theirs to say: ``numpy.where(keep, ids[rows], attn.UNK_ID)``, for one.

    weights, dweights                          attention, and explain.gradient_input of them: attention x gradient
    explain.gradient_input(context, x, dx)     gradient x input
    explain.integrated(context, gradient, x)   integrated gradients
    explain.occlusion(context, masked, ...)    what masking each token takes from the output

and of a ranking by such numbers: ``comprehensiveness``, ``sufficiency``, ``soft``, ``flip`` (beside the same of ``random``),
``correlation``, ``divergence``, with ``bootstrap`` for the mean over rows. attn.experimental has further ones.

Beside what people marked: ``choose`` takes the first tokens, ``token_match`` and ``span_match`` score them, and
``precision_recall`` scores all numbers at once.

Lengths are int32 [batch]; None means all full. ``copies`` is how many copies a call asks about at most; 0 means 128.
"""

from __future__ import annotations

from typing import Callable, NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import arrays
from ._library import library
from ._model import Dropped as Dropped, Gradient as Gradient, Masked as Masked, Model, Weighted as Weighted, tokens_of
from .arrays import Floats, Integers, address
from .context import Context

GRADIENTS = {"signed": 0, "absolute": 1, "norm": 2}
"""What ``gradient_input`` makes of x and dx: "signed" x . dx, "absolute" |x . dx|, "norm" ||dx||."""
QUADRATURES = {"secant": 0, "gauss_legendre": 1}
"""How ``integrated`` takes the integral: "secant", for decisions that jump on the way, or "gauss_legendre", for smooth ones."""


class Integrated(NamedTuple):
    """What ``integrated`` gives.

    attributions: float32 [batch, time], 0 beyond the lengths.
    change: float32 [batch], f(x) - f(0).
    gap: float32 [batch], change less the sum of the attributions: what completeness lacks.
    """

    attributions: Floats
    change: Floats
    gap: Floats


class Erasure(NamedTuple):
    """What ``comprehensiveness`` and ``sufficiency`` give.

    scores: float32 [batch, fractions], what the output lost.
    aopc: float32 [batch], their mean over the fractions.
    """

    scores: Floats
    aopc: Floats


class Soft(NamedTuple):
    """What ``soft`` gives.

    comprehensiveness: float32 [batch], Soft-NC, 0 to 1; more is better.
    sufficiency: float32 [batch], Soft-NS, 0 to 1; more is better.
    range: float32 [batch], what all elements are worth, max(0, f(x) - f(0)).
    """

    comprehensiveness: Floats
    sufficiency: Floats
    range: Floats


class Correlation(NamedTuple):
    """What ``correlation`` gives; 0 where an attribution is constant.

    tau: float32 [batch], Kendall's tau-b.
    pearson: float32 [batch], Pearson's r.
    """

    tau: Floats
    pearson: Floats


class Match(NamedTuple):
    """What ``token_match`` and ``span_match`` give; 0 where there is nothing.

    precision: float32 [batch], the share of what was chosen that is marked.
    recall: float32 [batch], the share of what is marked that was chosen.
    f1: float32 [batch], their harmonic mean.
    """

    precision: Floats
    recall: Floats
    f1: Floats


class PrecisionRecall(NamedTuple):
    """What ``precision_recall`` gives: under the curve of precision over recall.

    area: float32 [batch] by trapezoids, ERASER's AUPRC.
    average_precision: float32 [batch] by steps.
    """

    area: Floats
    average_precision: Floats


class Interval(NamedTuple):
    """What ``bootstrap`` gives.

    mean: a float.
    low, high: the ends of its interval.
    """

    mean: float
    low: float
    high: float


# ---- attributions


def gradient_input(
    context: Context, x: Floats | None, dx: Floats, lengths: Integers | None = None, *, form: str = "signed"
) -> Floats:
    """Gradient x input: what each token gave, as far as f is linear.

    context: what computes.
    x: float32 [batch, time, dim], the embedded tokens; or attention's weights, with dim 1; None will do for "norm".
    dx: float32 [batch, time, dim], df/dx.
    lengths (None): int32 [batch], 0 to time; None: all rows are full.
    form (signed): one of ``GRADIENTS``: "signed" x . dx, "absolute" |x . dx|, "norm" ||dx||.

    Returns float32 [batch, time], 0 beyond the lengths. Raises ValueError: a shape that does not fit, a length out of range, a
    word that is no form.
    """
    dx = arrays.floats("dx", dx, ["batch", "time", "dim"])
    x = arrays.optional_floats("x", x, dx.shape)
    lengths = arrays.optional_integers("lengths", lengths, dx.shape[:1])
    attributions = np.empty(dx.shape[:2], np.float32)
    library.attn_explain_gradient_input(
        Context._of("context", context),
        *dx.shape,
        *map(address, (x, dx, lengths)),
        arrays.choice("form", form, GRADIENTS),
        address(attributions),
    )
    return attributions


def integrated(
    context: Context,
    gradient: Gradient,
    x: Floats,
    lengths: Integers | None = None,
    *,
    steps: int = 50,
    rule: str = "secant",
    copies: int = 0,
) -> Integrated:
    """Integrated gradients (1703.01365) of embedded tokens along the straight line from 0: x_t . integral of df/dx_t (s x) ds.

    context: what computes.
    gradient: a function gradient(rows, x, lengths) that returns f [count] and df/dx, float32; ``help(attn.explain)`` has it.
    x: float32 [batch, time, dim].
    lengths (None): int32 [batch], 0 to time; None: all rows are full.
    steps (50): points on the line, 2 to 4096, with "gauss_legendre" 1 to 4096.
    rule (secant): "secant" takes points where f bends, ``steps`` at most, and scales each interval's share to what f changed by in
        it, for decisions that jump on the way, as recurrent networks' do; "gauss_legendre" is for smooth ones, and asks about
        steps + 2 copies of each row.
    copies (0): how many copies a call of ``gradient`` asks about at most; 0: 128.

    Returns Integrated: attributions, change and gap. Raises ValueError: a shape that does not fit, a number out of range, an f
    or a gradient that is not finite; OutOfMemoryError; what ``gradient`` raised.
    """
    x = arrays.floats("x", x, ["batch", "time", "dim"])
    batch, time, dim = x.shape
    model = Model((batch, time), arrays.optional_integers("lengths", lengths, [batch]), copies)
    model.gradient(arrays.function("gradient", gradient), dim)
    result = Integrated(np.empty((batch, time), np.float32), np.empty(batch, np.float32), np.empty(batch, np.float32))
    given = (dim, address(x), arrays.int64("steps", steps), arrays.choice("rule", rule, QUADRATURES))
    model.run(library.attn_explain_integrated, context, *given, *map(address, result))
    return result


def occlusion(
    context: Context,
    masked: Masked,
    lengths: Integers,
    time: int,
    classes: int,
    *,
    targets: Integers | None = None,
    copies: int = 0,
) -> Floats:
    """What masking each token by itself takes from the output (1612.08220): f(all) - f(all but t).

    context: what computes.
    masked: a function masked(rows, keep) that returns outputs [count, classes]; asked about length + 1 copies of each row.
    lengths: int32 [batch], 0 to time.
    time: tokens of the longest row.
    classes: how many numbers ``masked`` gives for a copy.
    targets (None): int32 [batch], the classes that are explained; None: the decisions.
    copies (0): how many copies a call of ``masked`` asks about at most; 0: 128.

    Returns float32 [batch, time], 0 beyond the lengths. Raises ValueError: a shape that does not fit, a length, a target or a
    number out of range, outputs that are not finite; OutOfMemoryError; what ``masked`` raised.
    """
    lengths = arrays.integers("lengths", lengths, ["batch"])
    time, classes = arrays.int64("time", time), arrays.int64("classes", classes)
    model = Model((len(lengths), time), lengths, copies, classes)
    model.explain(targets)
    model.masked(arrays.function("masked", masked))
    attributions = np.empty((len(lengths), max(time, 0)), np.float32)
    model.run(library.attn_explain_occlusion, context, address(attributions))
    return attributions


def random(context: Context, lengths: Integers, time: int, *, seed: int = 0) -> Floats:
    """Attributions in random order, to measure others against; a function of seed, row and place alone.

    context: what computes.
    lengths: int32 [batch], 0 to time.
    time: tokens of the longest row.
    seed (0): 0 to 2**64 - 1.

    Returns float32 [batch, time], from 0 to 1; 0 beyond the lengths. Raises ValueError: a length or a number out of range.
    """
    lengths = arrays.integers("lengths", lengths, ["batch"])
    time = arrays.int64("time", time)
    attributions = np.empty((len(lengths), max(time, 0)), np.float32)
    native = Context._of("context", context)
    library.attn_explain_random(
        native, len(lengths), time, address(lengths), arrays.uint64("seed", seed), address(attributions)
    )
    return attributions


# ---- how faithful a ranking is


def comprehensiveness(
    context: Context,
    masked: Masked,
    attributions: Floats,
    classes: int,
    lengths: Integers | None = None,
    *,
    fractions: Floats | None = None,
    targets: Integers | None = None,
    copies: int = 0,
) -> Erasure:
    """What the output loses without the first tokens by a ranking (1911.03429): large of a faithful one.

    context: what computes.
    masked: a function masked(rows, keep) that returns outputs [count, classes].
    attributions: float32 [batch, time], the ranking: the largest first, of equal ones the earlier.
    classes: how many numbers ``masked`` gives for a copy.
    lengths (None): int32 [batch], 0 to time; None: all rows are full.
    fractions (None): float32 [count], how many tokens are the first ones, of each length; None: ERASER's .01 .05 .1 .2 .5.
    targets (None): int32 [batch], the classes that are explained; None: the decisions.
    copies (0): how many copies a call of ``masked`` asks about at most; 0: 128.

    Returns Erasure: scores and aopc. Raises ValueError: a shape that does not fit, a length, a target or a number out of range,
    attributions that are NaN, outputs that are not finite; OutOfMemoryError; what ``masked`` raised.
    """
    return _erase(
        library.attn_explain_comprehensiveness, context, masked, attributions, classes, lengths, fractions, targets, copies
    )


def sufficiency(
    context: Context,
    masked: Masked,
    attributions: Floats,
    classes: int,
    lengths: Integers | None = None,
    *,
    fractions: Floats | None = None,
    targets: Integers | None = None,
    copies: int = 0,
) -> Erasure:
    """What the output loses with the first tokens alone (1911.03429): small of a faithful ranking.

    context: what computes.
    masked: a function masked(rows, keep) that returns outputs [count, classes].
    attributions: float32 [batch, time], the ranking: the largest first, of equal ones the earlier.
    classes: how many numbers ``masked`` gives for a copy.
    lengths (None): int32 [batch], 0 to time; None: all rows are full.
    fractions (None): float32 [count], how many tokens are the first ones, of each length; None: ERASER's .01 .05 .1 .2 .5.
    targets (None): int32 [batch], the classes that are explained; None: the decisions.
    copies (0): how many copies a call of ``masked`` asks about at most; 0: 128.

    Returns Erasure: scores and aopc. Raises ValueError: a shape that does not fit, a length, a target or a number out of range,
    attributions that are NaN, outputs that are not finite; OutOfMemoryError; what ``masked`` raised.
    """
    return _erase(
        library.attn_explain_sufficiency, context, masked, attributions, classes, lengths, fractions, targets, copies
    )


def _erase(
    function: Callable[..., object],
    context: Context,
    masked: Masked,
    attributions: Floats,
    classes: int,
    lengths: Integers | None,
    fractions: Floats | None,
    targets: Integers | None,
    copies: int,
) -> Erasure:
    attributions, lengths = tokens_of("attributions", attributions, lengths)
    fractions = arrays.optional_floats("fractions", fractions, ["count"])
    model = Model(attributions.shape, lengths, copies, arrays.int64("classes", classes))
    model.explain(targets)
    model.masked(arrays.function("masked", masked))
    batch, count = len(attributions), 5 if fractions is None else len(fractions)
    result = Erasure(np.empty((batch, count), np.float32), np.empty(batch, np.float32))
    model.run(function, context, count, address(attributions), address(fractions), *map(address, result))
    return result


def soft(
    context: Context,
    dropped: Dropped,
    attributions: Floats,
    dim: int,
    classes: int,
    lengths: Integers | None = None,
    *,
    samples: int = 4,
    seed: int = 0,
    targets: Integers | None = None,
    copies: int = 0,
) -> Soft:
    """Soft comprehensiveness and sufficiency (Zhao and Aletras 2023, 2305.10496), normalised: of each embedded token as many
    elements are dropped, or kept, as its attribution says, so that how important each is counts, and not their order alone.

    context: what computes.
    dropped: a function dropped(rows, keep) that returns probabilities [count, classes].
    attributions: float32 [batch, time], finite.
    dim: elements of an embedded token.
    classes: how many numbers ``dropped`` gives for a copy.
    lengths (None): int32 [batch], 0 to time; None: all rows are full.
    samples (4): draws, whose mean is taken; 1 or more.
    seed (0): of the draws, 0 to 2**64 - 1.
    targets (None): int32 [batch], the classes that are explained; None: the decisions.
    copies (0): how many copies a call of ``dropped`` asks about at most; 0: 128.

    Returns Soft: comprehensiveness, sufficiency and range. Raises ValueError: a shape that does not fit, a length, a target or
    a number out of range, attributions or outputs that are not finite; OutOfMemoryError; what ``dropped`` raised.
    """
    attributions, lengths = tokens_of("attributions", attributions, lengths)
    dim = arrays.int64("dim", dim)
    model = Model(attributions.shape, lengths, copies, arrays.int64("classes", classes))
    model.explain(targets)
    model.dropped(arrays.function("dropped", dropped), dim)
    result = Soft(*(np.empty(len(attributions), np.float32) for _ in range(3)))
    given = (dim, address(attributions), arrays.int64("samples", samples), arrays.uint64("seed", seed))
    model.run(library.attn_explain_soft, context, *given, *map(address, result))
    return result


def flip(
    context: Context,
    masked: Masked,
    attributions: Floats,
    classes: int,
    lengths: Integers | None = None,
    *,
    resolution: int = 0,
    copies: int = 0,
) -> Floats:
    """How many tokens must be masked, in a ranking's order, before the decision is another one (1906.03731).

    context: what computes.
    masked: a function masked(rows, keep) that returns outputs [count, classes].
    attributions: float32 [batch, time], the ranking: the largest first, of equal ones the earlier.
    classes: how many numbers ``masked`` gives for a copy; 2 or more.
    lengths (None): int32 [batch], 0 to time; None: all rows are full.
    resolution (0): 0 tries every number of tokens, n only n-ths of the length.
    copies (0): how many copies a call of ``masked`` asks about at most; 0: 128.

    Returns float32 [batch], the smallest fraction of the length; 1 where none does. Raises ValueError: a shape that does not
    fit, a length or a number out of range, attributions that are NaN, outputs that are not finite; OutOfMemoryError; what
    ``masked`` raised.
    """
    attributions, lengths = tokens_of("attributions", attributions, lengths)
    model = Model(attributions.shape, lengths, copies, arrays.int64("classes", classes))
    model.masked(arrays.function("masked", masked))
    fraction = np.empty(len(attributions), np.float32)
    resolution = arrays.int64("resolution", resolution)
    model.run(library.attn_explain_flip, context, address(attributions), resolution, address(fraction))
    return fraction


def correlation(context: Context, a: Floats, b: Floats, lengths: Integers | None = None) -> Correlation:
    """How far two attributions of the same tokens agree.

    context: what computes.
    a: float32 [batch, time], finite.
    b: float32 [batch, time], finite.
    lengths (None): int32 [batch], 0 to time; None: all rows are full.

    Returns Correlation: tau and pearson. Raises ValueError: a shape that does not fit, a length out of range, numbers that are
    not finite; OutOfMemoryError.
    """
    a, lengths = tokens_of("a", a, lengths)
    b = arrays.floats("b", b, a.shape)
    result = Correlation(np.empty(len(a), np.float32), np.empty(len(a), np.float32))
    library.attn_explain_correlation(Context._of("context", context), *a.shape, *map(address, (a, b, lengths, *result)))
    return result


def divergence(context: Context, a: Floats, b: Floats, lengths: Integers | None = None) -> Floats:
    """Jensen and Shannon's divergence, in nats, of the sizes of two attributions of the same tokens.

    context: what computes.
    a: float32 [batch, time], finite.
    b: float32 [batch, time], finite.
    lengths (None): int32 [batch], 0 to time; None: all rows are full.

    Returns float32 [batch]: 0 alike, ln 2 where no token has of both. Raises ValueError: a shape that does not fit, a length
    out of range, numbers that are not finite.
    """
    a, lengths = tokens_of("a", a, lengths)
    b = arrays.floats("b", b, a.shape)
    result = np.empty(len(a), np.float32)
    library.attn_explain_divergence(Context._of("context", context), *a.shape, *map(address, (a, b, lengths, result)))
    return result


# ---- how plausible it is


def choose(context: Context, attributions: Floats, fraction: float, lengths: Integers | None = None) -> NDArray[np.bool_]:
    """The first tokens by their attributions.

    context: what computes.
    attributions: float32 [batch, time].
    fraction: how many of each length, rounded up; 0 to 1.
    lengths (None): int32 [batch], 0 to time; None: all rows are full.

    Returns bool [batch, time]. Raises ValueError: a shape that does not fit, a length or a fraction out of range, attributions
    that are NaN; OutOfMemoryError.
    """
    attributions, lengths = tokens_of("attributions", attributions, lengths)
    chosen = np.empty(attributions.shape, np.bool_)
    library.attn_explain_choose(
        Context._of("context", context),
        *attributions.shape,
        *map(address, (attributions, lengths)),
        arrays.number("fraction", fraction),
        address(chosen),
    )
    return chosen


def token_match(
    context: Context, chosen: NDArray[np.bool_], marked: NDArray[np.bool_], lengths: Integers | None = None
) -> Match:
    """How far chosen tokens are those that people marked: ERASER's token F1.

    context: what computes.
    chosen: bool [batch, time].
    marked: bool [batch, time].
    lengths (None): int32 [batch], 0 to time; None: all rows are full.

    Returns Match: precision, recall and f1. Raises ValueError: a shape that does not fit, a length out of range.
    """
    return _match(library.attn_explain_token_match, context, chosen, marked, lengths)


def span_match(
    context: Context,
    chosen: NDArray[np.bool_],
    marked: NDArray[np.bool_],
    lengths: Integers | None = None,
    *,
    overlap: float = 0.5,
) -> Match:
    """The same by spans, which are runs of True. ERASER's macro F1 over a data set is that of the means of precision and
    recall.

    context: what computes.
    chosen: bool [batch, time].
    marked: bool [batch, time].
    lengths (None): int32 [batch], 0 to time; None: all rows are full.
    overlap (0.5): a chosen span is right where its intersection with a marked one, over their union, reaches this; 0.5 to 1.

    Returns Match: precision, recall and f1. Raises ValueError: a shape that does not fit, a length or an overlap out of range.
    """
    return _match(library.attn_explain_span_match, context, chosen, marked, lengths, arrays.number("overlap", overlap))


def _match(
    function: Callable[..., object],
    context: Context,
    chosen: NDArray[np.bool_],
    marked: NDArray[np.bool_],
    lengths: Integers | None,
    *options: float,
) -> Match:
    chosen = arrays.bools("chosen", chosen, ["batch", "time"])
    marked = arrays.bools("marked", marked, chosen.shape)
    lengths = arrays.optional_integers("lengths", lengths, [len(chosen)])
    result = Match(*(np.empty(len(chosen), np.float32) for _ in range(3)))
    given = map(address, (chosen, marked, lengths))
    function(Context._of("context", context), *chosen.shape, *given, *options, *map(address, result))
    return result


def precision_recall(
    context: Context, attributions: Floats, marked: NDArray[np.bool_], lengths: Integers | None = None
) -> PrecisionRecall:
    """How far the largest attributions are those of the tokens that people marked, however many are taken.

    context: what computes.
    attributions: float32 [batch, time].
    marked: bool [batch, time].
    lengths (None): int32 [batch], 0 to time; None: all rows are full.

    Returns PrecisionRecall: area and average_precision. Raises ValueError: a shape that does not fit, a length out of range,
    attributions that are NaN; OutOfMemoryError.
    """
    attributions, lengths = tokens_of("attributions", attributions, lengths)
    marked = arrays.bools("marked", marked, attributions.shape)
    result = PrecisionRecall(*(np.empty(len(attributions), np.float32) for _ in range(2)))
    given = map(address, (attributions, marked, lengths, *result))
    library.attn_explain_precision_recall(Context._of("context", context), *attributions.shape, *given)
    return result


# ---- over a data set


def bootstrap(
    context: Context, values: Floats, *, confidence: float = 0.95, resamples: int = 1000, seed: int = 0
) -> Interval:
    """A mean, and its percentile interval from draws with replacement.

    context: what computes.
    values: float32 [count], finite.
    confidence (0.95): of the interval, more than 0 and less than 1.
    resamples (1000): how many draws, 1 or more.
    seed (0): of the draws, 0 to 2**64 - 1.

    Returns Interval: mean, low and high; zeros of no values. Raises ValueError: a number out of range, a value that is not
    finite; OutOfMemoryError.
    """
    values = arrays.floats("values", values, ["count"])
    interval = np.empty(3, np.float32)
    library.attn_explain_bootstrap(
        Context._of("context", context),
        len(values),
        address(values),
        arrays.number("confidence", confidence),
        arrays.int64("resamples", resamples),
        arrays.uint64("seed", seed),
        address(interval),
    )
    return Interval(*map(float, interval))
