"""A model that attn.explain asks: callables of the program's as callbacks of the library."""

from __future__ import annotations

import ctypes
from typing import Any, Callable

import numpy as np
from numpy.typing import NDArray

from . import arrays
from ._calls import callback
from ._structs import EXPLAIN_DROPPED, EXPLAIN_GRADIENT, EXPLAIN_MASKED, EXPLAIN_WEIGHTED, ExplainModel
from .arrays import Floats, Integers, address
from .context import Context

Masked = Callable[[Integers, NDArray[np.bool_]], Floats]
"""masked(rows, keep) -> outputs: int32 [count], bool [count, time]; float32 [count, classes]."""
Dropped = Callable[[Integers, NDArray[np.bool_]], Floats]
"""dropped(rows, keep) -> outputs: int32 [count], bool [count, time, dim]; float32 [count, classes]."""
Weighted = Callable[[Integers, Floats], Floats]
"""weighted(rows, weights) -> outputs: int32 [count], float32 [count, time]; float32 [count, classes]."""
Gradient = Callable[[Integers, Floats, Integers], "tuple[Floats, Floats]"]
"""gradient(rows, x, lengths) -> (outputs, dx): int32 [count], float32 [count, time, dim], int32 [count]; float32 [count] and as
x.
"""


class Model:
    """The struct of a model with one callback, which does not hold the model: it would be there until the next collection."""

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
        time, classes = self._time, self._classes

        def ask(_user: object, count: int, rows: Any, keep: Any, outputs: Any) -> None:
            kept = _read(keep, count, time).view(bool)
            _write(outputs, callable_(_read(rows, count), kept), count, classes)

        self.struct.masked = callback(EXPLAIN_MASKED, ask)

    def dropped(self, callable_: Dropped, dim: int) -> None:
        time, classes = self._time, self._classes

        def ask(_user: object, count: int, rows: Any, keep: Any, outputs: Any) -> None:
            kept = _read(keep, count, time, dim).view(bool)
            _write(outputs, callable_(_read(rows, count), kept), count, classes)

        self.struct.dropped = callback(EXPLAIN_DROPPED, ask)

    def weighted(self, callable_: Weighted) -> None:
        time, classes = self._time, self._classes

        def ask(_user: object, count: int, rows: Any, weights: Any, outputs: Any) -> None:
            _write(outputs, callable_(_read(rows, count), _read(weights, count, time)), count, classes)

        self.struct.weighted = callback(EXPLAIN_WEIGHTED, ask)

    def gradient(self, callable_: Gradient, dim: int) -> None:
        time = self._time

        def ask(_user: object, count: int, rows: Any, x: Any, lengths: Any, outputs: Any, dx: Any) -> None:
            shape = (count, time, dim)
            f, df = callable_(_read(rows, count), _read(x, *shape), _read(lengths, count))
            arrays.view(outputs, (count,))[:] = arrays.floats("outputs", f, [count])
            arrays.view(dx, shape)[:] = arrays.floats("dx", df, shape)

        self.struct.gradient = callback(EXPLAIN_GRADIENT, ask)

    def run(self, function: Callable[..., object], context: Context, *arguments: object) -> None:
        """Call the library."""
        function(Context._of("context", context), ctypes.byref(self.struct), *arguments)


def _write(outputs: Any, given: object, count: int, classes: int) -> None:
    arrays.view(outputs, (count, classes))[:] = arrays.floats("outputs", given, (count, classes))


def _read(array: Any, *shape: int) -> Any:
    """A copy: the library's memory is its own again when the callback returns."""
    return arrays.view(array, shape).copy()


def tokens_of(name: str, value: Floats, lengths: Integers | None) -> tuple[Floats, Integers | None]:
    """An array over tokens [batch, time] and its lengths."""
    value = arrays.floats(name, value, ["batch", "time"])
    return value, arrays.optional_integers("lengths", lengths, [len(value)])
