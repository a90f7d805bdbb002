"""What the measures of faithfulness ask of a classifier: a batch with words masked, or with other weights.

    probe = attn.Probe(classifier, ids, lengths)
    attn.explain.comprehensiveness(context, probe.leave_out, probe.weights, classifier.classes, lengths)
    attn.explain.soft(context, probe.dropped, probe.weights, probe.dim, classifier.classes, lengths)
    attn.explain.flip(context, probe.erase, probe.weights, classifier.classes, lengths)
    attn.experimental.permutation(context, probe.weighted, probe.weights, classifier.classes, lengths)
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import arrays
from ._handle import Handle, one_thread
from ._library import checked, library
from ._structs import ExplainModel
from .arrays import Floats, Integers, address
from .classifier import Classifier
from .gru import sequence

MASKS = {"leave_out": 0, "erase": 1}


class Probe(Handle):
    """A classifier that has attention, with a batch: what the measures of faithfulness in attn.explain ask.

    classifier: which one; several probes may share it.
    ids: int32 [batch, time].
    lengths (None): int32 [batch], 0 to time; None: all rows are full.

    Attributes:
    dim: numbers an embedded word.

    For one thread at a time. Raises ValueError: a shape that does not fit, an id or a length out of range, a classifier without
    attention; OutOfMemoryError.
    """

    def __init__(self, classifier: Classifier, ids: Integers, lengths: Integers | None = None) -> None:
        native = Classifier._of("classifier", classifier)
        self._ids = arrays.integers("ids", ids, ["batch", "time"]).copy()  # the library goes on reading them
        lengths = arrays.optional_integers("lengths", lengths, [len(ids)])
        read = sequence(self._ids, lengths)
        super().__init__(library.attn_probe_destroy, library.attn_probe_create, native, ctypes.byref(read))
        self._classes, self._state_dim = classifier.classes, classifier.state_dim
        self.dim = classifier._dim

    def leave_out(self, rows: Integers, keep: NDArray[np.bool_]) -> Floats:
        """Copies of rows without some of their words: those are taken from the text, and what stays is read.

        rows: int32 [count], the row that each is a copy of.
        keep: bool [count, time], which words stay.

        Returns probabilities float32 [count, classes]. Raises ValueError: a shape that does not fit, a row that there is not;
        OutOfMemoryError.
        """
        return self._masked("leave_out", rows, keep)

    def erase(self, rows: Integers, keep: NDArray[np.bool_]) -> Floats:
        """Copies of rows with some words' attention at 0 and the rest summing to 1 again, the states staying as they are. Where
        nothing is left the decision stays as it was.

        rows: int32 [count], the row that each is a copy of.
        keep: bool [count, time], which words stay.

        Returns probabilities float32 [count, classes]. Raises ValueError: a shape that does not fit, a row that there is not;
        OutOfMemoryError.
        """
        return self._masked("erase", rows, keep)

    def _masked(self, mask: str, rows: Integers, keep: NDArray[np.bool_]) -> Floats:
        keep = arrays.bools("keep", keep, ["count", self._ids.shape[1]])
        return self._ask(MASKS[mask], "masked", rows, keep)

    def dropped(self, rows: Integers, keep: NDArray[np.bool_]) -> Floats:
        """Copies of rows whose embedded words have only some of their elements; the others are 0.

        rows: int32 [count], the row that each is a copy of.
        keep: bool [count, time, dim], which elements stay.

        Returns probabilities float32 [count, classes]. Raises ValueError: a shape that does not fit, a row that there is not;
        OutOfMemoryError.
        """
        keep = arrays.bools("keep", keep, ["count", self._ids.shape[1], self.dim])
        return self._ask(0, "dropped", rows, keep)

    def weighted(self, rows: Integers, weights: Floats) -> Floats:
        """Copies of rows with other weights in attention's place.

        rows: int32 [count], the row that each is a copy of.
        weights: float32 [count, time].

        Returns probabilities float32 [count, classes]. Raises ValueError: a shape that does not fit, a row that there is not;
        OutOfMemoryError.
        """
        return self._ask(0, "weighted", rows, arrays.floats("weights", weights, ["count", self._ids.shape[1]]))

    def _ask(self, mask: int, question: str, rows: Integers, given: Any) -> Floats:
        rows = arrays.integers("rows", rows, [len(given)])
        if len(rows) and not 0 <= rows.min() <= rows.max() < len(self._ids):
            raise ValueError(f"rows: expected 0 to {len(self._ids) - 1}; got {rows.min()} to {rows.max()}")
        model = ExplainModel()
        library.attn_probe_model(self._native, mask, ctypes.byref(model))
        outputs = np.empty((len(rows), self._classes), np.float32)
        callback = getattr(model, question)
        pointers = [array.ctypes.data_as(kind) for array, kind in zip((rows, given, outputs), callback.argtypes[2:])]
        one_thread(lambda probe: checked(callback(probe.value, len(rows), *pointers)), 0)(self._native)
        return outputs

    def gradient(self) -> Floats:
        """|x . dp/dx| of each word, p the probability of the class decided on, with attention held as it is.

        Returns float32 [batch, time]. Raises OutOfMemoryError.
        """
        gradients = np.empty(self._ids.shape, np.float32)
        library.attn_probe_gradient(self._native, address(gradients))
        return gradients

    @property
    def probabilities(self) -> Floats:
        """float32 [batch, classes] of the rows as they are; a copy."""
        return self._copied(library.attn_probe_probabilities(self._native), len(self._ids), self._classes)

    @property
    def weights(self) -> Floats:
        """float32 [batch, time]: attention's; a copy."""
        return self._copied(library.attn_probe_weights(self._native), *self._ids.shape)

    @property
    def states(self) -> Floats:
        """float32 [batch, time, state_dim]: the encoder's, 0 beyond the lengths; a copy."""
        return self._copied(library.attn_probe_states(self._native), *self._ids.shape, self._state_dim)

    def _copied(self, numbers: int | None, *shape: int) -> Floats:
        size = int(np.prod(shape))
        values = (ctypes.c_float * size).from_address(numbers) if numbers and size else []
        return np.array(values, np.float32).reshape(shape)

    def _describe(self) -> str:
        return f"batch={len(self._ids)} time={self._ids.shape[1]}"
