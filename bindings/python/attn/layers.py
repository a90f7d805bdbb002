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
from .text import Vocab
from .vectors import Report, report_of

ACTIVATIONS = {"none": 0, "tanh": 1, "sigmoid": 2, "relu": 3}
"""What a ``Dense`` layer makes of W x + b: "none" leaves it; "tanh", "sigmoid" or "relu" of each number."""
POOLINGS = {"mean": 1, "max": 2}
"""What ``pooling_forward`` makes of states: "mean" or "max", of each dimension over the steps."""


class Embedding(Handle):
    """A table of vectors: y[b,t] = table[ids[b,t]].

    params: where its tensor is added: NAME.weight [rows, dim], whose row PAD_ID, 0, starts at 0 and learns like any other where
        it is used. Where 0 is a symbol and not padding, add 1 to all ids and to ``rows``, or write first values into that row.
    name: the layer's, and the beginning of its tensor's.
    rows: how many ids there are, as ``len(vocab)``; 1 to 2**31 - 1.
    dim: numbers a vector.
    frozen (False): True: training leaves the table alone.
    init (default): the first values, one of ``INITS``; "default" is "normal".

    Attributes:
    params: those that it lives in.
    rows, dim: as given.

    Raises ValueError: a size out of range, a name that is taken; StateError: the params are sealed, or a view of them is alive;
    OutOfMemoryError. After an error the params are as before.
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
        """Fill the table from a file of word vectors (GloVe's or word2vec's, told by its first bytes); rows without one keep
        their values.

        vocab: whose token each row is; of ``rows`` ids.
        path: the file.

        Returns a Report: how many vectors the file holds, and how many were found. Raises ValueError: another number of ids;
        IoError (of the kind that ``open`` would raise); FormatError: no such file, or vectors of another width, with its line;
        OutOfMemoryError.
        """
        report = VectorsReport()
        words = Vocab._of("vocab", vocab)
        library.attn_embedding_load(self._native, words, arrays.path("path", path), ctypes.byref(report))
        return report_of(report)

    def forward(
        self, tape: Tape | None, ids: Integers, lengths: Integers | None = None, *, out: Floats | None = None
    ) -> Floats:
        """Look up.

        tape: remembers what backward needs; None: inference.
        ids: int32 [batch, time], each 0 to rows - 1.
        lengths (None): int32 [batch], 0 to time; None: all rows are full. Ids beyond are never read.
        out (None): float32 [batch, time, dim] to write to; None: a new array.

        Returns y float32 [batch, time, dim], 0 beyond the lengths. Raises ValueError: a shape that does not fit, an id or a
        length out of range; OutOfMemoryError.
        """
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
        """Add to the gradients of the rows that were used; ids have no gradient.

        tape: with this layer's forward on top.
        dy: float32 [batch, time, dim]; None will do where the table is frozen.

        Raises ValueError: another shape than forward's; StateError: another forward is on top of the tape.
        """
        record = tapes.top(tape, self, "attn.Embedding.backward")
        dy = arrays.optional_floats("dy", dy, record.sizes)
        library.attn_embedding_backward(self._native, tape._native, *record.sizes[:2], address(dy))
        tapes.pop(tape)

    def _describe(self) -> str:
        return f"rows={self.rows} dim={self.dim}"


def dropout_forward(
    context: Context, tape: Tape | None, x: Floats, probability: float, *, out: Floats | None = None
) -> Floats:
    """y = x * mask / (1 - p), where a number of the mask is 0 with probability p; y = x without a tape, and on a tape of
    another mode than "train".

    context: what computes.
    tape: whose seed and step decide the mask; None: inference.
    x: float32, of any shape.
    probability: p, 0 <= p < 1.
    out (None): float32 to write to, of x's shape; x itself will do. None: a new array.

    Returns y, of x's shape. Raises ValueError: a probability out of range, an out that does not fit, a tape of another
    context; OutOfMemoryError.
    """
    x = arrays.floats("x", x, np.shape(x) if isinstance(x, np.ndarray) else ["..."])
    y = arrays.output("out", out, x.shape, *([] if out is x else [x]))
    library.attn_dropout_forward(
        Context._of("context", context),
        Tape._of_or_none("tape", tape),
        x.size,
        address(x),
        arrays.number("probability", probability),
        address(y),
    )
    tapes.push(tape, dropout_forward, x.shape)
    return y


def dropout_backward(context: Context, tape: Tape, dy: Floats, *, out: Floats | None = None) -> Floats:
    """dx = dy * mask / (1 - p), for the dropout on top of the tape.

    context: what computes.
    tape: with a ``dropout_forward`` on top.
    dy: float32, of x's shape.
    out (None): float32 to write to; dy itself will do. None: a new array.

    Returns dx, of x's shape. Raises ValueError: another shape than forward's; StateError: another forward is on top of the
    tape.
    """
    record = tapes.top(tape, dropout_forward, "attn.dropout_backward")
    dy = arrays.floats("dy", dy, record.sizes)
    dx = arrays.output("out", out, dy.shape, *([] if out is dy else [dy]))
    library.attn_dropout_backward(Context._of("context", context), tape._native, dy.size, address(dy), address(dx))
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
    """The mean over each row's steps, or the largest number of each dimension: what attention is held against.

    context: what computes.
    tape: remembers what backward needs; None: inference.
    x: float32 [batch, time, dim].
    lengths (None): int32 [batch], 0 to time; None: all rows are full.
    pooling (mean): "mean" or "max".
    out (None): float32 [batch, dim] to write to; None: a new array.

    Returns y float32 [batch, dim], 0 where a length is 0. Raises ValueError: a shape that does not fit, a length out of range,
    a word that is no pooling, with "max" a number that is not finite; StateError; OutOfMemoryError.
    """
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
    """Back, for the pooling on top of the tape.

    context: what computes.
    tape: with a ``pooling_forward`` on top.
    dy: float32 [batch, dim].
    out (None): float32 [batch, time, dim] to write to; None: a new array.

    Returns dx float32 [batch, time, dim], 0 beyond the lengths. Raises ValueError: another shape than forward's; StateError:
    another forward is on top of the tape.
    """
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
    context: Context,
    tape: Tape | None,
    x: Floats,
    lengths: Integers | None = None,
    *,
    join: int = 2,
    out: Floats | None = None,
) -> tuple[Floats, Integers]:
    """Every ``join`` neighbouring steps side by side: a sequence becomes a shorter, wider one, as between two GRUs over sound.

    context: what computes.
    tape: remembers what backward needs; None: inference.
    x: float32 [batch, time, dim].
    lengths (None): int32 [batch], 0 to time; None: all rows are full.
    join (2): how many steps become one, 1 or more.
    out (None): float32 to write y to; None: a new array.

    Returns (y, lengths): y float32 [batch, ceil(time / join), join * dim], and the lengths that it has, int32 [batch]. What the
    last step of a row lacks, and all beyond its length, is 0. Raises ValueError: a shape that does not fit, a number out of
    range, a tape of another context; OutOfMemoryError.
    """
    x = arrays.floats("x", x, ["batch", "time", "dim"])
    batch, time, dim = x.shape
    lengths = arrays.optional_integers("lengths", lengths, [batch])
    join = arrays.positive("join", arrays.int64("join", join))
    y = arrays.output("out", out, (batch, -(-time // join), join * dim), x)
    joined = np.empty(batch, np.int32)
    library.attn_pyramid_forward(
        Context._of("context", context),
        Tape._of_or_none("tape", tape),
        *x.shape,
        join,
        address(x),
        address(lengths),
        address(y),
        address(joined),
    )
    tapes.push(tape, pyramid_forward, (*x.shape, join))
    return y, joined


def pyramid_backward(context: Context, tape: Tape, dy: Floats, *, out: Floats | None = None) -> Floats:
    """Back, for the joining on top of the tape.

    context: what computes.
    tape: with a ``pyramid_forward`` on top.
    dy: float32 [batch, ceil(time / join), join * dim].
    out (None): float32 [batch, time, dim] to write to; None: a new array.

    Returns dx float32 [batch, time, dim], 0 beyond the lengths. Raises ValueError: another shape than forward's; StateError:
    another forward is on top of the tape.
    """
    batch, time, dim, join = tapes.top(tape, pyramid_forward, "attn.pyramid_backward").sizes
    dy = arrays.floats("dy", dy, [batch, -(-time // join), join * dim])
    dx = arrays.output("out", out, (batch, time, dim), dy)
    library.attn_pyramid_backward(
        Context._of("context", context), tape._native, batch, time, dim, join, address(dy), address(dx)
    )
    tapes.pop(tape)
    return dx


class Dense(Handle):
    """A dense layer: y = f(W x + b), row by row.

    params: where its tensors are added: NAME.weight W [output_dim, input_dim] and NAME.bias b [output_dim].
    name: the layer's, and the beginning of its tensors'.
    input_dim: numbers in a row of x.
    output_dim: numbers in a row of y: the classes, of a decision.
    activation (none): f, one of ``ACTIVATIONS``.
    bias (True): False: without b.
    init (default): the first values of W, one of ``INITS``; "default" is "glorot". b starts at 0.

    Attributes:
    input_dim, output_dim: as given.

    Raises ValueError: a size out of range, a word that is no activation, a name that is taken; StateError: the params are
    sealed, or a view of them is alive; OutOfMemoryError. After an error the params are as before.
    """

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
        """y = f(W x + b).

        tape: remembers what backward needs; None: inference.
        x: float32 [rows, input_dim]; must stay as it is until backward.
        out (None): float32 [rows, output_dim] to write to; None: a new array.

        Returns y float32 [rows, output_dim]. Raises ValueError: a shape that does not fit; OutOfMemoryError.
        """
        x = arrays.floats("x", x, ["rows", self.input_dim])
        y = arrays.output("out", out, (len(x), self.output_dim), x)
        library.attn_dense_forward(self._native, Tape._of_or_none("tape", tape), len(x), address(x), address(y))
        tapes.push(tape, self, (len(x),), self._native, x)
        return y

    def backward(
        self, tape: Tape, dy: Floats, *, need_dx: bool = True, out: Floats | None = None
    ) -> Floats | None:
        """Back, for this layer's forward on top of the tape; adds to the gradients of W and b.

        tape: with this layer's forward on top.
        dy: float32 [rows, output_dim].
        need_dx (True): False: dx is not computed.
        out (None): float32 [rows, input_dim] to write dx to; None: a new array.

        Returns dx float32 [rows, input_dim], or None where it is not needed. Raises ValueError: another shape than forward's;
        StateError: another forward is on top of the tape; OutOfMemoryError.
        """
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
