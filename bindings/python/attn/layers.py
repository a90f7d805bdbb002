"""The layers: embedding, dropout, pooling, pyramid, dense, in gru.py the GRU, and in attention.py attention.

Each has a ``forward(tape, x, ...)`` that returns new arrays and a ``backward(tape, ...)`` that adds to the params'
gradients and returns the gradient of its input. ``tape`` None is inference. Arrays are float32 and C-contiguous,
ids and lengths int32; ``out=`` takes arrays to write to. ``lengths`` None means that all rows are full; what lies
beyond a row's length is never read. An input must stay as it is until its backward.

Layers are immutable: any number of threads may run inference on one at once. They keep their params alive.
"""

from __future__ import annotations

import ctypes
import os

import numpy as np

from . import arrays
from . import tape as tapes
from ._handle import Handle
from ._library import library
from ._structs import DenseInfo, DenseOptions, EmbeddingInfo, EmbeddingOptions, VectorsReport
from .arrays import Floats, Integers, address
from .context import Context
from .params import INITS, Params, growing
from .tape import Tape
from .text import Report, Vocab, report_of

ACTIVATIONS = {"none": 0, "tanh": 1, "sigmoid": 2, "relu": 3}
POOLINGS = {"mean": 1, "max": 2}


class Embedding(Handle):
    """y[b,t] = table[ids[b,t]]; adds the tensor NAME.weight [rows, dim], whose row PAD_ID starts at 0.

    frozen: training leaves the table alone.
    """

    def __init__(
        self, params: Params, name: str, rows: int, dim: int, *, frozen: bool = False, init: str = "default"
    ) -> None:
        self.params = params
        self.rows, self.dim = arrays.int64("rows", rows), arrays.int64("dim", dim)
        options = EmbeddingOptions(frozen=arrays.flag("frozen", frozen), init=arrays.choice("init", init, INITS))
        super().__init__(
            library.attn_embedding_destroy,
            library.attn_embedding_create,
            growing(params),
            arrays.text("name", name),
            self.rows,
            self.dim,
            ctypes.byref(options),
        )

    def _look(self) -> None:
        info = EmbeddingInfo()
        library.attn_embedding_get_info(self._native, ctypes.byref(info))
        self.rows, self.dim = info.rows, info.dim

    def load(self, vocab: Vocab, path: str | os.PathLike[str]) -> Report:
        """Fill the table from a file of word vectors; rows without a vector keep their values."""
        report = VectorsReport()
        words = Vocab._of("vocab", vocab)
        library.attn_embedding_load(self._native, words, arrays.path("path", path), ctypes.byref(report))
        return report_of(report)

    def forward(
        self, tape: Tape | None, ids: Integers, lengths: Integers | None = None, *, out: Floats | None = None
    ) -> Floats:
        """y [batch, time, dim] from ids [batch, time] and lengths [batch]; 0 beyond the lengths."""
        ids = arrays.integers("ids", ids, ["batch", "time"])
        lengths = arrays.optional_integers("lengths", lengths, [len(ids)])
        shape = (*ids.shape, self.dim)
        y = arrays.output("out", out, shape, ids, lengths)
        library.attn_embedding_forward(
            self._native, Tape._of_or_none("tape", tape), *ids.shape, address(ids), address(lengths), address(y)
        )
        tapes.push(tape, self, shape, self._native, ids, lengths)
        return y

    def backward(self, tape: Tape, dy: Floats | None) -> None:
        """Add dy [batch, time, dim] to the gradients of the rows used; None is fine when the table is frozen."""
        record = tapes.top(tape, self, "attn.Embedding.backward")
        dy = arrays.optional_floats("dy", dy, record.sizes)
        library.attn_embedding_backward(self._native, tape._native, *record.sizes[:2], address(dy))
        tapes.pop(tape)

    def _describe(self) -> str:
        return f"rows={self.rows} dim={self.dim}"


def dropout_forward(tape: Tape | None, x: Floats, probability: float, *, out: Floats | None = None) -> Floats:
    """y = x * mask / (1 - p), where a number of the mask is 0 with probability p; x of any shape.

    y = x without a tape, and on a tape of another mode than "train". ``out`` may be x.
    """
    x = arrays.floats("x", x, np.shape(x) if isinstance(x, np.ndarray) else ["..."])
    y = arrays.output("out", out, x.shape, *([] if out is x else [x]))
    library.attn_dropout_forward(
        Tape._of_or_none("tape", tape), x.size, address(x), arrays.number("probability", probability), address(y)
    )
    tapes.push(tape, dropout_forward, x.shape)
    return y


def dropout_backward(tape: Tape, dy: Floats, *, out: Floats | None = None) -> Floats:
    """dx = dy * mask / (1 - p), for the dropout on top of the tape. ``out`` may be dy."""
    record = tapes.top(tape, dropout_forward, "attn.dropout_backward")
    dy = arrays.floats("dy", dy, record.sizes)
    dx = arrays.output("out", out, dy.shape, *([] if out is dy else [dy]))
    library.attn_dropout_backward(tape._native, dy.size, address(dy), address(dx))
    tapes.pop(tape)
    return dx


