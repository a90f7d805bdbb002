"""explain: what a decision rested on, and how far that picture can be trusted, of any model (explain.h has the equations).

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

import ctypes
from typing import Any, Callable, NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import arrays
from ._calls import callback
from ._library import library
from ._structs import EXPLAIN_DROPPED, EXPLAIN_GRADIENT, EXPLAIN_MASKED, EXPLAIN_WEIGHTED, ExplainModel
from .arrays import Floats, Integers, address
from .context import Context

GRADIENTS = {"signed": 0, "absolute": 1, "norm": 2}
QUADRATURES = {"secant": 0, "gauss_legendre": 1}

Masked = Callable[[Integers, NDArray[np.bool_]], Floats]
Dropped = Callable[[Integers, NDArray[np.bool_]], Floats]
Weighted = Callable[[Integers, Floats], Floats]
Gradient = Callable[[Integers, Floats, Integers], "tuple[Floats, Floats]"]


class Integrated(NamedTuple):
    """attributions [batch, time]; change [batch]: f(x) - f(0); gap [batch]: change less the sum of the attributions."""

    attributions: Floats
    change: Floats
    gap: Floats


class Erasure(NamedTuple):
    """scores [batch, fractions]: what the output lost; aopc [batch]: their mean over the fractions."""

    scores: Floats
    aopc: Floats


class Soft(NamedTuple):
    """comprehensiveness and sufficiency [batch]: Soft-NC and Soft-NS, 0 to 1; range [batch]: what all elements are worth."""

    comprehensiveness: Floats
    sufficiency: Floats
    range: Floats


class Correlation(NamedTuple):
    """tau [batch]: Kendall's tau-b; pearson [batch]. 0 where an attribution is constant."""

    tau: Floats
    pearson: Floats


class Match(NamedTuple):
    """precision, recall and f1 [batch] of what was chosen, beside what is marked; 0 where there is nothing."""

    precision: Floats
    recall: Floats
    f1: Floats


class PrecisionRecall(NamedTuple):
    """Under the curve of precision over recall: area [batch] by trapezoids, ERASER's AUPRC; average_precision [batch] by steps."""

    area: Floats
    average_precision: Floats


class Interval(NamedTuple):
    """A mean and its interval."""

    mean: float
    low: float
    high: float


class _Model:
    """The struct of a model with one callback."""

    def __init__(self, shape: tuple[int, ...], lengths: Integers | None, copies: int, classes: int = 0) -> None:
        batch, time = shape
        self._lengths = lengths  # as long as the struct points to it
        self._time = time
        self._classes = classes
        self.struct = ExplainModel(
            batch=batch, time=time, classes=classes, lengths=address(lengths), copies=arrays.int64("copies", copies)
        )

    def explain(self, targets: Integers | None) -> None:
        """The classes that are explained; None: the decisions."""
        self._targets = arrays.optional_integers("targets", targets, [self.struct.batch])
        self.struct.targets = address(self._targets)

    def masked(self, callable_: Masked) -> None:
        def ask(_user: object, count: int, rows: Any, keep: Any, outputs: Any) -> None:
            kept = _read(keep, count, self._time).view(bool)
            self._write(outputs, callable_(_read(rows, count), kept), count)

        self.struct.masked = callback(EXPLAIN_MASKED, ask)

    def dropped(self, callable_: Dropped, dim: int) -> None:
        def ask(_user: object, count: int, rows: Any, keep: Any, outputs: Any) -> None:
            kept = _read(keep, count, self._time, dim).view(bool)
            self._write(outputs, callable_(_read(rows, count), kept), count)

        self.struct.dropped = callback(EXPLAIN_DROPPED, ask)

    def weighted(self, callable_: Weighted) -> None:
        def ask(_user: object, count: int, rows: Any, weights: Any, outputs: Any) -> None:
            self._write(outputs, callable_(_read(rows, count), _read(weights, count, self._time)), count)

        self.struct.weighted = callback(EXPLAIN_WEIGHTED, ask)

    def gradient(self, callable_: Gradient, dim: int) -> None:
        def ask(_user: object, count: int, rows: Any, x: Any, lengths: Any, outputs: Any, dx: Any) -> None:
            shape = (count, self._time, dim)
            f, df = callable_(_read(rows, count), _read(x, *shape), _read(lengths, count))
            np.ctypeslib.as_array(outputs, (count,))[:] = arrays.floats("outputs", f, [count])
            np.ctypeslib.as_array(dx, shape)[:] = arrays.floats("dx", df, shape)

        self.struct.gradient = callback(EXPLAIN_GRADIENT, ask)

    def run(self, function: Callable[..., object], context: Context, *arguments: object) -> None:
        """Call the library."""
        function(Context._of("context", context), ctypes.byref(self.struct), *arguments)

    def _write(self, outputs: Any, given: object, count: int) -> None:
        shape = (count, self._classes)
        np.ctypeslib.as_array(outputs, shape)[:] = arrays.floats("outputs", given, shape)


