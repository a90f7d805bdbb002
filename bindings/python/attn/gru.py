"""The gated recurrent encoder: vectors, or the ids of an embedding, to states; for training, and packed for inference.

The rules of layers.py hold here too.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from . import _torch, arrays
from . import tape as tapes
from ._handle import Handle, Native
from ._library import library
from ._structs import GRUInfo, GRUOptions, GRUPackedInfo, GRUPackedOptions, Sequence, SequenceGradients
from .arrays import Array, Floats, Integers, address
from .context import PRECISIONS
from .layers import Embedding
from .params import INITS, Params, growing
from .tape import Tape

RESETS = {"after": 0, "before": 1}
"""Where a GRU's reset gate stands: "after" the recurrent product (PyTorch, cuDNN) or "before" it (Cho et al. 2014)."""


class GRU(Handle):
    """The gated recurrent encoder: a sequence of vectors, or of an embedding's ids, to states. Of one layer, in one direction:

        r = sigmoid(W_r x + b_r + U_r h + c_r)
        z = sigmoid(W_z x + b_z + U_z h + c_z)
        n = tanh(W_n x + b_n + r * (U_n h + c_n))      reset "after"
        n = tanh(W_n x + b_n + U_n (r * h) + c_n)      reset "before"
        h' = z * h + (1 - z) * n                       z is what is kept

    params: where its tensors are added, under PyTorch's names and in its order of gates, r, z, n: for layer k NAME.weight_ih_lk
        W [3 hidden_dim, its input], NAME.weight_hh_lk U [3 hidden_dim, hidden_dim], NAME.bias_ih_lk b and NAME.bias_hh_lk c [3
        hidden_dim], with layer_norm NAME.norm_gain_lk and NAME.norm_shift_lk [3 hidden_dim]; those of the backward direction
        end in _reverse.
    name: the layer's, and the beginning of its tensors'.
    input_dim: numbers a step of x; 1 to 65536.
    hidden_dim: numbers a state, of one direction; 1 to 65536.
    layers (1): how many are stacked, each reading the states of the one below; 1 to 16.
    bidirectional (False): True: a second GRU reads each row from its end, and outputs are [forward, backward].
    reset (after): "after" the recurrent product, as PyTorch, or "before" it, as Cho et al. 2014 (1406.1078).
    layer_norm (False): True: what stands inside each gate's sigmoid or tanh is first normalised over the hidden dimension, gain
        * (a - mean) / sqrt(var + 1e-5) + shift (Ba et al. 2016).
    init (default): "default": W Glorot and U orthogonal for each gate, biases 0, gain 1, shift 0; or "fan_sum_relu", W and U
        uniform +-sqrt(2 / (fan_in + fan_out)) of the joint matrices, b_r and b_z 1.
    dropout (0.0): its probability for every layer's outputs, the last one's too; 0 <= dropout < 1. States handed to the next
        step are not dropped.
    input_dropout (0.0): the same for the vectors of ``forward_ids``; all tokens of an id in the call are dropped alike.
    experimental (0): flags of attn.experimental, which are not promised.

    Attributes:
    input_dim, hidden_dim: as given.
    output_dim: hidden_dim times the directions: the width of y.
    states: layers times directions: how many states h0 and hn hold, layer by layer, forward before backward.

    Immutable: any number of threads may run inference at once. With reset "after" and no layer_norm it is ``torch.nn.GRU``.

    Raises ValueError: a number out of range, a word that is none of those above, a name that is taken; StateError: the params
    are sealed, or a view of them is alive; OutOfMemoryError. After an error the params are as before.
    """

    def __init__(
        self,
        params: Params,
        name: str,
        input_dim: int,
        hidden_dim: int,
        *,
        layers: int = 1,
        bidirectional: bool = False,
        reset: str = "after",
        layer_norm: bool = False,
        init: str = "default",
        dropout: float = 0.0,
        input_dropout: float = 0.0,
        experimental: int = 0,
    ) -> None:
        options = GRUOptions(
            layers=arrays.positive("layers", arrays.int32("layers", layers)),
            bidirectional=arrays.flag("bidirectional", bidirectional),
            reset=arrays.choice("reset", reset, RESETS),
            layer_norm=arrays.flag("layer_norm", layer_norm),
            init=arrays.choice("init", init, INITS),
            dropout=arrays.number("dropout", dropout),
            input_dropout=arrays.number("input_dropout", input_dropout),
            experimental=arrays.int32("experimental", experimental),
        )
        super().__init__(
            library.attn_gru_destroy,
            library.attn_gru_create,
            growing(params),
            arrays.text("name", name),
            arrays.int64("input_dim", input_dim),
            arrays.int64("hidden_dim", hidden_dim),
            ctypes.byref(options),
        )
        self._look()

    @classmethod
    def from_torch(cls, params: Params, name: str, module: Any) -> GRU:
        """Make the layer that a torch.nn.GRU is: for the same vectors and lengths it gives the same outputs, to rounding.

        params: where its tensors are added.
        name: the layer's, and the beginning of its tensors'.
        module: a torch.nn.GRU in float32, on any device, with batch_first or without: arrays are [batch, time, ...] here in
            either case. Its biases are copied as they are; of one without biases they are 0 and frozen.

        Returns a GRU. Raises UnsupportedError: the module drops between its layers (set ``module.dropout = 0``), or is not in
        float32; ValueError: a name that is taken, a weight of another shape than the module's sizes say; StateError: the params
        are sealed, or a view of them is alive; OutOfMemoryError. After an error the params are as before.
        """
        given = _torch.described(module)
        gru = cls(params, name, *given.sizes, **given.options)
        for tensor, values in given.tensors.items():
            own = params.tensors[_torch.full_name(name, tensor)]
            own.values[:] = 0 if values is None else values
            own.trainable = values is not None
        return gru

    def to_torch(self) -> Any:
        """The torch.nn.GRU that this layer is, with its weights as they are now: for the same vectors and lengths (packed by
        torch.nn.utils.rnn.pack_padded_sequence) it gives the same outputs, to rounding.

        Returns a torch.nn.GRU on the CPU with batch_first=True, and without dropout, which is for training, and which torch has
        between layers only. Raises UnsupportedError: reset "before", layer_norm or experimental flags, which torch has not;
        ImportError: there is no torch.
        """
        return _torch.made(self._info(), self._native)

    def _look(self) -> None:
        info = self._info()
        self.input_dim, self.hidden_dim = info.input_dim, info.hidden_dim
        self.output_dim, self.states = info.output_dim, info.state_count

    def _info(self) -> GRUInfo:
        info = GRUInfo()
        library.attn_gru_get_info(self._native, ctypes.byref(info))
        return info

    def forward(
        self,
        tape: Tape | None,
        x: Floats,
        lengths: Integers | None = None,
        h0: Floats | None = None,
        *,
        out: tuple[Floats | None, Floats | None] | None = None,
    ) -> tuple[Floats, Floats]:
        """Encode a batch of vectors.

        tape: remembers what backward needs; None: inference, without dropout.
        x: float32 [batch, time, input_dim].
        lengths (None): int32 [batch], 0 to time; None: all rows are full. What lies beyond is never read.
        h0 (None): float32 [states, batch, hidden_dim], the states before the first step; None: 0.
        out (None): a pair of float32 arrays to write y and hn to, with None for a new one; hn may be h0.

        Returns (y, hn): y float32 [batch, time, output_dim], 0 beyond the lengths, and hn float32 [states, batch, hidden_dim],
        each row's last state; of a row of length 0, h0. Raises ValueError: a shape that does not fit, a length out of range;
        StateError: a tensor that holds NaN or infinity; OutOfMemoryError.
        """
        x = arrays.floats("x", x, ["batch", "time", self.input_dim])
        lengths, h0, y, hn = _checked(self, x, lengths, h0, out)
        given = sequence(x, lengths)
        library.attn_gru_forward(self._native, Tape._of_or_none("tape", tape), given, *map(address, (h0, y, hn)))
        tapes.push(tape, self, x.shape[:2], self._native)
        return y, hn

    def forward_ids(
        self,
        tape: Tape | None,
        embedding: Embedding,
        ids: Integers,
        lengths: Integers | None = None,
        h0: Floats | None = None,
        *,
        scales: Floats | None = None,
        out: tuple[Floats | None, Floats | None] | None = None,
    ) -> tuple[Floats, Floats]:
        """Encode tokens, as ``forward`` of ``embedding.forward(None, ids, lengths)``, but faster, since each distinct id is
        multiplied once. ``backward`` adds to the embedding's gradient too, unless its table is frozen.

        tape: remembers what backward needs; None: inference, without dropout.
        embedding: whose dim is input_dim, in the same params.
        ids: int32 [batch, time], rows of the embedding.
        lengths (None): int32 [batch], 0 to time; None: all rows are full. Ids beyond are never read.
        h0 (None): float32 [states, batch, hidden_dim], the states before the first step; None: 0.
        scales (None): float32 [batch, time], how much of its vector each token is: any numbers, never read beyond the lengths.
            Their gradient, which ``backward`` then gives in dx's place, explains: at scales of 1 it is gradient x input, and
            along scales from 0 to 1 integrated gradients. None: 1.
        out (None): a pair of float32 arrays to write y and hn to, with None for a new one; hn may be h0.

        Returns (y, hn), as ``forward``. Raises ValueError: a shape that does not fit, an id or a length out of range, an
        embedding of another width; StateError: a tensor that holds NaN or infinity; OutOfMemoryError.
        """
        ids = arrays.integers("ids", ids, ["batch", "time"])
        scales = arrays.optional_floats("scales", scales, ids.shape)
        lengths, h0, y, hn = _checked(self, ids, lengths, h0, out, scales)
        table = Embedding._of("embedding", embedding)
        given = sequence(ids, lengths, table, scales)
        library.attn_gru_forward(self._native, Tape._of_or_none("tape", tape), given, *map(address, (h0, y, hn)))
        tapes.push(
            tape, self, ids.shape, self._native, table, gradient=None if scales is None else "dscales"
        )
        return y, hn

    def backward(
        self,
        tape: Tape,
        dy: Floats | None = None,
        *,
        dhn: Floats | None = None,
        need_dx: bool | None = None,
        need_dh0: bool = True,
        out: tuple[Floats | None, Floats | None] | None = None,
    ) -> tuple[Floats | None, Floats | None]:
        """Back through time, for this layer's forward on top of the tape; adds to the gradients of its tensors.

        tape: with this layer's forward on top.
        dy (None): float32 [batch, time, output_dim], never read beyond the lengths; None: 0.
        dhn (None): float32 [states, batch, hidden_dim]; None: 0.
        need_dx (None): whether dx is computed; None: wherever there is one.
        need_dh0 (True): False: dh0 is not computed.
        out (None): a pair of float32 arrays to write dx and dh0 to, with None for a new one; dh0 may be dhn.

        Returns (dx, dh0), each None where it is not needed: dx float32 [batch, time, input_dim], 0 beyond the lengths; after
        ``forward_ids`` with scales their gradient, [batch, time]; without, None, since ids have none. dh0 float32 [states,
        batch, hidden_dim]. Raises ValueError: other shapes than forward's, a dx that there is none of; StateError: another
        forward is on top of the tape; OutOfMemoryError and InterruptError: part of the gradients has been added, so zero them
        and begin the tape anew.
        """
        record = tapes.top(tape, self, "attn.GRU.backward")
        batch, time = record.sizes
        state_shape = (self.states, batch, self.hidden_dim)
        dy = arrays.optional_floats("dy", dy, [batch, time, self.output_dim])
        dhn = arrays.optional_floats("dhn", dhn, state_shape)
        out_dx, out_dh0 = arrays.outputs(out, 2)
        dx = input_gradient(record, need_dx, out_dx, self.input_dim, dy, dhn)
        dh0 = arrays.output("out[1]", out_dh0, state_shape, dy, dx, over=dhn) if arrays.flag("need_dh0", need_dh0) else None
        wanted = gradients(record, dx)
        library.attn_gru_backward(self._native, tape._native, address(dy), address(dhn), wanted, address(dh0))
        tapes.pop(tape)
        return dx, dh0

    def _describe(self) -> str:
        return f"input_dim={self.input_dim} hidden_dim={self.hidden_dim} states={self.states}"


