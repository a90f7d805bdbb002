"""The attention GRU: vectors, and weights from outside that open its steps, to states.

The rules of layers.py hold here too.
"""

from __future__ import annotations

import ctypes

from . import arrays
from . import tape as tapes
from ._handle import Handle
from ._library import AttnGruOptions, library
from .arrays import Floats, Integers, address
from .gru import RESETS
from .params import INITS, Params, growing
from .tape import Tape

FORMS = {"replace": 0, "paper": 1, "code": 2}


class AttnGru(Handle):
    """A GRU whose steps are opened by weights (attngru.h has the equations).

    form: "replace" the update gate by the weight (DMN+), or AUGRU as in its "paper" or in its authors' "code".
    vector_weights: a weight for each number of the state; otherwise one a step, such as Attention gives.
    reset, layer_norm, init: as Gru's. dropout: the rate on the outputs.
    """

    def __init__(
        self,
        params: Params,
        name: str,
        input_dim: int,
        hidden_dim: int,
        *,
        form: str = "replace",
        vector_weights: bool = False,
        reset: str = "after",
        layer_norm: bool = False,
        init: str = "default",
        dropout: float = 0.0,
    ) -> None:
        self.input_dim = arrays.int64("input_dim", input_dim)
        self.hidden_dim = arrays.int64("hidden_dim", hidden_dim)
        self.vector_weights = arrays.flag("vector_weights", vector_weights)
        options = AttnGruOptions(
            form=arrays.choice("form", form, FORMS),
            vector_weights=arrays.flag("vector_weights", vector_weights),
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
            self.input_dim,
            self.hidden_dim,
            ctypes.byref(options),
        )

    def _weights_shape(self, batch: int, time: int) -> tuple[int, ...]:
        return (batch, time, self.hidden_dim) if self.vector_weights else (batch, time)

    def forward(
        self,
        tape: Tape | None,
        x: Floats,
        weights: Floats,
        lengths: Integers | None = None,
        h0: Floats | None = None,
        *,
        out: tuple[Floats | None, Floats | None] | None = None,
    ) -> tuple[Floats, Floats]:
        """Encode: (y, hn).

        x [batch, time, input_dim], weights [batch, time] or [batch, time, hidden_dim], lengths [batch],
        h0 [batch, hidden_dim] (None means 0); y [batch, time, hidden_dim], 0 beyond the lengths;
        hn [batch, hidden_dim], each row's last state.
        """
        x = arrays.floats("x", x, ["batch", "time", self.input_dim])
        batch, time = x.shape[:2]
        weights = arrays.floats("weights", weights, self._weights_shape(batch, time))
        lengths = arrays.optional_integers("lengths", lengths, [batch])
        h0 = arrays.optional_floats("h0", h0, [batch, self.hidden_dim])
        out_y, out_hn = arrays.outputs(out, 2)
        y = arrays.output("out[0]", out_y, (batch, time, self.hidden_dim), x, weights, lengths, h0)
        hn = arrays.output("out[1]", out_hn, (batch, self.hidden_dim), x, weights, lengths, h0, y)
        library.attn_attngru_forward(
            self._native, Tape._of_or_none("tape", tape), batch, time, *map(address, (x, weights, lengths, h0, y, hn))
        )
        tapes.push(tape, self, (batch, time), self._native)
        return y, hn

    def backward(
        self,
        tape: Tape,
        dy: Floats | None = None,
        dhn: Floats | None = None,
        *,
        need_dx: bool = True,
        need_dweights: bool = True,
        need_dh0: bool = True,
        out: tuple[Floats | None, Floats | None, Floats | None] | None = None,
    ) -> tuple[Floats | None, Floats | None, Floats | None]:
        """Back through time: (dx, dweights, dh0), each None where it is not needed; 0 beyond the lengths.

        dy [batch, time, hidden_dim], never read beyond the lengths, and dhn [batch, hidden_dim]; None means 0.
        """
        batch, time = tapes.top(tape, self, "attn.AttnGru.backward").sizes
        state_shape = (batch, self.hidden_dim)
        dy = arrays.optional_floats("dy", dy, [batch, time, self.hidden_dim])
        dhn = arrays.optional_floats("dhn", dhn, state_shape)
        given = arrays.outputs(out, 3)
        shapes = ((batch, time, self.input_dim), self._weights_shape(batch, time), state_shape)
        gradients: list[Floats | None] = []
        needed = {"need_dx": need_dx, "need_dweights": need_dweights, "need_dh0": need_dh0}
        for place, (name, need) in enumerate(needed.items()):
            made = arrays.output(f"out[{place}]", given[place], shapes[place], dy, dhn, *gradients)
            gradients.append(made if arrays.flag(name, need) else None)
        library.attn_attngru_backward(self._native, tape._native, *map(address, (dy, dhn, *gradients)))
        tapes.pop(tape)
        dx, dweights, dh0 = gradients
        return dx, dweights, dh0

    def _describe(self) -> str:
        return f"input_dim={self.input_dim} hidden_dim={self.hidden_dim} vector_weights={self.vector_weights}"