def _read(array: Any, *shape: int) -> Any:
    """A copy: the library's memory is its own again when the callback returns."""
    return np.ctypeslib.as_array(array, shape).copy()


def _tokens(name: str, value: Floats, lengths: Integers | None) -> tuple[Floats, Integers | None]:
    """An array over tokens [batch, time] and its lengths."""
    value = arrays.floats(name, value, ["batch", "time"])
    return value, arrays.optional_integers("lengths", lengths, [len(value)])


# ---- attributions


def gradient_input(
    context: Context, x: Floats | None, dx: Floats, lengths: Integers | None = None, *, form: str = "signed"
) -> Floats:
    """Gradient x input [batch, time], of embedded tokens x [batch, time, dim] and df/dx; or of attention's weights [batch,
    time, 1] and df/dweights. form: "signed" x . dx, "absolute" |x . dx|, "norm" ||dx||, for which x may be None."""
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
    """Integrated gradients of embedded tokens x [batch, time, dim] along the straight line from 0, by ``steps`` points.

    rule: "secant" scales each interval's share to what f changed by in it, for decisions that jump on the way, as
    recurrent networks' do; it wants two steps or more, and asks ``gradient`` about as many copies of each row.
    "gauss_legendre" is for smooth ones, and asks about steps + 2.
    """
    x = arrays.floats("x", x, ["batch", "time", "dim"])
    batch, time, dim = x.shape
    model = _Model((batch, time), arrays.optional_integers("lengths", lengths, [batch]), copies)
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
    """What masking each token by itself takes from the output, [batch, time]. Asks ``masked`` about length + 1 copies of
    each row. targets: int32 [batch], the classes that are explained; None: the decisions."""
    lengths = arrays.integers("lengths", lengths, ["batch"])
    time, classes = arrays.int64("time", time), arrays.int64("classes", classes)
    model = _Model((len(lengths), time), lengths, copies, classes)
    model.explain(targets)
    model.masked(arrays.function("masked", masked))
    attributions = np.empty((len(lengths), max(time, 0)), np.float32)
    model.run(library.attn_explain_occlusion, context, address(attributions))
    return attributions