class PackedGRU(Handle):
    """A trained GRU made ready for inference: a packed copy of its weights as they are now, for one sequence or one step at a
    time. What is trained or loaded later does not reach it, and it needs neither the GRU nor the embedding.

    gru: which one.
    precision (float32): of the weights, "float32" (the same bits as GRU's), "bfloat16" (half the memory to read, 8 bits) or
        "int8" (a quarter, and products of integers: each row of the weights, and each vector that they are multiplied with, is
        rounded to 255 steps up to its largest number).
    embedding (None): for the calls on ids; the product of every row is kept, rows * 3 * output_dim floats. None: vectors alone.

    Attributes:
    input_dim, hidden_dim, output_dim, states: as GRU's.
    precision: as given.

    Immutable, for any number of threads. Raises ValueError: a word that is no precision, an embedding of another width;
    StateError: a weight that is not finite; OutOfMemoryError.
    """

    def __init__(self, gru: GRU, *, precision: str = "float32", embedding: Embedding | None = None) -> None:
        native = GRU._of("gru", gru)
        table = Embedding._of_or_none("embedding", embedding)  # alive until the library has read it
        options = GRUPackedOptions(
            precision=arrays.choice("precision", precision, PRECISIONS),
            embedding=table,
        )
        super().__init__(
            library.attn_gru_packed_destroy, library.attn_gru_packed_create, native, ctypes.byref(options)
        )
        self._look()

    def _look(self) -> None:
        info = GRUPackedInfo()
        library.attn_gru_packed_get_info(self._native, ctypes.byref(info))
        self.input_dim, self.hidden_dim = info.input_dim, info.hidden_dim
        self.output_dim, self.states = info.output_dim, info.state_count
        self.precision = next(word for word, number in PRECISIONS.items() if number == info.precision)

    def direction(self, direction: int) -> PackedGRU:
        """One direction of a GRU of one layer, as a packed GRU of its own in the same memory: where only one is wanted, or each
        from other states.

        direction: 0, or of a bidirectional one 1, which reads each row from its end, and so steps too.

        Returns a PackedGRU. Raises ValueError: there is no such direction, or there are several layers; OutOfMemoryError.
        """
        create = library.attn_gru_packed_direction
        return PackedGRU._made(
            library.attn_gru_packed_destroy, create, self._native, arrays.int32("direction", direction)
        )

    def forward(
        self,
        x: Floats,
        lengths: Integers | None = None,
        h0: Floats | None = None,
        *,
        out: tuple[Floats | None, Floats | None] | None = None,
    ) -> tuple[Floats, Floats]:
        """Encode a batch of vectors, as ``GRU.forward`` without a tape.

        x: float32 [batch, time, input_dim].
        lengths (None): int32 [batch], 0 to time; None: all rows are full.
        h0 (None): float32 [states, batch, hidden_dim], the states before the first step; None: 0.
        out (None): a pair of float32 arrays to write y and hn to, with None for a new one; hn may be h0.

        Returns (y, hn): y float32 [batch, time, output_dim], 0 beyond the lengths, and hn float32 [states, batch, hidden_dim],
        each row's last state. Raises ValueError: a shape that does not fit, a length out of range; OutOfMemoryError.
        """
        x = arrays.floats("x", x, ["batch", "time", self.input_dim])
        lengths, h0, y, hn = _checked(self, x, lengths, h0, out)
        library.attn_gru_packed_forward(self._native, sequence(x, lengths), *map(address, (h0, y, hn)))
        return y, hn

    def forward_ids(
        self,
        ids: Integers,
        lengths: Integers | None = None,
        h0: Floats | None = None,
        *,
        scales: Floats | None = None,
        out: tuple[Floats | None, Floats | None] | None = None,
    ) -> tuple[Floats, Floats]:
        """Encode tokens, as ``GRU.forward_ids`` without a tape.

        ids: int32 [batch, time], rows of the embedding that it was made with.
        lengths (None): int32 [batch], 0 to time; None: all rows are full.
        h0 (None): float32 [states, batch, hidden_dim], the states before the first step; None: 0.
        scales (None): float32 [batch, time], how much of its vector each token is; None: 1.
        out (None): a pair of float32 arrays to write y and hn to, with None for a new one; hn may be h0.

        Returns (y, hn), as ``forward``. Raises ValueError: a shape that does not fit, an id or a length out of range, or it was
        made without an embedding; OutOfMemoryError.
        """
        ids = arrays.integers("ids", ids, ["batch", "time"])
        scales = arrays.optional_floats("scales", scales, ids.shape)
        lengths, h0, y, hn = _checked(self, ids, lengths, h0, out, scales)
        given = sequence(ids, lengths, None, scales)
        library.attn_gru_packed_forward(self._native, given, *map(address, (h0, y, hn)))
        return y, hn

    def step(self, x: Floats, h: Floats) -> Floats:
        """One step of a stream. Not for a bidirectional GRU.

        x: float32 [batch, input_dim].
        h: float32 [states, batch, hidden_dim], which the new states are written to.

        Returns the output, a view of the last layer's state in h, [batch, hidden_dim]. Raises ValueError: a shape that does not
        fit, a bidirectional GRU; OutOfMemoryError.
        """
        return self._step(arrays.floats("x", x, ["batch", self.input_dim]), h)

    def step_ids(self, ids: Integers, h: Floats) -> Floats:
        """One step of a stream of tokens. Not for a bidirectional GRU.

        ids: int32 [batch], rows of the embedding that it was made with.
        h: float32 [states, batch, hidden_dim], which the new states are written to.

        Returns the output, a view of the last layer's state in h, [batch, hidden_dim]. Raises ValueError: a shape that does not
        fit, an id out of range, a bidirectional GRU, or it was made without an embedding; OutOfMemoryError.
        """
        return self._step(arrays.integers("ids", ids, ["batch"]), h)

    def _step(self, given: Array, h: Floats) -> Floats:
        h = arrays.writable("h", h, [self.states, len(given), self.hidden_dim], given)
        library.attn_gru_packed_step(self._native, sequence(given[:, None], None), address(h))
        last: Floats = h[-1]
        return last

    def _describe(self) -> str:
        return (
            f"input_dim={self.input_dim} hidden_dim={self.hidden_dim} states={self.states} precision={self.precision}"
        )