def pooling_forward(
    context: Context,
    tape: Tape | None,
    x: Floats,
    lengths: Integers | None = None,
    *,
    pooling: str = "mean",
    out: Floats | None = None,
) -> Floats:
    """y [batch, dim]: the mean over each row's steps of x [batch, time, dim], or with pooling "max" the largest number of each
    dimension. 0 where a length is 0."""
    x = arrays.floats("x", x, ["batch", "time", "dim"])
    lengths = arrays.optional_integers("lengths", lengths, [len(x)])
    y = arrays.output("out", out, (x.shape[0], x.shape[2]), x, lengths)
    library.attn_pooling_forward(
        Context._of("context", context),
        Tape._of_or_none("tape", tape),
        *x.shape,
        address(x),
        address(lengths),
        arrays.choice("pooling", pooling, POOLINGS),
        address(y),
    )
    tapes.push(tape, pooling_forward, x.shape)
    return y


def pooling_backward(context: Context, tape: Tape, dy: Floats, *, out: Floats | None = None) -> Floats:
    """dx [batch, time, dim] from dy [batch, dim], for the pooling on top of the tape; 0 beyond the lengths."""
    record = tapes.top(tape, pooling_forward, "attn.pooling_backward")
    batch, time, dim = record.sizes
    dy = arrays.floats("dy", dy, [batch, dim])
    dx = arrays.output("out", out, record.sizes, dy)
    library.attn_pooling_backward(
        Context._of("context", context), tape._native, batch, time, dim, address(dy), address(dx)
    )
    tapes.pop(tape)
    return dx


def pyramid_forward(
    tape: Tape | None,
    x: Floats,
    lengths: Integers | None = None,
    *,
    join: int = 2,
    out: Floats | None = None,
) -> tuple[Floats, Integers]:
    """(y, lengths) of x [batch, time, dim]: every ``join`` neighbouring steps side by side, y [batch, ceil(time / join),
    join * dim], and the lengths that it has, int32 [batch]. What the last step of a row lacks, and all beyond its length, is 0."""
    x = arrays.floats("x", x, ["batch", "time", "dim"])
    batch, time, dim = x.shape
    lengths = arrays.optional_integers("lengths", lengths, [batch])
    join = arrays.positive("join", arrays.int64("join", join))
    y = arrays.output("out", out, (batch, -(-time // join), join * dim), x)
    joined = np.empty(batch, np.int32)
    native = Tape._of_or_none("tape", tape)
    library.attn_pyramid_forward(native, *x.shape, join, address(x), address(lengths), address(y), address(joined))
    tapes.push(tape, pyramid_forward, (*x.shape, join))
    return y, joined


def pyramid_backward(tape: Tape, dy: Floats, *, out: Floats | None = None) -> Floats:
    """dx [batch, time, dim], for the joining on top of the tape; 0 beyond the lengths."""
    batch, time, dim, join = tapes.top(tape, pyramid_forward, "attn.pyramid_backward").sizes
    dy = arrays.floats("dy", dy, [batch, -(-time // join), join * dim])
    dx = arrays.output("out", out, (batch, time, dim), dy)
    library.attn_pyramid_backward(tape._native, batch, time, dim, join, address(dy), address(dx))
    tapes.pop(tape)
    return dx


class Dense(Handle):
    """y = f(W x + b), row by row; activation: "none", "tanh", "sigmoid" or "relu"."""

    def __init__(
        self,
        params: Params,
        name: str,
        input_dim: int,
        output_dim: int,
        *,
        activation: str = "none",
        bias: bool = True,
        init: str = "default",
    ) -> None:
        self.input_dim = arrays.int64("input_dim", input_dim)
        self.output_dim = arrays.int64("output_dim", output_dim)
        options = DenseOptions(
            activation=arrays.choice("activation", activation, ACTIVATIONS),
            no_bias=not arrays.flag("bias", bias),
            init=arrays.choice("init", init, INITS),
        )
        super().__init__(
            library.attn_dense_destroy,
            library.attn_dense_create,
            growing(params),
            arrays.text("name", name),
            self.input_dim,
            self.output_dim,
            ctypes.byref(options),
        )

    def _look(self) -> None:
        info = DenseInfo()
        library.attn_dense_get_info(self._native, ctypes.byref(info))
        self.input_dim, self.output_dim = info.input_dim, info.output_dim

    def forward(self, tape: Tape | None, x: Floats, *, out: Floats | None = None) -> Floats:
        """y [rows, output_dim] from x [rows, input_dim]."""
        x = arrays.floats("x", x, ["rows", self.input_dim])
        y = arrays.output("out", out, (len(x), self.output_dim), x)
        library.attn_dense_forward(self._native, Tape._of_or_none("tape", tape), len(x), address(x), address(y))
        tapes.push(tape, self, (len(x),), self._native, x)
        return y

    def backward(
        self, tape: Tape, dy: Floats, *, need_dx: bool = True, out: Floats | None = None
    ) -> Floats | None:
        """dx [rows, input_dim] from dy [rows, output_dim]; None where it is not needed."""
        (rows,) = tapes.top(tape, self, "attn.Dense.backward").sizes
        dy = arrays.floats("dy", dy, [rows, self.output_dim])
        dx = None
        if arrays.flag("need_dx", need_dx):
            dx = arrays.output("out", out, (rows, self.input_dim), dy)
        library.attn_dense_backward(self._native, tape._native, rows, address(dy), address(dx))
        tapes.pop(tape)
        return dx

    def _describe(self) -> str:
        return f"input_dim={self.input_dim} output_dim={self.output_dim}"