def random(context: Context, lengths: Integers, time: int, *, seed: int = 0) -> Floats:
    """Attributions [batch, time] in random order, to measure others against; a function of seed, row and place."""
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
    """What the output loses without the first tokens by the ranking: float32 ``fractions`` of them; None means ERASER's
    .01 .05 .1 .2 .5. targets: as for ``occlusion``."""
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
    """What the output loses with the first tokens alone; otherwise as ``comprehensiveness``."""
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
    attributions, lengths = _tokens("attributions", attributions, lengths)
    fractions = arrays.optional_floats("fractions", fractions, ["count"])
    model = _Model(attributions.shape, lengths, copies, arrays.int64("classes", classes))
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
    """Soft comprehensiveness and sufficiency (Zhao and Aletras 2023), normalised: of each embedded token, of ``dim``
    elements, as many are dropped, or kept, as its attribution says; the means over ``samples`` draws. More is better in
    both. targets: as for ``occlusion``."""
    attributions, lengths = _tokens("attributions", attributions, lengths)
    dim = arrays.int64("dim", dim)
    model = _Model(attributions.shape, lengths, copies, arrays.int64("classes", classes))
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
    """The smallest fraction [batch] of the tokens that must be masked, in the ranking's order, before the decision is
    another one; 1 where none does. resolution: 0 tries every number of tokens, n only n-ths of the length."""
    attributions, lengths = _tokens("attributions", attributions, lengths)
    model = _Model(attributions.shape, lengths, copies, arrays.int64("classes", classes))
    model.masked(arrays.function("masked", masked))
    fraction = np.empty(len(attributions), np.float32)
    resolution = arrays.int64("resolution", resolution)
    model.run(library.attn_explain_flip, context, address(attributions), resolution, address(fraction))
    return fraction


def correlation(context: Context, a: Floats, b: Floats, lengths: Integers | None = None) -> Correlation:
    """How far two attributions [batch, time] of the same tokens agree."""
    a, lengths = _tokens("a", a, lengths)
    b = arrays.floats("b", b, a.shape)
    result = Correlation(np.empty(len(a), np.float32), np.empty(len(a), np.float32))
    library.attn_explain_correlation(Context._of("context", context), *a.shape, *map(address, (a, b, lengths, *result)))
    return result


def divergence(context: Context, a: Floats, b: Floats, lengths: Integers | None = None) -> Floats:
    """Jensen and Shannon's divergence [batch], in nats, of the sizes of two attributions [batch, time]: 0 alike, ln 2 where no
    token has of both."""
    a, lengths = _tokens("a", a, lengths)
    b = arrays.floats("b", b, a.shape)
    result = np.empty(len(a), np.float32)
    library.attn_explain_divergence(Context._of("context", context), *a.shape, *map(address, (a, b, lengths, result)))
    return result


# ---- how plausible it is


def choose(context: Context, attributions: Floats, fraction: float, lengths: Integers | None = None) -> NDArray[np.bool_]:
    """The first tokens by their attributions [batch, time], as many as the fraction of each length, rounded up: bool [batch,
    time]."""
    attributions, lengths = _tokens("attributions", attributions, lengths)
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
    """How far chosen tokens, bool [batch, time], are those that people marked: ERASER's token F1."""
    return _match(library.attn_explain_token_match, context, chosen, marked, lengths)


def span_match(
    context: Context,
    chosen: NDArray[np.bool_],
    marked: NDArray[np.bool_],
    lengths: Integers | None = None,
    *,
    overlap: float = 0.5,
) -> Match:
    """The same by spans, which are runs of True: a chosen one is right where its intersection with a marked one, over their
    union, reaches ``overlap``. ERASER's macro F1 is that of the means of precision and recall."""
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
    """How far the largest attributions [batch, time] are those of the tokens that people marked, bool [batch, time], however
    many are taken."""
    attributions, lengths = _tokens("attributions", attributions, lengths)
    marked = arrays.bools("marked", marked, attributions.shape)
    result = PrecisionRecall(*(np.empty(len(attributions), np.float32) for _ in range(2)))
    given = map(address, (attributions, marked, lengths, *result))
    library.attn_explain_precision_recall(Context._of("context", context), *attributions.shape, *given)
    return result


# ---- over a data set


def bootstrap(
    context: Context, values: Floats, *, confidence: float = 0.95, resamples: int = 1000, seed: int = 0
) -> Interval:
    """The mean of values [count], and its percentile interval from ``resamples`` draws with replacement."""
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
