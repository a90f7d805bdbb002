"""The attention GRU: vectors, and openings from outside of its steps, to states.

The rules of layers.py hold here too.
"""

from __future__ import annotations

import ctypes

from . import arrays
from . import tape as tapes
from ._handle import Handle, Native
from ._library import library
from ._structs import AttentionGRUInfo, AttentionGRUOptions
from .arrays import Array, Floats, Integers, address
from .gru import RESETS, gradients, input_gradient, sequence
from .layers import Embedding
from .params import INITS, Params, growing
from .tape import Tape

FORMS = {"replace": 0, "paper": 1, "code": 2}
"""How an attention GRU's step is opened: "replace" (DMN+), "paper" (AUGRU as published), "code" (as its authors' code)."""


class AttentionGRU(Handle):
    """A GRU whose steps are opened from outside: a says how much of a step is taken, attention's weights, say. Its gates are
    GRU's:

        replace   h' = a n + (1 - a) h                       DMN+ (1603.01417): there is no z
        paper     u = a z;  h' = u n + (1 - u) h             AUGRU (1809.03672): z is what is taken
        code      u = (1 - a) z;  h' = u h + (1 - u) n       AUGRU as its authors' code and oneDNN have it: z is what is kept

    params: where its tensors are added, gates below each other (r, z, n, or with "replace" r, n): NAME.weight_ih,
        NAME.weight_hh, NAME.bias_ih, NAME.bias_hh, and with layer_norm NAME.norm_gain and NAME.norm_shift.
    name: the layer's, and the beginning of its tensors'.
    input_dim: numbers a step of x.
    hidden_dim: numbers a state.
    form (replace): one of ``FORMS``.
    vector_openings (False): True: an opening for each number of the state; False: one a step, such as Attention gives.
    reset (after): where the reset gate stands, as GRU's.
    layer_norm (False): as GRU's.
    init (default): "default" or "fan_sum_relu", as GRU's.
    dropout (0.0): its probability for the outputs, 0 <= dropout < 1; not for the state handed to the next step.

    Attributes:
    input_dim, hidden_dim, vector_openings: as in the call.

    Immutable: any number of threads may run inference at once.

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
        form: str = "replace",
        vector_openings: bool = False,
        reset: str = "after",
        layer_norm: bool = False,
        init: str = "default",
        dropout: float = 0.0,
    ) -> None:
        options = AttentionGRUOptions(
            form=arrays.choice("form", form, FORMS),
            vector_openings=arrays.flag("vector_openings", vector_openings),
            reset=arrays.choice("reset", reset, RESETS),
            layer_norm=arrays.flag("layer_norm", layer_norm),
            init=arrays.choice("init", init, INITS),
            dropout=arrays.number("dropout", dropout),
        )
        super().__init__(
            library.attn_attngru_destroy,
            library.attn_attngru_create,
            growing(params),
            arrays.text("name", name),
            arrays.int64("input_dim", input_dim),
            arrays.int64("hidden_dim", hidden_dim),
            ctypes.byref(options),
        )
        self._look()

    def _look(self) -> None:
        info = AttentionGRUInfo()
        library.attn_attngru_get_info(self._native, ctypes.byref(info))
        self.input_dim, self.hidden_dim = info.input_dim, info.hidden_dim
        self.vector_openings = bool(info.vector_openings)

    def _openings_shape(self, batch: int, time: int) -> tuple[int, ...]:
        return (batch, time, self.hidden_dim) if self.vector_openings else (batch, time)

    def forward(
        self,
        tape: Tape | None,
        x: Floats,
        openings: Floats,
        lengths: Integers | None = None,
        h0: Floats | None = None,
        *,
        out: tuple[Floats | None, Floats | None] | None = None,
    ) -> tuple[Floats, Floats]:
        """Encode a batch of vectors.

        tape: remembers what backward needs; None: inference, without dropout.
        x: float32 [batch, time, input_dim].
        openings: float32 [batch, time], or with vector_openings [batch, time, hidden_dim]; any numbers.
        lengths (None): int32 [batch], 0 to time; None: all rows are full. What lies beyond is never read.
        h0 (None): float32 [batch, hidden_dim], the state before the first step; None: 0.
        out (None): a pair of float32 arrays to write y and hn to, with None for a new one; hn may be h0.

        Returns (y, hn): y float32 [batch, time, hidden_dim], 0 beyond the lengths, and hn float32 [batch, hidden_dim], each
        row's last state. Raises ValueError: a shape that does not fit, a length out of range; StateError: a tensor that holds
        NaN or infinity; OutOfMemoryError.
        """
        x = arrays.floats("x", x, ["batch", "time", self.input_dim])
        y, hn = self._forward(tape, x, None, None, openings, lengths, h0, out)
        tapes.push(tape, self, x.shape[:2], self._native)
        return y, hn

    def forward_ids(
        self,
        tape: Tape | None,
        embedding: Embedding,
        ids: Integers,
        openings: Floats,
        lengths: Integers | None = None,
        h0: Floats | None = None,
        *,
        scales: Floats | None = None,
        out: tuple[Floats | None, Floats | None] | None = None,
    ) -> tuple[Floats, Floats]:
        """Encode tokens, as ``forward`` of their vectors; ``backward`` adds to the embedding's gradient too, unless its table
        is frozen.

        tape: remembers what backward needs; None: inference, without dropout.
        embedding: whose dim is input_dim, in the same params.
        ids: int32 [batch, time], rows of the embedding.
        openings: float32 [batch, time], or with vector_openings [batch, time, hidden_dim].
        lengths (None): int32 [batch], 0 to time; None: all rows are full.
        h0 (None): float32 [batch, hidden_dim], the state before the first step; None: 0.
        scales (None): float32 [batch, time], how much of its vector each token is, as ``GRU.forward_ids`` has them; None: 1.
        out (None): a pair of float32 arrays to write y and hn to, with None for a new one; hn may be h0.

        Returns (y, hn), as ``forward``. Raises ValueError: a shape that does not fit, an id or a length out of range, an
        embedding of another width; StateError: a tensor that holds NaN or infinity; OutOfMemoryError.
        """
        ids = arrays.integers("ids", ids, ["batch", "time"])
        scales = arrays.optional_floats("scales", scales, ids.shape)
        table = Embedding._of("embedding", embedding)
        y, hn = self._forward(tape, ids, table, scales, openings, lengths, h0, out)
        tapes.push(tape, self, ids.shape, self._native, table, gradient=None if scales is None else "dscales")
        return y, hn

    def _forward(
        self,
        tape: Tape | None,
        given: Array,
        table: Native | None,
        scales: Floats | None,
        openings: Floats,
        lengths: Integers | None,
        h0: Floats | None,
        out: object,
    ) -> tuple[Floats, Floats]:
        batch, time = given.shape[:2]
        openings = arrays.floats("openings", openings, self._openings_shape(batch, time))
        lengths = arrays.optional_integers("lengths", lengths, [batch])
        h0 = arrays.optional_floats("h0", h0, [batch, self.hidden_dim])
        inputs = (given, scales, openings, lengths)
        out_y, out_hn = arrays.outputs(out, 2)
        y = arrays.output("out[0]", out_y, (batch, time, self.hidden_dim), *inputs, h0)
        hn = arrays.output("out[1]", out_hn, (batch, self.hidden_dim), *inputs, y, over=h0)
        read = sequence(given, lengths, table, scales, openings)
        library.attn_attngru_forward(self._native, Tape._of_or_none("tape", tape), read, *map(address, (h0, y, hn)))
        return y, hn

    def backward(
        self,
        tape: Tape,
        dy: Floats | None = None,
        *,
        dhn: Floats | None = None,
        need_dx: bool | None = None,
        need_dopenings: bool = True,
        need_dh0: bool = True,
        out: tuple[Floats | None, Floats | None, Floats | None] | None = None,
    ) -> tuple[Floats | None, Floats | None, Floats | None]:
        """Back through time, for this layer's forward on top of the tape; adds to the gradients of its tensors.

        tape: with this layer's forward on top.
        dy (None): float32 [batch, time, hidden_dim], never read beyond the lengths; None: 0.
        dhn (None): float32 [batch, hidden_dim]; None: 0.
        need_dx (None): whether dx is computed; None: wherever there is one, as ``GRU.backward`` has it.
        need_dopenings (True): False: dopenings is not computed.
        need_dh0 (True): False: dh0 is not computed.
        out (None): three float32 arrays to write dx, dopenings and dh0 to, with None for a new one; dh0 may be dhn.

        Returns (dx, dopenings, dh0), float32 of the shapes of x, openings and h0, 0 beyond the lengths, each None where it is
        not needed. Raises ValueError: other shapes than forward's, a dx that there is none of; StateError: another forward is
        on top of the tape; OutOfMemoryError and InterruptError: part of the gradients has been added, so zero them and begin
        the tape anew.
        """
        record = tapes.top(tape, self, "attn.AttentionGRU.backward")
        batch, time = record.sizes
        state_shape = (batch, self.hidden_dim)
        dy = arrays.optional_floats("dy", dy, [batch, time, self.hidden_dim])
        dhn = arrays.optional_floats("dhn", dhn, state_shape)
        out_dx, out_dopenings, out_dh0 = arrays.outputs(out, 3)
        dopenings = dh0 = None
        dx = input_gradient(record, need_dx, out_dx, self.input_dim, dy, dhn)
        if arrays.flag("need_dopenings", need_dopenings):
            dopenings = arrays.output("out[1]", out_dopenings, self._openings_shape(batch, time), dy, dhn, dx)
        if arrays.flag("need_dh0", need_dh0):
            dh0 = arrays.output("out[2]", out_dh0, state_shape, dy, dx, dopenings, over=dhn)
        wanted = gradients(record, dx, dopenings)
        library.attn_attngru_backward(self._native, tape._native, address(dy), address(dhn), wanted, address(dh0))
        tapes.pop(tape)
        return dx, dopenings, dh0

    def _describe(self) -> str:
        return f"input_dim={self.input_dim} hidden_dim={self.hidden_dim} vector_openings={self.vector_openings}"