def _checked(
    gru: GRU | PackedGRU, given: Array, lengths: object, h0: object, out: object, scales: Floats | None = None
) -> tuple[Integers | None, Floats | None, Floats, Floats]:
    """(lengths, h0, y, hn) of a forward, for ``given``, x or ids [batch, time, ...]."""
    batch, time = given.shape[:2]
    state_shape = (gru.states, batch, gru.hidden_dim)
    lengths = arrays.optional_integers("lengths", lengths, [batch])
    h0 = arrays.optional_floats("h0", h0, state_shape)
    out_y, out_hn = arrays.outputs(out, 2)
    y = arrays.output("out[0]", out_y, (batch, time, gru.output_dim), given, lengths, h0, scales)
    hn = arrays.output("out[1]", out_hn, state_shape, given, lengths, scales, y, over=h0)
    return lengths, h0, y, hn


# ---- what the recurrent layers share ----


def sequence(
    given: Array,
    lengths: Integers | None,
    table: Native | None = None,
    scales: Floats | None = None,
    openings: Floats | None = None,
) -> Sequence:
    """What the library reads, for the length of a call: ``given`` is x or ids [batch, time, ...]."""
    place = "x" if given.dtype == np.float32 else "ids"
    return Sequence(
        batch=given.shape[0],
        time=given.shape[1],
        lengths=address(lengths),
        embedding=table,
        scales=address(scales),
        openings=address(openings),
        **{place: address(given)},
    )


def input_gradient(
    record: tapes.Record,
    need: bool | None,
    out: object,
    input_dim: int,
    *inputs: Floats | None,
    place: str = "out[0]",
) -> Floats | None:
    """Where the gradient of a forward's input goes: dx or dscales; None where there is none, or it is not needed."""
    if record.gradient is None and (need is True or out is not None):
        raise ValueError(
            f"{'need_dx' if need is True else place}: the last forward on the tape was given ids, and ids have no "
            "gradient; leave it out, and backward adds to the embedding's gradient"
        )
    if not (record.gradient is not None if need is None else arrays.flag("need_dx", need)):
        return None
    batch, time = record.sizes
    shape = (batch, time, input_dim) if record.gradient == "dx" else (batch, time)
    return arrays.output(place, out, shape, *inputs)


def gradients(record: tapes.Record, dx: Floats | None, dopenings: Floats | None = None) -> SequenceGradients:
    """What a backward is to write."""
    batch, time = record.sizes
    wanted = {} if dx is None else {str(record.gradient): address(dx)}
    return SequenceGradients(batch=batch, time=time, dopenings=address(dopenings), **wanted)
