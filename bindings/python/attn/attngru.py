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


class AttentionGRU(Handle):
    """A GRU whose steps are opened from outside, by attention's weights, say (attngru.h has the equations).

    form: "replace" the update gate by the opening (DMN+), or AUGRU as in its "paper" or in its authors' "code".
    vector_openings: an opening for each number of the state; otherwise one a step, such as Attention gives.
    reset, layer_norm, init: as GRU's. dropout: its probability for the outputs.
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
        """Encode: (y, hn).

        x [batch, time, input_dim], openings [batch, time] or [batch, time, hidden_dim], lengths [batch],
        h0 [batch, hidden_dim] (None means 0); y [batch, time, hidden_dim], 0 beyond the lengths;
        hn [batch, hidden_dim], each row's last state.
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
        """Encode tokens, ids [batch, time] of the embedding, with scales if they are given: as ``GRU.forward_ids``."""
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
        inputs = (given, scales, openings, lengths, h0)
        out_y, out_hn = arrays.outputs(out, 2)
        y = arrays.output("out[0]", out_y, (batch, time, self.hidden_dim), *inputs)
        hn = arrays.output("out[1]", out_hn, (batch, self.hidden_dim), *inputs, y)
        read = sequence(given, lengths, table, scales, openings)
        library.attn_attngru_forward(self._native, Tape._of_or_none("tape", tape), read, *map(address, (h0, y, hn)))
        return y, hn

    def backward(
        self,
        tape: Tape,
        dy: Floats | None = None,
        dhn: Floats | None = None,
        *,
        need_dx: bool | None = None,
        need_dopenings: bool = True,
        need_dh0: bool = True,
        out: tuple[Floats | None, Floats | None, Floats | None] | None = None,
    ) -> tuple[Floats | None, Floats | None, Floats | None]:
        """Back through time: (dx, dopenings, dh0), each None where it is not needed; 0 beyond the lengths.

        dy [batch, time, hidden_dim], never read beyond the lengths, and dhn [batch, hidden_dim]; None means 0.
        dx after ``forward_ids`` is as ``GRU.backward`` has it.
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
            dh0 = arrays.output("out[2]", out_dh0, state_shape, dy, dhn, dx, dopenings)
        wanted = gradients(record, dx, dopenings)
        library.attn_attngru_backward(self._native, tape._native, address(dy), address(dhn), wanted, address(dh0))
        tapes.pop(tape)
        return dx, dopenings, dh0

    def _describe(self) -> str:
        return f"input_dim={self.input_dim} hidden_dim={self.hidden_dim} vector_openings={self.vector_openings}"
